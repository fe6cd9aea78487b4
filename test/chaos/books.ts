import { closeSync, openSync, readSync } from "node:fs";

/**
 * The universe's own account: follows the simulator's `books.jsonl` and folds it into balances, holds and deals. Deliberately shares no
 * code with the program: what is wrong in both cannot hide here.
 */
export interface Deal {
  readonly atMs: number;
  readonly seq: number;
  readonly operation: MoneyOperation;
  /** `x-request-id` without the attempt; null when the request carried none. */
  readonly jobId: string | null;
  readonly ship: string;
  readonly waypoint: string;
  /** What the good is to that market: EXPORT, IMPORT or EXCHANGE; null where no market is told of. */
  readonly role: string | null;
  readonly good: string;
  readonly units: number;
  readonly unitPrice: number;
  readonly total: number;
}

export interface Loss {
  readonly atMs: number;
  readonly ship: string;
  readonly cargo: ReadonlyMap<string, number>;
}

type MoneyOperation = "purchase" | "sell" | "refuel" | "purchaseShip";

export interface BooksState {
  /** Since the universe began, by the last line read. */
  readonly gameSeconds: number;
  readonly credits: number | undefined;
  /** Units by good, by ship. */
  readonly holds: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** The last thing each ship did. */
  readonly doing: ReadonlyMap<string, string>;
  readonly deals: readonly Deal[];
  /** Ships that were destroyed, with what was aboard. */
  readonly losses: readonly Loss[];
  /** Places where the books contradict themselves. */
  readonly contradictions: readonly { readonly key: string; readonly detail: string }[];
}

export interface Books {
  /** Reads what was written since, and folds everything up to `atMs`. */
  until(atMs: number): BooksState;
}

export function followBooks(path: string, agent: string): Books {
  const pending: Line[] = [];
  const deals: Deal[] = [];
  const losses: Loss[] = [];
  const doing = new Map<string, string>();
  const contradictions: { key: string; detail: string }[] = [];
  const holds = new Map<string, Map<string, number>>();
  let credits: number | undefined;
  let gameSeconds = 0;
  let offset = 0;
  let lastSeq = 0;

  function readOn(): void {
    const chunk = readFrom(path, offset);
    const complete = chunk.subarray(0, chunk.lastIndexOf(0x0a) + 1);
    offset += complete.length;
    for (const text of complete.toString("utf8").split("\n")) {
      if (text === "") continue;
      const line = JSON.parse(text) as Line;
      if (lastSeq !== 0 && line.seq !== lastSeq + 1) contradict(line, `line ${line.seq} follows line ${lastSeq}`);
      lastSeq = line.seq;
      gameSeconds = line.gameTime ?? gameSeconds;
      if (line.type === "mutation" && line.agent === agent) pending.push(line);
    }
  }

  function contradict(line: Line, detail: string): void {
    contradictions.push({ key: `books line ${line.seq}`, detail });
  }

  function fold(line: Line): void {
    const operation = MONEY.find((known) => known === line.operation);
    const sign = operation === undefined ? 0 : operation === "sell" ? 1 : -1;
    if (line.credits !== undefined) {
      const { before, after } = line.credits;
      if (credits !== undefined && before !== credits)
        contradict(line, `credits were ${credits}, the line begins with ${before}`);
      if (before !== null && after - before !== sign * (line.total ?? 0)) {
        contradict(line, `${line.operation} of ${line.total ?? 0} moved credits by ${after - before}`);
      }
      credits = after;
    }
    if (line.ship !== undefined && line.operation !== undefined) doing.set(line.ship, line.operation);
    for (const [ship, change] of cargoChanges(line)) foldCargo(line, ship, change);
    if (operation !== undefined) deals.push(dealOf(line, operation));
  }

  function foldCargo(line: Line, ship: string, change: Change): void {
    const known = holds.get(ship);
    if (known !== undefined && change.before !== null && !sameUnits(known, unitsByGood(change.before))) {
      contradict(line, `the hold of ${ship} is not what the line before left`);
    }
    if (change.after !== null) return void holds.set(ship, unitsByGood(change.after));
    losses.push({ atMs: Date.parse(line.wallTime), ship, cargo: known ?? unitsByGood(change.before ?? { inventory: [] }) });
    holds.delete(ship);
  }

  return {
    until(atMs) {
      readOn();
      while (pending[0] !== undefined && Date.parse(pending[0].wallTime) <= atMs) {
        const line = pending.shift();
        if (line !== undefined) fold(line);
      }
      return { gameSeconds, credits, holds, doing, deals, losses, contradictions };
    },
  };
}

interface Line {
  readonly seq: number;
  readonly type: string;
  readonly gameTime?: number;
  readonly wallTime: string;
  readonly operation?: string;
  readonly requestId?: string | null;
  readonly agent?: string | null;
  readonly ship?: string;
  readonly waypoint?: string;
  readonly good?: string;
  readonly units?: number;
  readonly unitPrice?: number;
  readonly total?: number;
  readonly credits?: { readonly before: number | null; readonly after: number };
  readonly market?: { readonly before: { readonly type: string } | null };
  readonly cargo?: Change;
  readonly otherCargo?: Change & { readonly ship: string };
}

interface Change {
  readonly before: Hold | null;
  /** Null: the ship is gone. */
  readonly after: Hold | null;
}

interface Hold {
  readonly inventory: readonly { readonly good: string; readonly units: number }[];
}

function cargoChanges(line: Line): readonly (readonly [string, Change])[] {
  const own = line.cargo === undefined || line.ship === undefined ? [] : [[line.ship, line.cargo] as const];
  return line.otherCargo === undefined ? own : [...own, [line.otherCargo.ship, line.otherCargo] as const];
}

function dealOf(line: Line, operation: MoneyOperation): Deal {
  const requestId = line.requestId ?? null;
  return {
    atMs: Date.parse(line.wallTime),
    seq: line.seq,
    operation,
    jobId: requestId === null ? null : requestId.slice(0, requestId.lastIndexOf(":")),
    ship: line.ship ?? "",
    waypoint: line.waypoint ?? "",
    role: line.market?.before?.type ?? null,
    good: line.good ?? "",
    units: line.units ?? 0,
    unitPrice: line.unitPrice ?? 0,
    total: line.total ?? 0,
  };
}

function unitsByGood(hold: Hold): Map<string, number> {
  return new Map(hold.inventory.filter(({ units }) => units > 0).map(({ good, units }) => [good, units]));
}

function sameUnits(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): boolean {
  return left.size === right.size && [...left].every(([good, units]) => right.get(good) === units);
}

function readFrom(path: string, offset: number): Buffer {
  const file = openSync(path, "r");
  try {
    const parts: Buffer[] = [];
    for (let at = offset; ; ) {
      const part = Buffer.alloc(1 << 20);
      const read = readSync(file, part, 0, part.length, at);
      if (read === 0) return Buffer.concat(parts);
      parts.push(part.subarray(0, read));
      at += read;
    }
  } finally {
    closeSync(file);
  }
}

const MONEY: readonly MoneyOperation[] = ["purchase", "sell", "refuel", "purchaseShip"];

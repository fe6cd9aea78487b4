/**
 * An independent reader of the books: what every agent, hold, tank and stock must be by the lines alone. Shares no code with the
 * program, so that what is wrong in both cannot hide here. Amounts come from what an operation says it did; the before and after
 * that a line shows are only checked against them.
 */
import { readFileSync } from "node:fs";

export interface Account {
  start: number;
  sales: number;
  purchases: number;
  fuel: number;
  hulls: number;
}

export interface Hold {
  bought: number;
  sold: number;
  jettisoned: number;
  given: number;
  received: number;
  intoTank: number;
}

export interface Tank {
  start: number;
  refuelled: number;
  burnt: number;
}

export interface Stock {
  bought: number;
  sold: number;
  produced: number;
  consumed: number;
  demanded: number;
  drifted: number;
}

export interface Ledger {
  accounts: Map<string, Account>;
  /** By ship, then good. */
  holds: Map<string, Map<string, Hold>>;
  tanks: Map<string, Tank>;
  /** By waypoint, then good: what was bought from it, sold to it, and what ticks did. */
  stocks: Map<string, Map<string, Stock>>;
  /** Hulls by waypoint, then type: sold, and back by ticks. */
  hulls: Map<string, Map<string, { sold: number; back: number }>>;
  ticks: { tick: number; markets: Flows }[];
  /** Mutations by operation. */
  operations: Map<string, number>;
  requestIds: string[];
  /** Where lines contradict each other or themselves. */
  problems: string[];
}

export type Flows = Readonly<Record<string, Readonly<Record<string, Partial<Stock>>>>>;

export function creditsOf({ start, sales, purchases, fuel, hulls }: Account): number {
  return start + sales - purchases - fuel - hulls;
}

export function unitsOf({ bought, sold, jettisoned, given, received, intoTank }: Hold): number {
  return bought + received - sold - jettisoned - given - intoTank;
}

export function fuelOf({ start, refuelled, burnt }: Tank): number {
  return start + refuelled - burnt;
}

/** By how much a stock differs from where it began. */
export function changeOf({ bought, sold, produced, consumed, demanded, drifted }: Stock): number {
  return sold - bought + produced - consumed - demanded + drifted;
}

export function readBooks(path: string): Line[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((text) => text !== "")
    .map((text) => JSON.parse(text) as Line);
}

export interface Line {
  seq: number;
  type: string;
  gameMs: number;
  operation?: string;
  requestId?: string | null;
  agent?: string | null;
  ship?: string;
  toShip?: string;
  waypoint?: string;
  good?: string;
  units?: number;
  unitPrice?: number;
  total?: number;
  fuelUnits?: number;
  fuelBurnt?: number;
  credits?: { before: number | null; after: number };
  cargo?: { before: HoldShown | null; after: HoldShown };
  otherCargo?: { ship: string; before: HoldShown | null; after: HoldShown };
  market?: { before: { stock: number }; after: { stock: number } };
  hull?: { before: { stock: number }; after: { stock: number } };
  tick?: number;
  markets?: Flows;
  yards?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

interface HoldShown {
  inventory: readonly { good: string; units: number }[];
  fuel: number;
}

export function ledgerOf(lines: readonly Line[]): Ledger {
  const reader = new Reader();
  for (const line of lines) reader.read(line);
  return reader.ledger;
}

class Reader {
  readonly ledger: Ledger = {
    accounts: new Map(),
    holds: new Map(),
    tanks: new Map(),
    stocks: new Map(),
    hulls: new Map(),
    ticks: [],
    operations: new Map(),
    requestIds: [],
    problems: [],
  };
  #seq = 0;
  #gameMs = 0;
  #tick = 0;
  /** Where a stock shown by a line began, by its place. */
  readonly #began = new Map<string, number>();

  read(line: Line): void {
    this.#expect(line, "seq", line.seq, this.#seq + 1);
    this.#expect(line, "order", line.gameMs >= this.#gameMs, true);
    this.#seq = line.seq;
    this.#gameMs = line.gameMs;
    if (line.type === "tick") this.#readTick(line);
    if (line.type === "mutation") this.#readMutation(line);
  }

  #readTick(line: Line): void {
    const { tick = 0, markets = {}, yards = {} } = line;
    this.#expect(line, "later than the tick before", tick > this.#tick, true);
    this.#tick = tick;
    this.ledger.ticks.push({ tick, markets });
    for (const [waypoint, goods] of Object.entries(markets)) {
      for (const [good, flow] of Object.entries(goods)) {
        const stock = this.#stock(waypoint, good);
        for (const [kind, units] of Object.entries(flow)) stock[kind as keyof Stock] += units;
      }
    }
    for (const [waypoint, back] of Object.entries(yards)) {
      for (const [type, hulls] of Object.entries(back)) this.#hulls(waypoint, type).back += hulls;
    }
  }

  #readMutation(line: Line): void {
    const { operation = "", requestId } = line;
    this.ledger.operations.set(operation, (this.ledger.operations.get(operation) ?? 0) + 1);
    if (typeof requestId === "string") this.ledger.requestIds.push(requestId);
    if (line.unitPrice !== undefined) this.#expect(line, "total", line.total, (line.units ?? 0) * line.unitPrice);
    this.#book(line, operation);
    this.#compare(line);
  }

  /** What the operation says that it did. */
  #book(line: Line, operation: string): void {
    const { units = 0, total = 0 } = line;
    switch (operation) {
      case "register":
        this.ledger.accounts.set(line.agent ?? "", {
          start: line.credits?.after ?? 0,
          sales: 0,
          purchases: 0,
          fuel: 0,
          hulls: 0,
        });
        return;
      case "purchase":
        this.#account(line).purchases += total;
        this.#hold(line).bought += units;
        this.#stockOf(line).bought += units;
        return;
      case "sell":
        this.#account(line).sales += total;
        this.#hold(line).sold += units;
        this.#stockOf(line).sold += units;
        return;
      case "refuel":
        this.#account(line).fuel += total;
        this.#tank(line).refuelled += line.fuelUnits ?? 0;
        this.#stockOf(line).bought += units;
        return;
      case "refuelFromCargo":
        this.#tank(line).refuelled += line.fuelUnits ?? 0;
        this.#hold(line).intoTank += units;
        return;
      case "jettison":
        this.#hold(line).jettisoned += units;
        return;
      case "transfer":
        this.#hold(line).given += units;
        this.#hold(line, line.toShip).received += units;
        return;
      case "purchaseShip":
        this.#account(line).hulls += total;
        this.#hulls(line.waypoint ?? "", line.good ?? "").sold += units;
        this.ledger.tanks.set(line.ship ?? "", { start: line.cargo?.after.fuel ?? 0, refuelled: 0, burnt: 0 });
        return;
      case "navigate":
      case "flightMode":
        this.#tank(line).burnt += line.fuelBurnt ?? 0;
        return;
      case "orbit":
      case "dock":
        return;
      default:
        this.#problem(line, `the operation ${operation} is unknown here`);
    }
  }

  /** What the line shows against what all lines so far amount to. */
  #compare(line: Line): void {
    const account = this.ledger.accounts.get(line.agent ?? "");
    if (line.credits && account) this.#expect(line, "credits", line.credits.after, creditsOf(account));
    if (line.operation !== "register") {
      this.#compareHold(line, line.ship, line.cargo?.after);
      this.#compareHold(line, line.otherCargo?.ship, line.otherCargo?.after);
    }
    if (line.market) {
      const place = `${line.waypoint}/${line.good}`;
      const change = changeOf(this.#stockOf(line));
      const began = this.#began.get(place) ?? line.market.after.stock - change;
      this.#began.set(place, began);
      this.#expect(line, "stock", round(line.market.after.stock), round(began + change));
    }
  }

  #compareHold(line: Line, ship: string | undefined, shown: HoldShown | undefined): void {
    if (ship === undefined || shown === undefined) return;
    const held = [...(this.ledger.holds.get(ship) ?? [])].map(([good, hold]) => [good, unitsOf(hold)] as const);
    const aboard = held.filter(([, units]) => units !== 0).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const seen = shown.inventory.map(({ good, units }) => [good, units] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));
    this.#expect(line, `hold of ${ship}`, JSON.stringify(seen), JSON.stringify(aboard));
    const tank = this.ledger.tanks.get(ship);
    if (tank) this.#expect(line, `tank of ${ship}`, shown.fuel, fuelOf(tank));
  }

  #account(line: Line): Account {
    const account = this.ledger.accounts.get(line.agent ?? "");
    if (account) return account;
    this.#problem(line, `${line.agent} was never registered`);
    return { start: 0, sales: 0, purchases: 0, fuel: 0, hulls: 0 };
  }

  #hold(line: Line, ship = line.ship): Hold {
    const nothing = { bought: 0, sold: 0, jettisoned: 0, given: 0, received: 0, intoTank: 0 };
    return within(this.ledger.holds, ship ?? "", line.good ?? "", nothing);
  }

  /** A tank is first seen by the first line of its ship that uses it. */
  #tank(line: Line): Tank {
    const ship = line.ship ?? "";
    const tank = this.ledger.tanks.get(ship) ?? { start: line.cargo?.before?.fuel ?? 0, refuelled: 0, burnt: 0 };
    this.ledger.tanks.set(ship, tank);
    return tank;
  }

  #stockOf(line: Line): Stock {
    return this.#stock(line.waypoint ?? "", line.good ?? "");
  }

  #stock(waypoint: string, good: string): Stock {
    const nothing = { bought: 0, sold: 0, produced: 0, consumed: 0, demanded: 0, drifted: 0 };
    return within(this.ledger.stocks, waypoint, good, nothing);
  }

  #hulls(waypoint: string, type: string) {
    return within(this.ledger.hulls, waypoint, type, { sold: 0, back: 0 });
  }

  #expect(line: Line, what: string, is: unknown, shouldBe: unknown): void {
    if (is !== shouldBe) this.#problem(line, `${what} is ${String(is)}, not ${String(shouldBe)}`);
  }

  #problem(line: Line, text: string): void {
    this.ledger.problems.push(`line ${line.seq} (${line.operation ?? line.type}): ${text}`);
  }
}

/** Stocks are real numbers: equal to a millionth of a unit. */
function round(units: number): number {
  return Math.round(units * 1e6);
}

function within<T>(map: Map<string, Map<string, T>>, outer: string, inner: string, otherwise: T): T {
  const items = map.get(outer) ?? new Map<string, T>();
  map.set(outer, items);
  const item = items.get(inner) ?? otherwise;
  items.set(inner, item);
  return item;
}

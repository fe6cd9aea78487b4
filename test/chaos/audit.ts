/**
 * The independent audit: compares the simulator's books with Postgres and imports nothing of the program. It may run while the fleet
 * trades: Postgres is read in one snapshot, the books up to the same instant, and what a request has begun is recognised by
 * its job, which is written before it is sent. So facts (money, doubles) are judged strictly and at once.
 *
 * Ownership moves between actors by messages, which takes a moment; such a finding is a violation only when it is still
 * there in every look for `patienceMs`.
 */
import { type BooksState, type Deal, followBooks } from "./books.ts";
import { type LedgerRow, type OwnAccount, readOwnAccount } from "./ownAccount.ts";

export interface Violation {
  readonly kind:
    | "creditsUnmatched"
    | "appliedTwice"
    | "cargoWithoutOwner"
    | "executingWithoutWorker"
    | "assignmentWithoutOwner"
    | "idleWithCargo"
    | "lossUnrecorded";
  readonly key: string;
  readonly detail: string;
}

export interface AuditReport {
  readonly violations: readonly Violation[];
  /** False when `alive` said no before patience was over: what had not settled is not judged. */
  readonly complete: boolean;
  readonly purchasesAsked: number;
  readonly purchasesInBooks: number;
  readonly deals: number;
  readonly credits: number | undefined;
}

export interface Audit {
  /** `openForMs`: how long the job of a deal may be open; two minutes when left out, as a daemon that keeps dying settles slowly. */
  run(options: {
    readonly patienceMs: number;
    readonly openForMs?: number;
    readonly alive?: () => boolean;
  }): Promise<AuditReport>;
  /** What the universe says by now. */
  books(): BooksState;
}

export function createAudit(options: {
  readonly booksPath: string;
  readonly databaseUrl: string;
  /** Ownership scope, `agent/<RESET>/<SYMBOL>`. */
  readonly scope: string;
}): Audit {
  const books = followBooks(options.booksPath, options.scope.split("/").at(-1) ?? "");
  const look = async (): Promise<Look> => {
    const account = await readOwnAccount(options.databaseUrl, options.scope);
    return { account, state: books.until(account.atMs) };
  };
  return {
    books: () => books.until(Date.now()),
    async run({ patienceMs, openForMs = LONGEST_OPEN_MS, alive = () => true }) {
      const first = await look();
      const facts = [...moneyFindings(first, openForMs), ...doubles(first.state)];
      let pending = ownershipFindings(first);
      const deadline = Date.now() + patienceMs;
      while (pending.length > 0 && Date.now() < deadline && alive()) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
        const still = new Map(ownershipFindings(await look()).map((finding) => [nameOf(finding), finding]));
        pending = pending.flatMap((finding) => still.get(nameOf(finding)) ?? []);
      }
      const complete = alive();
      return { violations: complete ? [...facts, ...pending] : facts, complete, ...figures(first) };
    },
  };
}

interface Look {
  readonly account: OwnAccount;
  readonly state: BooksState;
}

const LOOK_EVERY_MS = 250;
const LONGEST_OPEN_MS = 120_000;
/** Rows of the ledger that no trade of the books stands behind. */
const LOSS = "loss";
const LEDGER_KIND: Readonly<Record<Deal["operation"], string>> = {
  purchase: "purchase",
  sell: "sale",
  refuel: "refuel",
  purchaseShip: "hull",
};

function moneyFindings({ account, state }: Look, openForMs: number): readonly Violation[] {
  const ledger = new Map(account.ledger.map((row) => [row.jobId, row]));
  const open = new Set(account.jobs.map((job) => job.id));
  const inBooks = new Set(state.deals.flatMap(({ jobId }) => jobId ?? []));
  const unmatched = (key: string, detail: string): Violation => ({ kind: "creditsUnmatched", key, detail });
  return [
    ...state.contradictions.map(({ key, detail }) => unmatched(key, detail)),
    ...state.deals.flatMap((deal) => {
      const key = `books line ${deal.seq}`;
      if (deal.jobId === null) return [unmatched(key, `${told(deal)} carried no request id`)];
      const row = ledger.get(deal.jobId);
      if (row !== undefined) {
        const difference = differenceOf(deal, row);
        return difference === undefined ? [] : [unmatched(key, `${told(deal)}, but the ledger says ${difference}`)];
      }
      if (open.has(deal.jobId) && account.atMs - deal.atMs < openForMs) return [];
      const why = open.has(deal.jobId) ? "its job is still open" : "its job is over";
      return [unmatched(key, `${told(deal)} by job ${deal.jobId} is not in the ledger and ${why}`)];
    }),
    ...account.ledger
      .filter((row) => row.kind !== LOSS && !inBooks.has(row.jobId))
      .map((row) =>
        unmatched(`ledger ${row.jobId}`, `a ${row.kind} of ${row.units} ${row.good} for ${row.total} that no books line shows`),
      ),
  ];
}

function differenceOf(deal: Deal, row: LedgerRow): string | undefined {
  const total = deal.operation === "sell" ? deal.total : -deal.total;
  const same =
    row.kind === LEDGER_KIND[deal.operation] &&
    row.total === total &&
    row.units === deal.units &&
    row.unitPrice === deal.unitPrice &&
    row.ship === deal.ship &&
    (row.good === null || row.good === deal.good) &&
    row.waypoint === deal.waypoint;
  return same
    ? undefined
    : `${row.kind} ${row.units} ${row.good} at ${row.unitPrice} = ${row.total} by ${row.ship} at ${row.waypoint}`;
}

function doubles(state: BooksState): readonly Violation[] {
  const byJob = new Map<string, readonly Deal[]>();
  for (const deal of state.deals) {
    if (deal.jobId !== null) byJob.set(deal.jobId, [...(byJob.get(deal.jobId) ?? []), deal]);
  }
  return [...byJob].flatMap(([jobId, deals]): Violation[] =>
    deals.length === 1
      ? []
      : [{ kind: "appliedTwice", key: jobId, detail: deals.map((deal) => `line ${deal.seq}: ${told(deal)}`).join("; ") }],
  );
}

function ownershipFindings({ account, state }: Look): readonly Violation[] {
  return [
    ...cargoFindings({ account, state }),
    ...taskFindings(account),
    ...assignmentFindings(account),
    ...lossFindings({ account, state }),
  ];
}

function cargoFindings({ account, state }: Look): readonly Violation[] {
  const assigned = new Set(account.assignments.map(({ ship }) => ship));
  return [...state.holds].flatMap(([ship, hold]) => {
    const trading = account.jobs.some(
      ({ address, src }) => address.endsWith(`/ship/${ship}`) && (src === "purchase" || src === "sell"),
    );
    const loose = [...hold].filter(([good, units]) => heldOnPurpose(account, ship, good) < units);
    const ownerless = loose.filter(([good]) => !trading && !hasTask(account, ship, good));
    const findings = ownerless.map(
      ([good, units]): Violation => ({
        kind: "cargoWithoutOwner",
        key: `${ship} ${good}`,
        detail: `${units} ${good} aboard ${ship} belong to no task and no hold`,
      }),
    );
    if (loose.length === 0 || assigned.has(ship) || trading) return findings;
    const cargo = loose.map(([good, units]) => `${units} ${good}`).join(", ");
    return [...findings, { kind: "idleWithCargo" as const, key: ship, detail: `${ship} has ${cargo} aboard and no assignment` }];
  });
}

function heldOnPurpose(account: OwnAccount, ship: string, good: string): number {
  return account.cargoHolds.filter((hold) => hold.ship === ship && hold.good === good).reduce((sum, { units }) => sum + units, 0);
}

function hasTask(account: OwnAccount, ship: string, good: string): boolean {
  return account.tasks.some((task) => task.good === good && (task.ship === ship || task.affinityShip === ship));
}

function taskFindings(account: OwnAccount): readonly Violation[] {
  return account.tasks
    .filter(({ status, worker }) => status === "EXECUTING" && (worker === null || !account.living.has(worker)))
    .map(({ id, worker }) => ({
      kind: "executingWithoutWorker",
      key: id,
      detail: `task ${id} is EXECUTING and its worker ${worker ?? "is not named"}${worker === null ? "" : " does not live"}`,
    }));
}

function assignmentFindings(account: OwnAccount): readonly Violation[] {
  return account.assignments
    .filter(({ owner }) => !account.living.has(owner))
    .map(({ ship, owner }) => ({
      kind: "assignmentWithoutOwner",
      key: `${ship} ${owner}`,
      detail: `${ship} is assigned to ${owner}, which does not live`,
    }));
}

/** Each ship that the universe destroyed is a loss of its hull and of all that was aboard, and nothing else is one. */
function lossFindings({ account, state }: Look): readonly Violation[] {
  const rows = account.ledger.filter(({ kind }) => kind === LOSS);
  const booked = new Map<string, string>();
  for (const ship of new Set(rows.map((row) => row.ship))) {
    const items = rows.filter((row) => row.ship === ship).map(({ good, units, total }) => lossIn(good ?? "hull", units, total));
    booked.set(ship, items.toSorted(byText).join(", "));
  }
  const unrecorded = (ship: string, detail: string): Violation => ({ kind: "lossUnrecorded", key: ship, detail });
  const missing = state.losses.flatMap(({ ship, cargo }) => {
    const items = [lossIn("hull", 1, 0), ...[...cargo].map(([good, units]) => lossIn(good, units, 0))];
    const due = items.toSorted(byText).join(", ");
    const found = booked.get(ship);
    booked.delete(ship);
    return found === due ? [] : [unrecorded(ship, `${ship} was destroyed with ${due}; the ledger has ${found ?? "nothing"}`)];
  });
  return [...missing, ...[...booked].map(([ship, found]) => unrecorded(ship, `${ship} still sails; the ledger has ${found}`))];
}

function lossIn(what: string, units: number, credits: number): string {
  return `${units} ${what} for ${credits}`;
}

function byText(left: string, right: string): number {
  return left < right ? -1 : 1;
}

function figures({ account, state }: Look): Pick<AuditReport, "purchasesAsked" | "purchasesInBooks" | "deals" | "credits"> {
  const isPurchase = (kind: string): boolean => kind === "purchase" || kind === "hull";
  const settled = account.ledger.filter(({ kind }) => isPurchase(kind)).map(({ jobId }) => jobId);
  const inBooks = state.deals.flatMap(({ operation, jobId }) => (operation.startsWith("purchase") ? (jobId ?? []) : []));
  const open = new Set(account.jobs.map(({ id }) => id));
  const asked = new Set([...settled, ...inBooks.filter((jobId) => open.has(jobId))]);
  return { purchasesAsked: asked.size, purchasesInBooks: inBooks.length, deals: state.deals.length, credits: state.credits };
}

function told(deal: Deal): string {
  return `${deal.operation} of ${deal.units} ${deal.good} at ${deal.unitPrice} = ${deal.total} by ${deal.ship} at ${deal.waypoint}`;
}

function nameOf({ kind, key }: Violation): string {
  return `${kind} ${key}`;
}

/**
 * Reads books from the first line to the last and adds them up again.
 *
 * Invariants: nothing is taken on trust: credits, cargo and stock before a line must be what the lines until then lead to, and must change
 * by what the line's operation says; what does not add up is told, booked apart, and followed from there; a line that cannot be read
 * makes what was known void, so that one fault is told once.
 */
import { type BookLine, type Mutation, parseBookLine } from "./bookLine.ts";
import { type HoldMove, Holds } from "./holds.ts";
import { bookHour, expectedCredits, HOUR_MS, type Ledger, newLedger, tallyOf } from "./ledger.ts";
import { type Material, Materials } from "./material.ts";
import type { NumberedLine } from "./readLines.ts";

export interface BooksOptions {
  /** Only this agent's credits and cargo; material is everyone's. */
  readonly agent: string | undefined;
  /** Game hours; the sums are of [from, to). */
  readonly fromHour: number;
  readonly toHour: number;
}

/** Something wrong, by line number of the file. */
export interface Finding {
  readonly line: number;
  readonly what: string;
}

export interface DamagedLine extends Finding {
  /** The next line that could be read; null: none. */
  follows: string | null;
}

export interface BooksReport {
  readonly lines: number;
  /** Of the last start, e.g. `seed 1`. */
  readonly source: string | null;
  readonly economy: string | null;
  readonly gameHours: number;
  /** Resets of the universe so far; the sums are of what came after the last. */
  readonly resets: number;
  readonly ledgers: readonly Ledger[];
  readonly materials: readonly Material[];
  /** Lines of kinds that this reader does not know, by kind. */
  readonly unknown: ReadonlyMap<string, number>;
  readonly damaged: readonly DamagedLine[];
  /** What does not add up; the first {@link FINDINGS_KEPT}. */
  readonly mismatches: readonly Finding[];
  readonly mismatchCount: number;
  /** The last line is not finished: the simulator is writing it, or was killed. */
  readonly torn: boolean;
}

/** Adds up every line. Throws only what reading throws. */
export async function keepBooks(lines: AsyncIterable<NumberedLine>, options: BooksOptions): Promise<BooksReport> {
  const keeper = new Bookkeeper(options);
  for await (const line of lines) keeper.read(line);
  return keeper.report();
}

const FINDINGS_KEPT = 20;
/** Kinds that move nothing, or nothing that no other line tells. */
const MOVES_NOTHING = new Set(["supplyChanged", "closed"]);

class Bookkeeper {
  readonly #options: BooksOptions;
  readonly #ledgers = new Map<string, Ledger>();
  readonly #holds = new Holds();
  readonly #owners = new Map<string, string>();
  readonly #credits = new Map<string, number>();
  readonly #materials = new Materials();
  readonly #unknown = new Map<string, number>();
  readonly #damaged: DamagedLine[] = [];
  readonly #mismatches: Finding[] = [];
  #mismatchCount = 0;
  #lines = 0;
  #seq: number | undefined;
  #gameMs = 0;
  #source: string | null = null;
  #economy: string | null = null;
  #resets = 0;
  #torn = false;

  constructor(options: BooksOptions) {
    this.#options = options;
  }

  read({ number, text, torn }: NumberedLine): void {
    this.#torn = torn;
    if (torn || text === "") return;
    this.#lines += 1;
    const parsed = parseBookLine(text);
    if (!parsed.ok) {
      this.#damaged.push({ line: number, what: parsed.problem, follows: null });
      this.#forget();
      return;
    }
    const { line } = parsed;
    this.#checkOrder(number, line.seq);
    const hole = this.#damaged.at(-1);
    if (hole?.follows === null) hole.follows = `line ${number} goes on with ${sentenceOf(line)}`;
    this.#gameMs = Math.max(this.#gameMs, line.gameMs);
    this.#book(number, line);
  }

  report(): BooksReport {
    const { agent } = this.#options;
    return {
      lines: this.#lines,
      source: this.#source,
      economy: this.#economy,
      gameHours: this.#gameMs / HOUR_MS,
      resets: this.#resets,
      ledgers: [...this.#ledgers.values()].filter((ledger) => agent === undefined || ledger.agent === agent),
      materials: this.#materials.list(),
      unknown: this.#unknown,
      damaged: this.#damaged,
      mismatches: this.#mismatches,
      mismatchCount: this.#mismatchCount,
      torn: this.#torn,
    };
  }

  #checkOrder(number: number, seq: number): void {
    const last = this.#seq;
    this.#seq = seq;
    if (last === undefined || seq === last + 1) return;
    // A line that could not be read has taken its number with it.
    if (this.#damaged.at(-1)?.line !== number - 1) this.#tell(number, `number ${seq} follows ${last}: lines are missing`);
    this.#forget();
  }

  #book(number: number, line: BookLine): void {
    switch (line.type) {
      case "mutation":
        return this.#bookMutation(number, line);
      case "tick":
        return this.#materials.tick(line, this.#counts(line.gameMs));
      case "opened":
        this.#source = line.source;
        this.#economy = line.economy;
        for (const what of this.#materials.open(line.stocks)) this.#tell(number, what);
        return;
      case "other":
        if (!MOVES_NOTHING.has(line.kind)) this.#unknown.set(line.kind, (this.#unknown.get(line.kind) ?? 0) + 1);
    }
  }

  #bookMutation(number: number, line: Mutation): void {
    if (line.operation === "eraBegan") return this.#beginEra(line);
    const counts = this.#counts(line.gameMs);
    const stock = this.#materials.trade(line, counts);
    if (stock !== undefined) this.#tell(number, stock);
    if (line.unitPrice !== undefined && line.units !== undefined && line.total !== line.units * line.unitPrice)
      this.#tell(number, `${line.units} × ${line.unitPrice} credits are not ${line.total}`);
    for (const move of this.#holds.follow(line)) this.#bookHold(number, line, move, counts);
    if (line.agent === null) return;
    const ledger = this.#ledgerOf(line.agent);
    for (const ship of line.ships ?? []) this.#own(ledger, ship);
    this.#bookCredits(number, line, ledger);
    if (counts) bookHour(ledger, line);
  }

  #bookCredits(number: number, line: Mutation, ledger: Ledger): void {
    if (line.credits === undefined) return;
    const { before, after } = line.credits;
    const known = this.#credits.get(ledger.agent);
    this.#credits.set(ledger.agent, after);
    if (line.gameMs < this.#options.toHour * HOUR_MS) ledger.creditsNow = after;
    if (line.gameMs < this.#options.fromHour * HOUR_MS) ledger.creditsStart = after;
    ledger.creditsStart ??= before ?? after;
    if (before === null) return;
    if (known !== undefined && known !== before)
      this.#tell(number, `credits of ${ledger.agent}: ${before} before this line, but the lines until then lead to ${known}`);
    const expected = expectedCredits(line);
    if (expected !== null && after - before !== expected)
      this.#tell(
        number,
        `credits of ${ledger.agent} moved by ${after - before}, but ${line.operation} must move them by ${expected}`,
      );
  }

  #bookHold(number: number, line: Mutation, move: HoldMove, counts: boolean): void {
    if (move.problem !== undefined) this.#tell(number, move.problem);
    const agent = this.#owners.get(move.ship) ?? line.agent;
    if (agent === null) return;
    const ledger = this.#ledgerOf(agent);
    this.#own(ledger, move.ship);
    if (move.gone) ledger.ships.delete(move.ship);
    for (const [good, units] of move.found) tallyOf(ledger, good).held += units;
    for (const [good, units] of move.moved) {
      const tally = tallyOf(ledger, good);
      tally.held += units;
      if (counts) countGoods(tally, line, units);
    }
  }

  #beginEra(line: Mutation): void {
    this.#resets += 1;
    this.#ledgers.clear();
    this.#owners.clear();
    this.#credits.clear();
    this.#materials.clear();
    this.#materials.open(line.stocks ?? {});
    this.#holds.forget();
  }

  #forget(): void {
    this.#credits.clear();
    this.#holds.forget();
    this.#materials.forget();
    for (const ledger of this.#ledgers.values()) for (const tally of ledger.goods.values()) tally.held = 0;
  }

  #own(ledger: Ledger, ship: string): void {
    ledger.ships.add(ship);
    this.#owners.set(ship, ledger.agent);
  }

  #ledgerOf(agent: string): Ledger {
    const known = this.#ledgers.get(agent);
    if (known !== undefined) return known;
    const fresh = newLedger(agent);
    this.#ledgers.set(agent, fresh);
    return fresh;
  }

  #counts(gameMs: number): boolean {
    return gameMs >= this.#options.fromHour * HOUR_MS && gameMs < this.#options.toHour * HOUR_MS;
  }

  #tell(line: number, what: string): void {
    this.#mismatchCount += 1;
    if (this.#mismatches.length < FINDINGS_KEPT) this.#mismatches.push({ line, what });
  }
}

function sentenceOf(line: BookLine): string {
  const when = `game hour ${(line.gameMs / HOUR_MS).toFixed(2)}`;
  if (line.type !== "mutation") return `number ${line.seq}, ${line.type === "other" ? line.kind : line.type}, at ${when}`;
  return `number ${line.seq}, ${line.operation} of ${line.ship ?? line.agent ?? "nobody"}, at ${when}`;
}

function countGoods(tally: ReturnType<typeof tallyOf>, { operation }: Mutation, units: number): void {
  switch (operation) {
    case "purchase":
      tally.bought += units;
      return;
    case "sell":
      tally.sold -= units;
      return;
    case "jettison":
      tally.jettisoned -= units;
      return;
    case "refuelFromCargo":
      tally.burnt -= units;
      return;
    case "transfer":
      return;
    default:
      tally.other += units;
  }
}

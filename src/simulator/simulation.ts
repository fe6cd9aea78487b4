/**
 * A running universe: its state, its clock, its books.
 *
 * Invariants: the universe changes only by economy ticks, which are a function of game time, and by {@link Simulation.commit},
 * which writes the books first; due ticks are applied before anything is read or changed, so that a market nobody looked at for
 * hours is exactly where it would be otherwise; snapshot + books since then = the universe.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAndAfter } from "./bookChanges.ts";
import type { BookLine, Put } from "./books.ts";
import { GameClock, type Instant, type WallClock } from "./gameClock.ts";
import { LineFile, readLines } from "./lineFile.ts";
import { LivingUniverse } from "./livingUniverse.ts";
import type { NoiseContext } from "./quote.ts";
import { readSnapshot, type Snapshot, writeSnapshot } from "./snapshot.ts";
import { stockList } from "./stockList.ts";
import type { AgentRecord, ClockState, MarketRecord, ShipRecord, Universe, WaypointRecord, YardRecord } from "./universe.ts";
import { universeHash } from "./universeHash.ts";

/** What an operation wants to change, and how the books should tell it. */
export interface Mutation {
  operation: string;
  requestId: string | null;
  agent: string | null;
  ship?: string;
  waypoint?: string;
  good?: string;
  units?: number;
  unitPrice?: number;
  total?: number;
  /** Anything else worth telling, e.g. the destination. */
  detail?: Readonly<Record<string, unknown>>;
  puts: Put[];
}

type Watcher = (puts: readonly Put[]) => void;

export class Simulation {
  readonly ships: ReadonlyMap<string, ShipRecord>;
  readonly agents: ReadonlyMap<string, AgentRecord>;
  readonly waypoints: ReadonlyMap<string, WaypointRecord>;
  readonly markets: ReadonlyMap<string, MarketRecord>;
  readonly yards: ReadonlyMap<string, YardRecord>;
  readonly #universe: Universe;
  readonly #living: LivingUniverse;
  readonly #dataDir: string;
  readonly #clock: GameClock;
  readonly #books: LineFile;
  #seq = 0;
  #snapshotSeq = 0;
  readonly #watchers: Watcher[] = [];
  /** Lines of ticks that were applied and are not in the books yet. */
  #untold: BookLine[] = [];
  /** Ticks and label changes that an earlier process already wrote: `tick`, `tick/waypoint/good`. */
  readonly #told = new Set<string>();

  /** Opens the universe of a data directory, or starts `fresh` there. */
  static open(dataDir: string, wall: WallClock, fresh: () => Universe): Simulation {
    const start = join(dataDir, START_FILE);
    const snapshot = readSnapshot(join(dataDir, SNAPSHOT_FILE)) ?? readSnapshot(start);
    if (snapshot) return new Simulation(dataDir, wall, snapshot, false);
    if (existsSync(join(dataDir, BOOKS_FILE))) throw new Error(`${dataDir} has books and no universe; the universe is lost`);
    const begun = { seq: 0, booksBytes: 0, gameMs: 0, universe: fresh() };
    writeSnapshot(start, begun);
    return new Simulation(dataDir, wall, begun, true);
  }

  private constructor(dataDir: string, wall: WallClock, snapshot: Snapshot, isNew: boolean) {
    this.#universe = snapshot.universe;
    this.#living = new LivingUniverse(this.#universe);
    const { ships, agents, waypoints, markets, yards } = this.#living;
    [this.ships, this.agents, this.waypoints, this.markets, this.yards] = [ships, agents, waypoints, markets, yards];
    this.#dataDir = dataDir;
    this.#clock = new GameClock(wall);
    this.#clock.notBefore(snapshot.gameMs);
    this.#seq = snapshot.seq;
    const booksPath = join(dataDir, BOOKS_FILE);
    if (!isNew) this.#replay(readLines<BookLine>(booksPath, snapshot.booksBytes));
    this.#books = new LineFile(booksPath);
    const { source, economy } = this.#universe;
    this.during(() => {
      const stocks = stockList(this.markets.values(), this.yards.values());
      const opened = { ...this.#stamp("opened"), source, economy: economy.hash, resumed: !isNew, universe: this.hash(), stocks };
      this.#tell([opened]);
      this.saveSnapshot();
    });
  }

  /** Read-only outside this class. */
  get universe(): Readonly<Universe> {
    return this.#universe;
  }

  /** The universe as it is now, all in one; its parts are the living ones. */
  whole(): Readonly<Universe> {
    return this.#living.whole();
  }

  get noise(): NoiseContext {
    return this.#living.noise;
  }

  /** The ships of an agent, oldest first. */
  fleetOf(agent: string): ReadonlyMap<string, ShipRecord> {
    return this.#living.fleetOf(agent);
  }

  /** Game milliseconds now; never runs backwards, and stands still within {@link during}. */
  nowGameMs(): number {
    return this.#clock.now(this.#universe.clock).gameMs;
  }

  /** Now, in game and wall milliseconds. */
  instant(): Readonly<Instant> {
    return this.#clock.now(this.#universe.clock);
  }

  /**
   * Does synchronous work at one instant of game time, with everything due before it applied: the only way in for requests.
   * A replay gives the instant; one in the past becomes the latest.
   */
  during<T>(work: () => T, gameMs?: number): T {
    return this.#clock.hold(
      this.#universe.clock,
      () => {
        this.#applyDue();
        return work();
      },
      gameMs,
    );
  }

  /** SHA-256 of everything that is and will matter in this universe; equal for equal requests at equal game times. */
  hash(): string {
    return this.during(() => universeHash(this.whole()));
  }

  /** Applies what is due: economy ticks, of which it writes what they moved, and the end of a reset's maintenance. */
  advance(): void {
    this.during(() => undefined);
  }

  #applyDue(): void {
    const { clock } = this.#universe;
    const { gameMs: nowGameMs, wallMs } = this.#clock.now(clock);
    if (clock.isPaused) this.#universe.clock = { ...clock, anchorWallMs: wallMs };
    const eraGameMs = this.#universe.maintenance?.untilGameMs;
    if (eraGameMs !== undefined && nowGameMs >= eraGameMs) {
      this.#tellTicks(eraGameMs);
      this.#beginEra(eraGameMs);
    }
    this.#tellTicks(nowGameMs);
  }

  #tellTicks(untilGameMs: number): void {
    this.#advanceTo(untilGameMs, (lines) => {
      this.#untold.push(...lines);
      if (this.#untold.length >= UNTOLD_LINES) this.#tellUntold();
    });
    this.#tellUntold();
  }

  /** What cannot be written now stays, and is written before anything else. */
  #tellUntold(): void {
    this.#tell(this.#untold);
    this.#untold = [];
  }

  /** Writes the mutation into the books, then applies it. Throws when the books cannot be written; then nothing has changed. */
  commit(mutation: Mutation): void {
    const { puts, detail, ...what } = mutation;
    this.#tell([{ ...this.#stamp("mutation"), ...what, ...detail, ...beforeAndAfter(puts, this), redo: puts }]);
    for (const put of puts) this.#apply(put);
    for (const watcher of this.#watchers) watcher(puts);
    if (this.#seq - this.#snapshotSeq >= SNAPSHOT_EVERY_LINES) this.#trySnapshot();
  }

  /** Tells the watcher every mutation from now on, after it has happened. It must not throw. */
  watch(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  /** Goes on at another speed from now on; game time is continuous. */
  changeSpeed(speed: number, requestId: string | null = null): void {
    this.#setClock("speed", { speed }, 0, requestId);
  }

  /** Stops game time, also across restarts. What lies ahead stays as far ahead on the wire. */
  pause(requestId: string | null = null): void {
    if (!this.#universe.clock.isPaused) this.#setClock("pause", { isPaused: true }, 0, requestId);
  }

  resume(requestId: string | null = null): void {
    if (this.#universe.clock.isPaused) this.#setClock("resume", { isPaused: false }, 0, requestId);
  }

  /** Moves on by so much game time, at least 0, and stands still there. */
  step(gameMs: number, requestId: string | null = null): void {
    this.#setClock("step", { isPaused: true }, gameMs, requestId);
  }

  /** Skips so much game time, at least 0, at once: the ticks in it are applied one by one. Paused stays paused. */
  jumpBy(gameMs: number, requestId: string | null = null): void {
    this.#setClock("jump", {}, gameMs, requestId);
  }

  /** Skips to an instant of game time; false, and nothing happens, when it has passed. */
  jumpTo(gameMs: number, requestId: string | null = null): boolean {
    return this.during(() => {
      const byGameMs = gameMs - this.nowGameMs();
      if (byGameMs >= 0) this.jumpBy(byGameMs, requestId);
      return byGameMs >= 0;
    });
  }

  #setClock(
    change: string,
    set: Partial<Pick<ClockState, "speed" | "isPaused">>,
    byGameMs: number,
    requestId: string | null,
  ): void {
    if (!Number.isSafeInteger(byGameMs) || byGameMs < 0) throw new RangeError(`the clock cannot move by ${byGameMs} ms`);
    this.during(() => {
      const { clock } = this.#universe;
      const from = this.#clock.now(clock);
      const value = { ...clock, ...set, anchorWallMs: from.wallMs, anchorGameMs: from.gameMs + byGameMs };
      const { speed, isPaused } = value;
      this.commit({
        operation: "clock",
        requestId,
        agent: null,
        detail: { change, speed, isPaused, fromGameMs: from.gameMs, toGameMs: value.anchorGameMs },
        puts: [{ put: "clock", value }],
      });
      this.#clock.notBefore(value.anchorGameMs);
      this.#applyDue();
    });
  }

  /** Writes the whole state beside the books, so that a restart replays only what came after. */
  saveSnapshot(): void {
    const { gameMs } = this.instant();
    const snapshot: Snapshot = { seq: this.#seq, booksBytes: this.#books.bytes, gameMs, universe: this.whole() };
    writeSnapshot(join(this.#dataDir, SNAPSHOT_FILE), snapshot);
    this.#snapshotSeq = this.#seq;
  }

  /** The mutation before it is in the books and has happened: a snapshot that fails costs a longer start, no more. */
  #trySnapshot(): void {
    try {
      this.saveSnapshot();
    } catch (cause) {
      this.#snapshotSeq = this.#seq;
      process.stderr.write(`no snapshot was saved, the books go on: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    }
  }

  /** Writes the last line and the snapshot. The universe is not used afterwards. */
  close(): void {
    try {
      this.during(() => {
        this.#tell([{ ...this.#stamp("closed"), universe: this.hash() }]);
        this.saveSnapshot();
      });
    } finally {
      this.#books.close();
    }
  }

  #replay(lines: Iterable<BookLine>): void {
    for (const line of lines) {
      if (line.seq !== this.#seq + 1)
        throw new Error(`books.jsonl: line ${line.seq} follows ${this.#seq}; the books are damaged`);
      this.#seq = line.seq;
      this.#clock.notBefore(line.gameMs);
      if (line.type === "tick") this.#told.add(`${line.tick}`);
      if (line.type === "supplyChanged") this.#told.add(`${line.tick}/${line.waypoint}/${line.good}`);
      if (line.type !== "mutation") continue;
      this.#advanceTo(line.gameMs);
      for (const put of line.redo ?? []) this.#apply(put);
    }
  }

  #beginEra(gameMs: number): void {
    const { seed, resetDate, resets } = this.#universe;
    const next = this.#universe.maintenance?.next;
    this.commit({
      operation: "eraBegan",
      requestId: null,
      agent: null,
      detail: {
        before: { seed, resetDate, resets: resets ?? 0 },
        after: { seed: next?.seed, resetDate: next?.resetDate, resets: (resets ?? 0) + 1 },
        lost: { agents: [...this.agents.keys()], ships: this.ships.size },
        stocks: stockList(next?.markets ?? [], next?.yards ?? []),
      },
      puts: [{ put: "era", tick: Math.floor(gameMs / this.#tickMs()) }],
    });
    this.#trySnapshot();
  }

  #tickMs(): number {
    return this.#universe.economy.constants.tickGameMinutes * 60_000;
  }

  #advanceTo(gameMs: number, told: (lines: BookLine[]) => void = () => undefined): void {
    while ((this.#universe.tick + 1) * this.#tickMs() <= gameMs) told(this.#tickOnce());
  }

  /** What the books do not know yet of the next tick. A tick that moved nothing has no line. */
  #tickOnce(): BookLine[] {
    const { markets, yards, labels } = this.#living.tick();
    const { tick } = this.#universe;
    const gameMs = tick * this.#tickMs();
    const stamp = (type: BookLine["type"]) => ({ ...this.#stamp(type), gameMs, gameTime: gameMs / 1000, tick });
    const untold = labels.filter(({ waypoint, good }) => !this.#told.delete(`${tick}/${waypoint}/${good}`));
    const lines = untold.map((change) => ({ ...stamp("supplyChanged"), ...change }));
    const isStill = Object.keys(markets).length === 0 && Object.keys(yards).length === 0;
    return isStill || this.#told.delete(`${tick}`) ? lines : [{ ...stamp("tick"), markets, yards }, ...lines];
  }

  #stamp(type: BookLine["type"]): BookLine {
    const { gameMs, wallMs } = this.#clock.now(this.#universe.clock);
    return { seq: 0, type, gameTime: gameMs / 1000, gameMs, wallTime: new Date(wallMs).toISOString() };
  }

  #tell(lines: readonly BookLine[]): void {
    this.#books.append(lines.map((line, i) => ({ ...line, seq: this.#seq + 1 + i })));
    this.#seq += lines.length;
  }

  /** Ticks that an earlier process told are of the era that ends here. */
  #apply(put: Put): void {
    this.#living.apply(put);
    if (put.put === "era") this.#told.clear();
  }
}

const BOOKS_FILE = "books.jsonl";
const SNAPSHOT_FILE = "universe.json";
/** The first snapshot of all, kept: with the whole books it can replace the latest. */
const START_FILE = "universe.start.json";
const SNAPSHOT_EVERY_LINES = 1000;
const UNTOLD_LINES = 1000;

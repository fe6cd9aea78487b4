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
import type { NoiseContext } from "./quote.ts";
import { readSnapshot, type Snapshot, writeSnapshot } from "./snapshot.ts";
import { stockList } from "./stockList.ts";
import { type StockFlows, tickMarket, tickYard } from "./tick.ts";
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
  readonly ships = new Map<string, ShipRecord>();
  readonly agents = new Map<string, AgentRecord>();
  readonly waypoints = new Map<string, WaypointRecord>();
  readonly markets = new Map<string, MarketRecord>();
  readonly yards = new Map<string, YardRecord>();
  readonly #fleets = new Map<string, Map<string, ShipRecord>>();
  readonly #frozenAtTick = new Map<string, number>();
  readonly #universe: Universe;
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
    this.#dataDir = dataDir;
    this.#clock = new GameClock(wall);
    this.#clock.notBefore(snapshot.gameMs);
    this.#seq = snapshot.seq;
    this.#index();
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
    return { ...this.#universe, ships: [...this.ships.values()], agents: [...this.agents.values()] };
  }

  get noise(): NoiseContext {
    const { economy, seed, tick } = this.#universe;
    return { constants: economy.constants, seed, tick, frozenAtTick: this.#frozenAtTick };
  }

  /** The ships of an agent, oldest first. */
  fleetOf(agent: string): ReadonlyMap<string, ShipRecord> {
    return this.#fleets.get(agent) ?? NO_SHIPS;
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

  #startEra(tick: number): void {
    const { maintenance, ...before } = this.#universe;
    if (maintenance === undefined) throw new Error("books.jsonl: an era begins without maintenance; the books are damaged");
    delete this.#universe.maintenance;
    const { resets = 0, begunAs = { seed: before.seed, source: before.source } } = before;
    Object.assign(this.#universe, maintenance.next, { tick, resets: resets + 1, begunAs });
    this.#told.clear();
    this.#index();
  }

  #index(): void {
    fill(this.ships, this.#universe.ships, (ship) => ship.symbol);
    fill(this.agents, this.#universe.agents, (agent) => agent.symbol);
    fill(this.waypoints, this.#universe.waypoints, (waypoint) => waypoint.symbol);
    fill(this.markets, this.#universe.markets, (market) => market.waypoint);
    fill(this.yards, this.#universe.yards, (yard) => yard.waypoint);
    this.#fleets.clear();
    for (const ship of this.#universe.ships) this.#enlist(ship);
    this.#frozenAtTick.clear();
    for (const { waypoint, frozenAtTick } of this.#universe.markets) {
      if (frozenAtTick !== undefined) this.#frozenAtTick.set(waypoint, frozenAtTick);
    }
  }

  #enlist(ship: ShipRecord): void {
    const fleet = this.#fleets.get(ship.agent) ?? new Map<string, ShipRecord>();
    this.#fleets.set(ship.agent, fleet.set(ship.symbol, ship));
  }

  #tickMs(): number {
    return this.#universe.economy.constants.tickGameMinutes * 60_000;
  }

  #advanceTo(gameMs: number, told: (lines: BookLine[]) => void = () => undefined): void {
    while ((this.#universe.tick + 1) * this.#tickMs() <= gameMs) {
      this.#universe.tick += 1;
      told(this.#tickOnce(this.#universe.tick));
    }
  }

  /** One tick of everything; what the books do not know of it yet. A tick that moved nothing has no line. */
  #tickOnce(tick: number): BookLine[] {
    const gameMs = tick * this.#tickMs();
    const stamp = (type: BookLine["type"]) => ({ ...this.#stamp(type), gameMs, gameTime: gameMs / 1000, tick });
    const markets: Record<string, StockFlows> = {};
    const yards: Record<string, Record<string, number>> = {};
    const labels: BookLine[] = [];
    for (const market of this.markets.values()) {
      if (market.frozenAtTick !== undefined) continue;
      const { flows, changes } = tickMarket(market, this.noise);
      if (Object.keys(flows).length > 0) markets[market.waypoint] = flows;
      for (const change of changes) {
        if (!this.#told.delete(`${tick}/${change.waypoint}/${change.good}`))
          labels.push({ ...stamp("supplyChanged"), ...change });
      }
    }
    for (const yard of this.yards.values()) {
      const back = tickYard(yard, this.#universe.economy.constants);
      if (Object.keys(back).length > 0) yards[yard.waypoint] = back;
    }
    const isStill = Object.keys(markets).length === 0 && Object.keys(yards).length === 0;
    return isStill || this.#told.delete(`${tick}`) ? labels : [{ ...stamp("tick"), markets, yards }, ...labels];
  }

  #stamp(type: BookLine["type"]): BookLine {
    const { gameMs, wallMs } = this.#clock.now(this.#universe.clock);
    return { seq: 0, type, gameTime: gameMs / 1000, gameMs, wallTime: new Date(wallMs).toISOString() };
  }

  #tell(lines: readonly BookLine[]): void {
    this.#books.append(lines.map((line, i) => ({ ...line, seq: this.#seq + 1 + i })));
    this.#seq += lines.length;
  }

  #apply(put: Put): void {
    switch (put.put) {
      case "agent":
        this.agents.set(put.value.symbol, put.value);
        return;
      case "ship":
        this.ships.set(put.value.symbol, put.value);
        this.#enlist(put.value);
        return;
      case "good":
        replaceIn(this.markets.get(put.waypoint)?.goods, put.value, (good) => good.good === put.value.good);
        return;
      case "transaction": {
        const market = this.markets.get(put.waypoint);
        if (market) market.transactions = [...market.transactions, put.value].slice(-TRANSACTIONS_KEPT);
        return;
      }
      case "hull":
        replaceIn(this.yards.get(put.waypoint)?.ships, put.value, (hull) => hull.type === put.value.type);
        return;
      case "hullSale": {
        const yard = this.yards.get(put.waypoint);
        if (yard) yard.sales = [...(yard.sales ?? []), put.value].slice(-TRANSACTIONS_KEPT);
        return;
      }
      case "clock":
        this.#universe.clock = put.value;
        return;
      case "shipGone":
        this.#fleets.get(this.ships.get(put.ship)?.agent ?? "")?.delete(put.ship);
        this.ships.delete(put.ship);
        return;
      case "market":
        replaceIn(this.#universe.markets, put.value, (market) => market.waypoint === put.value.waypoint);
        this.markets.set(put.value.waypoint, put.value);
        if (put.value.frozenAtTick === undefined) this.#frozenAtTick.delete(put.value.waypoint);
        else this.#frozenAtTick.set(put.value.waypoint, put.value.frozenAtTick);
        return;
      case "maintenance":
        this.#universe.maintenance = put.value;
        return;
      case "era":
        this.#startEra(put.tick);
        return;
    }
  }
}

const NO_SHIPS: ReadonlyMap<string, ShipRecord> = new Map();
const BOOKS_FILE = "books.jsonl";
const SNAPSHOT_FILE = "universe.json";
/** The first snapshot of all, kept: with the whole books it can replace the latest. */
const START_FILE = "universe.start.json";
const SNAPSHOT_EVERY_LINES = 1000;
const UNTOLD_LINES = 1000;
const TRANSACTIONS_KEPT = 20;

function fill<T>(map: Map<string, T>, items: readonly T[], keyOf: (item: T) => string): void {
  map.clear();
  for (const item of items) map.set(keyOf(item), item);
}

function replaceIn<T>(list: T[] | undefined, value: T, isIt: (item: T) => boolean): void {
  const at = list?.findIndex(isIt) ?? -1;
  if (at >= 0) list?.splice(at, 1, value);
}

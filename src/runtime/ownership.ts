import { type Commit, createCommitNumbers } from "./commitNumber.ts";
import { encodeError } from "./encodedError.ts";
import type { HostCore } from "./hostCore.ts";
import { Lease } from "./lease.ts";
import type { Acquired } from "./store.ts";

/**
 * The host's hold on its scope: the epoch under which it writes, the numbers of the commits in it, and the lease. Each new commit connection
 * takes a new epoch; under the old one nothing is written any more (G6, H3).
 */
export class Ownership {
  readonly #core: HostCore;
  readonly #lease: Lease;
  readonly #holder: string;
  #epoch = 0;
  #nextCommit: () => Commit = createCommitNumbers(0);
  #reconnectedAtMs = Number.NEGATIVE_INFINITY;

  /** `lost` is called when another host owns the scope. */
  constructor(core: HostCore, lost: () => void) {
    this.#core = core;
    this.#lease = new Lease(core, lost);
    this.#holder = core.environment.ids.nextId();
  }

  get epoch(): number {
    return this.#epoch;
  }

  nextCommit(): Commit {
    return this.#nextCommit();
  }

  /** Whether the scope is surely ours at this instant. */
  holds(): boolean {
    return this.#lease.holds();
  }

  /** Takes the scope; rejects when another host keeps it. */
  async take(): Promise<void> {
    const acquired = await this.#acquire(this.#core.limits.acquireWaitMs, false);
    if (acquired.acquired === "no") throw new Error(`${this.#core.scope} is owned by ${acquired.heldBy}`);
  }

  /**
   * Takes it once more after a lost connection. The database being away is weather: it is waited for, without any budget (G12). False when
   * somebody owned the scope in between (what we have in memory may be old), or when the host has ended meanwhile.
   */
  async takeAgain(): Promise<boolean> {
    const { clock, logger, random } = this.#core.environment;
    // A connection that breaks as soon as it is made must not be made in a loop.
    if (clock.nowMs() - this.#reconnectedAtMs < QUIET_MS) await this.#pause(FIRST_RECONNECT_MS);
    for (let waitMs = FIRST_RECONNECT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_RECONNECT_MS)) {
      if (this.#core.phase !== "open" && this.#core.phase !== "stopping") return false;
      try {
        const { acquired } = await this.#acquire(this.#core.limits.leaseMs, true);
        this.#reconnectedAtMs = clock.nowMs();
        return acquired === "yes";
      } catch (error) {
        logger.warn({ error: encodeError(error).message, retryInMs: waitMs }, "the database is away; waiting");
      }
      await this.#pause(waitMs * (0.75 + random.nextSeed() / 0x2_0000_0000));
    }
  }

  /** Claims it no longer; the row in the database is not touched. */
  end(): void {
    this.#lease.end();
  }

  async #acquire(waitMs: number, continues: boolean): Promise<Acquired> {
    const { clock } = this.#core.environment;
    const { leaseMs } = this.#core.limits;
    const askedAtMs = clock.nowMs();
    const { scope } = this.#core;
    const acquired = await this.#core.store.acquire({ scope, holder: this.#holder, leaseMs, waitMs, continues });
    if (acquired.acquired === "no") return acquired;
    this.#epoch = acquired.epoch;
    this.#nextCommit = createCommitNumbers(acquired.epoch);
    // When it waited for another holder, the lease is younger than our question; that only makes us careful.
    this.#lease.begin(Math.max(askedAtMs, clock.nowMs() - leaseMs / 2));
    return acquired;
  }

  #pause(forMs: number): Promise<void> {
    const { clock } = this.#core.environment;
    return new Promise((resolve) => {
      clock.wakeAt(clock.nowMs() + forMs, resolve);
    });
  }
}

const FIRST_RECONNECT_MS = 100;
const QUIET_MS = 1_000;
const LONGEST_RECONNECT_MS = 5_000;

import { encodeError } from "./encodedError.ts";
import type { HostCore } from "./hostCore.ts";

const MARGIN_MS = 1_000;

/**
 * Renews the ownership in the background. Deadlines count from before a renewal was sent, on the runtime clock, which goes on while the
 * machine sleeps, so that a host that was paused knows that it may have been succeeded (H6, H11).
 */
export class Lease {
  readonly #core: HostCore;
  readonly #lost: () => void;
  #validUntilMs = 0;
  /** Counts the epochs: the answer to a renewal of an earlier one says nothing. */
  #term = 0;
  #cancel: (() => void) | undefined;

  constructor(core: HostCore, lost: () => void) {
    this.#core = core;
    this.#lost = lost;
  }

  /** Call with the time just before the ownership was asked for. */
  begin(askedAtMs: number): void {
    this.#validUntilMs = askedAtMs + this.#core.limits.leaseMs;
    this.#term += 1;
    this.#cancel?.();
    this.#schedule();
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#validUntilMs = 0;
  }

  /** Whether the scope is surely ours at this instant. */
  holds(): boolean {
    return this.#core.environment.clock.nowMs() < this.#validUntilMs - Math.min(MARGIN_MS, this.#core.limits.leaseMs / 5);
  }

  #schedule(): void {
    const { clock } = this.#core.environment;
    this.#cancel = clock.wakeAt(clock.nowMs() + this.#core.limits.leaseMs / 3, () => {
      void this.#renew();
    });
  }

  async #renew(): Promise<void> {
    const askedAtMs = this.#core.environment.clock.nowMs();
    const { leaseMs } = this.#core.limits;
    const term = this.#term;
    try {
      const answer = await this.#core.store.renew();
      if (this.#cancel === undefined || term !== this.#term) return;
      if (answer === "lost") {
        this.#lost();
        return;
      }
      this.#validUntilMs = askedAtMs + leaseMs;
    } catch (error) {
      this.#core.environment.logger.warn({ error: encodeError(error).message }, "the lease could not be renewed");
    }
    if (this.#cancel !== undefined && term === this.#term) this.#schedule();
  }
}

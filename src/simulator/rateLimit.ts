/**
 * The game's rate limit: two pools per IP address and per account, each a fixed window that starts at its first request and is
 * full again when it ends. A request takes from the static pool (2 per second), else from the burst pool (30 per minute), else it is
 * refused and takes nothing. At speed N the windows are N times shorter, so rates scale with the universe.
 */

type LimitType = "IP Address" | "Account";

export interface LimitState {
  allowed: boolean;
  type: LimitType;
  /** Requests left in both pools. */
  remaining: number;
  /** When the pool that matters is full again, wall milliseconds. */
  resetAtMs: number;
  /** Wall seconds until a request can pass; 0 when allowed. */
  retryAfterSeconds: number;
  /** Game seconds per wall second: the game's whole seconds are whole ones of its own. */
  speed: number;
}

export class RateLimiter {
  #speed: number;
  readonly #windows = new Map<string, Omit<Pools, "type">>();
  #sweptAtMs = 0;

  constructor(speed: number) {
    this.#speed = speed;
  }

  /** Windows that have begun end when it was said they would; the next ones are as long as the new speed makes them. */
  changeSpeed(speed: number): void {
    if (speed === this.#speed) return;
    this.#speed = speed;
    for (const pools of this.#windows.values()) {
      pools.static.windowMs = 1000 / speed;
      pools.burst.windowMs = 60_000 / speed;
    }
  }

  /** Takes one request from the address and, when known, from the account; refused by one, it takes from neither. */
  take(address: string, account: string | undefined, nowMs: number): LimitState {
    this.#sweep(nowMs);
    const byAddress: Pools = { type: "IP Address", ...this.#poolsOf(`ip ${address}`, nowMs) };
    const byAccount: Pools | undefined =
      account === undefined ? undefined : { type: "Account", ...this.#poolsOf(`account ${account}`, nowMs) };
    const exhausted = [byAddress, byAccount].find((pools) => pools?.static.left === 0 && pools.burst.left === 0);
    if (exhausted) return this.#stateOf(exhausted, false, nowMs);
    for (const pools of [byAddress, byAccount]) {
      if (pools) consume(pools.static.left > 0 ? pools.static : pools.burst, nowMs);
    }
    return this.#stateOf(byAccount ?? byAddress, true, nowMs);
  }

  #poolsOf(key: string, nowMs: number): Omit<Pools, "type"> {
    let pools = this.#windows.get(key);
    if (pools === undefined) {
      pools = { static: newPool(PER_SECOND, 1000 / this.#speed), burst: newPool(PER_MINUTE, 60_000 / this.#speed) };
      this.#windows.set(key, pools);
    }
    refill(pools.static, nowMs);
    refill(pools.burst, nowMs);
    return pools;
  }

  #stateOf(pools: Pools, allowed: boolean, nowMs: number): LimitState {
    const ends = [pools.static, pools.burst].filter((pool) => pool.endsAtMs > 0).map((pool) => pool.endsAtMs);
    const resetAtMs = ends.length > 0 ? Math.min(...ends) : nowMs;
    return {
      allowed,
      type: pools.type,
      remaining: pools.static.left + pools.burst.left,
      resetAtMs,
      retryAfterSeconds: allowed ? 0 : Math.max(0.001, (resetAtMs - nowMs) / 1000),
      speed: this.#speed,
    };
  }

  /** Forgets callers whose windows have ended, so that memory follows the callers of the last minutes only. */
  #sweep(nowMs: number): void {
    if (this.#windows.size < 1000 || nowMs - this.#sweptAtMs < 60_000) return;
    this.#sweptAtMs = nowMs;
    for (const [key, pools] of this.#windows) {
      if (nowMs >= pools.burst.endsAtMs && nowMs >= pools.static.endsAtMs) this.#windows.delete(key);
    }
  }
}

export const PER_SECOND = 2;
export const PER_MINUTE = 30;

interface Pools {
  type: LimitType;
  static: Pool;
  burst: Pool;
}

interface Pool {
  size: number;
  left: number;
  windowMs: number;
  /** 0 while the window has not begun. */
  endsAtMs: number;
}

function newPool(size: number, windowMs: number): Pool {
  return { size, left: size, windowMs, endsAtMs: 0 };
}

function refill(pool: Pool, nowMs: number): void {
  if (pool.endsAtMs === 0 || nowMs < pool.endsAtMs) return;
  pool.left = pool.size;
  pool.endsAtMs = 0;
}

function consume(pool: Pool, nowMs: number): void {
  if (pool.endsAtMs === 0) pool.endsAtMs = nowMs + pool.windowMs;
  pool.left -= 1;
}

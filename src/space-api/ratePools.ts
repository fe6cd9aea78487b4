/**
 * The game's rate limit as the client models it: two pools, 2 requests per second and 30 per minute. Each is a fixed window that
 * starts at its first use and refills completely when it ends; a request takes from the first pool that has something left.
 *
 * The windows are stretched a little against the jitter of the way to the server, and more after a 429, because two windows
 * that slide against each other cost requests of the second pool.
 */
export interface RatePools {
  /** Requests that may be sent at `nowMs`. */
  available(nowMs: number): number;
  consume(nowMs: number): void;
  /** When a pool that has been used refills; undefined when none has. */
  nextRefillAtMs(nowMs: number): number | undefined;
  /** After a 429: both pools count as empty until their windows end, and windows become longer. */
  shrink(nowMs: number): void;
  setSpeed(gameSpeed: number): void;
  /** Sustained requests per wall second of the first pool. */
  perSecondLimit(): number;
}

export function createRatePools(gameSpeed: number): RatePools {
  let speed = gameSpeed;
  let stretch = MIN_STRETCH;
  let shrunkAtMs = Number.NEGATIVE_INFINITY;
  const pools: readonly Pool[] = POOLS.map((spec) => ({ ...spec, used: 0, endsAtMs: Number.NEGATIVE_INFINITY }));

  function roll(nowMs: number): void {
    for (const pool of pools) if (nowMs >= pool.endsAtMs) pool.used = 0;
    while (stretch > MIN_STRETCH && nowMs - shrunkAtMs >= CALM_GAME_MS / speed) {
      stretch = Math.max(MIN_STRETCH, 1 + (stretch - 1) / 2);
      shrunkAtMs += CALM_GAME_MS / speed;
    }
  }

  function take(pool: Pool, units: number, nowMs: number): void {
    if (pool.used === 0) pool.endsAtMs = nowMs + (pool.windowGameMs / speed) * stretch;
    pool.used += units;
  }

  return {
    available(nowMs) {
      roll(nowMs);
      return pools.reduce((sum, pool) => sum + Math.max(0, pool.limit - pool.used), 0);
    },
    consume(nowMs) {
      roll(nowMs);
      const pool = pools.find((candidate) => candidate.used < candidate.limit) ?? pools.at(-1);
      if (pool !== undefined) take(pool, 1, nowMs);
    },
    nextRefillAtMs(nowMs) {
      roll(nowMs);
      const ends = pools.filter((pool) => pool.used > 0).map((pool) => pool.endsAtMs);
      return ends.length === 0 ? undefined : Math.min(...ends);
    },
    shrink(nowMs) {
      roll(nowMs);
      stretch = Math.min(MAX_STRETCH, 1 + (stretch - 1) * 2);
      shrunkAtMs = nowMs;
      for (const pool of pools) take(pool, pool.limit - pool.used, nowMs);
    },
    setSpeed(next) {
      speed = next;
    },
    perSecondLimit: () => FIRST_POOL.limit * speed,
  };
}

interface PoolSpec {
  readonly limit: number;
  readonly windowGameMs: number;
}

interface Pool extends PoolSpec {
  used: number;
  endsAtMs: number;
}

const FIRST_POOL: PoolSpec = { limit: 2, windowGameMs: 1_000 };
const POOLS: readonly PoolSpec[] = [FIRST_POOL, { limit: 30, windowGameMs: 60_000 }];
const MIN_STRETCH = 1.02;
const MAX_STRETCH = 1.5;
/** Game time without a 429 after which half of the extra stretch is forgotten. */
const CALM_GAME_MS = 60_000;

/**
 * The game's rate limit as the client models it: two pools, 2 requests per second and 30 per minute. Each is a fixed window that
 * starts at its first use and refills completely when it ends; a request takes from the first pool that has something left.
 *
 * Two copies of that model are kept and both must have something left: one with the server's own lengths, and one with windows
 * stretched against the jitter of the way to the server (more after a 429). The stretched copy alone would not do: its windows
 * fall out of step with the server's, and a request that it counts in its first pool may come from the server's second.
 */
export interface RatePools {
  /** Requests that may be sent at `nowMs`. */
  available(nowMs: number): number;
  consume(nowMs: number): void;
  /** When a pool that has been used refills next; undefined when none has. */
  nextRefillAtMs(nowMs: number): number | undefined;
  /** After a 429: everything counts as used until its window ends, and windows become longer. */
  shrink(nowMs: number): void;
  setSpeed(gameSpeed: number): void;
  /** Requests per wall second that the first pool sustains. */
  perSecondLimit(): number;
}

export function createRatePools(gameSpeed: number): RatePools {
  let speed = gameSpeed;
  let stretch = MIN_STRETCH;
  let calmSinceMs = Number.NEGATIVE_INFINITY;
  const nominal = freshPools();
  const stretched = freshPools();

  function roll(nowMs: number): void {
    for (const pool of [...nominal, ...stretched]) if (nowMs >= pool.endsAtMs) pool.used = 0;
    while (stretch > MIN_STRETCH && nowMs - calmSinceMs >= CALM_GAME_MS / speed) {
      stretch = Math.max(MIN_STRETCH, 1 + (stretch - 1) / 2);
      calmSinceMs += CALM_GAME_MS / speed;
    }
  }

  function take(pool: Pool | undefined, units: number, nowMs: number, factor: number): void {
    if (pool === undefined || units === 0) return;
    if (pool.used === 0) pool.endsAtMs = nowMs + (pool.windowGameMs / speed) * factor;
    pool.used += units;
  }

  return {
    available(nowMs) {
      roll(nowMs);
      return Math.min(leftIn(nominal), leftIn(stretched));
    },
    consume(nowMs) {
      roll(nowMs);
      take(firstWithRoom(nominal), 1, nowMs, 1);
      take(firstWithRoom(stretched), 1, nowMs, stretch);
    },
    nextRefillAtMs(nowMs) {
      roll(nowMs);
      const ends = [...nominal, ...stretched].filter((pool) => pool.used > 0).map((pool) => pool.endsAtMs);
      return ends.length === 0 ? undefined : Math.min(...ends);
    },
    shrink(nowMs) {
      roll(nowMs);
      stretch = Math.min(MAX_STRETCH, 1 + (stretch - 1) * 2);
      calmSinceMs = nowMs;
      for (const pool of stretched) take(pool, pool.limit - pool.used, nowMs, stretch);
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

function freshPools(): readonly Pool[] {
  return POOLS.map((spec) => ({ ...spec, used: 0, endsAtMs: Number.NEGATIVE_INFINITY }));
}

function leftIn(pools: readonly Pool[]): number {
  return pools.reduce((sum, pool) => sum + pool.limit - pool.used, 0);
}

function firstWithRoom(pools: readonly Pool[]): Pool | undefined {
  return pools.find((pool) => pool.used < pool.limit);
}

const FIRST_POOL: PoolSpec = { limit: 2, windowGameMs: 1_000 };
const POOLS: readonly PoolSpec[] = [FIRST_POOL, { limit: 30, windowGameMs: 60_000 }];
const MIN_STRETCH = 1.02;
const MAX_STRETCH = 1.5;
/** Game time without a 429 after which half of the extra stretch is forgotten. */
const CALM_GAME_MS = 60_000;

/**
 * Game time from wall time: anchored, running `speed` times as fast. Durations on the wire shrink by the same factor.
 *
 * Invariants: game time is whole milliseconds and never runs backwards, whatever the wall does; while work is held at an instant
 * it does not move; a paused clock's anchor moves along with the wall, so that what lies ahead stays as far ahead.
 */
import type { ClockState } from "./universe.ts";

export interface WallClock {
  nowMs(): number;
}

export const systemWallClock: WallClock = { nowMs: () => Date.now() };

/** A wall clock that stands still until it is let go, so that everything a universe begins with happens at one instant. */
export class StartingWallClock implements WallClock {
  readonly #wall: WallClock;
  #stillMs: number | undefined;

  constructor(wall: WallClock) {
    this.#wall = wall;
    this.#stillMs = wall.nowMs();
  }

  nowMs(): number {
    return this.#stillMs ?? this.#wall.nowMs();
  }

  letGo(): void {
    this.#stillMs = undefined;
  }
}

export interface Instant {
  gameMs: number;
  wallMs: number;
}

/** The clock of a running universe. Its state belongs to the universe and is handed in. */
export class GameClock {
  readonly #wall: WallClock;
  #latestGameMs = 0;
  #held: Instant | undefined;

  constructor(wall: WallClock) {
    this.#wall = wall;
  }

  /** Now; what is held, while something is. */
  now(clock: ClockState): Instant {
    if (this.#held) return this.#held;
    const wallMs = this.#wall.nowMs();
    this.#latestGameMs = Math.max(this.#latestGameMs, gameMsAt(clock, wallMs));
    return { gameMs: this.#latestGameMs, wallMs };
  }

  /** Does synchronous work at one instant: now, or `gameMs` when that is later than all before. Work inside work shares its instant. */
  hold<T>(clock: ClockState, work: () => T, gameMs?: number): T {
    if (this.#held) return work();
    if (gameMs === undefined) this.#held = this.now(clock);
    else this.#held = { wallMs: this.#wall.nowMs(), gameMs: Math.max(this.#latestGameMs, gameMs) };
    this.notBefore(this.#held.gameMs);
    try {
      return work();
    } finally {
      this.#held = undefined;
    }
  }

  /** Game time is at least this from now on. */
  notBefore(gameMs: number): void {
    this.#latestGameMs = Math.max(this.#latestGameMs, gameMs);
    if (this.#held) this.#held = { ...this.#held, gameMs: this.#latestGameMs };
  }
}

export function gameMsAt(clock: ClockState, wallMs: number): number {
  if (clock.isPaused) return clock.anchorGameMs;
  return clock.anchorGameMs + Math.floor((wallMs - clock.anchorWallMs) * clock.speed);
}

/** When it will be that game time, if the clock runs on from its anchor. Never early: who waits until then finds the thing done. */
export function wallMsAt(clock: ClockState, gameMs: number): number {
  const wallMs = Math.ceil(clock.anchorWallMs + (gameMs - clock.anchorGameMs) / clock.speed);
  return gameMsAt({ ...clock, isPaused: false }, wallMs) < gameMs ? wallMs + 1 : wallMs;
}

export function isoAt(clock: ClockState, gameMs: number): string {
  return new Date(wallMsAt(clock, gameMs)).toISOString();
}

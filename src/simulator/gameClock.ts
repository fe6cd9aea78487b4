/** Game time from wall time: anchored, running `speed` times as fast. Durations on the wire shrink by the same factor. */
import type { ClockState } from "./universe.ts";

export interface WallClock {
  nowMs(): number;
}

export const systemWallClock: WallClock = { nowMs: () => Date.now() };

export function gameMsAt(clock: ClockState, wallMs: number): number {
  return clock.anchorGameMs + (wallMs - clock.anchorWallMs) * clock.speed;
}

/** Never early: a client that waits until this instant finds the thing done. */
export function wallMsAt(clock: ClockState, gameMs: number): number {
  return Math.ceil(clock.anchorWallMs + (gameMs - clock.anchorGameMs) / clock.speed);
}

export function isoAt(clock: ClockState, gameMs: number): string {
  return new Date(wallMsAt(clock, gameMs)).toISOString();
}

/** Continues at another speed from `wallMs` on. */
export function withSpeed(clock: ClockState, wallMs: number, speed: number): ClockState {
  return { anchorWallMs: wallMs, anchorGameMs: gameMsAt(clock, wallMs), speed };
}

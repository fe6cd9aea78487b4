/** OTP's restart intensity: more than `maxRestarts` within `withinMs` is too many. */
export interface RestartIntensity {
  readonly maxRestarts: number;
  readonly withinMs: number;
}

export interface WindowCount {
  /** Times inside the window, oldest first, this one last. */
  readonly atMs: readonly number[];
  readonly exceeded: boolean;
}

/** Counts one more restart at `nowMs`. A time exactly `withinMs` old is still inside. */
export function countRestart(intensity: RestartIntensity, earlierAtMs: readonly number[], nowMs: number): WindowCount {
  const atMs = [...inWindow(earlierAtMs, intensity.withinMs, nowMs), nowMs];
  return { atMs, exceeded: atMs.length > intensity.maxRestarts };
}

export function inWindow(timesMs: readonly number[], withinMs: number, nowMs: number): readonly number[] {
  return timesMs.filter((atMs) => nowMs - atMs <= withinMs);
}

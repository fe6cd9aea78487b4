import type { Clock } from "../runtime/environment.ts";

export type Timed<T> = { readonly outcome: "inTime"; readonly value: T } | { readonly outcome: "late" };

/** Waits for `promise`, but not longer than `withinMs` on the given clock. A rejection is passed on. */
export async function withinTime<T>(clock: Clock, withinMs: number, promise: Promise<T>): Promise<Timed<T>> {
  if (withinMs === Number.POSITIVE_INFINITY) return { outcome: "inTime", value: await promise };
  let cancel = (): void => {};
  const late = new Promise<Timed<T>>((resolve) => {
    cancel = clock.wakeAt(clock.nowMs() + withinMs, () => resolve({ outcome: "late" }));
  });
  try {
    return await Promise.race([promise.then((value): Timed<T> => ({ outcome: "inTime", value })), late]);
  } finally {
    cancel();
  }
}

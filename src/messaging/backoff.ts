/** Doubles from 200 ms to 10 s; half of it is random. `seed` is an unsigned 32-bit number. */
export function backoffMs(failures: number, seed: number): number {
  const fullMs = Math.min(10_000, 200 * 2 ** Math.min(failures, 10));
  return Math.round(fullMs / 2 + (fullMs / 2) * (seed / 2 ** 32));
}

/** Time in which the jobs of an actor could not run; its watchdogs do not count it (G4, G12). */
import type { Address } from "./address.ts";
import type { Cell } from "./cell.ts";
import type { HostCore } from "./hostCore.ts";

/** One of its jobs begins to wait, or has ended waiting. */
export function setWaiting(core: HostCore, address: Address, waiting: boolean): void {
  const weather = core.cells.get(address)?.weather;
  if (weather === undefined) return;
  const nowMs = core.environment.clock.nowMs();
  if (waiting) {
    if (weather.waiting === 0) weather.sinceMs = nowMs;
    weather.waiting += 1;
    return;
  }
  weather.waiting = Math.max(0, weather.waiting - 1);
  if (weather.waiting === 0) weather.totalMs += nowMs - weather.sinceMs;
}

/** How long they have waited until now. */
export function weatherMs(core: HostCore, cell: Cell): number {
  const { waiting, sinceMs, totalMs } = cell.weather;
  return totalMs + (waiting > 0 ? core.environment.clock.nowMs() - sinceMs : 0);
}

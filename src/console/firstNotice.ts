import type { Clock } from "../runtime/environment.ts";
import type { Runtime, RuntimeNotice } from "../runtime/runtime.ts";

/** How long an answer waits for what the fleet makes of a command. */
const OUTCOME_WAIT_MS = 5_000;

/** Where the outcome of a command is seen. */
export interface NoticeSource {
  readonly runtime: Pick<Runtime, "observe">;
  readonly clock: Clock;
}

/** The first thing that `pick` makes of a notice from now on; undefined when none comes in time. */
export function firstNotice<T>(
  { runtime, clock }: NoticeSource,
  pick: (notice: RuntimeNotice) => T | undefined,
): { readonly found: Promise<T | undefined>; cancel(): void } {
  let finish: (picked: T | undefined) => void = () => undefined;
  const found = new Promise<T | undefined>((resolve) => {
    finish = resolve;
  });
  const stopObserving = runtime.observe((notice) => {
    const picked = pick(notice);
    if (picked !== undefined) finish(picked);
  });
  const cancelTimer = clock.wakeAt(clock.nowMs() + OUTCOME_WAIT_MS, () => finish(undefined));
  const cancel = (): void => {
    stopObserving();
    cancelTimer();
    finish(undefined);
  };
  return { found: found.finally(cancel), cancel };
}

/**
 * After a restart one line says what was resumed, and what of the work in flight was found settled and therefore not repeated. It waits
 * for the evidence of every request that was on its way when the daemon ended, but not for ever.
 */
import type { Clock } from "../runtime/environment.ts";
import type { BootReport, RuntimeNotice } from "../runtime/runtime.ts";

const PATIENCE_MS = 20_000;

export interface RecoveryReport {
  readonly resumed: BootReport;
  readonly foundDone: number;
  readonly foundNotDone: number;
  readonly unknown: number;
  /** Requests whose evidence has not come yet. */
  readonly open: number;
}

/** Calls `tell` once with the whole story. `observe` must have begun before the host was started. */
export function watchRecovery(options: {
  readonly observe: (observer: (notice: RuntimeNotice) => void) => () => void;
  readonly clock: Clock;
  readonly tell: (report: RecoveryReport) => void;
}): { begin(boot: BootReport): void; stop(): void } {
  const counts = { reconciledDone: 0, reconciledNotDone: 0, unknown: 0 };
  let boot: BootReport | undefined;
  let cancel = (): void => undefined;
  const stopObserving = options.observe((notice) => {
    if (notice.notice !== "jobSettled" || notice.how === "done" || notice.how === "error") return;
    counts[notice.how] += 1;
    if (boot !== undefined && settled() >= boot.jobsReconciling) finish();
  });

  function settled(): number {
    return counts.reconciledDone + counts.reconciledNotDone + counts.unknown;
  }

  function finish(): void {
    cancel();
    stopObserving();
    if (boot === undefined) return;
    const open = Math.max(0, boot.jobsReconciling - settled());
    const { reconciledDone: foundDone, reconciledNotDone: foundNotDone, unknown } = counts;
    options.tell({ resumed: boot, foundDone, foundNotDone, unknown, open });
  }

  return {
    begin(report) {
      boot = report;
      if (settled() >= report.jobsReconciling) finish();
      else cancel = options.clock.wakeAt(options.clock.nowMs() + PATIENCE_MS, finish);
    },
    stop() {
      cancel();
      stopObserving();
    },
  };
}

/** `resumed 34 actors, 12 timers, 5 jobs in 41 ms · 2 requests were in flight: 1 had been done and was not repeated, 1 had not` */
export function recoveryText({ resumed, foundDone, foundNotDone, unknown, open }: RecoveryReport): string {
  const head = `resumed ${count(resumed.actors, "actor")}, ${count(resumed.timers, "timer")}, ${count(resumed.jobsResumed, "job")} in ${resumed.tookMs} ms`;
  const letters = resumed.messages === 0 ? "" : `, ${count(resumed.messages, "message")} in mailboxes`;
  const sick = resumed.quarantined === 0 ? "" : ` · ${resumed.quarantined} quarantined`;
  if (resumed.jobsReconciling === 0) return `${head}${letters}${sick} · nothing was in flight`;
  const parts = [
    foundDone === 0 ? undefined : `${foundDone} had been done and ${foundDone === 1 ? "was" : "were"} not repeated`,
    foundNotDone === 0 ? undefined : `${foundNotDone} had not been done`,
    unknown === 0 ? undefined : `${unknown} left no evidence`,
    open === 0 ? undefined : `${open} still being looked into`,
  ].filter((part) => part !== undefined);
  return `${head}${letters}${sick} · ${count(resumed.jobsReconciling, "request")} in flight: ${parts.join(", ")}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

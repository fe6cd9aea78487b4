import type { EndReason, RunningProcess } from "../supervisor/childSpec.ts";

/** A child of the supervision tree that lives in this process: it ends when it is stopped, or when it says that it failed. */
export interface InProcess extends RunningProcess {
  fail(error: Error): void;
  /** It has ended by itself, in order. */
  finish(): void;
}

export function inProcess(stop: (withinMs: number) => Promise<void>, detail: InProcess["detail"] = {}): InProcess {
  let end: (reason: EndReason) => void = () => undefined;
  const ended = new Promise<EndReason>((resolve) => {
    end = resolve;
  });
  return {
    ended,
    detail,
    fail: (error) => end({ how: "failed", error }),
    finish: () => end({ how: "normal" }),
    async stop(options) {
      await stop(options?.withinMs ?? Number.POSITIVE_INFINITY);
      end({ how: "normal" });
    },
  };
}

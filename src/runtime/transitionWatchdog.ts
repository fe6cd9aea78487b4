import { Worker } from "node:worker_threads";

/**
 * Ends the process when one transition hangs (H8): JavaScript cannot stop a running function, so nothing else could. The breadcrumb then
 * counts it against its message. A thread of its own watches a shared counter; odd means "in a transition". It counts its own polls, so that
 * a process that was paused as a whole is not taken for one that hangs.
 */
export interface TransitionWatchdog {
  enter(): void;
  leave(): void;
  stop(): Promise<void>;
}

const POLL_MS = 250;

export function startTransitionWatchdog(timeoutMs: number): TransitionWatchdog {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const polls = Math.max(2, Math.ceil(timeoutMs / POLL_MS));
  const worker = new Worker(WATCH, { eval: true, workerData: { counter, polls, pollMs: POLL_MS }, stdout: false, stderr: false });
  worker.unref();
  let value = 0;
  return {
    enter() {
      value = ((value + 1) | 1) & 0x7fffffff;
      Atomics.store(counter, 0, value);
    },
    leave() {
      value = ((value | 1) + 1) & 0x7fffffff;
      Atomics.store(counter, 0, value);
    },
    async stop() {
      await worker.terminate();
    },
  };
}

const WATCH = `
const { workerData } = require("node:worker_threads");
const { counter, polls, pollMs } = workerData;
const pause = new Int32Array(new SharedArrayBuffer(4));
let last = 0;
let same = 0;
for (;;) {
  Atomics.wait(pause, 0, 0, pollMs);
  const now = Atomics.load(counter, 0);
  same = now % 2 === 1 && now === last ? same + 1 : 0;
  last = now;
  if (same >= polls) {
    require("node:fs").writeSync(2, "a transition did not end within " + (polls * pollMs) + " ms: ending the process\\n");
    process.kill(process.pid, "SIGKILL");
  }
}
`;

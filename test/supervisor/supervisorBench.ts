import type {
  ChildSpec,
  EndReason,
  ProcessSpec,
  RunningProcess,
  SupervisionNotice,
  SupervisorSpec,
} from "../../src/supervisor/childSpec.ts";
import { createProcessSupervisor, type ProcessSupervisor } from "../../src/supervisor/processSupervisor.ts";
import { createManualClock, type ManualClock } from "../support/manualClock.ts";

/** A supervisor on a manual clock, with children that a test makes fail. */
export interface SupervisorBench {
  readonly clock: ManualClock;
  readonly supervisor: ProcessSupervisor;
  /** `start a`, `stop a`, `kill a`, in the order in which they happened. */
  readonly log: string[];
  readonly notices: SupervisionNotice[];
  /** Ends a running child by itself. */
  end(id: string, reason?: EndReason): Promise<void>;
  /** Moves the clock and lets everything settle. */
  pass(ms: number): Promise<void>;
  states(): Readonly<Record<string, string>>;
  isRunning(id: string): boolean;
}

export interface ChildOptions {
  readonly restart?: ProcessSpec["restart"];
  readonly shutdownMs?: number;
  /** Called at each start, counted from 1; a throw is a failed start, a promise is waited for. */
  readonly onStart?: (nth: number, signal: AbortSignal) => void | Promise<void>;
  readonly ignore?: boolean;
  readonly onStop?: () => void | Promise<void>;
}

export const FAILED: EndReason = { how: "failed", error: new Error("boom") };
export const NORMAL: EndReason = { how: "normal" };

export function createBench(
  children: (make: (id: string, options?: ChildOptions) => ProcessSpec) => readonly ChildSpec[],
  options: Partial<Pick<SupervisorSpec, "strategy" | "intensity">> = {},
): SupervisorBench & { readonly make: (id: string, options?: ChildOptions) => ProcessSpec } {
  const clock = createManualClock();
  const log: string[] = [];
  const notices: SupervisionNotice[] = [];
  const ends = new Map<string, (reason: EndReason) => void>();
  const make = (id: string, child: ChildOptions = {}) => makeChild(id, child, log, ends);
  const spec: SupervisorSpec = { ...supervisorSpec("root", children(make)), ...options };
  const supervisor = createProcessSupervisor(spec, {
    clock,
    random: { nextSeed: () => 0 },
    logger: {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (_fields, message) => log.push(`error ${message}`),
    },
    onNotice: (notice) => notices.push(notice),
  });
  return {
    clock,
    supervisor,
    log,
    notices,
    make,
    async end(id, reason = FAILED) {
      const end = ends.get(id);
      if (end === undefined) throw new Error(`${id} is not running`);
      end(reason);
      await settled();
    },
    async pass(ms) {
      // In small steps: what one wake-up starts may plan the next one.
      for (let passedMs = 0; passedMs < ms; passedMs += 10) {
        await clock.advance(Math.min(10, ms - passedMs));
        await settled();
      }
    },
    states: () => Object.fromEntries(supervisor.tree().map((node) => [node.id, node.state])),
    isRunning: (id) => ends.has(id),
  };
}

export function supervisorSpec(id: string, children: readonly ChildSpec[]): SupervisorSpec {
  return {
    type: "supervisor",
    id,
    strategy: "one_for_one",
    restart: "permanent",
    intensity: { maxRestarts: 3, withinMs: 60_000 },
    backoff: { initialMs: 10, maxMs: 1_000, factor: 2, jitter: 0, resetAfterMs: 30_000 },
    children,
  };
}

/** Lets everything that waits for nothing but promises happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function makeChild(
  id: string,
  options: ChildOptions,
  log: string[],
  ends: Map<string, (reason: EndReason) => void>,
): ProcessSpec {
  let starts = 0;
  return {
    type: "process",
    id,
    restart: options.restart ?? "permanent",
    startWithinMs: 1_000,
    shutdownMs: options.shutdownMs ?? 500,
    async start(signal) {
      starts += 1;
      await options.onStart?.(starts, signal);
      if (options.ignore === true) return undefined;
      log.push(`start ${id}`);
      return runningProcess(id, options, log, ends);
    },
  };
}

function runningProcess(
  id: string,
  options: ChildOptions,
  log: string[],
  ends: Map<string, (reason: EndReason) => void>,
): RunningProcess {
  let end: (reason: EndReason) => void = () => {};
  const ended = new Promise<EndReason>((resolve) => {
    end = (reason) => {
      ends.delete(id);
      resolve(reason);
    };
  });
  ends.set(id, end);
  return {
    ended,
    async stop() {
      log.push(`stop ${id}`);
      await options.onStop?.();
      end(NORMAL);
    },
    kill() {
      log.push(`kill ${id}`);
      end(NORMAL);
    },
    detail: { id },
  };
}

import { isWeather } from "../persistence/database.ts";
import type { Environment } from "../runtime/environment.ts";
import type { RunningProcess } from "../supervisor/childSpec.ts";
import { inProcess } from "./inProcess.ts";
import type { Parts } from "./parts.ts";

/** One line of `/readyz`. */
interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface HealthMonitor {
  readonly checks: () => readonly HealthCheck[];
  start(): RunningProcess;
}

const LOOK_EVERY_MS = 2_000;
const LATE_LOOP_MS = 1_000;

/** Looks at the database and at the event loop now and then, and says aloud when one of them changes between well and unwell. */
export function createHealthMonitor(options: {
  readonly parts: Parts;
  readonly environment: Environment;
  readonly busCheck: () => { readonly ok: boolean; readonly detail: string };
  readonly isSailing: () => boolean;
  /** Looks for what needs a person; called while the database answers. */
  readonly lookAtFleet: () => Promise<void>;
}): HealthMonitor {
  const { parts, environment } = options;
  const { clock, logger } = environment;
  let database: HealthCheck = { name: "database", ok: false, detail: "not looked at yet" };
  let lateMs = 0;

  async function lookAtDatabase(): Promise<HealthCheck> {
    if (parts.database === undefined) return { name: "database", ok: false, detail: "not open" };
    try {
      await parts.database.pool.query("select 1");
      return { name: "database", ok: true, detail: "answers" };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { name: "database", ok: false, detail: isWeather(error) ? `unreachable: ${reason}` : reason };
    }
  }

  async function look(): Promise<void> {
    const before = database;
    database = await lookAtDatabase();
    if (before.ok && !database.ok)
      logger.warn({ reason: database.detail }, "the database does not answer; the fleet waits for it");
    if (database.ok) await options.lookAtFleet();
    if (!before.ok && database.ok && before.detail.startsWith("unreachable")) logger.info({}, "the database answers again");
  }

  return {
    checks: () => [
      database,
      { name: "bus", ...options.busCheck() },
      { name: "game", ok: parts.game !== undefined, detail: parts.game?.apiUrl ?? "not joined yet" },
      { name: "fleet", ok: options.isSailing(), detail: options.isSailing() ? "awake" : "not awake" },
      { name: "loop", ok: lateMs < LATE_LOOP_MS, detail: `${Math.round(lateMs)} ms late` },
    ],
    start() {
      let cancel = (): void => undefined;
      let stopped = false;
      const later = (): void => {
        const dueAtMs = clock.nowMs() + LOOK_EVERY_MS;
        cancel = clock.wakeAt(dueAtMs, () => {
          lateMs = clock.nowMs() - dueAtMs;
          if (!stopped)
            look().then(later, (error: unknown) => child.fail(error instanceof Error ? error : new Error(String(error))));
        });
      };
      const child = inProcess(() => {
        stopped = true;
        cancel();
        return Promise.resolve();
      });
      look().then(later, (error: unknown) => child.fail(error instanceof Error ? error : new Error(String(error))));
      return child;
    },
  };
}

/**
 * The part of a start that looks at what was found: rows that contradict their actors, workers that go on, claims whose owner is gone.
 * Invariants: each act of recovery is told once, in the words that docs/operations.md lists; a failure here never keeps the fleet from
 * starting, since everything that runs comes from the actors' own states [R000-17].
 */
import type { ShownActor } from "../actors/expectedRows.ts";
import { shipOf, supplyMonitorOf, treasuryOf } from "../machines/addresses.ts";
import type { PipelineContext } from "../machines/pipelineProtocol.ts";
import type { ShipContext } from "../machines/shipSteps.ts";
import type { TaskContext } from "../machines/taskSteps.ts";
import type { Database } from "../persistence/database.ts";
import type { Clock } from "../runtime/environment.ts";
import type { HostOptions } from "../runtime/hostOptions.ts";
import type { KindRegistry } from "../runtime/registry.ts";
import type { IngressMessage, Runtime } from "../runtime/runtime.ts";
import type { InboxRow } from "../runtime/store.ts";
import { checkRows, showActors } from "./bootCheck.ts";
import type { RowFinding } from "./expectations.ts";

/** What a start found, as `bosun status` shows it. */
export interface RecoverySummary {
  readonly pipelines: number;
  readonly tasks: number;
  readonly tasksInQueue: number;
  readonly factoryStates: number;
  /** Workers that went on with their ships. */
  readonly workers: number;
  /** Rows that contradicted their actors, the first `MAX_SHOWN` of them; the log has all. */
  readonly findings: readonly RowFinding[];
  readonly findingsTotal: number;
}

export type Tell = (level: "info" | "warn" | "bad", text: string, fields?: object) => void;

export interface Recovery {
  readonly beforeOpen: NonNullable<HostOptions["beforeOpen"]>;
  /** Once the actors are awake; undefined when there was nothing to recover. */
  afterStart(runtime: Pick<Runtime, "send">): Promise<RecoverySummary | undefined>;
}

interface Found {
  readonly epoch: number;
  readonly shown: readonly ShownActor[];
  readonly inbox: readonly Pick<InboxRow, "address" | "sender">[];
  readonly findings: readonly RowFinding[];
}

export function createRecovery(options: {
  readonly database: Pick<Database, "pool">;
  readonly kinds: KindRegistry;
  readonly scope: string;
  readonly clock: Clock;
  readonly tell: Tell;
}): Recovery {
  const { tell, clock, scope } = options;
  let found: Found | undefined;
  return {
    async beforeOpen({ epoch, actors, inbox }) {
      if (actors.length === 0) return;
      tell("info", "Recovering manufacturing state from database...");
      const request = { ...options, epoch, actors, atMs: clock.nowMs() };
      const shown = showActors(request);
      found = { epoch, inbox, shown, findings: [] };
      try {
        found = { ...found, findings: await checkRows(request, shown) };
      } catch (error) {
        tell("bad", `Failed to restart workers: ${messageOf(error)}`);
      }
      tellFindings(found.findings, tell);
    },
    async afterStart(runtime) {
      if (found === undefined) return undefined;
      const start = found;
      // As large as the fleet's whole state, and needed no more.
      found = undefined;
      const { shown, findings } = start;
      const summary = { ...countWork(shown), findings: findings.slice(0, MAX_SHOWN), findingsTotal: findings.length };
      tell("info", `Found ${summary.pipelines} incomplete pipelines`);
      tell("info", `Found ${summary.tasks} incomplete tasks`);
      for (const { task } of workersAtWork(shown))
        tell("info", `Restarted worker for task ${task.id} on ship ${task.assignedShip ?? ""}`, {
          task: task.id,
          ship: task.assignedShip,
          status: task.status,
        });
      try {
        for (const { messages, why } of corrections(start, scope)) {
          tell("warn", why);
          for (const message of messages) await runtime.send(message);
        }
      } catch (error) {
        tell("bad", `Failed to restart workers: ${messageOf(error)}`);
      }
      const { pipelines, tasksInQueue, factoryStates } = summary;
      tell("info", "State recovery complete", { pipelines, tasks_in_queue: tasksInQueue, factory_states: factoryStates });
      return summary;
    },
  };
}

const MAX_SHOWN = 50;

function tellFindings(findings: readonly RowFinding[], tell: Tell): void {
  for (const finding of findings) {
    const { table, row, what, done } = finding;
    tell("warn", `Row ${row} of ${table} contradicts its actor: ${what} (${done})`, { recovery: finding });
  }
}

/** Contexts come from our own kinds' snapshots, whose shape has been checked. */
function statesOf<Context>(shown: readonly ShownActor[], kind: string): readonly { address: string; context: Context }[] {
  return shown.flatMap(({ actor, state }) =>
    actor.kind !== kind || state === undefined || actor.status === "quarantined"
      ? []
      : [{ address: actor.address, context: state.context as Context }],
  );
}

function workersAtWork(shown: readonly ShownActor[]): readonly TaskContext[] {
  return statesOf<TaskContext>(shown, "task").flatMap(({ context }) =>
    context.task.status === "EXECUTING" || context.task.status === "ASSIGNED" ? [context] : [],
  );
}

function countWork(shown: readonly ShownActor[]): Omit<RecoverySummary, "findings" | "findingsTotal"> {
  const tasks = statesOf<TaskContext>(shown, "task");
  return {
    pipelines: statesOf<PipelineContext>(shown, "pipeline").length,
    tasks: tasks.length,
    tasksInQueue: tasks.filter(({ context }) => context.task.status === "READY").length,
    factoryStates: statesOf(shown, "factory").length,
    workers: workersAtWork(shown).length,
  };
}

interface Correction {
  readonly messages: readonly IngressMessage[];
  readonly why: string;
}

/** Claims and workers that do not fit together. Their own messages keep them so; only somebody's hand takes them apart (G9). */
function corrections({ shown, inbox, epoch }: Found, scope: string): readonly Correction[] {
  const living = new Set(shown.map(({ actor }) => actor.address));
  const claims = new Map(statesOf<ShipContext>(shown, "ship").map(({ context }) => [context.ship.symbol, context.claim?.owner]));
  const told = { id: `recovery:${epoch}`, from: "recovery" };
  const dead = [...claims].flatMap(([ship, owner]): Correction[] => {
    const to = shipOf(scope, ship);
    if (owner === undefined || living.has(owner)) return [];
    // Its last word, which gives the ship back or passes it on, has not been heard yet.
    if (inbox.some(({ address, sender }) => address === to && sender === owner)) return [];
    const event = { type: "ship.ownersGone", address: owner, reason: "owner_missing" };
    const message = { ...told, to, event };
    return [{ messages: [message], why: `Ship ${ship} is assigned to ${owner}, which does not live: the assignment ends` }];
  });
  const workers = shown.flatMap(({ actor }) => (actor.kind === "task" && actor.parent !== null ? [actor] : []));
  const parents = new Set(workers.flatMap(({ parent }) => (parent === null ? [] : [parent])));
  // The workers themselves end when their cargo has been looked at; what else the pipeline held ends here.
  const missing = [...parents].flatMap((pipeline): Correction[] => {
    if (living.has(pipeline)) return [];
    const theirs = workers.filter(({ parent }) => parent === pipeline);
    const givenUp = theirs.filter(({ status }) => status === "quarantined").map(({ address }) => address);
    const why =
      givenUp.length === theirs.length
        ? `Pipeline ${pipeline} does not live, and workers of it are in quarantine: bosun dismiss ends each (${givenUp.join(", ")})`
        : `Pipeline ${pipeline} does not live, and tasks of it do: they are ended`;
    const id = `${told.id}:${pipeline}`;
    const unwatch = { ...told, id, to: supplyMonitorOf(scope), event: { type: "supply.unwatch", watcher: pipeline } };
    const release = { ...told, id, to: treasuryOf(scope), event: { type: "treasury.releaseOwner", owner: pipeline } };
    return [{ messages: [unwatch, release], why }];
  });
  const lost = statesOf<TaskContext>(shown, "task").flatMap(({ address, context }): Correction[] => {
    const { ship, commandId, quotes, task } = context;
    if (ship === null || commandId === null || !claims.has(ship.symbol) || claims.get(ship.symbol) === address) return [];
    const detail = "the claim was lost";
    const event = { type: "ship.commandFailed", commandId, reason: "notYourShip", detail, ship: { ...ship }, quotes };
    const message = { ...told, to: address, event };
    return [
      { messages: [message], why: `Task ${task.id} works with ship ${ship.symbol}, which is not assigned to it: it asks again` },
    ];
  });
  return [...dead, ...lost, ...missing];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import { factoryKey } from "../domain/factory.ts";
import { isTerminal, type Task } from "../domain/taskState.ts";
import type { PipelineContext } from "./pipelineProtocol.ts";

/** What a pipeline whose patience is at an end still waited for, in words: factories that did not produce, goods that were not brought. Hours are game time. */
export function waitedFor(context: PipelineContext, nowMs: number): string {
  const { state, tasks, plan } = context;
  const ended = new Set(tasks.filter((task) => isTerminal(task.status)).map((task) => task.id));
  const due = tasks.filter((task) => !isTerminal(task.status) && task.dependsOn.every((id) => ended.has(id)));
  const producing = due.filter((task) => task.status === "PENDING" && task.awaitsProduction);
  const underWay = new Set(due.filter((task) => !producing.includes(task)).map((task) => `${task.good} to ${task.targetMarket}`));
  const took = `${hours(context, nowMs - (state.startedAtMs ?? state.createdAtMs))} (planned ${gameHours(plan.economics.elapsedSeconds)})`;
  const factories = new Set(producing.map((task) => production(context, task, nowMs)));
  return [...factories, ...(underWay.size === 0 ? [] : [`not done after ${took}: ${[...underWay].join(", ")}`])].join("; ");
}

/** The label is the one of the factory's last judgement: it may have risen since, but not to HIGH. */
function production(context: PipelineContext, task: Task, nowMs: number): string {
  const { plan, tasks, state, judged } = context;
  const { good, sourceMarket: waypoint = "" } = task;
  const planned = plan.factories.find((factory) => factory.waypoint === waypoint && factory.good === good);
  const fedAtMs = Math.max(
    state.startedAtMs ?? state.createdAtMs,
    ...tasks.flatMap(({ id, completedAtMs }) => (task.dependsOn.includes(id) ? (completedAtMs ?? []) : [])),
  );
  const last = judged?.[factoryKey(waypoint, good)];
  const notes = [
    ...(planned === undefined ? [] : [`planned ${gameHours(planned.productionSeconds)}`]),
    ...(last === undefined || last.supply === null ? [] : [`last judged ${last.supply}`]),
  ];
  const since = `${hours(context, nowMs - fedAtMs)} after all inputs were in`;
  const what =
    last?.reason === "supplyLow" ? `${good} still not HIGH at ${waypoint}` : `no fresh reading of ${good} at ${waypoint}`;
  return `${what} ${since}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`;
}

function hours({ gameSecondMs }: PipelineContext, elapsedMs: number): string {
  return gameHours(elapsedMs / gameSecondMs);
}

function gameHours(seconds: number): string {
  return `${(seconds / 3_600).toFixed(1)} h`;
}

import { chainLoss } from "../domain/chainLoss.ts";
import { factoryKey } from "../domain/factory.ts";
import { spareFuelCredits } from "../domain/planEconomics.ts";
import { isReady, isTerminal, type Task } from "../domain/taskState.ts";
import type { PipelineContext } from "./pipelineProtocol.ts";

/** Dependencies done and, for a fabricated good, its factory judged ready [R002-53]. */
export function readyTasks(context: PipelineContext): readonly Task[] {
  const completed = new Set(context.tasks.filter((task) => isTerminal(task.status)).map((task) => task.id));
  return context.tasks.filter((task) => {
    const key = factoryKey(task.sourceMarket ?? "", task.good);
    return isReady(task, completed, context.collectable[key] ?? false);
  });
}

/**
 * Collections of a chain that has nothing else to do, whose inputs are in. Also where a ship is on its way: it may find the label lower
 * again, and would go back.
 */
export function lateCollections(tasks: readonly Task[]): readonly Task[] {
  const open = tasks.filter((task) => !isTerminal(task.status));
  if (!open.every((task) => task.awaitsProduction)) return [];
  const waiting = new Set(open.map((task) => task.id));
  return open.filter((task) => !task.dependsOn.some((id) => waiting.has(id)));
}

/** A delivery that brought nothing starves its factory; a task that failed for good fails the chain. */
export function failureBy(ended: Task, tasks: readonly Task[]): string | undefined {
  if (ended.status === "FAILED") return ended.errorMessage ?? "a task failed";
  if (ended.status !== "CANCELLED" || ended.actualUnits > 0) return undefined;
  const siblings = tasks.filter((task) =>
    ended.feedsGood === undefined
      ? task.feedsGood === undefined
      : task.feedsGood !== undefined && task.good === ended.good && task.targetMarket === ended.targetMarket,
  );
  const fed = siblings.some((task) => task.id !== ended.id && (task.actualUnits > 0 || !isTerminal(task.status)));
  return fed ? undefined : (ended.errorMessage ?? "a task was cancelled");
}

/** The kill switch: judged by the money of the tasks that have ended. */
export function lossOf({
  plan,
  state,
  tasks,
  work,
}: Pick<PipelineContext, "plan" | "state" | "tasks" | "work">): string | undefined {
  const ended = tasks.filter((task) => isTerminal(task.status));
  const legs = plan.tasks.flatMap((planned) => {
    const task = ended.find(({ id }) => id === `${state.id}.${planned.id}`);
    return task === undefined ? [] : [{ planned, task }];
  });
  const { economics, feedWorthCredits = 0 } = plan;
  const money = { costCredits: economics.costCredits, feedWorthCredits, spareFuelCredits: spareFuelCredits(plan) };
  return chainLoss(legs, money, work.maxLossShare);
}

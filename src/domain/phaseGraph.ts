/** The plan as the seed draws it: each phase of a fused task is a node, 12 for LASER_RIFLES [R002-81]. */
import type { Plan } from "./plan.ts";
import { type PhaseKind, phasesOf } from "./taskState.ts";

export interface PhaseNode {
  /** `<task>:<PHASE>` */
  readonly id: string;
  readonly taskId: string;
  readonly kind: PhaseKind;
  readonly good: string;
  readonly waypoint: string;
  readonly dependsOn: readonly string[];
}

/** A product bought and sold reads ACQUIRE → SELL, as there is no factory of ours to collect from [R002-82]. */
export function phaseGraph(plan: Pick<Plan, "tasks" | "kind">): readonly PhaseNode[] {
  const types = new Map(plan.tasks.map((task) => [task.id, task.type]));
  return plan.tasks.flatMap((task) => {
    const [first, second] = phasesOf(task.type);
    const before = task.dependsOn.map((id) => {
      const type = types.get(id);
      return `${id}:${type ? phasesOf(type).at(-1) : ""}`;
    });
    const kind = plan.kind === "trade" ? "ACQUIRE" : (first ?? "ACQUIRE");
    const opening: PhaseNode = {
      id: `${task.id}:${kind}`,
      taskId: task.id,
      kind,
      good: task.good,
      waypoint: task.source,
      dependsOn: before,
    };
    if (!second) return [opening];
    const closing: PhaseNode = {
      id: `${task.id}:${second}`,
      taskId: task.id,
      kind: second,
      good: task.good,
      waypoint: task.target,
      dependsOn: [opening.id],
    };
    return [opening, closing];
  });
}

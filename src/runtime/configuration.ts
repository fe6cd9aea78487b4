import type { AnyMachineSnapshot } from "xstate";

/**
 * Says what is wrong with the active states of `next`, or undefined when they are a whole configuration. When transitions of parallel
 * regions conflict, XState can leave states active that its own `value` does not show; such a snapshot would behave differently
 * after a restart, which knows only the value.
 */
export function configurationProblem(next: AnyMachineSnapshot): string | undefined {
  const active = new Set(next._nodes);
  if (active.size !== countActive(next.machine.root, next.value)) {
    const ids = [...active].map((node) => node.id).join(", ");
    return `XState left the machine in an impossible configuration: its state is ${JSON.stringify(next.value)}, but ${ids} are active. Transitions of parallel regions conflict: let only one of them leave the parallel state`;
  }
  return undefined;
}

type StateNode = AnyMachineSnapshot["machine"]["root"];

function countActive(node: StateNode, value: unknown): number {
  if (typeof value === "string") return 2;
  let count = 1;
  if (typeof value !== "object" || value === null) return count;
  for (const key of Object.keys(value)) {
    const child = node.states[key];
    if (child !== undefined) count += countActive(child, Reflect.get(value, key));
  }
  return count;
}

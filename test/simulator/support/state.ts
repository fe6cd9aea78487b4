/** The whole universe as text, made here: two equal texts are two equal universes, whatever the program thinks of them. */
import type { Harness } from "./harness.ts";

export function stateText(sim: Harness["sim"]): string {
  return JSON.stringify(stateOf(sim));
}

/** A copy of everything that can change, in the order of its keys. */
export function stateOf(sim: Harness["sim"]): unknown {
  return sorted({ ...sim.universe, ships: [...sim.ships.values()], agents: [...sim.agents.values()] });
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, child]) => [key, sorted(child)]),
  );
}

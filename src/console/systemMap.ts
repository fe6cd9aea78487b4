/** What the page draws of a system: where everything is, and how old what we know of each market is. */
import { z } from "zod";
import type { Runtime } from "../runtime/runtime.ts";

export interface SystemMap {
  readonly system: string;
  readonly waypoints: readonly MapWaypoint[];
}

interface MapWaypoint {
  readonly symbol: string;
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly isMarket: boolean;
  /** When its prices were last seen. */
  readonly seenAt: string | null;
}

const chartSchema = z.object({
  system: z.string(),
  waypoints: z.array(
    z.object({ symbol: z.string(), type: z.string(), x: z.number(), y: z.number(), traits: z.array(z.string()) }),
  ),
});
const universeSchema = z.object({ seenAtMs: z.record(z.string(), z.number()) });

/** The map of a system as the agent's chart has it; undefined for one that is not charted. */
export async function systemMap(runtime: Pick<Runtime, "view">, agent: string, system: string): Promise<SystemMap | undefined> {
  const chart = chartSchema.safeParse((await runtime.view(`${agent}/universe/chart`))?.context);
  if (!chart.success || chart.data.system !== system || chart.data.waypoints.length === 0) return undefined;
  const universe = universeSchema.safeParse((await runtime.view(`${agent}/universe`))?.context);
  const seenAtMs = universe.success ? universe.data.seenAtMs : {};
  const waypoints = chart.data.waypoints.map(({ symbol, type, x, y, traits }) => {
    const seen = seenAtMs[symbol];
    const seenAt = seen === undefined ? null : new Date(seen).toISOString();
    return { symbol, type, x, y, isMarket: traits.includes("MARKETPLACE"), seenAt };
  });
  return { system, waypoints };
}

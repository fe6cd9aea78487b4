import { z } from "zod";
import type { ShipState } from "../domain/ship.ts";
import { verdictsOn } from "../machines/coordinatorCargo.ts";
import type { CargoVerdict } from "../machines/coordinatorProtocol.ts";
import type { JobSpec } from "../runtime/job.ts";
import type { FleetPorts } from "./fleetPorts.ts";
import { shipStateSchema } from "./schemas.ts";

const DECIDE_TIMEOUT_MS = 30_000;

/** After a start: what the game shows aboard our ships, beside the tasks and pipelines that live [R002-96 to R002-103]. */
export function reconcileCargoJob({
  marketBook,
}: Pick<FleetPorts, "marketBook">): JobSpec<{ readonly ships: readonly ShipState[] }, readonly CargoVerdict[]> {
  return {
    retry: "safe",
    timeoutMs: DECIDE_TIMEOUT_MS,
    maxAttempts: 3,
    input: z.object({ ships: z.array(shipStateSchema) }),
    run({ ships }) {
      const { tasks, pipelines } = marketBook.getSnapshot().context;
      const known = Object.entries(tasks).map(([address, task]) => ({ address, task }));
      return Promise.resolve(verdictsOn({ ships, tasks: known, livePipelines: Object.values(pipelines) }));
    },
  };
}

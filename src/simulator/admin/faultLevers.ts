import { z } from "zod";
import type { Call } from "../operations/operation.ts";
import { type Answer, ok } from "../refusal.ts";
import { type AdminOperation, lever, look } from "./adminOperation.ts";
import type { FaultPlan } from "./faultPlan.ts";
import { FaultSpec } from "./faultSpec.ts";

/** Arming and clearing is told in the books, though the universe does not change by it. */
export function faultLevers(faults: FaultPlan): readonly AdminOperation[] {
  const armed = () => ok(faults.list());
  return [
    look("/faults", "lists the armed faults with their hits", armed),
    lever("/faults", "arms a fault", FaultSpec, (call, spec) => {
      tell(call, "adminFaults", { armed: spec });
      return ok(faults.arm(spec), 201);
    }),
    lever("/faults/clear", "disarms all faults", z.strictObject({}), (call): Answer => {
      tell(call, "adminFaultsClear", { disarmed: faults.list().length });
      faults.clear();
      return armed();
    }),
  ];
}

function tell({ sim, requestId }: Call, operation: string, detail: Readonly<Record<string, unknown>>): void {
  sim.commit({ operation, requestId, agent: null, detail, puts: [] });
}

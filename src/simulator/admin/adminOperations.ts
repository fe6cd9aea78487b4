/** The admin path, outside `/v2` and served only when asked for: levers on the universe, its clock, its reset, and faults on demand. */
import { z } from "zod";
import { ok } from "../refusal.ts";
import { type AdminOperation, look } from "./adminOperation.ts";
import { clockLevers } from "./clockLevers.ts";
import { faultLevers } from "./faultLevers.ts";
import type { FaultPlan } from "./faultPlan.ts";
import { fleetLevers } from "./fleetLevers.ts";
import { marketLevers } from "./marketLevers.ts";
import { type Renew, resetLevers } from "./reset.ts";

export interface AdminParts {
  faults: FaultPlan;
  renew: Renew;
}

/** Everything under `/admin`; `GET /admin` lists it with the JSON schema of each body. */
export function adminOperations({ faults, renew }: AdminParts): readonly AdminOperation[] {
  const operations = [...marketLevers, ...fleetLevers, ...clockLevers, ...resetLevers(renew), ...faultLevers(faults)];
  const list = look("", "lists what there is", () => ok([list, ...operations].map(described)));
  return [list, ...operations];
}

function described({ method, path, does, bodySchema }: AdminOperation) {
  return { method, path, does, ...(bodySchema === undefined ? {} : { body: z.toJSONSchema(bodySchema, { io: "input" }) }) };
}

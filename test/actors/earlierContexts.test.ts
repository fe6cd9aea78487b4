import { expect, it } from "vitest";
import { DEFAULT_WORK_POLICY } from "../../src/domain/workPolicy.ts";
import { SCOPE } from "../machines/driver.ts";
import { idleKinds } from "./support/idleKinds.ts";

const kinds = idleKinds();

it.each([
  ["agent", {}, { unlisted: [], found: [] }],
  ["treasury", { purse: { reservations: [] } }, { lastRefusals: [] }],
  [
    "coordinator",
    { idle: {}, counter: 3 },
    { adopting: {}, given: {}, orders: {}, refusedOrders: [], work: DEFAULT_WORK_POLICY },
  ],
  ["pipeline", { tasks: [] }, { stopped: false, work: DEFAULT_WORK_POLICY, gameSecondMs: 1_000 / 60 }],
])("gives a %s that an earlier version stored what it lacks [G4] [R002-95]", (name, stored, added) => {
  const context = kinds.find(({ kind }) => kind === name)?.context;
  expect(context?.parse({ scope: SCOPE, kept: "as it was", ...stored })).toMatchObject({
    kept: "as it was",
    ...stored,
    ...added,
  });
});

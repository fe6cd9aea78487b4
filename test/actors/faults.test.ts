import { afterEach, expect, it } from "vitest";
import { audit, emitted } from "./support/fleetEvidence.ts";
import { type FleetRig, startFleetRig } from "./support/fleetRig.ts";

let rig: FleetRig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

/** All but 502, after which the client rightly is silent for minutes. */
const WEATHER = [
  { kind: "dropResponse", operation: "purchaseCargo", probability: 0.15 },
  { kind: "dropResponse", operation: "sellCargo", probability: 0.15 },
  { kind: "connectionReset", at: "body", operation: "purchaseCargo", probability: 0.1 },
  { kind: "connectionReset", at: "headers", operation: "navigateShip", probability: 0.1 },
  { kind: "malformedBody", form: "wrongType", field: "data.cargo.units", operation: "sellCargo", probability: 0.1 },
  { kind: "malformedBody", form: "truncated", operation: "getMarket", probability: 0.1 },
  { kind: "unavailable", when: "afterWork", operation: "purchaseCargo", probability: 0.1 },
  { kind: "unavailable", probability: 0.03 },
  { kind: "dropRequest", probability: 0.03 },
  { kind: "tooManyRequests", probability: 0.03 },
  { kind: "delayResponse", delayMs: 200, probability: 0.05 },
];

it("a fleet of ten trades through every kind of bad weather, and its books agree to the credit [SIM-FAULTS] [G5] [G11] [G12]", async () => {
  rig = await startFleetRig({ speed: 240, seed: 1, fleet: "TEN" });
  const { call, accountToken } = rig.simulator;
  for (const [i, fault] of WEATHER.entries()) {
    expect((await call("POST", "/admin/faults", { ...fault, drawSeed: 100 + i }, accountToken)).status).toBe(201);
  }
  await emitted(rig, "task.completed", 4, 60_000);
  const armed = (await call("GET", "/admin/faults", undefined, accountToken)).body["data"];
  const hits = [...(armed ?? [])].map((fault) => Number(fault["hits"]));
  expect(hits.reduce((sum, hit) => sum + hit, 0)).toBeGreaterThan(20);
  expect(hits.filter((hit) => hit > 0).length).toBeGreaterThan(7);
  await call("POST", "/admin/faults/clear", undefined, accountToken);

  const report = await audit(rig);
  expect(report.violations).toEqual([]);
  expect(report.purchasesInBooks).toBeGreaterThan(3);
  expect(rig.notices.filter((notice) => notice.notice === "failed")).toEqual([]);
  expect(rig.runtime.stats().deadLetters).toBe(0);
}, 120_000);

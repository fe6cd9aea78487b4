import { afterEach, beforeEach, expect, it } from "vitest";
import { createFleetReader } from "../../src/actors/fleetReader.ts";
import { purchaseJob } from "../../src/actors/tradeJobs.ts";
import type { JobContext } from "../../src/runtime/job.ts";
import { COMMAND, type SimulatorRig, startSimulatorRig, valueOf } from "../space-api/simulatorRig.ts";

let rig: SimulatorRig;
beforeEach(async () => {
  rig = await startSimulatorRig();
});
afterEach(() => rig.close());

const memo = { task: "p1.t1", pipeline: "p1" };

it.each([
  ["its answer was dropped", { kind: "dropResponse" }, "done"],
  ["its connection was reset in a header", { kind: "connectionReset", at: "headers" }, "done"],
  ["its connection was reset in the body", { kind: "connectionReset", at: "body" }, "done"],
  ["a gateway failed after it was done", { kind: "badGateway", when: "afterWork" }, "done"],
  ["the game was away after it was done", { kind: "unavailable", when: "afterWork" }, "done"],
  ["its answer was cut off", { kind: "malformedBody", form: "truncated" }, "done"],
  ["its answer was a page", { kind: "malformedBody", form: "html" }, "done"],
  ["its answer had a field of the wrong type", { kind: "malformedBody", form: "wrongType", field: "data.cargo" }, "done"],
  ["its request was dropped", { kind: "dropRequest" }, "notDone"],
  ["a gateway failed before it arrived", { kind: "badGateway" }, "notDone"],
  ["the game was away before it arrived", { kind: "unavailable" }, "notDone"],
] as const)("a purchase is reconciled by evidence after %s [SIM-FAULTS] [G5] [H6]", async (_, fault, verdict) => {
  const { simulator, api, environment } = rig;
  const ship = valueOf(await api.ship("TESTER-1", COMMAND));
  const armed = await simulator.call("POST", "/admin/faults", { ...fault, operation: "purchaseCargo" }, simulator.accountToken);
  expect(armed.status).toBe(201);
  let facts: { unitsBefore: number; sentAtMs: number } | undefined;
  const { signal } = new AbortController();
  const address = "agent/2026-01-01/TESTER/ship/S";
  const nowMs = () => environment.clock.nowMs();
  const checkpoint = (kept: typeof facts) => {
    facts = kept;
    return Promise.resolve();
  };
  const context: JobContext<NonNullable<typeof facts>> = {
    address,
    jobId: "job",
    attempt: 1,
    requestId: "job:1",
    signal,
    nowMs,
    checkpoint,
  };
  const job = purchaseJob(api, createFleetReader(api));
  const input = { ship, good: "FUEL", units: 2, memo };
  await expect(job.run(input, context)).rejects.toThrow(/purchase|other side closed|ECONNRESET/);
  if (facts === undefined) throw new Error("nothing was checkpointed");
  const line = simulator.mutations().find(({ operation }) => operation === "purchase");
  expect(line === undefined).toBe(verdict === "notDone");
  const output = { value: { units: 2, totalCredits: line?.["total"], unitPriceCredits: line?.["unitPrice"] } };
  expect(await job.reconcile?.(input, facts, context)).toMatchObject(verdict === "done" ? { verdict, output } : { verdict });
  expect(simulator.mutations().filter(({ operation }) => operation === "purchase")).toHaveLength(verdict === "done" ? 1 : 0);
});

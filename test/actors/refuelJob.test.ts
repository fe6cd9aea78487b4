import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createFleetReader } from "../../src/actors/fleetReader.ts";
import { refuelJob } from "../../src/actors/navigationJobs.ts";
import type { ShipState } from "../../src/domain/ship.ts";
import type { RefuelValue, Settled } from "../../src/machines/shipProtocol.ts";
import type { SpaceApiClient } from "../../src/space-api/client.ts";
import { COMMAND, environment, type JobBed, jobContext, memo, startJobBed, valueOf } from "./support/jobBed.ts";

let bed: JobBed;
let api: SpaceApiClient;
beforeEach(async () => {
  bed = await startJobBed(2_000);
  api = bed.api;
});
afterEach(() => bed.close());

/** The command ship, docked at a fuel station to which it has flown. */
async function atThePump(): Promise<ShipState> {
  const first = valueOf(await api.myShips(COMMAND)).find(({ cargoCapacity }) => cargoCapacity > 0);
  if (first === undefined) throw new Error("no ship with a hold");
  const pumps = valueOf(await api.waypoints(first.system, COMMAND)).filter(({ type }) => type === "FUEL_STATION");
  await api.orbit(first.symbol, COMMAND);
  await api.setFlightMode(first.symbol, "DRIFT", COMMAND);
  valueOf(await api.navigate(first.symbol, pumps[0]?.symbol ?? "", COMMAND));
  return await vi.waitFor(
    async () => {
      valueOf(await api.dock(first.symbol, COMMAND));
      const now = valueOf(await api.myShips(COMMAND)).find(({ symbol }) => symbol === first.symbol);
      return now ?? first;
    },
    { timeout: 10_000, interval: 50 },
  );
}

describe("a refuel", () => {
  it("is in the ledger under the task and the pipeline that it was bought for, or under nobody [R002-61] [G13]", async () => {
    const ship = await atThePump();
    const job = refuelJob(api, createFleetReader(api));
    const settled = await job.run({ ship, memo }, jobContext());
    if (settled.result !== "ok") throw new Error(JSON.stringify(settled));
    expect(settled.value.totalCredits).toBeGreaterThan(0);
    const rowFor = (paidFor: typeof memo | null) =>
      job.facts?.({ address: jobContext().address, jobId: "job", input: { ship, memo: paidFor }, output: settled, atMs: 0 })[0];
    const row = { kind: "refuel", ship: ship.symbol, good: "FUEL", total_credits: -settled.value.totalCredits };
    expect(rowFor(memo)).toMatchObject({ table: "ledger", row: { ...row, task: "p1.t1", pipeline_id: "p1" } });
    expect(rowFor(null)).toMatchObject({ table: "ledger", row: { ...row, task: null, pipeline_id: null } });
  });

  it("whose answer was lost is found by the tank and the market's own transaction, with what it cost [G5] [H6]", async () => {
    const ship = await atThePump();
    const job = refuelJob(api, createFleetReader(api));
    const input = { ship, memo };
    const before = { fuelBefore: ship.fuelUnits, sentAtMs: environment.clock.nowMs() };
    expect(await job.reconcile?.(input, before, jobContext())).toEqual({ verdict: "notDone" });
    let facts = before;
    const settled: Settled<RefuelValue> = await job.run(
      input,
      jobContext((kept) => {
        facts = kept;
      }),
    );
    if (settled.result !== "ok") throw new Error(JSON.stringify(settled));
    const { fuelUnits, totalCredits } = settled.value;
    expect(await job.reconcile?.(input, facts, jobContext())).toMatchObject({
      verdict: "done",
      output: { result: "ok", value: { fuelUnits, totalCredits } },
    });
  });
});

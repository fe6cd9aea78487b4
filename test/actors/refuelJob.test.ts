import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createFleetReader } from "../../src/actors/fleetReader.ts";
import { refuelJob } from "../../src/actors/navigationJobs.ts";
import type { ShipState } from "../../src/domain/ship.ts";
import type { RefuelValue, Settled } from "../../src/machines/shipProtocol.ts";
import type { JobContext } from "../../src/runtime/job.ts";
import { createSystemEnvironment } from "../../src/runtime/systemEnvironment.ts";
import { createSpaceApi, type SpaceApiClient } from "../../src/space-api/client.ts";
import { Secret } from "../../src/space-api/secret.ts";
import type { ApiOutcome } from "../../src/space-api/spaceApi.ts";
import { type Harness, startHarness } from "../simulator/support/harness.ts";
import { silentLogger } from "../support/silentLogger.ts";
import { SystemWall } from "./support/fleetRig.ts";

const COMMAND = { priority: "command" } as const;
const environment = createSystemEnvironment(silentLogger);
const memo = { task: "p1.t1", pipeline: "p1" };

let simulator: Harness;
let api: SpaceApiClient;
beforeEach(async () => {
  simulator = await startHarness({ speed: 2_000, wall: new SystemWall() });
  const token = new Secret(simulator.token);
  api = createSpaceApi({ baseUrl: simulator.url, token, environment, gameSpeed: 1e6, serverClock: "same" });
});
afterEach(async () => {
  await api.close();
  await simulator.close();
});

function valueOf<Value>(outcome: ApiOutcome<Value>): Value {
  if (outcome.outcome !== "ok") throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

type Facts = { readonly fuelBefore: number; readonly sentAtMs: number };

function context(checkpoint: (facts: Facts) => void = () => {}): JobContext<Facts> {
  const { signal } = new AbortController();
  return {
    address: "agent/2026-11-21/TESTER/ship/S",
    jobId: "job",
    attempt: 1,
    requestId: "job:1",
    signal,
    nowMs: () => environment.clock.nowMs(),
    checkpoint: (facts) => Promise.resolve(checkpoint(facts)),
  };
}

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
    const settled = await job.run({ ship, memo }, context());
    if (settled.result !== "ok") throw new Error(JSON.stringify(settled));
    expect(settled.value.totalCredits).toBeGreaterThan(0);
    const rowFor = (paidFor: typeof memo | null) =>
      job.facts?.({ address: context().address, jobId: "job", input: { ship, memo: paidFor }, output: settled, atMs: 0 })[0];
    const row = { kind: "refuel", ship: ship.symbol, good: "FUEL", total_credits: -settled.value.totalCredits };
    expect(rowFor(memo)).toMatchObject({ table: "ledger", row: { ...row, task: "p1.t1", pipeline_id: "p1" } });
    expect(rowFor(null)).toMatchObject({ table: "ledger", row: { ...row, task: null, pipeline_id: null } });
  });

  it("whose answer was lost is found by the tank and the market's own transaction, with what it cost [G5] [H6]", async () => {
    const ship = await atThePump();
    const job = refuelJob(api, createFleetReader(api));
    const input = { ship, memo };
    const before = { fuelBefore: ship.fuelUnits, sentAtMs: environment.clock.nowMs() };
    expect(await job.reconcile?.(input, before, context())).toEqual({ verdict: "notDone" });
    let facts = before;
    const settled: Settled<RefuelValue> = await job.run(
      input,
      context((kept) => {
        facts = kept;
      }),
    );
    if (settled.result !== "ok") throw new Error(JSON.stringify(settled));
    const { fuelUnits, totalCredits } = settled.value;
    expect(await job.reconcile?.(input, facts, context())).toMatchObject({
      verdict: "done",
      output: { result: "ok", value: { fuelUnits, totalCredits } },
    });
  });
});

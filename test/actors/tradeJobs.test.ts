import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFleetReader } from "../../src/actors/fleetReader.ts";
import { navigateJob } from "../../src/actors/navigationJobs.ts";
import { purchaseJob, sellJob } from "../../src/actors/tradeJobs.ts";
import type { ShipState } from "../../src/domain/ship.ts";
import type { SpaceApiClient } from "../../src/space-api/client.ts";
import { COMMAND, environment, type JobBed, jobContext, memo, startJobBed, valueOf } from "./support/jobBed.ts";

let bed: JobBed;
let api: SpaceApiClient;
beforeEach(async () => {
  bed = await startJobBed(60);
  api = bed.api;
});
afterEach(() => bed.close());

/** The docked command ship and a good that its market sells. */
async function shipAndGood(): Promise<{ ship: ShipState; good: string }> {
  const found = valueOf(await api.myShips(COMMAND)).find((ship) => ship.cargoCapacity > 0);
  if (found === undefined) throw new Error("no ship with a hold");
  await api.dock(found.symbol, COMMAND);
  const { quotes } = valueOf(await api.market(found.waypoint, COMMAND));
  const quote = quotes.find((item) => item.type !== "IMPORT" && item.good !== "FUEL") ?? quotes[0];
  if (quote === undefined) throw new Error("no prices");
  return { ship: { ...found, nav: "DOCKED" }, good: quote.good };
}

describe("a purchase whose answer was lost", () => {
  it("is found by cargo and the market's own transaction, with its price for the ledger [G5] [H6]", async () => {
    const { ship, good } = await shipAndGood();
    const job = purchaseJob(api, createFleetReader(api));
    let facts: { unitsBefore: number; sentAtMs: number } | undefined;
    const input = { ship, good, units: 2, memo };
    const settled = await job.run(
      input,
      jobContext((kept) => {
        facts = kept;
      }),
    );
    // Money that moves elsewhere meanwhile must not disturb the verdict: all ships share one purse.
    await api.refuel(ship.symbol, undefined, COMMAND);
    if (facts === undefined) throw new Error("nothing was checkpointed");
    const verdict = await job.reconcile?.(input, facts, jobContext());
    if (settled.result !== "ok") throw new Error(JSON.stringify(settled));
    const { units, totalCredits, unitPriceCredits } = settled.value;
    expect(verdict).toMatchObject({ verdict: "done", output: { value: { units, totalCredits, unitPriceCredits } } });
    const [row] = job.facts?.({ address: jobContext().address, jobId: "job", input, output: settled, atMs: 0 }) ?? [];
    expect(row).toMatchObject({ table: "ledger", row: { job_id: "job", total_credits: -totalCredits, pipeline_id: "p1" } });
  });

  it("that never left is known not to have happened [G5]", async () => {
    const { ship, good } = await shipAndGood();
    const job = purchaseJob(api, createFleetReader(api));
    const refusing = jobContext<never>(() => Promise.reject(new Error("not ours")));
    await expect(job.run({ ship, good, units: 2, memo }, refusing)).rejects.toThrow("not ours");
    const facts = { unitsBefore: 0, sentAtMs: environment.clock.nowMs() };
    expect(await job.reconcile?.({ ship, good, units: 2, memo }, facts, jobContext())).toEqual({ verdict: "notDone" });
    expect(bed.simulator.mutations().filter((line) => line["operation"] === "purchase")).toEqual([]);
  });

  it("that left something else aboard is called unknown, never guessed [H6]", async () => {
    const { ship, good } = await shipAndGood();
    await api.purchase(ship.symbol, good, 3, COMMAND);
    const job = purchaseJob(api, createFleetReader(api));
    const facts = { unitsBefore: 0, sentAtMs: environment.clock.nowMs() };
    const verdict = await job.reconcile?.({ ship, good, units: 2, memo }, facts, jobContext());
    expect(verdict).toMatchObject({ verdict: "unknown" });
  });
});

describe("a purchase that the rate limit turned away", () => {
  it("is sent again under its id, and given up long before its timeout [G5] [G12]", async () => {
    const { ship, good } = await shipAndGood();
    const limited = { outcome: "unavailable", reason: "rateLimited", detail: "429", retryAfterMs: 1 } as const;
    let turnedAway = 0;
    let nowMs = environment.clock.nowMs();
    const busy = {
      ...api,
      purchase: async (...args: Parameters<SpaceApiClient["purchase"]>) => {
        const [, , , options] = args;
        if (turnedAway >= 2) return await api.purchase(...args);
        await options.beforeSend?.();
        turnedAway += 1;
        return limited;
      },
    };
    const input = { ship, good, units: 2, memo };
    const settled = await purchaseJob(busy, createFleetReader(api)).run(input, jobContext());
    expect(settled.result).toBe("ok");
    expect(turnedAway).toBe(2);
    turnedAway = Number.NEGATIVE_INFINITY;
    const aging = { ...jobContext(), nowMs: () => (nowMs += 2_000) };
    await expect(purchaseJob(busy, createFleetReader(api)).run(input, aging)).rejects.toThrow("the rate limit lasts");
    expect(bed.simulator.mutations().filter((line) => line["operation"] === "purchase")).toHaveLength(1);
  });
});

describe("other jobs of a ship", () => {
  it("hand a refusal back as a value, named by the error table", async () => {
    const { ship } = await shipAndGood();
    const job = sellJob(api, createFleetReader(api));
    const settled = await job.run({ ship, good: "IRON", units: 1, memo }, jobContext());
    expect(settled).toMatchObject({ result: "refused", refusal: { name: expect.stringMatching(/cargo|good/i) as string } });
  });

  it("settle a flight by where the ship is bound [G5] [G11]", async () => {
    const { ship } = await shipAndGood();
    const elsewhere = valueOf(await api.waypoints(ship.system, COMMAND)).find((place) => place.symbol !== ship.waypoint);
    const waypoint = elsewhere?.symbol ?? "";
    const job = navigateJob(api, createFleetReader(api));
    const facts = { sentAtMs: environment.clock.nowMs() };
    expect(await job.reconcile?.({ ship, waypoint }, facts, jobContext())).toEqual({ verdict: "notDone" });
    await api.orbit(ship.symbol, COMMAND);
    await api.setFlightMode(ship.symbol, "DRIFT", COMMAND);
    valueOf(await api.navigate(ship.symbol, waypoint, COMMAND));
    const verdict = await job.reconcile?.({ ship, waypoint }, facts, jobContext());
    expect(verdict).toMatchObject({ verdict: "done", output: { value: { ship: { waypoint } } } });
  });

  it("share one list of ships as evidence, and never one that is older than they ask for [H6]", async () => {
    let lists = 0;
    const counting = createFleetReader({
      myShips: (options) => {
        lists += 1;
        return api.myShips(options);
      },
    });
    const now = environment.clock.nowMs();
    await Promise.all([counting.shipsSince(now - 5, jobContext()), counting.shipsSince(now - 1, jobContext())]);
    expect(lists).toBe(1);
    await counting.shipsSince(now + 60_000, jobContext());
    expect(lists).toBe(2);
  });
});

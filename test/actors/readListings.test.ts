import { expect, it } from "vitest";
import type { FleetPorts } from "../../src/actors/fleetPorts.ts";
import { readListingsJob } from "../../src/actors/readJobs.ts";
import type { JobContext } from "../../src/runtime/job.ts";

const WAYPOINTS = ["X1-A1", "X1-A2", "X1-A3", "X1-A4"];

function contextOf(jobId: string): JobContext {
  return {
    address: "agent/x/universe/chart",
    jobId,
    attempt: 1,
    requestId: `${jobId}:1`,
    signal: new AbortController().signal,
    nowMs: () => 0,
    checkpoint: () => Promise.resolve(),
  };
}

it("reads again only the markets that bad weather kept back, and none that the game says is no market [G12]", async () => {
  const asked: string[] = [];
  const market = (waypoint: string) => {
    asked.push(waypoint);
    if (waypoint === "X1-A4") return Promise.resolve({ outcome: "refused", refusal: { status: 404, message: "no market" } });
    const again = asked.filter((one) => one === waypoint).length > 1;
    if (waypoint === "X1-A2" && !again)
      return Promise.resolve({ outcome: "malformed", operation: "getMarket", field: "data", detail: "cut off" });
    if (waypoint === "X1-A3" && !again)
      return Promise.resolve({ outcome: "unavailable", reason: "outage", detail: "503", retryAfterMs: 10 });
    return Promise.resolve({ outcome: "ok", value: { listing: { waypoint }, quotes: [] }, sentAtMs: 0 });
  };
  const job = readListingsJob({ spaceApi: { market } } as unknown as FleetPorts);
  const input = { waypoints: WAYPOINTS };

  await expect(job.run(input, contextOf("chart:1"))).rejects.toThrow(/getMarket: data|outage/);
  const listings = await job.run(input, contextOf("chart:1"));
  expect(listings.map(({ waypoint }) => waypoint)).toEqual(["X1-A1", "X1-A2", "X1-A3"]);
  expect(asked).toEqual([...WAYPOINTS, "X1-A2", "X1-A3"]);

  // A later job reads everything anew: it may be another universe.
  expect(await job.run(input, contextOf("chart:2"))).toHaveLength(3);
  expect(asked).toHaveLength(10);
});

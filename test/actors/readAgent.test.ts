import { expect, it } from "vitest";
import type { FleetPorts } from "../../src/actors/fleetPorts.ts";
import { readAgentJob } from "../../src/actors/readJobs.ts";
import { shipState } from "../machines/driver.ts";
import { jobContext } from "./support/jobBed.ts";

it("reads all ships, and names each that cannot be read beside those that can [R002-99] [R000-12]", async () => {
  const ships = ["S-1", "S-3"].map((symbol) => shipState({ symbol }));
  const unreadable = [
    { index: 1, field: "nav", detail: "missing" },
    { index: 3, field: "fuel.current", detail: "no number" },
  ];
  const spaceApi = {
    myAgent: () => Promise.resolve({ outcome: "ok", value: { credits: 7, headquarters: "X1-A-1" }, sentAtMs: 5 }),
    myShips: () => Promise.resolve({ outcome: "ok", value: ships, unreadable, sentAtMs: 6 }),
  };
  const reading = await readAgentJob({ spaceApi } as unknown as FleetPorts).run({}, jobContext());
  expect(reading).toEqual({
    credits: 7,
    headquarters: "X1-A-1",
    ships,
    unread: ["ship 2 of the list: nav: missing", "ship 4 of the list: fuel.current: no number"],
    sentAtMs: 5,
  });
});

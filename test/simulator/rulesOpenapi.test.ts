/** Every success has the shape that the official description gives it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gameOperations } from "../../src/simulator/gameOperations.ts";
import { startFleet } from "../../src/simulator/startFleet.ts";
import { type Harness, startHarness } from "./support/harness.ts";
import { OpenApi } from "./support/openapi.ts";
import { bring, place, within } from "./support/voyage.ts";

const FILE = join(import.meta.dirname, "../../../shared/data/openapi/reference/SpaceTraders.json");
const hasDescription = existsSync(FILE);
if (!hasDescription) console.warn(`SKIPPED: tests on the OpenAPI description; ${FILE} is absent`);

const OPERATIONS = gameOperations(startFleet("FRESH"));
const SHIP = "/my/ships/TESTER-1";

let all: Harness;
beforeAll(async () => {
  all = await startHarness({ fleet: "TEN", speed: 60 });
});
afterAll(() => all.close());

interface Asked {
  name: string;
  path?: string;
  body?: unknown;
  token?: string | null;
}

/** In this order: later ones build on what earlier ones did. */
function asked({ sim, accountToken }: Harness): Asked[] {
  const yard = [...sim.yards.values()].find(({ ships }) => ships.some(({ type }) => type === "SHIP_PROBE"))?.waypoint ?? "";
  const { system } = sim.universe;
  const at = (waypoint: string) => `/systems/${system.symbol}/waypoints/${waypoint}`;
  return [
    { name: "getStatus" },
    { name: "register", body: { symbol: "OTHER", faction: "COSMIC" }, token: accountToken },
    { name: "getMyAgent" },
    { name: "getAgents", token: null },
    { name: "getAgent", token: null },
    { name: "getSystems" },
    { name: "getSystem" },
    { name: "getSystemWaypoints" },
    { name: "getWaypoint" },
    { name: "getMyShips" },
    { name: "getMyShip" },
    { name: "getShipNav" },
    { name: "getShipCooldown" },
    { name: "purchaseCargo", body: { symbol: "FUEL", units: 9 } },
    { name: "getMyShipCargo" },
    { name: "sellCargo", body: { symbol: "FUEL", units: 2 } },
    { name: "jettison", body: { symbol: "FUEL", units: 1 } },
    { name: "transferCargo", body: { tradeSymbol: "FUEL", units: 1, shipSymbol: "TESTER-2" } },
    { name: "getMarket" },
    { name: "getMarket", token: null },
    { name: "getShipyard", path: `${at(yard)}/shipyard`, token: null },
    { name: "purchaseShip", body: { shipType: "SHIP_PROBE", waypointSymbol: yard } },
    { name: "getShipyard", path: `${at(yard)}/shipyard` },
    { name: "getJumpGate", path: `${at(place(sim, "JUMP_GATE"))}/jump-gate` },
    { name: "getConstruction", path: `${at(place(sim, "JUMP_GATE"))}/construction` },
    { name: "getConstruction" },
    { name: "getSupplyChain" },
    { name: "orbitShip" },
    { name: "navigateShip", body: { waypointSymbol: within(sim, 40, 190) } },
    { name: "patchShipNav", body: { flightMode: "BURN" } },
    { name: "getMyShip" },
    { name: "dockShip", path: "/my/ships/TESTER-2/dock" },
    { name: "refuelShip" },
    { name: "refuelShip", body: { fromCargo: true, units: 100 } },
  ];
}

describe.skipIf(!hasDescription)(`the wire (${hasDescription ? "present" : "absent"})`, () => {
  it("has the shapes of the official description, in every operation that is served [SIM-RULES]", async () => {
    const description = new OpenApi(FILE);
    const { call, sim, wall } = all;
    const yard = [...sim.yards.values()].find(({ ships }) => ships.some(({ type }) => type === "SHIP_PROBE"))?.waypoint ?? "";
    await bring(all, "TESTER-B", yard);
    const seen = new Set<string>();
    for (const { name, path, body, token } of asked(all)) {
      const operation = OPERATIONS.find((candidate) => candidate.name === name);
      if (operation === undefined) throw new Error(`${name} is not served`);
      const { system, headquarters } = sim.universe;
      const usual = operation.path.replace(":system", system.symbol).replace(":waypoint", headquarters);
      const target = path ?? usual.replace("/my/ships/:ship", SHIP).replace(":agent", "TESTER");
      if (name === "refuelShip" && seen.has("patchShipNav")) wall.advanceSeconds(86_400);
      if (name === "refuelShip") await call("POST", `${SHIP}/dock`);
      const answer = await call(operation.method, target, body, token);
      expect([name, answer.status, answer.body["error"]]).toEqual([name, expect.toBeOneOf([200, 201, 204]), undefined]);
      expect([name, description.faults(operation.method, operation.path, answer.status, answer.body)]).toEqual([name, []]);
      seen.add(name);
    }
    expect([...seen].toSorted()).toEqual(OPERATIONS.map(({ name }) => name).toSorted());
  });

  it("is checked by something that notices what is wrong [SIM-RULES]", () => {
    const description = new OpenApi(FILE);
    const faults = (body: unknown, status = 200) => description.faults("GET", "/my/ships/:ship/cargo", status, body);
    expect(faults({ data: { capacity: 40, units: 0, inventory: [] } })).toEqual([]);
    expect(faults({ data: { capacity: "40", inventory: [] } })).toHaveLength(2);
    expect(faults({ data: { capacity: 40, units: -1, inventory: [{ symbol: "NOTHING" }] } }).length).toBeGreaterThan(2);
    expect(faults({}, 201)).toHaveLength(1);
  });
});

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSpaceApi, type SpaceApiClient } from "../../src/space-api/client.ts";
import { register } from "../../src/space-api/register.ts";
import { Secret } from "../../src/space-api/secret.ts";
import { type Harness, startHarness } from "../simulator/support/harness.ts";
import { COMMAND, type SimulatorRig, startSimulatorRig, valueOf } from "./simulatorRig.ts";

describe("the client against the simulator, which shares only the wire with it", () => {
  let rig: SimulatorRig;
  let simulator: Harness;
  let api: SpaceApiClient;
  beforeEach(async () => {
    rig = await startSimulatorRig();
    ({ simulator, api } = rig);
  });
  afterEach(() => rig.close());

  it("reads everything that bosun reads", async () => {
    expect(valueOf(await api.status(COMMAND))).toMatchObject({ gameSpeed: 60, simulator: true });
    const agent = valueOf(await api.myAgent(COMMAND));
    const ships = valueOf(await api.myShips(COMMAND));
    expect(ships).toHaveLength(agent.shipCount);
    const [ship] = ships;
    expect(valueOf(await api.ship(ship?.symbol ?? "", COMMAND))).toEqual(ship);
    const waypoints = valueOf(await api.waypoints(ship?.system ?? "", COMMAND));
    expect(waypoints).toHaveLength(simulator.sim.waypoints.size);
    expect(valueOf(await api.supplyChain(COMMAND))["CLOTHING"]).toEqual(["FABRICS"]);
    for (const { symbol } of waypoints.filter(({ traits }) => traits.includes("MARKETPLACE"))) {
      const { listing } = valueOf(await api.market(symbol, COMMAND));
      expect(listing.waypoint).toBe(symbol);
    }
    for (const { symbol } of waypoints.filter(({ traits }) => traits.includes("SHIPYARD"))) {
      expect(valueOf(await api.shipyard(symbol, COMMAND)).shipTypes.length).toBeGreaterThan(0);
    }
  });

  it("trades, flies, refuels and buys hulls, and the books name the jobs [G5]", async () => {
    const here = valueOf(await api.myShips(COMMAND)).find(({ cargoCapacity }) => cargoCapacity > 0);
    const ship = here?.symbol ?? "";
    const port = here?.waypoint ?? "";
    expect(valueOf(await api.dock(ship, COMMAND)).ship.nav).toBe("DOCKED");
    const { quotes } = valueOf(await api.market(port, COMMAND));
    const good = quotes.find(({ good, type }) => type !== "IMPORT" && good !== "FUEL") ?? quotes[0];
    const before = valueOf(await api.myAgent(COMMAND)).credits;
    const bought = valueOf(await api.purchase(ship, good?.good ?? "", 2, { ...COMMAND, requestId: "job-1:1" }));
    expect(bought.transaction).toMatchObject({ units: 2, unitPriceCredits: good?.askCredits, side: "PURCHASE", ship });
    expect(bought.agentCredits).toBe(before - bought.transaction.totalCredits);
    expect(bought.transaction.atMs).toBeCloseTo(simulator.wall.nowMs(), -1);
    const sold = valueOf(await api.sell(ship, good?.good ?? "", 2, { ...COMMAND, requestId: "job-2:1" }));
    expect(sold.ship).toMatchObject({ cargo: [], cargoUnits: 0 });
    expect(simulator.mutations().flatMap(({ requestId }) => (requestId === null ? [] : [requestId]))).toEqual(
      expect.arrayContaining(["job-1:1", "job-2:1"]),
    );

    expect(valueOf(await api.orbit(ship, COMMAND)).ship.nav).toBe("IN_ORBIT");
    expect(valueOf(await api.setFlightMode(ship, "BURN", COMMAND)).ship.flightMode).toBe("BURN");
    const target = valueOf(await api.waypoints(here?.system ?? "", COMMAND)).find(
      ({ symbol, traits }) => symbol !== port && traits.includes("MARKETPLACE"),
    );
    const flight = valueOf(await api.navigate(ship, target?.symbol ?? "", COMMAND)).ship;
    expect(flight).toMatchObject({ nav: "IN_TRANSIT", waypoint: target?.symbol });
    simulator.wall.advanceSeconds(((flight.arrivalAtMs ?? 0) - simulator.wall.nowMs()) / 1_000);
    expect(valueOf(await api.ship(ship, COMMAND))).toMatchObject({ nav: "IN_ORBIT", arrivalAtMs: undefined });
    await api.dock(ship, COMMAND);
    const refuelled = valueOf(await api.refuel(ship, undefined, COMMAND));
    expect(refuelled.fuelUnits).toBe(here?.fuelCapacity);
  });

  it("reads hulls with price, speed and hold where a ship of ours is, and buys one", async () => {
    const ships = valueOf(await api.myShips(COMMAND));
    const yards = await Promise.all(ships.map(({ waypoint }) => api.shipyard(waypoint, COMMAND)));
    const yard = yards.flatMap((outcome) => (outcome.outcome === "ok" ? [outcome.value] : []))[0];
    const probe = yard?.hulls.find(({ type }) => type === "SHIP_PROBE") ?? yard?.hulls[0];
    expect(probe?.askCredits).toBeGreaterThan(0);
    const bought = valueOf(await api.purchaseShip(probe?.type ?? "", yard?.waypoint ?? "", COMMAND));
    expect(bought).toMatchObject({ priceCredits: probe?.askCredits, ship: { waypoint: yard?.waypoint, speed: probe?.speed } });
    expect(bought.ship.cargoCapacity).toBe(probe?.cargoCapacity);
  });

  it("names the game's refusals", async () => {
    const [ship] = valueOf(await api.myShips(COMMAND));
    await api.orbit(ship?.symbol ?? "", COMMAND);
    const here = await api.navigate(ship?.symbol ?? "", ship?.waypoint ?? "", COMMAND);
    expect(here).toMatchObject({ outcome: "refused", refusal: { name: "alreadyAtDestination", restate: true } });
    const dead = createSpaceApi({
      baseUrl: simulator.url,
      token: new Secret("nonsense"),
      environment: rig.environment,
    });
    expect(await dead.myAgent(COMMAND)).toMatchObject({ outcome: "unavailable", reason: "tokenRejected" });
    await dead.close();
  });

  it("registers an agent whose token then works", async () => {
    const { environment } = rig;
    const registration = valueOf(
      await register({
        baseUrl: simulator.url,
        accountToken: new Secret(simulator.accountToken),
        environment,
        symbol: "NEWCOMER",
        faction: "COSMIC",
      }),
    );
    const newcomer = createSpaceApi({ baseUrl: simulator.url, token: registration.agentToken, environment, gameSpeed: 1e6 });
    expect(valueOf(await newcomer.myAgent(COMMAND)).symbol).toBe("NEWCOMER");
    await newcomer.close();
  });
});

it("meets the simulator's rate limit by waiting and not by 429s", async () => {
  const speed = 20;
  const clock = { nowMs: () => Date.now() };
  const simulator = await startHarness({ speed, limited: true, wall: clock as never });
  const api = createSpaceApi({
    baseUrl: simulator.url,
    token: new Secret(simulator.token),
    gameSpeed: speed,
    environment: {
      clock: {
        ...clock,
        wakeAt: (dueAtMs, wake) => {
          const handle = setTimeout(wake, Math.max(0, dueAtMs - Date.now()));
          return () => clearTimeout(handle);
        },
      },
      random: { nextSeed: () => 0 },
      ids: { nextId: () => "id" },
      logger: { debug: () => undefined, warn: () => undefined },
    },
  });
  const outcomes = await Promise.all(Array.from({ length: 90 }, () => api.myAgent({ priority: "observe" })));
  expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(["ok"]));
  // The way to the server jitters by more than a window's stretch here; a leak may cost a retry, not a flood of them.
  expect(api.budget().rateLimited).toBeLessThan(5);
  await api.close();
  await simulator.close();
});

import { describe, expect, it } from "vitest";
import type { ChartContext } from "../../src/machines/chart.machine.ts";
import type { UniverseContext } from "../../src/machines/universe.machine.ts";
import { DrivenActor, quote, SCOPE, T0 } from "./driver.ts";

const waypoint = (symbol: string, traits: readonly string[]) => ({ symbol, system: "X1-A", type: "PLANET", x: 0, y: 0, traits });

describe("the universe", () => {
  it("starts the chart, and keeps when each market was seen with prices, not the prices", () => {
    const actor = new DrivenActor("universe", `${SCOPE}/universe`, { scope: SCOPE, system: "X1-A" });
    expect(actor.children("chart").map(({ input }) => input)).toEqual([{ system: "X1-A" }]);
    const seen = { waypoint: "X1-A-1", listing: undefined, quotes: [quote()], hulls: undefined, atMs: T0 };
    actor.send({ type: "universe.marketObserved", observation: seen, ship: "S-1" });
    actor.send({ type: "universe.marketObserved", observation: { ...seen, waypoint: "X1-A-2", quotes: [] }, ship: null });
    expect(actor.context<UniverseContext>()).toMatchObject({ seenAtMs: { "X1-A-1": T0 }, observations: 2 });
    expect(JSON.stringify(actor.context())).not.toContain("IRON");
  });
});

describe("the chart", () => {
  const places = [waypoint("X1-A-1", ["MARKETPLACE"]), waypoint("X1-A-2", ["BARREN"])];
  const listing = { waypoint: "X1-A-1", exports: ["IRON"], imports: [], exchange: [] };
  const chart = () => new DrivenActor("chart", `${SCOPE}/universe/chart`, { system: "X1-A" });

  it("reads waypoints and recipes first, then what the markets list, once", () => {
    const actor = chart().finish("readSystem", { waypoints: places, chain: { IRON: ["IRON_ORE"] } });
    expect(actor.jobs()).toEqual(["readListings"]);
    actor.finish("readListings", [listing]);
    expect(actor.value).toBe("charted");
    expect(actor.context<ChartContext>()).toMatchObject({
      waypoints: places,
      chain: { IRON: ["IRON_ORE"] },
      listings: [listing],
    });
    expect(actor.timers()).toEqual([]);
  });

  it("begins again, ever later, when the game cannot be read [G12]", () => {
    const actor = chart().fail("readSystem", "weather");
    const [first] = actor.timers();
    actor.fire(first?.event.type ?? "").fail("readSystem", "weather");
    const [second] = actor.timers();
    expect(second?.delayMs ?? 0).toBeGreaterThan(first?.delayMs ?? 0);
    actor.fire(second?.event.type ?? "").finish("readSystem", { waypoints: places, chain: {} });
    expect(actor.fail("readListings", "weather").value).toBe("resting");
  });
});

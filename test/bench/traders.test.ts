import { describe, expect, it } from "vitest";
import { type BooksHour, windowOf } from "../../bench/fleetBooks.ts";
import { openCompany } from "../../bench/traders/company.ts";
import { limitOf, measure } from "../../bench/traders/contenders.ts";
import { openTraderBed } from "../../bench/traders/traderBed.ts";
import { WireAgent, WireRefusal } from "../../bench/traders/wireAgent.ts";
import { WireAgentFacts } from "../../bench/traders/wireShapes.ts";
import { ECONOMY_V1 } from "../../src/simulator/economy.v1.ts";

/** Long enough for every trader to have sold something. */
const GROUND = { seed: 1, universe: undefined, economy: ECONOMY_V1, hours: 1 };
const profitIn = ({ books }: { readonly books: readonly BooksHour[] }): number =>
  windowOf(books, { fromHour: 0, toHour: GROUND.hours }).operatingProfit;

describe("the traders' wire", () => {
  it("keeps to the rate limit by what the headers say, so that nothing is refused [SIM-RULES]", async () => {
    const bed = openTraderBed({ ...GROUND, fleet: "FRESH", limited: true });
    try {
      const statuses: number[] = [];
      const transport = async (request: Parameters<typeof bed.stage.transport>[0]) => {
        const response = await bed.stage.transport(request);
        statuses.push(response.status);
        return response;
      };
      const agent = new WireAgent(transport, bed.stage.token, bed.clock);
      const from = bed.clock.nowMs();
      await bed.clock.run(Promise.all(Array.from({ length: 150 }, () => agent.call(WireAgentFacts, "GET", "/my/agent"))));
      expect(new Set(statuses)).toEqual(new Set([200]));
      // 2 a second and 30 a minute: the burst first, then two a second.
      expect((bed.clock.nowMs() - from) / 1000).toBeGreaterThan(50);
      expect((bed.clock.nowMs() - from) / 1000).toBeLessThan(61);
    } finally {
      bed.close();
    }
  });

  it("passes a refusal on to its caller and goes on [SIM-RULES]", async () => {
    const bed = openTraderBed({ ...GROUND, fleet: "FRESH", limited: false });
    try {
      const agent = new WireAgent(bed.stage.transport, bed.stage.token, bed.clock);
      await expect(agent.call(WireAgentFacts, "GET", "/my/ships/NOBODY-1")).rejects.toBeInstanceOf(WireRefusal);
      expect((await agent.call(WireAgentFacts, "GET", "/my/agent")).credits).toBe(175_000);
    } finally {
      bed.close();
    }
  });
});

describe("the reference traders", () => {
  it("earn by the books, the greedy more than the serial, the ten more than the one [SIM-BOOKS]", {
    timeout: 90_000,
  }, async () => {
    const profitOf = async (who: "S" | "G1" | "G10") => profitIn(await measure(who, "TEN", GROUND));
    const [serial, one, ten] = [await profitOf("S"), await profitOf("G1"), await profitOf("G10")];
    expect(serial).toBeGreaterThan(0);
    expect(one).toBeGreaterThan(1.5 * serial);
    expect(ten).toBeGreaterThan(one);
  });

  it("do the same every time on the same universe [SIM-DETERMINISM]", { timeout: 60_000 }, async () => {
    const [first, second] = [await measure("G1", "FRESH", GROUND), await measure("G1", "FRESH", GROUND)];
    expect(second).toEqual(first);
  });

  it("buy hulls when they may fly more ships than they began with [SIM-BOOKS]", { timeout: 60_000 }, async () => {
    const { books } = await measure("G10", "FRESH", GROUND);
    expect(books.reduce((sum, { hulls }) => sum + hulls, 0)).toBeGreaterThan(250_000);
  });

  it("drift on what is left in the tank where there is no money for fuel [SIM-RULES]", { timeout: 60_000 }, async () => {
    const poor = { name: "POOR", credits: 0, ships: [{ type: "SHIP_LIGHT_HAULER", at: "HEADQUARTERS" as const }] };
    const bed = openTraderBed({ ...GROUND, fleet: poor, limited: true });
    try {
      const flights = async () => {
        const { traders, yards } = await openCompany(bed.stage, ["CRUISE"]);
        const [pilot] = traders;
        if (pilot === undefined) throw new Error("the fleet has a hauler");
        const home = pilot.waypoint;
        const far = yards.toSorted((a, b) => pilot.secondsTo(b) - pilot.secondsTo(a))[0] ?? home;
        const flightsMs: number[] = [];
        for (let trip = 0; trip < 20; trip++) {
          const begunMs = bed.clock.nowMs();
          await pilot.goTo(pilot.waypoint === home ? far : home);
          flightsMs.push(bed.clock.nowMs() - begunMs);
        }
        return flightsMs;
      };
      const [first = 0, ...others] = await bed.clock.run(flights());
      expect(others).toHaveLength(19);
      expect(others.at(-1)).toBeGreaterThan(5 * first);
    } finally {
      bed.close();
    }
  });

  it("never take more than A, not even thirty ships that know every price and have no request limit [E1]", {
    timeout: 90_000,
  }, async () => {
    const share = profitIn(await measure("GX", "TEN", GROUND)) / limitOf(GROUND, 1);
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThanOrEqual(1.05);
  });
});

/** A long random life of many agents, balanced from the books alone. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MarketRecord, Universe } from "../../src/simulator/universe.ts";
import { type Harness, startHarness } from "./support/harness.ts";
import { changeOf, creditsOf, fuelOf, type Ledger, type Line, ledgerOf, readBooks, unitsOf } from "./support/ledger.ts";
import { stateOf } from "./support/state.ts";
import { asking, Dice, nextWish } from "./support/traders.ts";

const REQUESTS = 10_000;
const SEED = 20_261_121;

let home: string;
let life: Harness;
let start: Universe;
let lines: Line[];
let ledger: Ledger;
const done: string[] = [];
const refused: string[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "simulator-conservation-"));
  const fleet = join(home, "fleet.json");
  const types = ["COMMAND_FRIGATE", "LIGHT_HAULER", "LIGHT_SHUTTLE", "LIGHT_HAULER", "PROBE"].map((name) => `SHIP_${name}`);
  writeFileSync(fleet, JSON.stringify({ credits: 700_000, ships: types.map((type) => ({ type })) }));
  life = await startHarness({ speed: 60, fleet, seed: 3 });
  start = stateOf(life.sim) as Universe;
  const ask = asking(life, fleet);
  const agents = Array.from({ length: 12 }, (_, i) => (i === 0 ? "TESTER" : `TRADER-${i + 1}`));
  for (const symbol of agents.slice(1)) {
    ask("account", { method: "POST", path: "/register", body: { symbol, faction: "COSMIC" } }, `register-${symbol}`);
  }
  const dice = new Dice(SEED);
  for (let i = 0; i < REQUESTS; i++) {
    const agent = dice.pick(agents);
    const requestId = `wish-${i}`;
    (ask(agent, nextWish(life, agent, dice), requestId) ? done : refused).push(requestId);
    // On average 9 game seconds: the whole life is a good game day.
    life.wall.advanceSeconds(dice.next() * 0.3);
  }
  life.sim.advance();
  lines = readBooks(join(life.dataDir, "books.jsonl"));
  ledger = ledgerOf(lines);
}, 60_000);

afterAll(async () => {
  await life.close();
  rmSync(home, { recursive: true, force: true });
});

describe("over a random life of 12 agents, by the books alone", () => {
  it("every line agrees with all before it, and no request is told twice or told though refused [SIM-BOOKS]", () => {
    expect(ledger.problems.slice(0, 10)).toEqual([]);
    expect(new Set(ledger.requestIds).size).toBe(ledger.requestIds.length);
    const told = new Set(ledger.requestIds);
    expect(refused.filter((id) => told.has(id))).toEqual([]);
    // Only what already was so, a posture, a mode or a full tank, is answered without a line.
    expect(done.filter((id) => !told.has(id)).length).toBeLessThan(done.length / 20);
  });

  it("everything that can happen did, often enough to mean something [SIM-BOOKS]", () => {
    const least = { purchase: 400, sell: 250, navigate: 300, refuel: 50, refuelFromCargo: 5, jettison: 30, transfer: 25 };
    const rest = { purchaseShip: 5, flightMode: 30, orbit: 100, dock: 200, register: 12 };
    for (const [operation, count] of Object.entries({ ...least, ...rest })) {
      expect([operation, (ledger.operations.get(operation) ?? 0) >= count]).toEqual([operation, true]);
    }
    expect(refused.length).toBeGreaterThan(300);
    expect(ledger.ticks.length).toBeGreaterThan(90);
  });

  it("credits of every agent are its start plus sales minus purchases, fuel and hulls, exactly [SIM-BOOKS]", () => {
    const now = [...life.sim.agents.values()].map(({ symbol, credits }) => [symbol, credits]);
    expect(now).toHaveLength(12);
    expect([...ledger.accounts].map(([symbol, account]) => [symbol, creditsOf(account)])).toEqual(now);
    for (const [, account] of ledger.accounts) {
      expect(account.start).toBe(700_000);
      expect(creditsOf(account)).toBeGreaterThanOrEqual(0);
    }
  });

  it("every unit aboard was bought and not sold, jettisoned, transferred or burnt, exactly [SIM-BOOKS]", () => {
    const aboard = (ship: string) => {
      const held = [...(ledger.holds.get(ship) ?? [])].map(([good, hold]) => [good, unitsOf(hold)] as const);
      return Object.fromEntries(held.filter(([, units]) => units !== 0));
    };
    const ships = [...life.sim.ships.values()];
    const held = ships.map(({ symbol, cargo }) => [symbol, Object.fromEntries(cargo.map(({ good, units }) => [good, units]))]);
    expect(ships.map(({ symbol }) => [symbol, aboard(symbol)])).toEqual(held);
    expect(ships.filter(({ cargo }) => cargo.length > 0).length).toBeGreaterThan(10);
  });

  it("every tank holds what it began with plus what was refuelled minus what was burnt, exactly [SIM-BOOKS]", () => {
    const tanks = [...ledger.tanks].map(([ship, tank]) => [ship, fuelOf(tank)]);
    expect(tanks).toEqual([...ledger.tanks.keys()].map((ship) => [ship, life.sim.ships.get(ship)?.fuel.current]));
    expect(tanks.length).toBeGreaterThan(30);
  });

  it("every stock moved by what was sold to it and bought from it, and by what the ticks tell, and by nothing else [SIM-BOOKS] [E4]", () => {
    const wrong = start.markets.flatMap(({ waypoint, goods }) =>
      goods.flatMap(({ good, stock }) => {
        const change = ledger.stocks.get(waypoint)?.get(good);
        const shouldBe = stock + (change ? changeOf(change) : 0);
        const is = life.sim.markets.get(waypoint)?.goods.find((item) => item.good === good)?.stock ?? Number.NaN;
        return Math.abs(is - shouldBe) <= 1e-6 ? [] : [{ waypoint, good, is, shouldBe }];
      }),
    );
    expect(wrong).toEqual([]);
    const all = [...ledger.stocks.values()].flatMap((goods) => [...goods.values()]);
    for (const kind of ["bought", "sold", "produced", "consumed", "demanded", "drifted"] as const) {
      expect([kind, all.some((stock) => stock[kind] !== 0)]).toEqual([kind, true]);
    }
  });

  it("every hull sold left its yard, and came back only by ticks [SIM-BOOKS] [E9]", () => {
    const wrong = start.yards.flatMap(({ waypoint, ships }) =>
      ships.flatMap(({ type, stock }) => {
        const { sold, back } = ledger.hulls.get(waypoint)?.get(type) ?? { sold: 0, back: 0 };
        const is = life.sim.yards.get(waypoint)?.ships.find((hull) => hull.type === type)?.stock ?? Number.NaN;
        return Math.abs(is - (stock - sold + back)) <= 1e-6 ? [] : [{ waypoint, type, is, shouldBe: stock - sold + back }];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it("in every tick each trade volume out ate one of each input, in every factory [SIM-BOOKS] [E4]", () => {
    const wrong = ledger.ticks.flatMap(({ tick, markets }) =>
      start.markets.flatMap((market) => eatenWrongly(market, markets[market.waypoint] ?? {}).map((what) => ({ tick, ...what }))),
    );
    expect(wrong).toEqual([]);
    const produced = ledger.ticks.filter(({ markets }) =>
      Object.values(markets).some((goods) => Object.values(goods).some((flow) => (flow.produced ?? 0) > 0)),
    );
    expect(produced.length).toBeGreaterThan(5);
  });
});

describe("the reader of the books", () => {
  it.each([
    ["a total", (line: Line) => ({ ...line, total: (line.total ?? 0) + 1 }), "purchase"],
    ["units", (line: Line) => ({ ...line, units: (line.units ?? 0) + 1 }), "jettison"],
    ["fuel", (line: Line) => ({ ...line, fuelBurnt: (line.fuelBurnt ?? 0) + 1 }), "navigate"],
    ["a line that is missing", () => undefined, "sell"],
  ])("notices when the books are wrong in %s [SIM-BOOKS]", (_, spoil, operation) => {
    const victim = lines.findIndex((line) => line.operation === operation);
    const spoilt = lines.flatMap((line, i) => (i === victim ? (spoil(line) ?? []) : line));
    expect(ledgerOf(spoilt).problems.length).toBeGreaterThan(0);
  });
});

/** Inputs of a market that a tick consumed by anything but the trade volumes made of them. */
function eatenWrongly(market: MarketRecord, flows: Ledger["ticks"][number]["markets"][string]) {
  const volume = (good: string) => market.goods.find((item) => item.good === good)?.tradeVolume ?? Number.NaN;
  const inputs = new Set(market.recipes.flatMap((recipe) => recipe.inputs));
  const eaten = market.goods.filter(({ good }) => inputs.has(good) || flows[good]?.consumed !== undefined);
  return eaten.flatMap(({ good }) => {
    const made = market.recipes
      .filter((recipe) => recipe.inputs.includes(good))
      .reduce((volumes, { output }) => volumes + (flows[output]?.produced ?? 0) / volume(output), 0);
    const consumed = (flows[good]?.consumed ?? 0) / volume(good);
    return Math.abs(consumed - made) <= 1e-9 ? [] : [{ waypoint: market.waypoint, good, consumed, made }];
  });
}

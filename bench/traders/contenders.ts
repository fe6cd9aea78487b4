/** Who is measured beside the fleet, and what each of them earned by the books. */
import type { EconomyConstants } from "../../src/simulator/economy.v1.ts";
import { marketWire } from "../../src/simulator/wire.ts";
import { absorptionLimit } from "../absorption/absorptionLimit.ts";
import { type BooksHour, readBooks } from "../fleetBooks.ts";
import type { Stage } from "./company.ts";
import { tradeGreedily } from "./greedy.ts";
import { manufactureSerially, type SerialRun } from "./serial.ts";
import { openTraderBed, type TraderBed } from "./traderBed.ts";
import { WireMarket } from "./wireShapes.ts";

/** S serial, G1 and G10 greedy with 1 and 10 ships, GX greedy with every ship, all prices and no request limit. */
export type Contender = "S" | "G1" | "G10" | "GX";

export interface Ground {
  readonly seed: number;
  readonly universe: string | undefined;
  readonly economy: EconomyConstants;
  readonly hours: number;
}

export interface Result {
  readonly books: BooksHour[];
  readonly requests: number;
  /** Sold, by hour: units of products that it had fed the factory for, and of those the ones that its deliveries brought about. Only S makes any. */
  readonly chainUnits: number[];
  readonly fabricatedUnits: number[];
}

/** Lets a contender trade on a universe of its own. Throws when the books do not add up. */
export async function measure(who: Contender, fleet: "FRESH" | "TEN", ground: Ground): Promise<Result> {
  const bed = openTraderBed({ ...ground, fleet: who === "GX" ? EXHAUSTIVE_FLEET : fleet, limited: who !== "GX" });
  try {
    const beganMs = bed.clock.nowMs();
    const { requests, runs = [] } = await bed.clock.run(play(who, bed.stage, bed));
    const { hours: books, addUp } = await readBooks(bed.booksPath, ground.hours);
    if (!addUp) throw new Error(`the books of ${who} do not add up`);
    const byHour = (runs: readonly SerialRun[]): number[] =>
      books.map(({ hour }) =>
        runs.reduce((sum, { soldAtMs, units }) => sum + (Math.floor((soldAtMs - beganMs) / HOUR_MS) === hour ? units : 0), 0),
      );
    const fabricatedUnits = byHour(runs.filter(({ isRaised }) => isRaised));
    return { books: [...books], requests, chainUnits: byHour(runs), fabricatedUnits };
  } finally {
    bed.close();
  }
}

/** A of the ground, credits in the first `hours` of it. */
export function limitOf({ seed, universe, economy }: Ground, hours: number): number {
  const bed = openTraderBed({ seed, universe, economy, hours, fleet: "FRESH", limited: false });
  try {
    return absorptionLimit([...bed.sim.markets.values()], economy, hours).totalCredits;
  } finally {
    bed.close();
  }
}

const HOUR_MS = 3_600_000;

const EXHAUSTIVE_FLEET = {
  name: "EXHAUSTIVE",
  credits: 100_000_000,
  ships: Array.from({ length: 30 }, () => ({ type: "SHIP_LIGHT_HAULER", at: "HEADQUARTERS" as const })),
};

function play(who: Contender, stage: Stage, { sim }: TraderBed): Promise<{ requests: number; runs?: readonly SerialRun[] }> {
  switch (who) {
    case "S":
      return manufactureSerially(stage);
    case "G1":
      return tradeGreedily(stage, { ships: 1 });
    case "G10":
      return tradeGreedily(stage, { ships: 10 });
    case "GX":
      return tradeGreedily(stage, {
        ships: EXHAUSTIVE_FLEET.ships.length,
        allPrices: () => {
          sim.advance();
          return [...sim.markets.values()].map((market) => WireMarket.parse(marketWire(sim, market, true)));
        },
      });
  }
}

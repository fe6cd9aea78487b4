/**
 * A, the absorption limit: what perfect traders without travel and without a request limit could take out of a universe in a window.
 *
 * Invariants: every large simplification errs upwards, so that A is a ceiling up to noise and part transactions: the order of a window's hours is free, stocks are sold down at
 * its end, a trade volume costs and pays the price before it, and only what production needs is ever asked of an input's level.
 * Other traders' noise is left out: it averages to nothing.
 */
import { type EconomyConstants, LABEL_FROM } from "../../src/simulator/economy.v1.ts";
import { pricesAt } from "../../src/simulator/quote.ts";
import { activityFactor } from "../../src/simulator/tick.ts";
import type { MarketGood, MarketRecord } from "../../src/simulator/universe.ts";
import { solve } from "./linearProgram.ts";
import { ProgramBuilder } from "./programBuilder.ts";

export interface AbsorptionLimit {
  /** Of the window; 0 leaves what lies there at the start. */
  readonly hours: number;
  readonly totalCredits: number;
  readonly creditsPerHour: number;
  /** The least ceiling that the prices of the program prove, credits: equal to the total, or the solver is wrong. */
  readonly provenCredits: number;
  /** What the best plan takes from and gives to each market; nothing traded, nothing listed. */
  readonly trades: readonly PlannedTrade[];
  /** What one more unit of each good would be worth, credits. */
  readonly goodValues: ReadonlyMap<string, number>;
}

export interface PlannedTrade {
  readonly waypoint: string;
  readonly good: string;
  readonly side: "PURCHASE" | "SELL";
  readonly units: number;
  readonly credits: number;
}

/** Throws when trade at fixed prices has no bound: two exchanges whose spreads do not overlap. */
export function absorptionLimit(markets: readonly MarketRecord[], constants: EconomyConstants, hours: number): AbsorptionLimit {
  if (constants.inputScarce > 0) throw new Error("inputs that are SCARCE are taken to stop production");
  const model = new Model(markets, constants, hours);
  const solution = solve(model.program());
  if (solution.kind === "unbounded") throw new Error(`trade without bound: ${model.nameOf(solution.column)}`);
  const totalCredits = solution.profit;
  return {
    hours,
    totalCredits,
    creditsPerHour: hours > 0 ? totalCredits / hours : 0,
    provenCredits: solution.bound,
    trades: model.tradesOf(solution.values),
    goodValues: model.goodValues(solution.prices),
  };
}

/** Trade volumes that one step of a curve covers: the most that one transaction trades at one price. */
const STEP = 1;
/** Above balance an IMPORT pays close to nothing from here on, and an EXPORT this far below it asks more than anyone pays. */
const LAST_LEVEL = 12;

/** An input's level from which production runs, and the constant that says how fast. */
const PRODUCTION_MODES = [
  { factor: "inputModerate", fromLevel: LABEL_FROM.IMPORT.MODERATE },
  { factor: "inputLimited", fromLevel: LABEL_FROM.IMPORT.LIMITED },
] as const;

interface Leg {
  readonly column: number;
  readonly waypoint: string;
  readonly good: string;
  readonly side: "PURCHASE" | "SELL";
  readonly unitsPerStep: number;
  readonly unitPrice: number;
}

/** One mode of one recipe: trade volumes of output, and the share of the window that one volume takes. */
interface Production {
  readonly column: number;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly fromLevel: number;
  readonly batch: number;
  readonly windowShare: number;
}

class Model {
  readonly #builder = new ProgramBuilder();
  readonly #balance = new Map<string, number>();
  readonly #legs: Leg[] = [];
  readonly #constants: EconomyConstants;
  /** Of the window and of a tick, as the rates count them. */
  readonly #rateHours: number;
  readonly #tickRateHours: number;

  constructor(markets: readonly MarketRecord[], constants: EconomyConstants, hours: number) {
    this.#constants = constants;
    this.#rateHours = hours * constants.rateFactor;
    this.#tickRateHours = (constants.tickGameMinutes / 60) * constants.rateFactor;
    for (const market of markets) this.#market(market);
  }

  program() {
    return this.#builder.build();
  }

  nameOf(column: number): string {
    const leg = this.#legs.find((one) => one.column === column);
    return leg ? `${leg.side} ${leg.good} at ${leg.waypoint}` : `column ${column}`;
  }

  tradesOf(values: readonly number[]): PlannedTrade[] {
    const trades = new Map<string, PlannedTrade>();
    for (const { column, waypoint, good, side, unitsPerStep, unitPrice } of this.#legs) {
      const units = (values[column] ?? 0) * unitsPerStep;
      if (units < 1e-6) continue;
      const key = `${waypoint} ${good} ${side}`;
      const before = trades.get(key) ?? { waypoint, good, side, units: 0, credits: 0 };
      trades.set(key, { ...before, units: before.units + units, credits: before.credits + units * unitPrice });
    }
    return [...trades.values()];
  }

  goodValues(prices: readonly number[]): Map<string, number> {
    return new Map([...this.#balance].map(([good, row]) => [good, prices[row] ?? 0]));
  }

  #market(market: MarketRecord): void {
    const goods = new Map(market.goods.map((good) => [good.good, good]));
    const productions = market.recipes.flatMap((recipe) => {
      const output = goods.get(recipe.output);
      return output === undefined ? [] : this.#productions(output, recipe.inputs);
    });
    const fed = new Set(market.recipes.flatMap((recipe) => recipe.inputs));
    for (const good of market.goods) {
      const ofGood = productions.filter(({ output, inputs }) => output === good.good || inputs.includes(good.good));
      if (good.kind === "EXCHANGE") this.#exchange(market.waypoint, good);
      else if (good.kind === "EXPORT") this.#export(market.waypoint, good, ofGood);
      else if (fed.has(good.good)) this.#input(market.waypoint, good, ofGood);
      else this.#finalDemand(market.waypoint, good);
    }
  }

  /** A recipe in each mode it can run in; together they have the window once. */
  #productions(output: MarketGood, inputs: readonly string[]): Production[] {
    const usual = this.#constants.exportProductionPerHour * activityFactor(output.usualActivity, this.#constants);
    const modes =
      inputs.length === 0
        ? [{ perHour: usual, fromLevel: 0 }]
        : PRODUCTION_MODES.map(({ factor, fromLevel }) => ({ perHour: usual * this.#constants[factor], fromLevel }));
    const window = this.#builder.row(1);
    return modes
      .filter(({ perHour }) => perHour * this.#rateHours > 0)
      .map(({ perHour, fromLevel }) => {
        const most = perHour * this.#rateHours;
        const column = this.#builder.column(0, most);
        this.#builder.add(window, column, 1 / most);
        return { column, inputs, output: output.good, fromLevel, batch: perHour * this.#tickRateHours, windowShare: 1 / most };
      });
  }

  /** Fixed price, no end. */
  #exchange(waypoint: string, good: MarketGood): void {
    this.#leg(waypoint, good, "PURCHASE", 0, Number.POSITIVE_INFINITY);
    this.#leg(waypoint, good, "SELL", 0, Number.POSITIVE_INFINITY);
  }

  /**
   * Stock from the start level down, each step dearer. What is made first fills the store to its ceiling, level by level, and can be
   * bought from there at the end; the rest is bought as it is made, at the ceiling's price. Without production the stock creeps back to balance.
   */
  #export(waypoint: string, good: MarketGood, productions: readonly Production[]): void {
    const start = good.startStock / good.tradeVolume;
    for (let level = start; level > -LAST_LEVEL; level -= STEP) this.#leg(waypoint, good, "PURCHASE", level, STEP);
    const most = Math.max(0, ...productions.map(({ windowShare }) => 1 / windowShare));
    const { exportCeiling, unfedDriftPerHour } = this.#constants;
    const top = Math.min(exportCeiling, start + most);
    for (let level = top; level > start; level -= STEP) {
      const size = Math.min(STEP, level - start);
      const step = this.#leg(waypoint, good, "PURCHASE", level, size);
      this.#within(step, productions, size / most);
    }
    if (start + most > exportCeiling) {
      const flow = this.#leg(waypoint, good, "PURCHASE", exportCeiling, most);
      this.#within(flow, productions, 1 - (exportCeiling - start) / most);
    }
    if (productions.some(({ inputs }) => inputs.length === 0)) return;
    const drift = unfedDriftPerHour * this.#rateHours;
    if (drift === 0) return;
    const crept = this.#leg(waypoint, good, "PURCHASE", 0, drift);
    this.#builder.row(1, [[crept, 1 / drift], ...productions.map(({ column, windowShare }) => [column, windowShare] as const)]);
  }

  /** Steps up from the start level; what the town eats in the window is sold again and again at the start level's price. */
  #finalDemand(waypoint: string, good: MarketGood): void {
    const start = good.startStock / good.tradeVolume;
    this.#stepsUp(waypoint, good, start);
    const perHour = this.#constants.importDemandPerHour * activityFactor(good.usualActivity, this.#constants);
    const batch = perHour * this.#tickRateHours;
    for (let sold = 0; sold < batch; sold += STEP) {
      const size = Math.min(STEP, batch - sold);
      this.#leg(waypoint, good, "SELL", start + sold, (size / batch) * perHour * this.#rateHours);
    }
  }

  /**
   * Steps up from the start level; what production eats is sold again at the lowest level at which it runs. Stock that was there can be
   * eaten too, and then be replaced. Levels that production needs and the start does not have must be filled, by the share it runs.
   */
  #input(waypoint: string, good: MarketGood, productions: readonly Production[]): void {
    const start = good.startStock / good.tradeVolume;
    const steps = this.#stepsUp(waypoint, good, start);
    const eatenOfStart = productions.map((production) => this.#fedBy(waypoint, good, start, production));
    const lowest = Math.min(start, ...productions.map(({ fromLevel, batch }) => fromLevel - batch));
    this.#builder.row(
      start - lowest,
      eatenOfStart.map((column) => [column, 1] as const),
    );
    const replaced: number[] = [];
    for (let level = lowest; level < start; level += STEP) {
      replaced.push(this.#leg(waypoint, good, "SELL", level, Math.min(STEP, start - level)));
    }
    this.#builder.row(0, [
      ...replaced.map((column) => [column, 1] as const),
      ...eatenOfStart.map((column) => [column, -1] as const),
    ]);
    for (const { column, fromLevel, windowShare } of productions) {
      steps.forEach((step, i) => {
        const needed = Math.min(STEP, fromLevel - start - i * STEP);
        if (needed > 0)
          this.#builder.row(0, [
            [column, windowShare * needed],
            [step, -1],
          ]);
      });
    }
  }

  /** What a production eats is sold to it as it goes, or was in store above its level; returns the column of the latter. */
  #fedBy(waypoint: string, good: MarketGood, start: number, { column, fromLevel, batch, windowShare }: Production): number {
    const flow = this.#leg(waypoint, good, "SELL", fromLevel - Math.min(STEP, batch), 1 / windowShare);
    const eatenOfStart = this.#builder.column(0, Math.max(0, start - fromLevel + batch));
    this.#builder.row(0, [
      [column, 1],
      [flow, -1],
      [eatenOfStart, -1],
    ]);
    this.#builder.row(0, [
      [column, -1],
      [flow, 1],
      [eatenOfStart, 1],
    ]);
    return eatenOfStart;
  }

  #stepsUp(waypoint: string, good: MarketGood, start: number): number[] {
    const steps: number[] = [];
    for (let level = start; level < LAST_LEVEL; level += STEP) steps.push(this.#leg(waypoint, good, "SELL", level, STEP));
    return steps;
  }

  /** At most this share of what the productions make. */
  #within(column: number, productions: readonly Production[], share: number): void {
    this.#builder.row(0, [[column, 1], ...productions.map((production) => [production.column, -share] as const)]);
  }

  /** Trade volumes bought or sold at the price of a level. */
  #leg(waypoint: string, good: MarketGood, side: Leg["side"], level: number, volumes: number): number {
    const { askCredits, bidCredits } = pricesAt(good, level, this.#constants);
    const unitPrice = side === "PURCHASE" ? askCredits : bidCredits;
    const sign = side === "PURCHASE" ? -1 : 1;
    const column = this.#builder.column(sign * unitPrice * good.tradeVolume, volumes);
    this.#builder.add(this.#balanceOf(good.good), column, sign * good.tradeVolume);
    this.#legs.push({ column, waypoint, good: good.good, side, unitsPerStep: good.tradeVolume, unitPrice });
    return column;
  }

  /** No more of a good is sold than was bought. */
  #balanceOf(good: string): number {
    const row = this.#balance.get(good) ?? this.#builder.row(0);
    this.#balance.set(good, row);
    return row;
  }
}

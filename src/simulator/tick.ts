/**
 * One economy tick of a market and of a shipyard.
 *
 * Invariants: a tick is a pure function of the market before it and the tick's number; one trade volume of an output eats
 * exactly one trade volume of each of its inputs; everything is computed from the state before the tick, then applied.
 */
import { supplyLabel } from "./curve.ts";
import type { EconomyConstants } from "./economy.v1.ts";
import { grow } from "./growth.ts";
import { type NoiseContext, visibleS } from "./quote.ts";
import type { Activity, Deliveries, MarketGood, MarketRecord, SupplyLabel, YardRecord } from "./universe.ts";

/** An EXPORT's label moved at a tick, with what moved it: the auditor's evidence for "our inputs, then its rise". */
export interface SupplyChange {
  waypoint: string;
  good: string;
  before: SupplyLabel;
  after: SupplyLabel;
  stock: number;
  /** Units produced and units of each input eaten since the label last changed. */
  producedUnits: number;
  consumed: Record<string, number>;
  /** Units of each input delivered since the label last changed, by agent. */
  delivered: Deliveries;
  /** The same since the universe began. */
  deliveredEver: Deliveries;
}

/**
 * Units by which a tick moved the stock of one good; absent is none. Stock after = stock before + produced − consumed − demanded + drifted.
 *
 * - `produced` here; `consumed` by the production here; `demanded`: eaten by final demand
 * - `drifted`, signed: an unfed EXPORT towards balance, an EXCHANGE good towards its start level
 */
export type StockFlow = Partial<Record<"produced" | "consumed" | "demanded" | "drifted", number>>;

/** What moved, by good; a good that did not move is absent. */
export type StockFlows = Record<string, StockFlow>;

/** Moves a market from tick `at.tick - 1` to `at.tick`, in place; returns what moved and the label changes of its EXPORTs. */
export function tickMarket(market: MarketRecord, at: NoiseContext): { flows: StockFlows; changes: SupplyChange[] } {
  const labels = labelsAt(market, { ...at, tick: at.tick - 1 });
  const goods = new Map(market.goods.map((good) => [good.good, good]));
  const hours = at.constants.tickGameMinutes / 60;
  const rateHours = hours * at.constants.rateFactor;
  const fed = new Set(market.recipes.flatMap((recipe) => recipe.inputs));
  const made = new Set(market.recipes.map((recipe) => recipe.output));

  const flows: StockFlows = {};
  for (const recipe of market.recipes) produce(recipe, goods, labels, rateHours, at.constants, flows);
  for (const good of market.goods) {
    if (good.kind === "IMPORT" && !fed.has(good.good)) consume(good, rateHours, at.constants, flows);
    if (good.kind === "EXPORT" && !made.has(good.good)) approach(good, 0, at.constants.unfedDriftPerHour * rateHours, flows);
    if (good.kind === "EXCHANGE") approach(good, good.startStock, at.constants.exchangeReturnPerHour * rateHours, flows);
  }
  if (at.constants.volumeGrowth !== 0) grow(market, labels, hours, at.constants);
  const changes = relabel(market, labelsAt(market, at));
  restrict(market);
  return { flows, changes };
}

/** Hulls come back towards the yard's start level; returns by how many, by hull type. */
export function tickYard(yard: YardRecord, constants: EconomyConstants): Record<string, number> {
  const days = constants.tickGameMinutes / 60 / 24;
  const step = constants.hullTradeVolume * constants.hullRecoveryPerDay * constants.rateFactor * days;
  const back: Record<string, number> = {};
  for (const hull of yard.ships) {
    const after = stepTowards(hull.stock, hull.startStock, step);
    if (after !== hull.stock) back[hull.type] = after - hull.stock;
    hull.stock = after;
  }
  return back;
}

function produce(
  recipe: MarketRecord["recipes"][number],
  goods: ReadonlyMap<string, MarketGood>,
  labels: ReadonlyMap<string, SupplyLabel>,
  hours: number,
  constants: EconomyConstants,
  flows: StockFlows,
): void {
  const output = goods.get(recipe.output);
  if (output === undefined) return;
  const inputs = recipe.inputs.flatMap((name) => goods.get(name) ?? []);
  const factor = Math.min(1, ...inputs.map((input) => inputFactor(labels.get(input.good) ?? "SCARCE", constants)));
  if (factor === 0) {
    approach(output, 0, constants.unfedDriftPerHour * hours, flows);
    return;
  }
  const rate = constants.exportProductionPerHour * activityFactor(output.activity, constants) * factor;
  const room = Math.max(0, constants.exportCeiling - output.stock / output.tradeVolume);
  const volumes = Math.min(rate * hours, room);
  output.stock += volumes * output.tradeVolume;
  output.sinceLabel.producedUnits += volumes * output.tradeVolume;
  record(flows, output, "produced", volumes * output.tradeVolume);
  for (const input of inputs) {
    input.stock -= volumes * input.tradeVolume;
    output.sinceLabel.consumed[input.good] = (output.sinceLabel.consumed[input.good] ?? 0) + volumes * input.tradeVolume;
    record(flows, input, "consumed", volumes * input.tradeVolume);
  }
}

/** Final demand eats what was brought, down to the start level and never below it. */
function consume(good: MarketGood, hours: number, constants: EconomyConstants, flows: StockFlows): void {
  if (good.stock <= good.startStock) return;
  const eaten = constants.importDemandPerHour * activityFactor(good.activity, constants) * hours * good.tradeVolume;
  const after = Math.max(good.startStock, good.stock - eaten);
  record(flows, good, "demanded", good.stock - after);
  good.stock = after;
}

function approach(good: MarketGood, level: number, volumes: number, flows: StockFlows): void {
  const after = stepTowards(good.stock, level, volumes * good.tradeVolume);
  record(flows, good, "drifted", after - good.stock);
  good.stock = after;
}

function record(flows: StockFlows, { good }: MarketGood, flow: keyof StockFlow, units: number): void {
  if (units === 0) return;
  const known = flows[good];
  flows[good] = { ...known, [flow]: (known?.[flow] ?? 0) + units };
}

function stepTowards(value: number, level: number, step: number): number {
  return value < level ? Math.min(level, value + step) : Math.max(level, value - step);
}

/**
 * RESTRICTED, by the labels of the goods: an EXPORT with a SCARCE input, an IMPORT all of whose outputs here are ABUNDANT. In the
 * captured system this explains 35 of 35 exports and 46 of the 49 imports that feed one.
 */
export function restrict(market: MarketRecord): void {
  const labels = new Map(market.goods.map((good) => [good.good, good.label]));
  for (const good of market.goods) {
    if (good.kind === "EXCHANGE") continue;
    const recipes = market.recipes.filter((recipe) =>
      good.kind === "EXPORT" ? recipe.output === good.good : recipe.inputs.includes(good.good),
    );
    const short =
      good.kind === "EXPORT"
        ? recipes.some((recipe) => recipe.inputs.some((input) => labels.get(input) === "SCARCE"))
        : recipes.length > 0 && recipes.every((recipe) => labels.get(recipe.output) === "ABUNDANT");
    good.activity = short ? "RESTRICTED" : good.usualActivity;
  }
}

/** Labels as everyone sees them at that tick. */
function labelsAt(market: MarketRecord, at: NoiseContext): Map<string, SupplyLabel> {
  return new Map(market.goods.map((good) => [good.good, supplyLabel(good.kind, visibleS(market.waypoint, good, at))]));
}

function relabel(market: MarketRecord, labels: ReadonlyMap<string, SupplyLabel>): SupplyChange[] {
  const changes: SupplyChange[] = [];
  for (const good of market.goods) {
    const before = good.label;
    good.label = labels.get(good.good) ?? before;
    if (good.kind !== "EXPORT" || good.label === before) continue;
    const { waypoint } = market;
    const { sinceLabel, deliveredEver, stock } = good;
    changes.push({
      waypoint,
      good: good.good,
      before,
      after: good.label,
      stock,
      ...sinceLabel,
      deliveredEver: structuredClone(deliveredEver),
    });
    good.sinceLabel = { producedUnits: 0, consumed: {}, delivered: {} };
  }
  return changes;
}

function inputFactor(label: SupplyLabel, constants: EconomyConstants): number {
  if (label === "SCARCE") return constants.inputScarce;
  return label === "LIMITED" ? constants.inputLimited : constants.inputModerate;
}

/** What production and final demand are multiplied by. */
export function activityFactor(activity: Activity, constants: EconomyConstants): number {
  switch (activity) {
    case "RESTRICTED":
      return constants.activityRestricted;
    case "WEAK":
      return constants.activityWeak;
    case "GROWING":
      return constants.activityGrowing;
    case "STRONG":
      return constants.activityStrong;
  }
}

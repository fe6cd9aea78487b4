/** What in a readable universe file will surprise its players: fuel out of reach, goods that nobody can make, quotes off every curve. */
import type { EconomyConstants } from "./economy.v1.ts";
import { referenceGood } from "./goods.data.ts";
import { hullAsk, pricesAt } from "./quote.ts";
import { distance } from "./travel.ts";
import type { MarketGood, MarketRecord } from "./universe.ts";
import type { World } from "./universeFile.ts";
import type { UniverseFile } from "./universeFileSchema.ts";

/** Warnings, each with its place first. */
export function reviewWorld(world: World, file: UniverseFile, constants: EconomyConstants): string[] {
  return [
    ...traitWarnings(world),
    ...reachWarnings(world),
    ...chainWarnings(world),
    ...quoteWarnings(world, file, constants),
    ...orbitWarnings(world),
  ];
}

/** Goods that can be had in the system again and again: exchanged, from nature, or made of such; the rest is only what is in stock. */
export function sustainedGoods(markets: readonly MarketRecord[]): ReadonlySet<string> {
  const sustained = new Set(markets.flatMap(({ goods }) => goods.filter(isExchange).map(({ good }) => good)));
  const recipes = markets.flatMap((market) => market.recipes);
  for (let before = -1; before !== sustained.size; ) {
    before = sustained.size;
    for (const { output, inputs } of recipes) if (inputs.every((input) => sustained.has(input))) sustained.add(output);
  }
  return sustained;
}

function isExchange({ kind }: MarketGood): boolean {
  return kind === "EXCHANGE";
}

/** Clients find markets and shipyards by these traits. */
function traitWarnings({ waypoints, markets, yards }: World): string[] {
  const expectations = [
    { trait: "MARKETPLACE", noun: "market", places: new Set(markets.map(({ waypoint }) => waypoint)) },
    { trait: "SHIPYARD", noun: "shipyard", places: new Set(yards.map(({ waypoint }) => waypoint)) },
  ];
  return expectations.flatMap(({ trait, noun, places }) =>
    waypoints.flatMap(({ symbol, traits }) => {
      const has = traits.some((one) => one.symbol === trait);
      if (has === places.has(symbol)) return [];
      return [
        has
          ? `${symbol}: has the trait ${trait}, but the file has no ${noun} there`
          : `${symbol}: has a ${noun}, but not the trait ${trait}, by which clients look for it`,
      ];
    }),
  );
}

/** How far the start frigate comes in CRUISE, from one fuel market to the next, beginning at the headquarters. */
function reachWarnings(world: World): string[] {
  const tank = world.hulls["SHIP_COMMAND_FRIGATE"]?.frame.fuelCapacity ?? 0;
  const at = new Map(world.waypoints.map((waypoint) => [waypoint.symbol, waypoint]));
  const pumps = new Set(
    world.markets.filter(({ goods }) => goods.some(({ good }) => good === "FUEL")).map(({ waypoint }) => waypoint),
  );
  const between = (a: string, b: string) => {
    const [from, to] = [at.get(a), at.get(b)];
    return from === undefined || to === undefined ? Number.POSITIVE_INFINITY : distance(from, to);
  };
  const reached = new Set([world.headquarters]);
  for (const from of reached) for (const pump of pumps) if (between(from, pump) <= tank) reached.add(pump);
  const nearest = (symbol: string, among: Iterable<string>) => Math.min(...[...among].map((one) => between(one, symbol)));
  const named = new Set([
    ...world.markets.map(({ waypoint }) => waypoint),
    ...world.yards.map(({ waypoint }) => waypoint),
    ...world.sites.map(({ waypoint }) => waypoint),
  ]);
  const warnings: string[] = [];
  let others = 0;
  for (const { symbol } of world.waypoints) {
    const way = Math.round(nearest(symbol, reached));
    if (way > tank && !named.has(symbol)) others += 1;
    else if (way > tank) {
      warnings.push(
        `${symbol}: out of reach in CRUISE with a tank of ${tank}: the nearest fuel that can be reached is ${way} away`,
      );
    } else if (named.has(symbol) && !pumps.has(symbol)) {
      const back = Math.round(
        nearest(
          symbol,
          [...reached].filter((one) => pumps.has(one)),
        ),
      );
      if (2 * back > tank)
        warnings.push(`${symbol}: no fuel in reach: none here, and ${back} to the nearest is no way back with a tank of ${tank}`);
    }
  }
  if (others > 0) warnings.push(`${others} waypoints without a market are out of reach in CRUISE with a tank of ${tank}`);
  return warnings;
}

function chainWarnings({ markets, supplyChain }: World): string[] {
  const sold = new Set(markets.flatMap(({ goods }) => goods.filter(({ kind }) => kind !== "IMPORT").map(({ good }) => good)));
  return markets.flatMap(({ waypoint, goods, recipes }) => {
    if (goods.length === 0) return [`${waypoint}: a market without goods`];
    return goods.flatMap(({ good, kind }) => {
      if (kind !== "EXPORT") return [];
      const recipe = recipes.find(({ output }) => output === good);
      const imported = new Set(goods.filter((one) => one.kind === "IMPORT").map((one) => one.good));
      if (recipe === undefined) {
        const missing = (supplyChain[good] ?? []).filter((input) => !imported.has(input));
        const why = missing.length > 0 ? `does not import ${missing.join(" and ")}` : "the supply chain has no inputs for it";
        return [`${waypoint}: exports ${good} but ${why}: nothing is made here, the stock only drifts`];
      }
      const unsold = recipe.inputs.filter((input) => !sold.has(input));
      return unsold.length === 0 ? [] : [`${waypoint}: makes ${good} from ${unsold.join(" and ")}, sold nowhere in the system`];
    });
  });
}

/** Half and double the usual base: far outside the ±10 % that captured systems differ by. */
const USUAL_BASE: readonly [number, number] = [0.5, 2];
/** A bid's share beside the curve's own; captured ones lie within 3 %. */
const USUAL_BID: readonly [number, number] = [0.9, 1.1];

function quoteWarnings({ markets, yards }: World, file: UniverseFile, constants: EconomyConstants): string[] {
  const ofMarkets = markets.flatMap(({ waypoint, goods }, i) =>
    goods.flatMap((good, j) => {
      const place = `${waypoint} ${good.good}`;
      const quote = file.marketplaces[i]?.tradeGoods[j];
      const given = quote?.given === "quote" ? quote : undefined;
      const { askCredits, bidCredits } = pricesAt(good, good.stock / good.tradeVolume, constants);
      const warnings: string[] = [];
      if (given && (given.purchasePrice !== askCredits || given.sellPrice !== bidCredits))
        warnings.push(
          `${place}: no curve gives ${given.purchasePrice}/${given.sellPrice} at ${given.supply}; the universe begins with ${askCredits}/${bidCredits}`,
        );
      return [...warnings, ...factorWarnings(place, good)];
    }),
  );
  const ofYards = yards.flatMap(({ waypoint, ships }) =>
    ships
      .filter((hull) => hullAsk(hull, constants).askCredits < 1)
      .map(({ type }) => `${waypoint} ${type}: costs nothing at its stock`),
  );
  return [...ofMarkets, ...ofYards];
}

function factorWarnings(place: string, good: MarketGood): string[] {
  const reference = referenceGood(good.good);
  const usual = { EXPORT: reference?.exportBase, IMPORT: reference?.importBase, EXCHANGE: reference?.exchangeMid }[good.kind];
  const times = usual === undefined ? 1 : good.base / usual;
  const warnings: string[] = [];
  if (isOutside(times, USUAL_BASE))
    warnings.push(`${place}: its base of ${round(good.base)} credits is ${round(times)} times the usual ${round(usual ?? 0)}`);
  if (good.kind !== "EXCHANGE" && isOutside(good.bidFactor, USUAL_BID))
    warnings.push(`${place}: pays ${round(good.bidFactor)} times what the curve of an ${good.kind} pays`);
  return warnings;
}

/** Orbitals share their parent's place, and both sides know of it. */
function orbitWarnings({ waypoints }: World): string[] {
  const at = new Map(waypoints.map((waypoint) => [waypoint.symbol, waypoint]));
  return waypoints.flatMap(({ symbol, x, y, orbits, orbitals }) => {
    const parent = orbits === null ? undefined : at.get(orbits);
    const warnings: string[] = [];
    if (parent && (parent.x !== x || parent.y !== y)) warnings.push(`${symbol}: orbits ${orbits}, but lies elsewhere`);
    if (parent && !parent.orbitals.includes(symbol)) warnings.push(`${symbol}: orbits ${orbits}, which does not list it`);
    for (const orbital of orbitals)
      if (at.get(orbital)?.orbits !== symbol) warnings.push(`${symbol}: lists ${orbital}, which does not orbit it`);
    return warnings;
  });
}

function isOutside(value: number, [low, high]: readonly [number, number]): boolean {
  return value < low || value > high;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

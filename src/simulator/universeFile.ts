/**
 * Reads a universe file (`{ systems, waypoints, marketplaces, shipyards, … }`, API shapes; docs/simulator.md) into a world.
 *
 * Invariants: each captured quote's base is solved so that the price curve gives the captured prices at tick 0, the stock being the
 * middle of the captured label's band; a curve is taken as it is; whatever is wrong with the file is reported by path, never guessed.
 */
import { importBidShare, labelMidpoint, priceMultiple, supplyLabel } from "./curve.ts";
import type { EconomyConstants } from "./economy.v1.ts";
import { type FileProblem, problemAt, problemsOf, problemText } from "./fileProblem.ts";
import { goodName } from "./goods.data.ts";
import { knownHulls } from "./hullCatalog.ts";
import { InputFault } from "./inputFault.ts";
import { recipesOf } from "./recipes.ts";
import { supplyChainMap } from "./supplyChain.data.ts";
import type {
  Activity,
  MarketGood,
  MarketRecord,
  SupplyLabel,
  TradeKind,
  Universe,
  WaypointRecord,
  YardHull,
} from "./universe.ts";
import { type FileGood, type FileHull, UniverseFile } from "./universeFileSchema.ts";

/** The parts of a universe that a file or a generator decides. */
export type World = Pick<
  Universe,
  | "system"
  | "headquarters"
  | "faction"
  | "waypoints"
  | "markets"
  | "yards"
  | "gates"
  | "sites"
  | "supplyChain"
  | "goods"
  | "hulls"
>;

export type ReadUniverse =
  | { ok: true; world: World; seed: number | undefined; file: UniverseFile }
  /** In the file's order, never empty. */
  | { ok: false; problems: readonly FileProblem[] };

/** Reads all of a file, or says everything that is wrong with it. */
export function readUniverseFile(json: unknown, constants: EconomyConstants): ReadUniverse {
  const parsed = UniverseFile.safeParse(json);
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error, UniverseFile, json) };
  const file = parsed.data;
  const problems = [...placeProblems(file, json), ...tradeProblems(file, json)];
  const system = file.systems[0];
  const headquarters = file.agent?.headquarters ?? file.marketplaces[0]?.symbol;
  if (!file.waypoints.some(({ symbol }) => symbol === headquarters))
    problems.push(problemAt(["agent", "headquarters"], json, "a waypoint of the file"));
  if (problems.length > 0 || system === undefined || headquarters === undefined) return { ok: false, problems };

  const supplyChain = file.supply_chain?.data.exportToImportMap ?? supplyChainMap();
  const chain = Object.fromEntries(Object.entries(supplyChain).map(([good, inputs]) => [good, [...new Set(inputs)]]));
  const world: World = {
    system: { symbol: system.symbol, sector: system.sectorSymbol, type: system.type, x: system.x, y: system.y },
    headquarters,
    faction: file.agent?.startingFaction ?? "COSMIC",
    waypoints: file.waypoints.map(toWaypoint),
    markets: file.marketplaces.map((market) => toMarket(market, chain, constants)),
    yards: file.shipyards.map(({ symbol, modificationsFee, ships }) => {
      return { waypoint: symbol, modificationsFee, ships: ships.map((ship) => toHull(ship, constants)) };
    }),
    gates: file.jump_gates.map(({ symbol, connections }) => ({ waypoint: symbol, connections })),
    sites: file.construction_sites.map(({ symbol, ...site }) => ({ waypoint: symbol, ...site })),
    supplyChain: chain,
    goods: goodTexts(file),
    hulls: knownHulls(),
  };
  return { ok: true, world, seed: file.seed, file };
}

/** Builds the world of a universe file. Throws {@link InputFault} naming the first wrong field by its path, and how many follow. */
export function worldFromCapture(json: unknown, file: string, constants: EconomyConstants): World {
  return worldOrFault(readUniverseFile(json, constants), file).world;
}

/** Throws {@link InputFault} unless the file could be read. */
export function worldOrFault(read: ReadUniverse, file: string): Extract<ReadUniverse, { ok: true }> {
  if (read.ok) return read;
  const [first, ...others] = read.problems;
  const more = others.length === 0 ? "" : ` (and ${others.length} more: bosun universe check ${file})`;
  throw new InputFault(`universe file ${file}: ${first === undefined ? "unusable" : problemText(first)}${more}`);
}

/** Symbols once, in their system, and every place known. */
function placeProblems(file: UniverseFile, json: unknown): FileProblem[] {
  const problems: FileProblem[] = [];
  const system = file.systems[0]?.symbol;
  const known = new Set<string>();
  file.waypoints.forEach(({ symbol }, i) => {
    const at = ["waypoints", i, "symbol"];
    if (known.has(symbol)) problems.push(problemAt(at, json, "a symbol that no other waypoint has"));
    if (!symbol.startsWith(`${system}-`)) problems.push(problemAt(at, json, `a symbol of the system, ${system}-…`));
    known.add(symbol);
  });
  file.waypoints.forEach(({ orbits, orbitals }, i) => {
    if (orbits != null && !known.has(orbits))
      problems.push(problemAt(["waypoints", i, "orbits"], json, "a waypoint of the file"));
    orbitals.forEach(({ symbol }, j) => {
      if (!known.has(symbol)) problems.push(problemAt(["waypoints", i, "orbitals", j, "symbol"], json, "a waypoint of the file"));
    });
  });
  for (const list of ["marketplaces", "shipyards", "jump_gates", "construction_sites"] as const) {
    const seen = new Set<string>();
    file[list].forEach(({ symbol }, i) => {
      const at = [list, i, "symbol"];
      if (!known.has(symbol)) problems.push(problemAt(at, json, "a waypoint of the file"));
      if (seen.has(symbol)) problems.push(problemAt(at, json, "a waypoint that comes once in this list"));
      seen.add(symbol);
    });
  }
  return problems;
}

/** Goods once per market, asks above bids, hulls that this simulator knows. */
function tradeProblems(file: UniverseFile, json: unknown): FileProblem[] {
  const problems: FileProblem[] = [];
  file.marketplaces.forEach(({ symbol, tradeGoods }, i) => {
    const names = new Set<string>();
    tradeGoods.forEach((good, j) => {
      const at = ["marketplaces", i, "tradeGoods", j];
      if (names.has(good.symbol)) problems.push(problemAt([...at, "symbol"], json, `a good that ${symbol} trades once`));
      names.add(good.symbol);
      if (good.given === "quote" && good.purchasePrice <= good.sellPrice)
        problems.push(problemAt([...at, "purchasePrice"], json, `more than its sellPrice, ${good.sellPrice}`));
    });
  });
  const hulls = knownHulls();
  file.shipyards.forEach(({ ships }, i) => {
    ships.forEach(({ type }, j) => {
      if (hulls[type] === undefined)
        problems.push(problemAt(["shipyards", i, "ships", j, "type"], json, `one of ${Object.keys(hulls).join(", ")}`));
    });
  });
  return problems;
}

function toWaypoint({ orbits, orbitals, faction, ...waypoint }: UniverseFile["waypoints"][number]): WaypointRecord {
  const traits = waypoint.traits.map((trait) => ({ ...trait, name: trait.name || goodName(trait.symbol) }));
  return {
    ...waypoint,
    traits,
    orbits: orbits ?? null,
    orbitals: orbitals.map(({ symbol }) => symbol),
    faction: faction?.symbol ?? "COSMIC",
  };
}

function toMarket(
  market: UniverseFile["marketplaces"][number],
  chain: Readonly<Record<string, readonly string[]>>,
  constants: EconomyConstants,
): MarketRecord {
  const goods = market.tradeGoods.map((good) => (good.given === "quote" ? goodFromQuote(good, constants) : goodFromCurve(good)));
  return { waypoint: market.symbol, goods, recipes: recipesOf(goods, chain), transactions: [] };
}

/** A good as `GET market` shows it. */
export interface CapturedQuote {
  symbol: string;
  type: TradeKind;
  supply: SupplyLabel;
  activity?: Activity | null | undefined;
  tradeVolume: number;
  purchasePrice: number;
  sellPrice: number;
}

/** Solves base and bid factor so that the curve at the label's midpoint reproduces the captured prices. */
export function goodFromQuote(quote: CapturedQuote, constants: EconomyConstants): MarketGood {
  const s = labelMidpoint(quote.type, quote.supply);
  const activity = quote.activity ?? "WEAK";
  const common = {
    ...untouched(quote, s * quote.tradeVolume, activity),
    usualActivity: activity === "RESTRICTED" ? ("WEAK" as const) : activity,
    label: quote.supply,
  };
  const { purchasePrice: ask, sellPrice: bid } = quote;
  if (quote.type === "EXCHANGE") return { ...common, base: (ask + bid) / 2, bidFactor: (ask - bid) / 2 };
  if (quote.type === "EXPORT") {
    return { ...common, base: ask / priceMultiple("EXPORT", s, constants), bidFactor: bid / ask / constants.exportBidShare };
  }
  const mid = ask / constants.importAskMultiple;
  return { ...common, base: mid / priceMultiple("IMPORT", s, constants), bidFactor: bid / mid / importBidShare(s) };
}

function goodFromCurve({ curve, ...good }: Extract<FileGood, { given: "curve" }>): MarketGood {
  const { base, bidFactor, stock, startStock = stock, usualActivity } = curve;
  const activity = good.activity ?? "WEAK";
  return {
    ...untouched(good, stock, activity),
    startStock,
    usualActivity: usualActivity ?? (activity === "RESTRICTED" ? "WEAK" : activity),
    label: supplyLabel(good.type, stock / good.tradeVolume),
    base,
    bidFactor,
  };
}

function untouched(good: Pick<CapturedQuote, "symbol" | "type" | "tradeVolume">, stock: number, activity: Activity) {
  return {
    good: good.symbol,
    kind: good.type,
    tradeVolume: good.tradeVolume,
    stock,
    startStock: stock,
    activity,
    sinceLabel: { producedUnits: 0, consumed: {}, delivered: {} },
    deliveredEver: {},
  };
}

function toHull(ship: FileHull, constants: EconomyConstants): YardHull {
  const activity = ship.activity ?? "WEAK";
  if (ship.given === "curve") {
    const { base, stock, startStock = stock } = ship.curve;
    return { type: ship.type, base, stock, startStock, activity };
  }
  const s = labelMidpoint("EXPORT", ship.supply);
  const stock = s * constants.hullTradeVolume;
  return {
    type: ship.type,
    base: ship.purchasePrice / priceMultiple("EXPORT", s, constants),
    stock,
    startStock: stock,
    activity,
  };
}

function goodTexts(file: UniverseFile): Universe["goods"] {
  const texts: Universe["goods"] = {};
  for (const market of file.marketplaces) {
    for (const { symbol, name, description } of [...market.exports, ...market.imports, ...market.exchange]) {
      texts[symbol] = { name: name || goodName(symbol), description };
    }
    for (const { symbol } of market.tradeGoods) texts[symbol] ??= { name: goodName(symbol), description: "" };
  }
  return texts;
}

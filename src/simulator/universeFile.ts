/**
 * Reads a captured system (`{ systems, waypoints, marketplaces, shipyards, … }`, API shapes) into a universe.
 *
 * Invariants: each quote's base is solved so that the price curve gives the captured prices at tick 0, the stock being the
 * middle of the captured label's band; whatever is wrong with the file is reported by path, never guessed.
 */
import { z } from "zod";
import { importBidShare, labelMidpoint, priceMultiple } from "./curve.ts";
import type { EconomyConstants } from "./economy.v1.ts";
import { goodName } from "./goods.data.ts";
import { knownHulls } from "./hullCatalog.ts";
import { InputFault } from "./inputFault.ts";
import { recipesOf } from "./recipes.ts";
import { supplyChainMap } from "./supplyChain.data.ts";
import type { MarketGood, MarketRecord, Universe, WaypointRecord, YardHull } from "./universe.ts";

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

/** Builds the world of a captured system. Throws {@link InputFault} naming the first wrong field by its path. */
export function worldFromCapture(json: unknown, file: string, constants: EconomyConstants): World {
  const parsed = Capture.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new InputFault(`universe file ${file}: ${issue?.path.join(".") || "(top)"}: ${issue?.message ?? "invalid"}`);
  }
  const capture = parsed.data;
  const fault = (path: string, message: string) => new InputFault(`universe file ${file}: ${path}: ${message}`);
  const system = capture.systems[0];
  if (system === undefined) throw fault("systems", "no system");
  const waypoints = capture.waypoints.map(toWaypoint);
  const known = new Set(waypoints.map((waypoint) => waypoint.symbol));
  checkPlaces(capture, known, fault);

  const supplyChain = capture.supply_chain?.data.exportToImportMap ?? supplyChainMap();
  const chain = Object.fromEntries(Object.entries(supplyChain).map(([good, inputs]) => [good, [...new Set(inputs)]]));
  const markets = capture.marketplaces.map((market, i) => toMarket(market, i, chain, constants, fault));
  const headquarters = capture.agent?.headquarters ?? markets[0]?.waypoint;
  if (headquarters === undefined || !known.has(headquarters)) throw fault("agent.headquarters", "not a waypoint of the file");
  return {
    system: { symbol: system.symbol, sector: system.sectorSymbol, type: system.type, x: system.x, y: system.y },
    headquarters,
    faction: capture.agent?.startingFaction ?? "COSMIC",
    waypoints,
    markets,
    yards: capture.shipyards.map((yard, i) => toYard(yard, i, constants, fault)),
    gates: capture.jump_gates.map(({ symbol, connections }) => ({ waypoint: symbol, connections })),
    sites: capture.construction_sites.map(({ symbol, ...site }) => ({ waypoint: symbol, ...site })),
    supplyChain: chain,
    goods: goodTexts(capture),
    hulls: knownHulls(),
  };
}

type Capture = z.infer<typeof Capture>;
type Fault = (path: string, message: string) => InputFault;

const Label = z.enum(["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"]);
const Activity = z.enum(["WEAK", "GROWING", "STRONG", "RESTRICTED"]);
const Price = z.int().min(1).max(1e9);
const Good = z.object({ symbol: z.string().min(1), name: z.string().default(""), description: z.string().default("") });
const TradeGood = z.object({
  symbol: z.string().min(1),
  type: z.enum(["EXPORT", "IMPORT", "EXCHANGE"]),
  supply: Label,
  activity: Activity.nullish(),
  tradeVolume: z.int().min(1).max(1e6),
  purchasePrice: Price,
  sellPrice: Price,
});
const Trait = z.object({ symbol: z.string(), name: z.string().default(""), description: z.string().default("") });
const Waypoint = z.object({
  symbol: z.string().min(1),
  type: z.string(),
  x: z.int(),
  y: z.int(),
  orbits: z.string().nullish(),
  orbitals: z.array(z.object({ symbol: z.string() })).default([]),
  traits: z.array(Trait),
  faction: z.object({ symbol: z.string() }).nullish(),
  isUnderConstruction: z.boolean().default(false),
});
const Market = z.object({
  symbol: z.string(),
  exports: z.array(Good).default([]),
  imports: z.array(Good).default([]),
  exchange: z.array(Good).default([]),
  tradeGoods: z.array(TradeGood),
});
const YardShip = z.object({ type: z.string(), supply: Label, activity: Activity.nullish(), purchasePrice: Price });
const Yard = z.object({ symbol: z.string(), modificationsFee: z.int().default(100), ships: z.array(YardShip) });
const Material = z.object({ tradeSymbol: z.string(), required: z.int(), fulfilled: z.int() });
const Capture = z.object({
  systems: z.array(
    z.object({
      symbol: z.string().regex(/^[A-Z0-9]+-[A-Z0-9]+$/),
      sectorSymbol: z.string(),
      type: z.string(),
      x: z.int(),
      y: z.int(),
    }),
  ),
  waypoints: z.array(Waypoint).min(1),
  marketplaces: z.array(Market).min(1),
  shipyards: z.array(Yard).default([]),
  jump_gates: z.array(z.object({ symbol: z.string(), connections: z.array(z.string()) })).default([]),
  construction_sites: z
    .array(z.object({ symbol: z.string(), isComplete: z.boolean(), materials: z.array(Material) }))
    .default([]),
  agent: z.object({ headquarters: z.string(), startingFaction: z.string() }).nullish(),
  supply_chain: z.object({ data: z.object({ exportToImportMap: z.record(z.string(), z.array(z.string())) }) }).nullish(),
});

function checkPlaces(capture: Capture, known: ReadonlySet<string>, fault: Fault): void {
  const symbols = new Set<string>();
  capture.waypoints.forEach(({ symbol }, i) => {
    if (symbols.has(symbol)) throw fault(`waypoints.${i}.symbol`, `${symbol} appears twice`);
    if (!symbol.startsWith(`${capture.systems[0]?.symbol}-`))
      throw fault(`waypoints.${i}.symbol`, `${symbol} is not in the system`);
    symbols.add(symbol);
  });
  for (const list of ["marketplaces", "shipyards", "jump_gates", "construction_sites"] as const) {
    capture[list].forEach(({ symbol }, i) => {
      if (!known.has(symbol)) throw fault(`${list}.${i}.symbol`, `${symbol} is not a waypoint of the file`);
    });
  }
}

function toWaypoint({ orbits, orbitals, faction, ...waypoint }: z.infer<typeof Waypoint>): WaypointRecord {
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
  market: z.infer<typeof Market>,
  index: number,
  chain: Readonly<Record<string, readonly string[]>>,
  constants: EconomyConstants,
  fault: Fault,
): MarketRecord {
  const names = new Set<string>();
  const goods = market.tradeGoods.map((quote, i) => {
    const path = `marketplaces.${index}.tradeGoods.${i}`;
    if (names.has(quote.symbol)) throw fault(`${path}.symbol`, `${quote.symbol} appears twice in ${market.symbol}`);
    if (quote.purchasePrice <= quote.sellPrice) throw fault(`${path}.purchasePrice`, "must be above sellPrice");
    names.add(quote.symbol);
    return goodFromQuote(quote, constants);
  });
  return { waypoint: market.symbol, goods, recipes: recipesOf(goods, chain), transactions: [] };
}

/** Solves base and bid factor so that the curve at the label's midpoint reproduces the captured prices. */
export function goodFromQuote(quote: z.infer<typeof TradeGood>, constants: EconomyConstants): MarketGood {
  const s = labelMidpoint(quote.type, quote.supply);
  const activity = quote.activity ?? "WEAK";
  const common = {
    good: quote.symbol,
    kind: quote.type,
    tradeVolume: quote.tradeVolume,
    stock: s * quote.tradeVolume,
    startStock: s * quote.tradeVolume,
    activity,
    usualActivity: activity === "RESTRICTED" ? ("WEAK" as const) : activity,
    label: quote.supply,
    sinceLabel: { producedUnits: 0, consumed: {}, delivered: {} },
    deliveredEver: {},
  };
  const { purchasePrice: ask, sellPrice: bid } = quote;
  if (quote.type === "EXCHANGE") return { ...common, base: (ask + bid) / 2, bidFactor: (ask - bid) / 2 };
  if (quote.type === "EXPORT") {
    return { ...common, base: ask / priceMultiple("EXPORT", s, constants), bidFactor: bid / ask / constants.exportBidShare };
  }
  const mid = ask / constants.importAskMultiple;
  return { ...common, base: mid / priceMultiple("IMPORT", s, constants), bidFactor: bid / mid / importBidShare(s) };
}

function toYard(yard: z.infer<typeof Yard>, index: number, constants: EconomyConstants, fault: Fault) {
  const ships = yard.ships.map((ship, i): YardHull => {
    if (knownHulls()[ship.type] === undefined)
      throw fault(`shipyards.${index}.ships.${i}.type`, `${ship.type} is not a known hull`);
    const s = labelMidpoint("EXPORT", ship.supply);
    const stock = s * constants.hullTradeVolume;
    const base = ship.purchasePrice / priceMultiple("EXPORT", s, constants);
    return { type: ship.type, base, stock, startStock: stock, activity: ship.activity ?? "WEAK" };
  });
  return { waypoint: yard.symbol, modificationsFee: yard.modificationsFee, ships };
}

function goodTexts(capture: Capture): Universe["goods"] {
  const texts: Universe["goods"] = {};
  for (const market of capture.marketplaces) {
    for (const { symbol, name, description } of [...market.exports, ...market.imports, ...market.exchange]) {
      texts[symbol] = { name: name || goodName(symbol), description };
    }
    for (const { symbol } of market.tradeGoods) texts[symbol] ??= { name: goodName(symbol), description: "" };
  }
  return texts;
}

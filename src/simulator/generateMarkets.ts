/**
 * Generates the 25 markets of a start system: raw goods and smelters at the mining base, gases at the giant's station, industries
 * spread over the inner worlds, consumers at the headquarters, at the shipyards and far out.
 *
 * Invariants: a good appears once per market; all inputs of an export are imported where it is made, and every input is exported or
 * exchanged somewhere in the system, never at the place that needs it; LASER_RIFLES are made from SCARCE inputs and start MODERATE, so that the chain must be made.
 */
import { priceMultiple, supplyLabel } from "./curve.ts";
import { ACTIVITY_WEIGHTS, type EconomyConstants, START_LEVELS } from "./economy.v1.ts";
import { referenceGood } from "./goods.data.ts";
import { pricesAt } from "./quote.ts";
import type { Dice } from "./random.ts";
import { recipesOf } from "./recipes.ts";
import { restrict } from "./tick.ts";
import type { MarketGood, MarketRecord, TradeKind } from "./universe.ts";

/** `places` maps roles like `A1` to waypoint symbols. */
export function generateMarkets(
  dice: Dice,
  places: ReadonlyMap<string, string>,
  chain: Readonly<Record<string, readonly string[]>>,
  constants: EconomyConstants,
): MarketRecord[] {
  const plan = planMarkets(dice, chain, PLAN_ATTEMPTS);
  return [...plan].flatMap(([role, listing]) => {
    const waypoint = places.get(role);
    if (waypoint === undefined) return [];
    const starved = listing.get("LASER_RIFLES") === "EXPORT" ? (chain["LASER_RIFLES"] ?? []) : [];
    const feeding = new Set([...listing].flatMap(([good, kind]) => (kind === "EXPORT" ? (chain[good] ?? []) : [])));
    const common = drawBand(dice, "IMPORT");
    const goods = [...listing].map(([good, kind]) => {
      const isAlike = kind === "IMPORT" && feeding.has(good) && dice.uniform() < constants.inputsAlike;
      const band = isAlike ? common : drawBand(dice, kind);
      return drawGood(dice, good, kind, starved.includes(good) ? starvedBand(constants) : band, constants);
    });
    const market: MarketRecord = { waypoint, goods, recipes: recipesOf(goods, chain), transactions: [] };
    restrict(market);
    return [market];
  });
}

/** good → how this market trades it */
type Listing = Map<string, TradeKind>;

const INDUSTRY_ROLES = ["A3", "A4", "C2", "D1", "D2", "E1", "E2", "F1", "F2", "G1", "H1", "H4", "K1"] as const;
const EXPORTS_PER_MARKET = 3;
const PLAN_ATTEMPTS = 200;

/** Always made, so that every chain is connected. */
const CORE_INDUSTRIES = (
  "IRON ALUMINUM COPPER PLASTICS FERTILIZERS POLYNUCLEOTIDES EXPLOSIVES MACHINERY AMMUNITION FABRICS FOOD EQUIPMENT CLOTHING " +
  "ELECTRONICS MICROPROCESSORS ADVANCED_CIRCUITRY FAB_MATS SHIP_PLATING SHIP_PARTS MEDICINE JEWELRY LAB_INSTRUMENTS FUEL"
).split(" ");
/** Made in four of five systems; nothing else needs them. */
const OPTIONAL_INDUSTRIES = ["BIOCOMPOSITES", "BOTANICAL_SPECIMENS", "ASSAULT_RIFLES", "FIREARMS"];

const FIXED: Readonly<Record<string, Partial<Record<TradeKind, string>>>> = {
  A1: { IMPORT: "FOOD MEDICINE CLOTHING EQUIPMENT JEWELRY" },
  A2: { IMPORT: "SHIP_PLATING SHIP_PARTS" },
  B1: {},
  B2: {
    EXCHANGE:
      "ICE_WATER AMMONIA_ICE QUARTZ_SAND SILICON_CRYSTALS IRON_ORE COPPER_ORE ALUMINUM_ORE URANITE_ORE MERITIUM_ORE PRECIOUS_STONES DIAMONDS",
    EXPORT: "GOLD SILVER PLATINUM",
  },
  C2: { EXCHANGE: "HYDROCARBON LIQUID_HYDROGEN LIQUID_NITROGEN", IMPORT: "SHIP_PLATING SHIP_PARTS" },
  C3: {},
  H2: { IMPORT: "SHIP_PLATING SHIP_PARTS" },
  H3: { EXCHANGE: "ICE_WATER AMMONIA_ICE QUARTZ_SAND SILICON_CRYSTALS" },
  I1: { EXCHANGE: "ANTIMATTER" },
  I2: { EXCHANGE: "ANTIMATTER" },
  J1: {},
  J2: {
    EXPORT: "IRON_ORE COPPER_ORE ALUMINUM_ORE PRECIOUS_STONES DRUGS",
    EXCHANGE: "GOLD_ORE SILVER_ORE PLATINUM_ORE",
    IMPORT: "FOOD MEDICINE CLOTHING EQUIPMENT LASER_RIFLES",
  },
  X1: {},
};

/** Draws until every industry found a place; random placing runs into a corner now and then. */
function planMarkets(dice: Dice, chain: Readonly<Record<string, readonly string[]>>, attempts: number): Map<string, Listing> {
  const plan = new Map<string, Listing>([...Object.keys(FIXED), ...INDUSTRY_ROLES].map((role) => [role, new Map()]));
  for (const [role, kinds] of Object.entries(FIXED)) {
    for (const kind of ["EXPORT", "EXCHANGE", "IMPORT"] as const) {
      for (const good of kinds[kind]?.split(" ") ?? []) list(plan, role, good, kind, chain);
    }
  }
  plan.get("A4")?.set("LASER_RIFLES", "IMPORT");
  if (!placeIndustries(dice, plan, chain)) {
    if (attempts <= 1) throw new Error("no place for every industry was found");
    return planMarkets(dice, chain, attempts - 1);
  }
  placeConsumers(dice, plan);
  for (const listing of plan.values()) if (!listing.has("FUEL")) listing.set("FUEL", "EXCHANGE");
  return plan;
}

/** Lists a good; an EXPORT brings its inputs along as imports. */
function list(
  plan: Map<string, Listing>,
  role: string,
  good: string,
  kind: TradeKind,
  chain: Readonly<Record<string, readonly string[]>>,
): void {
  const listing = plan.get(role);
  listing?.set(good, kind);
  if (kind === "EXPORT") for (const input of chain[good] ?? []) listing?.set(input, "IMPORT");
}

/** Gives each industry a market; false when one finds none. */
function placeIndustries(dice: Dice, plan: Map<string, Listing>, chain: Readonly<Record<string, readonly string[]>>): boolean {
  const [rifles, ...rest] = dice.shuffle(INDUSTRY_ROLES.filter((role) => !role.startsWith("A") && role !== "C2"));
  if (rifles === undefined) return false;
  list(plan, rifles, "LASER_RIFLES", "EXPORT", chain);
  const roles = [...rest, "A3", "A4", "C2"];
  const optional = OPTIONAL_INDUSTRIES.filter(() => dice.uniform() < 0.8);
  for (const good of [...dice.shuffle(CORE_INDUSTRIES), ...optional]) {
    const fitting = roles.filter((role) => fits(plan, role, good, chain));
    const load = (role: string) => countOf(plan.get(role), "EXPORT");
    const least = Math.min(...fitting.map(load));
    const chosen = dice.shuffle(fitting.filter((role) => load(role) === least))[0];
    if (chosen === undefined) return false;
    list(plan, chosen, good, "EXPORT", chain);
  }
  return true;
}

/**
 * Neither the good nor its inputs clash with what the market already trades, and no neighbour at the same place buys the good or
 * sells an input: in captured systems no export can be sold where it is made.
 */
function fits(
  plan: ReadonlyMap<string, Listing>,
  role: string,
  good: string,
  chain: Readonly<Record<string, readonly string[]>>,
): boolean {
  const listing = plan.get(role);
  if (listing === undefined || listing.has(good) || countOf(listing, "EXPORT") >= EXPORTS_PER_MARKET) return false;
  const inputs = chain[good] ?? [];
  const neighbours = [...plan].filter(([other]) => other !== role && other[0] === role[0]).map(([, goods]) => goods);
  if (neighbours.some((goods) => goods.get(good) === "IMPORT")) return false;
  if (neighbours.some((goods) => inputs.some((input) => goods.has(input) && goods.get(input) !== "IMPORT"))) return false;
  return inputs.every((input) => listing.get(input) === undefined || listing.get(input) === "IMPORT");
}

function countOf(listing: Listing | undefined, kind: TradeKind): number {
  return [...(listing?.values() ?? [])].filter((one) => one === kind).length;
}

/** Final demand besides the fixed one: one world wants drugs, the pirates want weapons where they are made. */
function placeConsumers(dice: Dice, plan: Map<string, Listing>): void {
  const made = new Set(
    [...plan.values()].flatMap((listing) => [...listing].flatMap(([good, kind]) => (kind === "EXPORT" ? [good] : []))),
  );
  const addict = dice.pick(["D1", "E1", "F1", "H1"]);
  plan.get(addict)?.set("DRUGS", "IMPORT");
  for (const good of ["ASSAULT_RIFLES", "FIREARMS"]) if (made.has(good)) plan.get("J2")?.set(good, "IMPORT");
}

function drawGood(dice: Dice, good: string, kind: TradeKind, band: Band, constants: EconomyConstants): MarketGood {
  const reference = referenceGood(good);
  if (reference === undefined) throw new Error(`no reference prices for ${good}`);
  const tradeVolume =
    kind === "EXCHANGE" ? (reference.exchangeTradeVolume ?? constants.exchangeTradeVolume) : reference.tradeVolume;
  const spread = dice.uniform(1 - constants.baseSpread, 1 + constants.baseSpread);
  const s = dice.uniform(band.low, band.high);
  const usualActivity = dice.weighted(ACTIVITY_WEIGHTS, "WEAK");
  const drawn: MarketGood = {
    good,
    kind,
    tradeVolume,
    base: (kind === "EXPORT" ? reference.exportBase : reference.importBase) * spread,
    bidFactor: dice.uniform(1 - constants.bidSpread, 1 + constants.bidSpread),
    stock: s * tradeVolume,
    startStock: s * tradeVolume,
    activity: usualActivity,
    usualActivity,
    label: supplyLabel(kind, s),
    sinceLabel: { producedUnits: 0, consumed: {}, delivered: {} },
    deliveredEver: {},
  };
  if (kind === "EXCHANGE") {
    const mid = reference.exchangeMid;
    return { ...drawn, base: mid, bidFactor: Math.max(constants.exchangeGapFloorCredits, mid * constants.exchangeGapShare) };
  }
  return good === "LASER_RIFLES" ? rifles(dice, drawn, constants) : drawn;
}

/** Start levels of one label, in trade volumes. */
interface Band {
  low: number;
  high: number;
}

/** By the captured frequencies of labels: exports HIGH or ABUNDANT, imports mostly short. */
function drawBand(dice: Dice, kind: TradeKind): Band {
  const weights = START_LEVELS[kind].map(([weight], band) => [String(band), weight] as const);
  const [, low, high] = START_LEVELS[kind][Number(dice.weighted(weights, "0"))] ?? [1, 0, 0];
  return { low, high };
}

function starvedBand(constants: EconomyConstants): Band {
  return { low: constants.starvedLevelLow, high: constants.starvedLevelHigh };
}

/** Rule 7 of the economy: factory ask 11,000–13,000 at MODERATE, importers' bid 17,000–20,000. */
function rifles(dice: Dice, good: MarketGood, constants: EconomyConstants): MarketGood {
  if (good.kind === "IMPORT") {
    const bid = dice.uniform(constants.riflesBidLowCredits, constants.riflesBidHighCredits);
    const now = pricesAt({ ...good, base: TRIAL_BASE }, good.stock / good.tradeVolume, constants).bidCredits;
    return { ...good, base: (TRIAL_BASE * bid) / now };
  }
  const s = dice.uniform(constants.riflesLevelLow, constants.riflesLevelHigh);
  const ask = dice.uniform(constants.riflesAskLowCredits, constants.riflesAskHighCredits);
  const stock = s * good.tradeVolume;
  const base = ask / priceMultiple("EXPORT", s, constants);
  return { ...good, base, stock, startStock: stock, label: supplyLabel("EXPORT", s), usualActivity: "WEAK" };
}

/** Large, so that rounding a quote to credits does not show. */
const TRIAL_BASE = 1e6;

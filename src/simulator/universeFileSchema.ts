/** The fields of a universe file: the API's shapes as a client captures them, and exact curves as the generator writes them. */
import { z } from "zod";

export type UniverseFile = z.output<typeof UniverseFile>;
export type FileGood = z.output<typeof TradeGood>;
export type FileHull = z.output<typeof YardShip>;

const Label = z.enum(["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"]);
const Activity = z.enum(["WEAK", "GROWING", "STRONG", "RESTRICTED"]);
const Price = z.int().min(1).max(1e9);
const Stock = z.number().min(-1e9).max(1e9);
const Good = z.object({ symbol: z.string().min(1), name: z.string().default(""), description: z.string().default("") });

/** What a quote was computed from. `base` in credits, stocks in units above balance; see MarketGood. */
const Curve = z.strictObject({
  base: z.number().positive().max(1e9),
  bidFactor: z.number().positive().max(1e9),
  stock: Stock,
  startStock: Stock.optional(),
  usualActivity: Activity.optional(),
});
const HullCurve = z.strictObject({ base: z.number().positive().max(1e9), stock: Stock, startStock: Stock.optional() });

const TradeGood = z
  .object({
    symbol: z.string().min(1),
    type: z.enum(["EXPORT", "IMPORT", "EXCHANGE"]),
    activity: Activity.nullish(),
    tradeVolume: z.int().min(1).max(1e6),
    supply: Label.optional(),
    purchasePrice: Price.optional(),
    sellPrice: Price.optional(),
    curve: Curve.optional(),
  })
  .transform(({ supply, purchasePrice, sellPrice, curve, ...good }, context) => {
    if (curve !== undefined) {
      return refuseBoth({ supply, purchasePrice, sellPrice }, context) ? z.NEVER : { given: "curve" as const, ...good, curve };
    }
    const missing = refuseMissing({ supply, purchasePrice, sellPrice }, context);
    if (missing || supply === undefined || purchasePrice === undefined || sellPrice === undefined) return z.NEVER;
    return { given: "quote" as const, ...good, supply, purchasePrice, sellPrice };
  });

const YardShip = z
  .object({
    type: z.string(),
    activity: Activity.nullish(),
    supply: Label.optional(),
    purchasePrice: Price.optional(),
    curve: HullCurve.optional(),
  })
  .transform(({ supply, purchasePrice, curve, ...hull }, context) => {
    if (curve !== undefined) {
      return refuseBoth({ supply, purchasePrice }, context) ? z.NEVER : { given: "curve" as const, ...hull, curve };
    }
    const missing = refuseMissing({ supply, purchasePrice }, context);
    if (missing || supply === undefined || purchasePrice === undefined) return z.NEVER;
    return { given: "quote" as const, ...hull, supply, purchasePrice };
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
const Yard = z.object({ symbol: z.string(), modificationsFee: z.int().min(0).default(100), ships: z.array(YardShip) });
const Material = z.object({ tradeSymbol: z.string(), required: z.int().min(0), fulfilled: z.int().min(0) });
const System = z.object({
  symbol: z.string().regex(/^[A-Z0-9]+-[A-Z0-9]+$/),
  sectorSymbol: z.string(),
  type: z.string(),
  x: z.int(),
  y: z.int(),
});

export const UniverseFile = z.object({
  seed: z.int().min(0).optional(),
  systems: z.array(System).min(1),
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

type Context = z.core.$RefinementCtx;

/** A quote beside a curve would be ignored, or contradict it. */
function refuseBoth(quote: Readonly<Record<string, unknown>>, context: Context): boolean {
  const given = Object.keys(quote).filter((field) => quote[field] !== undefined);
  for (const field of given) context.addIssue({ code: "custom", message: "none beside a curve; give either", path: [field] });
  return given.length > 0;
}

function refuseMissing(quote: Readonly<Record<string, unknown>>, context: Context): boolean {
  const missing = Object.keys(quote).filter((field) => quote[field] === undefined);
  for (const field of missing) {
    const expected = field === "supply" ? `one of ${Label.options.join(", ")}, or a curve` : "credits, or a curve";
    context.addIssue({ code: "custom", message: expected, path: [field] });
  }
  return missing.length > 0;
}

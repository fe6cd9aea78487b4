import { z } from "zod";

/**
 * The answers of the game, as far as bosun reads them; unknown fields are dropped. Text ends up in Postgres and on terminals, so
 * NUL, lone surrogates and names of absurd length are refused here.
 */
const text = z
  .string()
  .min(1)
  .max(256)
  .refine((value) => !/[\0\p{Surrogate}]/u.test(value), "text with NUL or a lone surrogate");
const instant = z.iso.datetime({ offset: true });
const whole = z.int();
const count = z.int().min(0);

const supply = z.enum(["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"]);
const activity = z.enum(["WEAK", "GROWING", "STRONG", "RESTRICTED"]);

const nav = z.object({
  systemSymbol: text,
  waypointSymbol: text,
  route: z.object({ arrival: instant }),
  status: z.enum(["IN_TRANSIT", "IN_ORBIT", "DOCKED"]),
  flightMode: z.enum(["DRIFT", "STEALTH", "CRUISE", "BURN"]),
});
const fuel = z.object({ current: count, capacity: count });
const cargo = z.object({
  capacity: count,
  units: count,
  inventory: z.array(z.object({ symbol: text, units: count })),
});
const agent = z.object({ symbol: text, credits: whole, headquarters: text, shipCount: count });

export const shipSchema = z.object({
  symbol: text,
  registration: z.object({ role: text }),
  nav,
  frame: z.object({ symbol: text }),
  engine: z.object({ speed: z.number().positive() }),
  fuel,
  cargo,
});

const marketTransaction = z.object({
  waypointSymbol: text,
  shipSymbol: text,
  tradeSymbol: text,
  type: z.enum(["PURCHASE", "SELL"]),
  units: count,
  pricePerUnit: count,
  totalPrice: count,
  timestamp: instant,
});

const goods = z.array(z.object({ symbol: text }));

export const waypointSchema = z.object({
  symbol: text,
  type: text,
  systemSymbol: text,
  x: z.number(),
  y: z.number(),
  traits: z.array(z.object({ symbol: text })).default([]),
});

export const answers = {
  /** `simulator` is in the answers of our simulator only. */
  status: z.object({
    resetDate: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
    simulator: z.object({ speed: z.number().positive() }).optional(),
  }),
  agent: z.object({ data: agent }),
  ship: z.object({ data: shipSchema }),
  market: z.object({
    data: z.object({
      symbol: text,
      exports: goods,
      imports: goods,
      exchange: goods,
      tradeGoods: z
        .array(
          z.object({
            symbol: text,
            type: z.enum(["EXPORT", "IMPORT", "EXCHANGE"]),
            tradeVolume: z.int().min(1),
            supply,
            activity: activity.optional(),
            purchasePrice: count,
            sellPrice: count,
          }),
        )
        .default([]),
      transactions: z.array(marketTransaction).default([]),
    }),
  }),
  shipyard: z.object({
    data: z.object({
      symbol: text,
      shipTypes: z.array(z.object({ type: text })),
      ships: z
        .array(
          z.object({
            type: text,
            purchasePrice: count,
            engine: z.object({ speed: z.number().positive() }),
            frame: z.object({ fuelCapacity: count }),
            modules: z.array(z.object({ symbol: text, capacity: count.optional() })).default([]),
          }),
        )
        .default([]),
    }),
  }),
  supplyChain: z.object({ data: z.object({ exportToImportMap: z.record(text, z.array(text)) }) }),
  posture: z.object({ data: z.object({ nav }) }),
  navigation: z.object({ data: z.object({ nav, fuel }) }),
  refuel: z.object({ data: z.object({ agent, fuel, transaction: z.object({ totalPrice: count }) }) }),
  trade: z.object({ data: z.object({ agent, cargo, transaction: marketTransaction }) }),
  shipPurchase: z.object({ data: z.object({ agent, ship: shipSchema, transaction: z.object({ price: count }) }) }),
  registration: z.object({ data: z.object({ token: z.string().min(1), agent }) }),
  page: z.object({ data: z.array(z.unknown()), meta: z.object({ total: count, page: count, limit: z.int().min(1) }) }),
  error: z.object({
    error: z.object({ message: z.string(), code: whole, data: z.record(z.string(), z.unknown()).nullish() }),
  }),
} as const;

export type WireShip = z.infer<typeof shipSchema>;
export type WireNav = z.infer<typeof nav>;
export type WireCargo = z.infer<typeof cargo>;
export type WireAgent = z.infer<typeof agent>;
export type WireTransaction = z.infer<typeof marketTransaction>;
export type WireMarket = z.infer<typeof answers.market>["data"];
export type WireShipyard = z.infer<typeof answers.shipyard>["data"];
export type WireWaypoint = z.infer<typeof waypointSchema>;

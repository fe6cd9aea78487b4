import { z } from "zod";
import type { Quote } from "../domain/market.ts";
import type { ShipState } from "../domain/ship.ts";
import type {
  FlightModeInput,
  NavigateInput,
  RefuelInput,
  RouteInput,
  ShipCommand,
  ShipJobInput,
  TradeInput,
} from "../machines/shipProtocol.ts";

/** Schemas of what actors tell one another and of job inputs. Everything that reaches a mailbox passes one of these. */
export const supplySchema = z.enum(["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"]);
const flightModeSchema = z.enum(["DRIFT", "STEALTH", "CRUISE", "BURN"]);
const credits = z.number().finite();
const symbol = z.string().min(1).max(64);
export const addressSchema = z.string().min(1).max(512);

const cargoItemSchema = z.object({ good: symbol, units: z.number().int().min(0) });

export const shipStateSchema: z.ZodType<ShipState> = z.object({
  symbol,
  role: z.string(),
  frame: z.string(),
  system: z.string(),
  waypoint: symbol,
  nav: z.enum(["IN_TRANSIT", "IN_ORBIT", "DOCKED"]),
  flightMode: flightModeSchema,
  arrivalAtMs: z.number().optional(),
  speed: z.number(),
  fuelUnits: z.number(),
  fuelCapacity: z.number(),
  cargoCapacity: z.number(),
  cargoUnits: z.number(),
  cargo: z.array(cargoItemSchema),
}) as unknown as z.ZodType<ShipState>;

export const quoteSchema = z.object({
  waypoint: symbol,
  good: symbol,
  type: z.enum(["EXPORT", "IMPORT", "EXCHANGE"]),
  tradeVolume: z.number(),
  supply: supplySchema,
  activity: z.enum(["WEAK", "GROWING", "STRONG", "RESTRICTED"]).optional(),
  askCredits: credits,
  bidCredits: credits,
  observedAtMs: z.number(),
}) as unknown as z.ZodType<Quote>;

const listingSchema = z.object({
  waypoint: symbol,
  exports: z.array(symbol),
  imports: z.array(symbol),
  exchange: z.array(symbol),
});

export const hullOfferSchema = z.object({
  type: symbol,
  askCredits: credits,
  speed: z.number(),
  cargoCapacity: z.number(),
  fuelCapacity: z.number(),
});

export const observationSchema = z.object({
  waypoint: symbol,
  listing: listingSchema.optional(),
  quotes: z.array(quoteSchema),
  hulls: z.array(hullOfferSchema).optional(),
  atMs: z.number(),
});

/** A task as a context or a message holds it. */
export const storedTaskSchema = z.looseObject({ id: z.string(), status: z.string(), fuelCredits: z.number().default(0) });

const memoSchema = z.object({ task: z.string(), pipeline: z.string().nullable() });

const tradeCommandSchema = z.object({
  kind: z.enum(["purchase", "sell"]),
  commandId: z.string(),
  waypoint: symbol,
  good: symbol,
  units: z.number().int().positive(),
  memo: memoSchema,
});
export const shipCommandSchema: z.ZodType<ShipCommand> = z.union([
  z.object({
    kind: z.literal("travel"),
    commandId: z.string(),
    waypoint: symbol,
    memo: memoSchema.nullable().default(null),
    allowBurn: z.boolean().exactOptional(),
  }),
  tradeCommandSchema,
]);

export const shipJobInputSchema: z.ZodType<ShipJobInput> = z.object({ ship: shipStateSchema });
export const routeInputSchema: z.ZodType<RouteInput> = z.object({
  ship: shipStateSchema,
  waypoint: symbol,
  allowBurn: z.boolean().exactOptional(),
});
export const navigateInputSchema: z.ZodType<NavigateInput> = z.object({ ship: shipStateSchema, waypoint: symbol });
export const flightModeInputSchema: z.ZodType<FlightModeInput> = z.object({ ship: shipStateSchema, mode: flightModeSchema });
export const refuelInputSchema: z.ZodType<RefuelInput> = z.object({ ship: shipStateSchema, memo: memoSchema.nullable() });
export const tradeInputSchema: z.ZodType<TradeInput> = z.object({
  ship: shipStateSchema,
  good: symbol,
  units: z.number().int().positive(),
  memo: memoSchema,
});

/** The parts of the game's answers that the reference traders read. */
import { z } from "zod";

export const WirePlace = z.object({
  symbol: z.string(),
  x: z.number(),
  y: z.number(),
  traits: z.array(z.object({ symbol: z.string() })),
});

const Listed = z.array(z.object({ symbol: z.string() }));

export const WireMarket = z.object({
  symbol: z.string(),
  exports: Listed,
  imports: Listed,
  exchange: Listed,
  tradeGoods: z
    .array(
      z.object({
        symbol: z.string(),
        type: z.enum(["EXPORT", "IMPORT", "EXCHANGE"]),
        tradeVolume: z.number(),
        supply: z.enum(["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"]),
        activity: z.enum(["WEAK", "GROWING", "STRONG", "RESTRICTED"]).optional(),
        purchasePrice: z.number(),
        sellPrice: z.number(),
      }),
    )
    .optional(),
});

export const WireNav = z.object({
  waypointSymbol: z.string(),
  status: z.enum(["IN_TRANSIT", "IN_ORBIT", "DOCKED"]),
  flightMode: z.enum(["DRIFT", "STEALTH", "CRUISE", "BURN"]),
  route: z.object({ arrival: z.string() }),
});

export const WireFuel = z.object({ current: z.number(), capacity: z.number() });

export const WireCargo = z.object({
  capacity: z.number(),
  inventory: z.array(z.object({ symbol: z.string(), units: z.number() })),
});

export const WireAgentFacts = z.object({ symbol: z.string(), credits: z.number(), headquarters: z.string() });

export const WireShip = z.object({
  symbol: z.string(),
  nav: WireNav,
  fuel: WireFuel,
  cargo: WireCargo,
  engine: z.object({ speed: z.number() }),
});

export const WireTrade = z.object({
  agent: z.object({ credits: z.number() }),
  cargo: WireCargo,
  transaction: z.object({ units: z.number(), pricePerUnit: z.number(), totalPrice: z.number() }),
});

export const WireYard = z.object({
  shipTypes: z.array(z.object({ type: z.string() })),
  ships: z.array(z.object({ type: z.string(), purchasePrice: z.number() })).optional(),
});

/** What the logs read of the fleet's notices: the shapes of contexts and events, as far as they need them. */
import { z } from "zod";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";

export type Transition = Extract<RuntimeNotice, { notice: "transition" }>;

export const Label = z.enum(["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"]);

const Trade = z.looseObject({
  type: z.enum(["trade.bought", "trade.sold"]),
  ship: z.string(),
  good: z.string(),
  units: z.number(),
  waypoint: z.string(),
  totalCredits: z.number(),
  task: z.string(),
  pipeline: z.string().nullable(),
});

export type Trade = z.infer<typeof Trade>;

/** A purchase or sale of goods that has happened; `undefined` for anything else. */
export function tradeOf(event: { readonly type: string }): Trade | undefined {
  return event.type === "trade.bought" || event.type === "trade.sold" ? Trade.parse(event) : undefined;
}

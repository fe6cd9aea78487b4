import type { Context } from "hono";

/** The answer of every route that needs a fleet, while none runs. */
export function noFleet(context: Context): Response {
  return context.json({ error: "the fleet is paused, starting or stopping" }, 503);
}

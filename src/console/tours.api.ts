/** Routes of tours: what the earlier program's visualizer asked, what the page and `bosun tours` ask, and an operator's orders. */
import type { Context, Hono } from "hono";
import { z } from "zod";
import type { Runtime } from "../runtime/runtime.ts";
import { withBody } from "./checkedInput.ts";
import { orderScouting, type ScoutingReply, type ScoutingSource, startTour, stopTour, type TourLine } from "./scouting.ts";
import { type SystemMap, systemMap } from "./systemMap.ts";

export interface TourRoutes extends ScoutingSource {
  /** Tours of a player that run in a system; the daemon's own player where none is given. */
  readonly runningTours: (system: string, playerId: number | undefined) => Promise<readonly TourLine[]>;
}

const names = z.array(z.string().min(1).max(64)).max(500);
const scoutBody = z.strictObject({
  ships: names,
  system: z.string().min(1).max(64),
  markets: names,
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: "1 to 64 letters, digits, _ or -" })
    .optional(),
});
const startBody = z.strictObject({ ship: z.string().min(1).max(64) });
const stopBody = z.strictObject({ tour: z.string().min(1).max(512) });
const botQuery = z.object({ player_id: z.coerce.number().int().min(1).optional() });

/** Adds the routes; those below /api/commands are behind the operator's token already. */
export function tourRoutes(app: Hono, source: TourRoutes): void {
  app.get("/api/tours", async (context) =>
    context.json({ tours: await source.tours({ ended: context.req.query("all") === "true" }) }),
  );
  app.get("/api/systems/:system", async (context) => {
    const map = await mapOf(source, context.req.param("system"));
    return map === undefined ? context.json({ error: unknownSystem(context) }, 404) : context.json(map);
  });
  app.get("/api/bot/tours/:system", async (context) => {
    const query = botQuery.safeParse({ player_id: context.req.query("player_id") });
    if (!query.success) return context.json({ error: "player_id is the number of a player, from 1" }, 400);
    const system = context.req.param("system");
    if ((await mapOf(source, system)) === undefined) return context.json({ error: unknownSystem(context) }, 404);
    const running = await source.runningTours(system, query.data.player_id);
    return context.json({ tours: running.map(recorded) });
  });
  app.post("/api/commands/scout", (context) =>
    withBody(context, scoutBody, async ({ id, ...order }) => {
      const reply = await orderScouting(source, order, id);
      return context.json(worded(reply), statusOf(reply));
    }),
  );
  app.post("/api/commands/tours/start", (context) =>
    withBody(context, startBody, async ({ ship }) => {
      const reply = await startTour(source, ship);
      if (reply.outcome === "unknown") return context.json({ error: reply.detail }, 404);
      if ("detail" in reply) return context.json({ error: reply.detail }, 409);
      return context.json({ container_id: reply.container, ship_symbol: ship, status: reply.outcome });
    }),
  );
  app.post("/api/commands/tours/stop", (context) =>
    withBody(context, stopBody, async ({ tour }) => {
      const reply = await stopTour(source, tour);
      if (reply.outcome === "unknown") return context.json({ error: reply.detail }, 404);
      if (reply.outcome === "refused") return context.json({ error: reply.detail }, 409);
      const { container, ship } = reply.tour;
      return context.json({ container_id: container, ship_symbol: ship, status: reply.outcome });
    }),
  );
}

function mapOf(source: TourRoutes, system: string): Promise<SystemMap | undefined> {
  const runtime: Pick<Runtime, "view"> = source.runtime;
  return systemMap(runtime, source.agent(), system);
}

function unknownSystem(context: Context): string {
  return `the fleet has no chart of ${context.req.param("system")}`;
}

/** The form in which the earlier program's server answered. */
function recorded(tour: TourLine) {
  return {
    system: tour.system ?? null,
    markets: tour.markets,
    algorithm: tour.algorithm,
    start_waypoint: tour.startWaypoint ?? null,
    tour_order: tour.order,
    total_distance: tour.totalDistance ?? 0,
    calculated_at: new Date(tour.calculatedAtMs ?? tour.startedAtMs).toISOString(),
    ship_symbol: tour.ship,
    daemon_id: tour.container,
    player_id: tour.playerId,
  };
}

function worded(reply: ScoutingReply): ScoutingReply & { readonly error?: string } {
  switch (reply.outcome) {
    case "refused":
      return { ...reply, error: reply.refusals.map(({ subject, detail }) => `${subject}: ${detail}`).join("\n") };
    case "stopping":
      return { ...reply, error: "the fleet is starting or stopping" };
    case "deployed":
    case "deciding":
      return reply;
  }
}

function statusOf({ outcome }: ScoutingReply): 200 | 202 | 409 | 503 {
  return ({ deployed: 200, deciding: 202, refused: 409, stopping: 503 } as const)[outcome];
}

import type { Context, Hono } from "hono";
import { z } from "zod";
import { withBody, withQuery } from "./checkedInput.ts";
import type { ManufacturingDesk } from "./manufacturing.ts";
import { noFleet } from "./noFleet.ts";

/** Absent while no fleet runs. */
type Desk = () => ManufacturingDesk | undefined;

const symbol = z.string().regex(/^[A-Z0-9_-]{1,64}$/i, { error: "it must be a symbol, like FABRICS" });
const kind = z.enum(["any", "trade", "fabricate"]).default("any");
const credits = z.coerce.number().int().min(0).max(1e12).optional();
const flag = z.enum(["true", "false"]).default("false");

const planQuery = z.object({ good: symbol, kind, ship: symbol.optional(), credits });
const taskQuery = z.object({ pipeline: symbol.optional(), ended: flag });
const refusalQuery = z.object({ good: symbol.optional() });
const startBody = z.strictObject({ good: symbol.nullable(), kind, force: z.boolean().default(false) });
const stopBody = z
  .strictObject({ pipeline: symbol.optional(), good: symbol.optional(), forGameSeconds: z.number().min(1).max(1e9).optional() })
  .refine(({ pipeline, good }) => (pipeline === undefined) !== (good === undefined), { error: "name a pipeline or a good" });

/** Adds the routes: anybody on this machine may read; those below /api/commands are behind the operator's token already. */
export function manufacturingRoutes(app: Hono, desk: Desk): void {
  app.get("/api/manufacturing", (context) => ask(context, desk, (open) => open.status()));
  app.get("/api/manufacturing/plan", (context) =>
    withQuery(context, planQuery, ({ good, kind: kindOfPlan, ship, credits: free }) =>
      ask(context, desk, (open) => open.plan({ product: good, kind: kindOfPlan, ship, credits: free })),
    ),
  );
  app.get("/api/manufacturing/tasks", (context) =>
    withQuery(context, taskQuery, ({ pipeline, ended }) =>
      withFleet(context, desk, async (open) => {
        const tasks = await open.tasks({ pipeline, ended: ended === "true" });
        if (tasks !== undefined) return context.json(tasks);
        return context.json({ error: `no pipeline has the id ${pipeline}. bosun manufacturing status lists them.` }, 404);
      }),
    ),
  );
  app.get("/api/manufacturing/refusals", (context) =>
    withQuery(context, refusalQuery, ({ good }) =>
      withFleet(context, desk, async (open) => {
        const refusals = await open.refusals(good);
        if (refusals !== undefined) return context.json(refusals);
        return context.json({ error: `${good} is in no supply chain and at no market` }, 404);
      }),
    ),
  );
  app.post("/api/commands/manufacturing/start", (context) =>
    withBody(context, startBody, ({ good, kind: kindOfPlan, force }) =>
      withFleet(context, desk, async (open) => {
        const answer = await open.start({ product: good, kind: kindOfPlan, force });
        return context.json(answer, answer.outcome === "refused" ? 409 : 200);
      }),
    ),
  );
  app.post("/api/commands/manufacturing/stop", (context) =>
    withBody(context, stopBody, ({ pipeline, good, forGameSeconds }) =>
      withFleet(context, desk, async (open) => {
        const answer = await open.stop({ pipeline, product: good, forGameSeconds });
        return context.json(answer, answer.outcome === "notRunning" ? 404 : 200);
      }),
    ),
  );
}

function ask(context: Context, desk: Desk, question: (open: ManufacturingDesk) => Promise<unknown>): Promise<Response> {
  return withFleet(context, desk, async (open) => context.json(await question(open)));
}

async function withFleet(
  context: Context,
  desk: Desk,
  answer: (open: ManufacturingDesk) => Promise<Response>,
): Promise<Response> {
  const open = desk();
  return open === undefined ? noFleet(context) : await answer(open);
}

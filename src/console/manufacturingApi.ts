import type { Context, Hono } from "hono";
import { z } from "zod";
import type { ManufacturingDesk } from "./manufacturing.ts";
import { noFleet } from "./noFleet.ts";

/** Absent while no fleet runs. */
type Desk = () => ManufacturingDesk | undefined;

const symbol = z.string().regex(/^[A-Z0-9_-]{1,64}$/i, { error: "it must be a symbol, like FABRICS" });
const kind = z.enum(["any", "trade", "fabricate"]).default("any");
const flag = z.enum(["true", "false"]).default("false");

const planQuery = z.object({ good: symbol, kind, ship: symbol.optional() });
const taskQuery = z.object({ pipeline: symbol.optional(), ended: flag });
const refusalQuery = z.object({ good: symbol.optional() });
export const startBody = z.strictObject({ good: symbol.nullable(), kind, force: z.boolean().default(false) });
export const stopBody = z
  .strictObject({ pipeline: symbol.optional(), good: symbol.optional() })
  .refine(({ pipeline, good }) => (pipeline === undefined) !== (good === undefined), { error: "name a pipeline or a good" });

/** What anybody on this machine may read of manufacturing. */
export function manufacturingReads(app: Hono, desk: Desk): void {
  app.get("/api/manufacturing", (context) => ask(context, desk, (open) => open.status()));
  app.get("/api/manufacturing/plan", (context) =>
    withQuery(context, planQuery, ({ good, kind: kindOfPlan, ship }) =>
      ask(context, desk, (open) => open.plan({ product: good, kind: kindOfPlan, ship })),
    ),
  );
  app.get("/api/manufacturing/tasks", (context) =>
    withQuery(context, taskQuery, ({ pipeline, ended }) =>
      ask(context, desk, (open) => open.tasks({ pipeline, ended: ended === "true" })),
    ),
  );
  app.get("/api/manufacturing/refusals", (context) =>
    withQuery(context, refusalQuery, ({ good }) => ask(context, desk, (open) => open.refusals(good))),
  );
}

/** An operator's start, answered with 409 where it is refused. */
export async function startPipeline(context: Context, desk: Desk, wish: z.infer<typeof startBody>): Promise<Response> {
  const { good, kind: kindOfPlan, force } = wish;
  const open = desk();
  if (open === undefined) return noFleet(context);
  const answer = await open.start({ product: good, kind: kindOfPlan, force });
  return context.json(answer, answer.outcome === "refused" ? 409 : 200);
}

/** An operator's stop, answered with 404 where nothing of the kind runs. */
export async function stopPipelines(context: Context, desk: Desk, which: z.infer<typeof stopBody>): Promise<Response> {
  const open = desk();
  if (open === undefined) return noFleet(context);
  const answer = await open.stop({ pipeline: which.pipeline, product: which.good });
  return context.json(answer, answer.outcome === "notRunning" ? 404 : 200);
}

async function ask(context: Context, desk: Desk, question: (open: ManufacturingDesk) => Promise<unknown>): Promise<Response> {
  const open = desk();
  return open === undefined ? noFleet(context) : context.json(await question(open));
}

async function withQuery<Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
  answer: (query: z.output<Schema>) => Promise<Response>,
): Promise<Response> {
  const query = schema.safeParse(context.req.query());
  return query.success ? await answer(query.data) : context.json({ error: z.prettifyError(query.error) }, 400);
}

/** The console's HTTP routes on Web standards. Knows requests and answers only; the process gives it everything else. */
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Clock } from "../runtime/environment.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type Assignments, assignmentRoutes } from "./assignments.ts";
import { withBody } from "./checkedInput.ts";
import type { FleetStatus } from "./fleetStatus.ts";
import { foreignRequest, isOperator } from "./guards.ts";
import type { LiveFeed } from "./liveFeed.ts";
import type { ManufacturingDesk } from "./manufacturing.ts";
import { manufacturingRoutes } from "./manufacturingApi.ts";
import { dismissNow, restartNow, type Told } from "./operatorOutcome.ts";
import type { PageFiles } from "./pageFiles.ts";
import { type TourRoutes, tourRoutes } from "./tours.api.ts";
import type { TreeNode } from "./tree.ts";

export interface ConsoleSource {
  readonly runtime: Pick<Runtime, "view" | "list" | "send" | "restart" | "dismiss" | "replayDeadLetter" | "observe">;
  readonly clock: Clock;
  readonly status: () => FleetStatus;
  readonly tree: () => TreeNode;
  readonly feed: LiveFeed;
  readonly page: PageFiles;
  readonly operatorToken: string;
  /** Wakes a fleet that started paused. */
  readonly resume: () => Promise<"resumed" | "notPaused">;
  /** What Prometheus reads. */
  readonly metrics: () => Promise<{ readonly text: string; readonly contentType: string }>;
  /** Absent while no fleet runs. */
  readonly manufacturing: () => ManufacturingDesk | undefined;
  readonly tours: TourRoutes;
  readonly assignments: Assignments;
  /** Lines of `/readyz?verbose`: each part the daemon needs. */
  readonly checks: () => readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

const MAX_BODY_BYTES = 256 * 1024;

const sendBody = z.strictObject({
  to: z.string(),
  event: z.looseObject({ type: z.string().min(1) }),
  id: z.string().min(1).max(200).optional(),
});
const restartBody = z.strictObject({ address: z.string(), from: z.enum(["snapshot", "afresh"]) });
const dismissBody = z.strictObject({ address: z.string() });
const replayBody = z.strictObject({ id: z.string() });

const listBounds = z.object({ living: z.enum(["true", "false"]).optional(), limit: z.coerce.number().int().min(1).optional() });

/** The application; `fetch` of the result answers requests. */
export function createConsoleApi(source: ConsoleSource): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    const refusal = foreignRequest(context.req.header("host"), context.req.header("origin"));
    if (refusal !== undefined) return context.json({ error: refusal }, 421);
    await next();
    secureHeaders(context);
    return undefined;
  });
  reads(app, source);
  commands(app, source);
  manufacturingRoutes(app, source.manufacturing);
  assignmentRoutes(app, source.assignments);
  tourRoutes(app, source.tours);
  app.notFound((context) => context.json({ error: `no such path: ${context.req.path}` }, 404));
  app.onError((error, context) => context.json({ error: error.message }, 500));
  return app;
}

function reads(app: Hono, source: ConsoleSource): void {
  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/readyz", (context) => {
    const checks = source.checks();
    const lines = checks.map(({ name, ok, detail }) => `[${ok ? "+" : "-"}]${name} ${detail}`);
    return context.text(`${lines.join("\n")}\n`, checks.every(({ ok }) => ok) ? 200 : 503);
  });
  app.get("/metrics", async (context) => {
    const { text, contentType } = await source.metrics();
    return context.body(text, 200, { "content-type": contentType, "cache-control": "no-store" });
  });
  app.get("/api/status", (context) => context.json(source.status()));
  app.get("/api/tree", (context) => context.json(source.tree()));
  app.get("/api/actors", async (context) => {
    const under = context.req.query("under");
    const kind = context.req.query("kind");
    const bounds = listBounds.safeParse({ living: context.req.query("living"), limit: context.req.query("limit") });
    if (!bounds.success) return context.json({ error: "living is true or false, limit is a whole number above 0" }, 400);
    const { living, limit } = bounds.data;
    const filter = { ...(under === undefined ? {} : { under }), ...(kind === undefined ? {} : { kind }) };
    const bounded = { ...filter, ...(living === "true" ? { living: true } : {}), ...(limit === undefined ? {} : { limit }) };
    return context.json(await source.runtime.list(bounded));
  });
  app.get("/api/actors/:address{.+}", async (context) => {
    const address = context.req.param("address");
    const view = await source.runtime.view(address);
    return view === undefined ? context.json({ error: `no actor has the address ${address}` }, 404) : context.json(view);
  });
  app.get("/api/events", () => {
    const headers = { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" };
    return new Response(source.feed.open(), { headers });
  });
  app.get("/:file?", async (context) => {
    const file = await source.page.read(context.req.param("file") ?? "index.html");
    if (file === undefined) return context.notFound();
    return context.body(file.content, 200, { "content-type": file.type, "cache-control": "no-cache" });
  });
}

function commands(app: Hono, source: ConsoleSource): void {
  app.use("/api/commands/*", async (context, next) => {
    if (!isOperator(context.req.header("authorization"), source.operatorToken))
      return context.json({ error: "commands need the operator token of daemon.json" }, 401);
    if (Number(context.req.header("content-length") ?? Number.POSITIVE_INFINITY) > MAX_BODY_BYTES)
      return context.json({ error: `a command may have ${MAX_BODY_BYTES} bytes, and says how many it has` }, 413);
    await next();
    return undefined;
  });
  app.post("/api/commands/send", (context) =>
    withBody(context, sendBody, async ({ to, event, id }) => {
      const receipt = await source.runtime.send({ to, event, from: "cli", ...(id === undefined ? {} : { id }) });
      return context.json(receipt, receipt.receipt === "refused" ? 409 : 200);
    }),
  );
  app.post("/api/commands/restart", (context) =>
    withBody(context, restartBody, async ({ address, from }) => told(context, await restartNow(source, address, from))),
  );
  app.post("/api/commands/dismiss", (context) =>
    withBody(context, dismissBody, async ({ address }) => told(context, await dismissNow(source, address))),
  );
  app.post("/api/commands/resume", async (context) => context.json({ outcome: await source.resume() }));
  app.post("/api/commands/replay", (context) =>
    withBody(context, replayBody, async ({ id }) => {
      const outcome = await source.runtime.replayDeadLetter(id);
      if (outcome === "replayed") return context.json({ outcome });
      const error = `no dead letter that can be delivered has the id ${id}. bosun snapshot dump lists them.`;
      return context.json({ outcome, error }, 404);
    }),
  );
}

function told(context: Context, { outcome, error }: Told): Response {
  if (error === undefined) return context.json({ outcome });
  return context.json({ outcome, error }, outcome === "unknownAddress" ? 404 : 409);
}

function secureHeaders(context: Context): void {
  context.header("content-security-policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
  context.header("x-content-type-options", "nosniff");
  context.header("referrer-policy", "no-referrer");
}

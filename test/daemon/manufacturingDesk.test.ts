import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { DEFAULT_FLEET_CONFIG } from "../../src/actors/fleetPorts.ts";
import type { MarketBook } from "../../src/actors/marketBook.store.ts";
import type { ManufacturingDesk } from "../../src/console/manufacturing.ts";
import { createManufacturingDesk } from "../../src/daemon/manufacturingDesk.ts";
import { createSystemEnvironment } from "../../src/runtime/systemEnvironment.ts";
import { audit, emitted } from "../actors/support/fleetEvidence.ts";
import { type FleetRig, SCOPE, startFleetRig } from "../actors/support/fleetRig.ts";
import { silentLogger } from "../support/silentLogger.ts";

const SPEED = 240;
const WAIT = { timeout: 25_000, interval: 100 };
/** Chains of any length and margin may be made, and the fleet begins none by itself; what is left alone stays so. */
const patient = {
  ...DEFAULT_FLEET_CONFIG,
  maxFabrications: 0,
  productCooldownGameSeconds: 24 * 3_600,
  opportunities: {
    ...DEFAULT_FLEET_CONFIG.opportunities,
    plan: {
      ...DEFAULT_FLEET_CONFIG.opportunities.plan,
      maxTrips: 40,
      maxElapsedSeconds: 40 * 3_600,
      minProfitCredits: -1_000_000,
      minMargin: -1,
    },
  },
};

/** One fleet of ten on real parts, steered by hand. The tests follow each other. */
describe("manufacturing, steered on a running fleet", { timeout: 60_000 }, () => {
  let rig: FleetRig;
  let desk: ManufacturingDesk;
  beforeAll(async () => {
    rig = await startFleetRig({ speed: SPEED, seed: 2, fleet: "TEN", config: patient });
    desk = deskOver(rig.marketBook);
    await emitted(rig, "trade.bought", 1);
  }, 60_000);
  afterAll(() => rig.close());

  function deskOver(marketBook: MarketBook): ManufacturingDesk {
    const { runtime, database } = rig;
    const environment = createSystemEnvironment(silentLogger);
    return createManufacturingDesk({ runtime, scope: SCOPE, database, marketBook, config: patient, speed: SPEED, environment });
  }

  /** Pipelines that do not end in the next moment: they have bought, or will fly for a while. */
  async function working(): Promise<{ readonly id: string; readonly good: string }> {
    const { pipelines } = await desk.status();
    const found = pipelines.find(({ phase }) => phase === "feeding" || phase === "selling" || phase === "trading");
    if (found === undefined) throw new Error(`nothing is at work: ${JSON.stringify(pipelines.map(({ phase }) => phase))}`);
    return found;
  }

  /** One that this desk would trade if a million were free. */
  async function payingProduct(asked: ManufacturingDesk): Promise<string> {
    for (const product of Object.keys(rig.marketBook.getSnapshot().context.chain)) {
      const answer = await asked.plan({ product, kind: "trade", ship: undefined, credits: 1_000_000 });
      if (answer.outcome === "planned") return product;
    }
    throw new Error("no trade pays of what has been seen");
  }

  async function payingChain(): Promise<string> {
    const running = new Set(
      (await desk.status()).pipelines.filter(({ completedAt }) => completedAt === null).map(({ good }) => good),
    );
    for (const product of Object.keys(rig.marketBook.getSnapshot().context.chain)) {
      const answer = await desk.plan({ product, kind: "fabricate", ship: undefined, credits: undefined });
      if (answer.outcome === "planned" && !running.has(product)) return product;
    }
    throw new Error("no chain can be made of what has been seen");
  }

  /** The order has become a pipeline whose first ships are on their way. */
  async function begunChain(product: string): Promise<{ readonly id: string; readonly good: string }> {
    const { pipelines, orders } = await desk.status();
    expect(orders).toEqual([]);
    const begun = pipelines.find(({ good, phase }) => good === product && phase === "feeding");
    if (begun === undefined) throw new Error(`no chain of ${product} has begun`);
    return begun;
  }

  it("plans from what the daemon knows, with a reason for whatever cannot be", async () => {
    expect(await desk.plan({ product: "UNOBTAINIUM", kind: "any", ship: undefined, credits: undefined })).toMatchObject({
      reason: "unknownGood",
    });
    expect(await desk.plan({ product: "IRON", kind: "any", ship: "NOBODY", credits: undefined })).toMatchObject({
      reason: "unknownShip",
    });
    const goods = Object.keys(rig.marketBook.getSnapshot().context.chain);
    const answers = await Promise.all(
      goods.map(async (product) => await desk.plan({ product, kind: "any", ship: undefined, credits: undefined })),
    );
    const said = answers.map((answer) =>
      answer.outcome === "refused" ? `${answer.reason} ${answer.detail}` : `planned ${answer.plan.tasks.length} tasks`,
    );
    expect(said.filter((text) => !/^(planned [1-9]\d* tasks|\w+ .+)$/.test(text))).toEqual([]);
    expect(said.length).toBeGreaterThan(100);
  });

  it("says how the purse stands when it cannot pay for a plan, and plans with the credits that it is told", async () => {
    const snapshot = rig.marketBook.getSnapshot();
    const poorBook = {
      ...rig.marketBook,
      getSnapshot: () => ({ ...snapshot, context: { ...snapshot.context, spendableCredits: 0 } }),
    };
    const poor = deskOver(poorBook);
    const product = await payingProduct(poor);
    const answer = await poor.plan({ product, kind: "trade", ship: undefined, credits: undefined });
    expect(answer).toMatchObject({ outcome: "refused", reason: "unaffordable" });
    expect(answer).toMatchObject({
      detail: expect.stringMatching(/, 0 credits available; 0 free of [\d,]+: floor [\d,]+, reserved [\d,]+, counted on [\d,]+$/),
    });
  });

  it("tells a pipeline and a product that there never was from ones of which there is nothing to say", async () => {
    expect(await desk.tasks({ pipeline: "p99999", ended: true })).toBeUndefined();
    const { id } = await vi.waitFor(working, WAIT);
    expect((await desk.tasks({ pipeline: id, ended: true }))?.length).toBeGreaterThan(0);
    expect(await desk.refusals("NOPE")).toBeUndefined();
    expect(await desk.refusals("IRON_ORE")).toMatchObject({ recent: expect.any(Array) });
  });

  it("refuses an order with the reason, durably: it is among the refusals [R002-126]", async () => {
    expect(await desk.start({ product: "UNOBTAINIUM", kind: "any", force: false })).toMatchObject({
      outcome: "refused",
      reason: "unknownGood",
    });
    await vi.waitFor(async () => {
      const { good } = await working();
      expect(await desk.start({ product: good, kind: "any", force: true })).toMatchObject({ reason: "alreadyRunning" });
    }, WAIT);
    expect((await desk.refusals("UNOBTAINIUM"))?.recent).toMatchObject([
      { by: "order", good: "UNOBTAINIUM", reason: "unknownGood" },
    ]);
  });

  it("stops a pipeline: its container is named, its cargo sold, its ships free as stopped, its product left alone [R003-08] [R003-03]", async () => {
    // One that is just ending comes to its end as it would have; then another is stopped.
    const id = await vi.waitFor(async () => {
      const { id: pipeline, good } = await working();
      const address = `${SCOPE}/coordinator/pipeline/${pipeline}`;
      const answer = await desk.stop({ pipeline, product: undefined, forGameSeconds: undefined });
      expect(answer).toMatchObject({
        outcome: "stopped",
        pipelines: [{ container_id: address, pipeline, good }],
        products: [good],
        until: null,
      });
      await vi.waitFor(async () => {
        expect((await desk.status()).leftAlone).toContainEqual({ good, kind: "any", until: null, because: "stopped by hand" });
      }, WAIT);
      const claims = await rig.rows(`SELECT status, release_reason FROM ship_assignments WHERE container_id LIKE '${address}/%'`);
      expect(claims.filter((claim) => claim["status"] !== "idle")).toEqual([]);
      expect(claims.map((claim) => claim["release_reason"])).toContain("stopped");
      return pipeline;
    }, WAIT);
    const { pipelines } = await desk.status();
    expect(pipelines.find((pipeline) => pipeline.id === id)?.completedAt).not.toBeNull();
    expect(await desk.stop({ pipeline: id, product: undefined, forGameSeconds: undefined })).toMatchObject({
      outcome: "notRunning",
    });
  });

  it("keeps the fleet from a product of which nothing runs, for a time or until it is started, and lists that as a refusal", async () => {
    const product = "IRON_ORE";
    const which = { pipeline: undefined, product, forGameSeconds: 7_200 };
    const answer = await desk.stop(which);
    if (answer.outcome !== "stopped") throw new Error(answer.detail);
    const leftMs = Date.parse(answer.until ?? "") - Date.now();
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual((7_200 / SPEED) * 1_000);
    expect(await desk.stop({ ...which, forGameSeconds: undefined })).toMatchObject({ products: [product], until: null });
    const listed = async () => (await desk.refusals(product))?.products.filter(({ reason }) => reason === "stoppedByHand");
    const stopped = { good: product, detail: `stopped by hand, until bosun manufacturing start --good ${product}` };
    expect(await listed()).toMatchObject([stopped]);
    const made = { product, kind: "fabricate", force: true } as const;
    expect(await desk.start(made)).toMatchObject({ outcome: "refused" });
    expect(await listed()).toMatchObject([stopped]);
    expect(await desk.stop({ ...which, product: "UNOBTAINIUM" })).toMatchObject({ outcome: "notRunning" });
  });

  it("starts a chain by hand with the first free ship, which the fleet would not [R002-126]", async () => {
    // Prices move while we ask and while the order waits for a ship: what was planned a moment ago may be refused then.
    const chain = await vi.waitFor(async () => {
      const product = await payingChain();
      expect(await desk.start({ product, kind: "fabricate", force: false })).toMatchObject({ reason: "enoughChains" });
      const answer = await desk.start({ product, kind: "fabricate", force: true });
      if (answer.outcome === "refused") throw new Error(`${product}: ${answer.reason}: ${answer.detail}`);
      return await vi.waitFor(async () => await begunChain(product), { ...WAIT, timeout: 5_000 });
    }, WAIT);
    const tasks = (await desk.tasks({ pipeline: chain.id, ended: false })) ?? [];
    expect(tasks.at(-1)).toMatchObject({ type: "COLLECT_SELL", good: chain.good, status: "PENDING" });
    expect(tasks.filter(({ status }) => status === "EXECUTING" || status === "ASSIGNED").length).toBeGreaterThan(0);
  });

  it("keeps the books while it is steered [G10] [G14]", async () => {
    expect((await audit(rig)).violations).toEqual([]);
  });
});

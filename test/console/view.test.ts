import { describe, expect, it } from "vitest";
import { fleetStatus, summaryLine } from "../../src/console/fleetStatus.ts";
import { supervisionTree } from "../../src/console/tree.ts";
import { createViewStore, type ViewStore } from "../../src/console/view.store.ts";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";
import { createFakeRuntime, SCOPE, START_MS, shipContext, transition } from "./fakeRuntime.ts";
import { statusSource } from "./statusSource.ts";

const HOUR_MS = 3_600_000;

const source = statusSource({
  requestBudget: () => ({ queued: 0, sent: 100, rateLimited: 0, perSecondLimit: 2, usedLastMinute: 80 }),
});

function viewOf(store: ViewStore) {
  return store.getSnapshot().context;
}

function emitted(event: { type: string } & Record<string, unknown>): RuntimeNotice {
  return { notice: "emitted", address: `${SCOPE}/ship/BOSUN-1`, version: 3, index: 0, event, atMs: START_MS };
}

function purse(liveCredits: number, atMs: number): RuntimeNotice {
  return transition(`${SCOPE}/treasury`, "treasury", {
    atMs,
    context: { purse: { liveCredits, reservations: [], floorCredits: 0 } },
  });
}

function lastWords(store: ViewStore): string | undefined {
  return viewOf(store).events.at(-1)?.text;
}

describe("the view of the fleet", () => {
  it("counts ships by what they do, in one line", () => {
    const runtime = createFakeRuntime();
    const store = createViewStore();
    const flying = shipContext("BOSUN-1", { nav: "IN_TRANSIT", arrivalAtMs: START_MS + 5000 });
    const trade = { kind: "purchase", waypoint: "X1-AB12-A1", good: "FABRICS", units: 20 };
    store.trigger.loaded({
      atMs: START_MS,
      actors: [
        runtime.put({ address: `${SCOPE}/ship/BOSUN-1`, kind: "ship", value: "flying", context: flying }),
        runtime.put({
          address: `${SCOPE}/ship/BOSUN-2`,
          kind: "ship",
          value: "purchasing",
          context: shipContext("BOSUN-2", {}, { command: trade }),
        }),
        runtime.put({ address: `${SCOPE}/ship/BOSUN-3`, kind: "ship", context: shipContext("BOSUN-3") }),
      ],
    });
    store.trigger.noticed({ notices: [purse(200_000, START_MS)] });
    store.trigger.noticed({ notices: [purse(231_900, START_MS + HOUR_MS / 120)] });
    const status = fleetStatus(viewOf(store), source, START_MS + HOUR_MS / 120);
    expect(status.creditsPerHour).toBeCloseTo(63_800);
    expect(summaryLine(status)).toBe("credits 231,900 · 64 k/h · 319 cr/request · 3 ships: 1 flying 1 trading 1 waiting");
    expect(status.ships[1]?.doing).toBe("buying 20 FABRICS at X1-AB12-A1");
  });

  it("lists ships by their number, in whatever order they became known", () => {
    const runtime = createFakeRuntime();
    const store = createViewStore();
    const actors = ["BOSUN-1", "BOSUN-E", "BOSUN-10", "BOSUN-2"].map((symbol) =>
      runtime.put({ address: `${SCOPE}/ship/${symbol}`, kind: "ship", context: shipContext(symbol) }),
    );
    store.trigger.loaded({ atMs: START_MS, actors });
    const { ships } = fleetStatus(viewOf(store), source, START_MS);
    expect(ships.map(({ symbol }) => symbol)).toEqual(["BOSUN-1", "BOSUN-2", "BOSUN-10", "BOSUN-E"]);
  });

  it("counts the tasks that ended before this process began, and none of them twice", () => {
    const runtime = createFakeRuntime();
    const store = createViewStore();
    const task = (id: string, status: string) => ({
      address: `${SCOPE}/coordinator/pipeline/p/task/${id}`,
      kind: "task",
      status: status === "EXECUTING" ? ("active" as const) : ("done" as const),
      context: {
        task: { id, type: "COLLECT_SELL", status, good: "FOOD", actualUnits: 0, totalCostCredits: 0, totalRevenueCredits: 0 },
      },
    });
    const actors = [task("1", "COMPLETED"), task("2", "FAILED"), task("3", "EXECUTING")].map((put) => runtime.put(put));
    const tasks = { COMPLETED: 7_000, FAILED: 1, EXECUTING: 1, READY: 5 };
    for (let boot = 0; boot < 2; boot++) store.trigger.loaded({ actors, tasks, atMs: START_MS });
    expect(fleetStatus(viewOf(store), source, START_MS).tasks).toEqual({ COMPLETED: 7_000, FAILED: 1, EXECUTING: 1 });
  });

  it("counts cargo under way and new hulls at cost: buying alone earns and loses nothing", () => {
    const store = createViewStore();
    const task = {
      id: "t1",
      type: "COLLECT_SELL",
      status: "EXECUTING",
      good: "FOOD",
      totalCostCredits: 30_000,
      totalRevenueCredits: 0,
    };
    store.trigger.noticed({ notices: [purse(200_000, START_MS)] });
    store.trigger.noticed({
      notices: [
        emitted({ type: "ship.purchased", ship: "BOSUN-9", shipType: "SHIP_PROBE", priceCredits: 20_000 }),
        transition(`${SCOPE}/coordinator/pipeline/p1/task/t1`, "task", { context: { task } }),
        purse(150_000, START_MS + HOUR_MS / 120),
      ],
    });
    const status = fleetStatus(viewOf(store), source, START_MS + HOUR_MS / 120);
    expect(status).toMatchObject({ credits: 150_000, creditsPerHour: 0, creditsPerRequest: 0 });
  });

  it("says deeds in words, as in `FABRICS 36 delivered → CLOTHING (HIGH)`", () => {
    const store = createViewStore();
    const delivered = {
      type: "task.delivered",
      good: "FABRICS",
      units: 36,
      factory: "X1-F1",
      output: "CLOTHING",
      supplyAfter: "HIGH",
    };
    store.trigger.noticed({ notices: [emitted(delivered)] });
    expect(lastWords(store)).toBe("FABRICS 36 delivered → CLOTHING (HIGH) at X1-F1");
    const changed = {
      type: "factory.supplyChanged",
      good: "CLOTHING",
      from: "MODERATE",
      to: "HIGH",
      factory: "X1-F1",
      ours: true,
    };
    store.trigger.noticed({ notices: [emitted(changed)] });
    expect(lastWords(store)).toBe("CLOTHING MODERATE → HIGH at X1-F1 (our units)");
  });

  it("stays silent on unknown emitted events and survives missing fields [G7]", () => {
    const store = createViewStore();
    store.trigger.noticed({ notices: [emitted({ type: "constructor" }), emitted({ type: "from.the.future" })] });
    expect(viewOf(store).events).toEqual([]);
    store.trigger.noticed({ notices: [emitted({ type: "trade.sold" })] });
    expect(lastWords(store)).toBe("? sold ? ? at ? for ?");
  });

  it("shows an actor hurt, backing off and healed again", () => {
    const store = createViewStore();
    const address = `${SCOPE}/ship/BOSUN-1`;
    store.trigger.noticed({ notices: [transition(address, "ship", { context: shipContext("BOSUN-1"), value: "flying" })] });
    const error = { name: "TypeError", message: "boom" };
    store.trigger.noticed({
      notices: [{ notice: "failed", address, kind: "ship", error, decision: "snapshot", afterMs: 1500, atMs: START_MS }],
    });
    expect(viewOf(store).actors.get(address)).toMatchObject({ status: "backingOff", lastError: "TypeError: boom", restarts: 0 });
    expect(lastWords(store)).toBe("ship/BOSUN-1 failed: boom — again from its snapshot in 1.5 s");
    store.trigger.noticed({ notices: [{ notice: "restarted", address, kind: "ship", from: "snapshot", atMs: START_MS }] });
    expect(viewOf(store).actors.get(address)).toMatchObject({ status: "active", restarts: 1, state: "flying" });
    expect(lastWords(store)).toBe("ship/BOSUN-1 is back from its snapshot, still flying");
    expect(viewOf(store).restarts).toBe(1);
  });

  it("tells which jobs of a crash were settled and not repeated [G5]", () => {
    const store = createViewStore();
    const settled = {
      notice: "jobSettled",
      address: `${SCOPE}/ship/BOSUN-1`,
      jobId: "j",
      src: "purchase",
      atMs: START_MS,
    } as const;
    store.trigger.noticed({ notices: [{ ...settled, how: "done" }] });
    expect(viewOf(store).events).toEqual([]);
    store.trigger.noticed({ notices: [{ ...settled, how: "reconciledDone" }] });
    expect(lastWords(store)).toBe("ship/BOSUN-1: the purchase in flight had been done; not repeated");
  });

  it("never fails on a context it does not understand", () => {
    const store = createViewStore();
    for (const context of [undefined, null, 7, { ship: { symbol: 1 } }, { tasks: "x" }]) {
      for (const kind of ["ship", "task", "pipeline", "treasury"]) {
        store.trigger.noticed({ notices: [transition(`${SCOPE}/${kind}/1`, kind, { context })] });
      }
    }
    expect([...viewOf(store).actors.values()].every((actor) => actor.facts.facts === "none")).toBe(true);
  });

  it("keeps events, samples and ended actors bounded", () => {
    const store = createViewStore();
    const doneTask = { task: { id: "t", type: "LIQUIDATE", status: "COMPLETED", good: "FOOD" } };
    for (let count = 0; count < 1000; count += 1) {
      const address = `${SCOPE}/coordinator/pipeline/p/task/${count}`;
      store.trigger.noticed({
        notices: [
          transition(address, "task", { status: "done", atMs: START_MS + count, context: doneTask }),
          emitted({ type: "ship.lost", symbol: "S" }),
        ],
      });
      store.trigger.noticed({ notices: [purse(count, START_MS + count)] });
    }
    const view = viewOf(store);
    expect(view.events.length).toBeLessThanOrEqual(200);
    expect(view.lastEventId).toBe(1000);
    expect(view.credits.length).toBeLessThanOrEqual(600);
    expect(view.credits.at(-1)?.credits).toBe(999);
    expect(view.actors.size).toBeLessThanOrEqual(460);
    expect(fleetStatus(view, source, START_MS).tasks).toEqual({ COMPLETED: 1000 });
    expect(view.actors.has(`${SCOPE}/coordinator/pipeline/p/task/999`)).toBe(true);
  });

  it("nests actors below their supervisors and processes below the platform", () => {
    const runtime = createFakeRuntime();
    const store = createViewStore();
    const actors = [
      runtime.put({ address: SCOPE, kind: "agent" }),
      runtime.put({ address: `${SCOPE}/ship/BOSUN-10`, kind: "ship", parent: SCOPE }),
      runtime.put({ address: `${SCOPE}/ship/BOSUN-2`, kind: "ship", parent: SCOPE }),
      runtime.put({ address: `${SCOPE}/coordinator/pipeline/7/task/1`, kind: "task", parent: "gone" }),
    ];
    store.trigger.loaded({ actors, atMs: START_MS });
    const tree = supervisionTree(viewOf(store), [{ name: "database", status: "running", detail: "pid 7", restarts: 0 }]);
    expect(tree.children.map((node) => node.id)).toEqual(["platform", SCOPE]);
    expect(tree.children[0]?.children.map((node) => node.id)).toEqual(["database"]);
    expect(tree.children[1]?.children.map((node) => node.label)).toEqual([
      "coordinator/pipeline/7/task/1",
      "ship/BOSUN-2",
      "ship/BOSUN-10",
    ]);
  });
});

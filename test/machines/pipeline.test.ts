import { describe, expect, it } from "vitest";
import type { PipelineContext, PipelinePlan } from "../../src/machines/pipelineProtocol.ts";
import { DrivenActor, SCOPE, T0 } from "./driver.ts";

const ADDRESS = `${SCOPE}/coordinator/pipeline/p1`;
const money = { fuelCredits: 0, shipSeconds: 100, requests: 10 };
const delivery = {
  type: "ACQUIRE_DELIVER",
  units: 40,
  target: "X1-A-F",
  feedsGood: "CLOTHING",
  awaitsProduction: false,
  priority: 10,
} as const;
const plan = {
  product: "CLOTHING",
  kind: "fabricate",
  sellMarket: "X1-A-S",
  expectedBidCredits: 5_000,
  units: 40,
  tasks: [
    {
      ...delivery,
      id: "t1",
      good: "FABRICS",
      source: "X1-A-1",
      dependsOn: [],
      expected: { ...money, costCredits: 1_000, revenueCredits: 1_500 },
    },
    {
      ...delivery,
      id: "t2",
      good: "FABRICS",
      source: "X1-A-2",
      dependsOn: [],
      expected: { ...money, costCredits: 1_000, revenueCredits: 1_500 },
    },
    {
      id: "t3",
      type: "COLLECT_SELL",
      good: "CLOTHING",
      units: 40,
      source: "X1-A-F",
      target: "X1-A-S",
      feedsGood: undefined,
      awaitsProduction: true,
      dependsOn: ["t1", "t2"],
      priority: 50,
      expected: { ...money, costCredits: 4_000, revenueCredits: 9_000 },
    },
  ],
  factories: [
    {
      waypoint: "X1-A-F",
      good: "CLOTHING",
      inputs: [{ good: "FABRICS", units: 80 }],
      outputUnits: 40,
      productionSeconds: 900,
      notImported: [],
      supply: "MODERATE",
      supplySeenAtMs: 1,
    },
  ],
  economics: {
    ...money,
    costCredits: 6_000,
    revenueCredits: 12_000,
    profitCredits: 6_000,
    margin: 1,
    elapsedSeconds: 1_000,
    capitalCredits: 2_000,
    creditsPerShipSecond: 20,
    creditsPerRequest: 200,
  },
} as const satisfies PipelinePlan;

function pipeline(): DrivenActor {
  return new DrivenActor("pipeline", ADDRESS, {
    scope: SCOPE,
    id: "p1",
    plan,
    first: { task: "t1", ship: "S-1" },
    patienceMs: 60_000,
    gameSecondMs: 1_000 / 60,
  });
}
function ended(actor: DrivenActor, id: string, change: object): DrivenActor {
  const planned = plan.tasks.find((task) => task.id === id);
  const task = {
    ...planned,
    id: `p1.${id}`,
    pipelineId: "p1",
    status: "COMPLETED",
    sourceMarket: planned?.source,
    targetMarket: planned?.target,
    actualUnits: 40,
    totalCostCredits: planned?.expected.costCredits,
    totalRevenueCredits: planned?.expected.revenueCredits,
    ...change,
  };
  return actor.finish(`task/${id}`, { task });
}
const judged = (ready: boolean) => ({
  type: "pipeline.factoryJudged",
  waypoint: "X1-A-F",
  good: "CLOTHING",
  ready,
  reason: ready ? null : "supplyLow",
  supply: ready ? "HIGH" : "MODERATE",
});
const dismissed = (actor: DrivenActor) => actor.send({ type: "pipeline.factoryDismissed", waypoint: "X1-A-F", good: "CLOTHING" });
const madeReady = (actor: DrivenActor) => actor.sent("task.makeReady").map((message) => message.to.slice(ADDRESS.length + 1));

describe("a pipeline", () => {
  it("starts every worker, gives the first its ship, makes the independent ready and watches its factory [R002-80] [R002-03]", () => {
    const actor = pipeline();
    expect(actor.children("task").map((child) => child.id)).toEqual(["task/t1", "task/t2", "task/t3"]);
    expect(actor.children("task")[0]?.input).toMatchObject({ ship: "S-1", pipelineId: "p1" });
    expect(madeReady(actor)).toEqual(["task/t2"]);
    expect(actor.sent("supply.watch")).toMatchObject([{ waypoint: "X1-A-F", good: "CLOTHING", watcher: ADDRESS }]);
  });

  it("collects only when all deliveries are done AND its factory is ready [R002-53]", () => {
    const actor = pipeline().send(judged(true));
    expect(madeReady(actor)).toEqual([]);
    expect(madeReady(ended(actor, "t1", {}))).toEqual([]);
    actor.send(judged(false));
    expect(madeReady(ended(actor, "t2", {}))).toEqual([]);
    expect(madeReady(actor.send(judged(true)))).toEqual(["task/t3"]);
  });

  it("winds up when its factory exports the product no more, and names that as the reason [R002-123]", () => {
    const actor = pipeline().send({ type: "pipeline.factoryClosed", waypoint: "X1-A-F", good: "CLOTHING" });
    expect(actor.sent("task.cancel").map(({ to }) => to.slice(ADDRESS.length + 1))).toEqual(["task/t1", "task/t2", "task/t3"]);
    ended(actor, "t1", {});
    ended(actor, "t2", { status: "CANCELLED", actualUnits: 0, totalCostCredits: 0, totalRevenueCredits: 0 });
    ended(actor, "t3", { status: "CANCELLED", actualUnits: 0, totalCostCredits: 0, totalRevenueCredits: 0 });
    expect(dismissed(actor).output).toMatchObject({ status: "FAILED", reason: "X1-A-F does not export CLOTHING any more" });
  });

  it("closes an input when its last delivery has ended, not before", () => {
    const actor = pipeline();
    expect(ended(actor, "t1", {}).sent("supply.closeInput")).toEqual([]);
    expect(ended(actor, "t2", {}).sent("supply.closeInput")).toMatchObject([{ good: "FABRICS", output: "CLOTHING" }]);
  });

  it("makes a task ready again that came back without a ship", () => {
    const actor = pipeline();
    expect(madeReady(actor.send({ type: "pipeline.taskPending", task: "p1.t2" }))).toEqual(["task/t2"]);
  });

  it("is completed by its sale, with its net profit [R002-63] [R002-61]", () => {
    const actor = pipeline().send(judged(true));
    ended(ended(ended(actor, "t1", {}), "t2", {}), "t3", {});
    expect(actor.emitted("pipeline.completed")).toMatchObject([{ good: "CLOTHING", netProfitCredits: 6_000 }]);
    expect(actor.sent("supply.unwatch")).toHaveLength(1);
    dismissed(actor);
    expect(actor.status).toBe("done");
    expect(actor.output).toMatchObject({ status: "COMPLETED", netProfitCredits: 6_000, leaveAlone: false });
  });

  it("stops buying when what was done has lost more than its share, and ends once all workers have [R002-63]", () => {
    const actor = ended(pipeline(), "t1", { totalCostCredits: 1_000, totalRevenueCredits: 100 });
    expect(actor.value).toBe("windingUp");
    expect(actor.sent("task.cancel").map((message) => message.to.slice(-2))).toEqual(["t2", "t3"]);
    const cancelled = { status: "CANCELLED", actualUnits: 0, totalCostCredits: 0, totalRevenueCredits: 0 };
    ended(ended(actor, "t2", cancelled), "t3", cancelled);
    dismissed(actor);
    expect(actor.output).toMatchObject({ status: "FAILED", netProfitCredits: -900 });
  });

  it("bears as much fuel of a delivery as its share of half the profit, besides the loss that it bears anyway [R002-63]", () => {
    // 1,000 are the share, 300 the loss; what it was planned to gain at the door is part of the share.
    expect(ended(pipeline(), "t1", { fuelCredits: 1_300 }).value).toBe("running");
    expect(ended(pipeline(), "t1", { fuelCredits: 1_301 }).value).toBe("windingUp");
  });

  it("judges its loss by the tasks that have ended, not by what a worker that begins anew has burnt so far [R002-63]", () => {
    const actor = pipeline();
    const known = actor.context<PipelineContext>().tasks.find(({ id }) => id === "p1.t2");
    const task = { ...known, status: "EXECUTING", assignedShip: "S-2", fuelCredits: 9_000 };
    actor.send({ type: "pipeline.workerLost", child: "task/t2", task, unitsAboard: 0 }).fail("task/t2", "Quarantined");
    expect(actor.children("task")).toMatchObject([{ input: { fuelCredits: 9_000 } }]);
    expect(ended(actor, "t1", {}).value).toBe("running");
    expect(ended(actor, "t2", { fuelCredits: 9_000 }).value).toBe("windingUp");
  });

  it("bears the losses, and gives its workers the attempts, of its configuration [R002-56]", () => {
    const work = { maxLossShare: 0.5, maxRetries: 7, tradeSize: { supplyShare: {}, unknownSupplyShare: 0.4 } };
    const first = { task: "t1", ship: "S-1" };
    const actor = new DrivenActor("pipeline", ADDRESS, {
      scope: SCOPE,
      id: "p1",
      plan,
      first,
      patienceMs: 60_000,
      gameSecondMs: 1_000 / 60,
      work,
    });
    expect(actor.children("task").map((child) => child.input)).toMatchObject([{ work }, { work }, { work }]);
    expect(ended(actor, "t1", { totalCostCredits: 1_000, totalRevenueCredits: 100 }).value).toBe("running");
  });

  it("tells when it has lost more than a chain may, though it came to its sale", () => {
    const actor = pipeline().send(judged(true));
    ended(ended(ended(actor, "t1", {}), "t2", {}), "t3", { totalCostCredits: 4_000, totalRevenueCredits: 2_600 });
    expect(dismissed(actor).output).toMatchObject({ status: "COMPLETED", netProfitCredits: -400, leaveAlone: true });
  });

  it("stopped by hand buys nothing more, tells its workers so, and ends when they have [R003-08]", () => {
    const actor = ended(pipeline(), "t1", {}).send({ type: "pipeline.stop", reason: "stopped by hand" });
    const told = actor.sent("task.cancel");
    expect(told.map(({ to }) => to.slice(-2))).toEqual(["t2", "t3"]);
    for (const message of told) expect(message).toMatchObject({ reason: "stopped by hand", stopped: true });
    const cancelled = { status: "CANCELLED", actualUnits: 0, totalCostCredits: 0, totalRevenueCredits: 0 };
    ended(ended(actor, "t2", cancelled), "t3", cancelled);
    expect(dismissed(actor).output).toMatchObject({ status: "CANCELLED", reason: "stopped by hand" });
  });

  it("is left alone after it was stopped by hand, though it has lost nothing; not so one that was cancelled [R003-08]", () => {
    const cancelled = { status: "CANCELLED", actualUnits: 0, totalCostCredits: 0, totalRevenueCredits: 0 };
    const leftAlone = (type: string) => {
      const actor = pipeline().send({ type, reason: "enough" });
      for (const id of ["t1", "t2", "t3"]) ended(actor, id, cancelled);
      return dismissed(actor).output;
    };
    expect(leftAlone("pipeline.stop")).toMatchObject({ netProfitCredits: 0, leaveAlone: true });
    expect(leftAlone("pipeline.cancel")).toMatchObject({ netProfitCredits: 0, leaveAlone: false });
  });

  it("that bought nothing before it was stopped is cancelled, not failed", () => {
    const actor = pipeline().send({ type: "pipeline.cancel", reason: "operator" });
    const cancelled = { status: "CANCELLED", actualUnits: 0, totalCostCredits: 0, totalRevenueCredits: 0 };
    for (const id of ["t1", "t2", "t3"]) ended(actor, id, cancelled);
    dismissed(actor);
    expect(actor.output).toMatchObject({ status: "CANCELLED", reason: "operator" });
  });

  it("lives on when a worker is given up: that task has failed, the rest winds up [G7]", () => {
    const actor = pipeline().fail("task/t2", "Quarantined");
    actor.send({ type: "pipeline.shipFreed", child: "task/t2", hasCargo: true });
    expect(actor.value).toBe("windingUp");
    expect(actor.status).toBe("active");
  });

  it("lets the ships of its tasks burn what was planned for their way and their share of half its profit more [R002-72]", () => {
    const tasks = plan.tasks.map((task, index) => ({ ...task, allowBurn: index === 2, approachCredits: 10 * index }));
    const input = { scope: SCOPE, id: "p1", plan: { ...plan, tasks }, first: null, patienceMs: 60_000, gameSecondMs: 1_000 / 60 };
    const workers = (actor: DrivenActor) => actor.children("task").map(({ input: worker }) => worker);
    expect(workers(new DrivenActor("pipeline", ADDRESS, input))).toMatchObject([
      { maxApproachCredits: 1_000, allowBurn: false },
      { maxApproachCredits: 1_010, allowBurn: false },
      { maxApproachCredits: 1_020, allowBurn: true },
    ]);
    for (const worker of workers(pipeline())) expect(worker).not.toHaveProperty("maxApproachCredits");
  });

  it("waits for HIGH no longer where plain trade pays, once it does nothing but wait: it collects what there is [R002-53]", () => {
    const actor = pipeline().send({ type: "pipeline.yield" });
    // Its patience goes on from where it was.
    expect([actor.sent("task.waitNoLonger"), actor.emitted("pipeline.waitsNoLonger"), actor.timers()]).toEqual([[], [], []]);
    ended(ended(actor, "t1", {}), "t2", {}).send(judged(false));
    expect(actor.sent("task.makeReady")).toEqual([]);
    actor.send({ type: "pipeline.yield" });
    expect(actor.sent("task.waitNoLonger").map(({ to }) => to)).toEqual([`${ADDRESS}/task/t3`]);
    expect(actor.sent("task.makeReady").map(({ to }) => to)).toEqual([`${ADDRESS}/task/t3`]);
    expect(actor.emitted("pipeline.waitsNoLonger")).toMatchObject([{ good: "CLOTHING", reason: "plain trade in it pays now" }]);
    expect(actor.value).toBe("running");
    ended(actor, "t3", {});
    expect(dismissed(actor).output).toMatchObject({ status: "COMPLETED", reason: null });
  });

  it("out of patience collects what there is, and says which good of which factory it waited for, how long and how long was planned [R002-53]", () => {
    const actor = pipeline().send({ ...judged(false), reason: "inputsMissing", supply: "LIMITED" });
    actor.nowMs += 20_000;
    ended(ended(actor, "t1", { completedAtMs: T0 + 5_000 }), "t2", { completedAtMs: T0 + 20_000 }).send(judged(false));
    actor.nowMs = T0 + 20_000 + 2.6 * 60_000;
    actor.fire("xstate.after.patience.pipeline.running");
    const reason = "CLOTHING still not HIGH at X1-A-F 2.6 h after all inputs were in (planned 0.3 h, last judged MODERATE)";
    expect(actor.emitted("pipeline.waitsNoLonger")).toMatchObject([{ pipeline: "p1", good: "CLOTHING", reason }]);
    expect(actor.sent("task.makeReady").map(({ to }) => to)).toEqual([`${ADDRESS}/task/t3`]);
    expect(actor.value).toBe("running");
    // It has patience once more, for the trip; then it is over.
    expect(actor.timers()).toMatchObject([{ delayMs: 60_000, event: { type: "xstate.after.patience.pipeline.running" } }]);
    actor.nowMs += 60_000;
    actor.fire("xstate.after.patience.pipeline.running");
    const open = "not done after 3.9 h (planned 0.3 h): CLOTHING to X1-A-S";
    expect(actor.sent("task.cancel")).toMatchObject([{ to: `${ADDRESS}/task/t3`, reason: open }]);
    ended(actor, "t3", { status: "CANCELLED", actualUnits: 0, totalCostCredits: 0, totalRevenueCredits: 0 });
    expect(dismissed(actor).output).toMatchObject({ status: "CANCELLED", reason: open });
  });

  it("lets the collections of a late chain go one after the other, each with the patience of its trip [R002-53]", () => {
    const [first, second, last] = plan.tasks;
    const between = { ...last, id: "t3", type: "COLLECT_DELIVER" as const, feedsGood: "COATS", target: "X1-A-G" };
    const tasks = [first, second, between, { ...last, id: "t4", good: "COATS", source: "X1-A-G", dependsOn: ["t3"] }];
    const deep = { ...plan, tasks };
    const input = { scope: SCOPE, id: "p1", plan: deep, first: null, patienceMs: 60_000, gameSecondMs: 1_000 / 60 };
    const actor = ended(ended(new DrivenActor("pipeline", ADDRESS, input), "t1", {}), "t2", {});
    actor.send({ type: "pipeline.yield" });
    expect(actor.sent("task.waitNoLonger").map(({ to }) => to)).toEqual([`${ADDRESS}/task/t3`]);
    expect(actor.timers()).toMatchObject([{ delayMs: 60_000 }]);
    ended(actor, "t3", { awaitsProduction: false });
    actor.send({ type: "pipeline.yield" });
    expect(actor.sent("task.waitNoLonger").map(({ to }) => to)).toEqual([`${ADDRESS}/task/t4`]);
  });

  it("out of patience lets a ship that is on its way collect, HIGH or not [R002-53]", () => {
    const actor = ended(ended(pipeline(), "t1", {}), "t2", {}).send(judged(true));
    expect(actor.sent("task.makeReady")).toHaveLength(1);
    actor.fire("xstate.after.patience.pipeline.running");
    expect(actor.sent("task.waitNoLonger").map(({ to }) => to)).toEqual([`${ADDRESS}/task/t3`]);
    expect([actor.value, actor.sent("task.cancel")]).toEqual(["running", []]);
    ended(actor, "t3", {});
    expect(dismissed(actor).output).toMatchObject({ status: "COMPLETED" });
  });

  it("out of patience says that nobody has looked, and what was not brought", () => {
    const unseen = ended(ended(pipeline(), "t1", { completedAtMs: T0 }), "t2", { completedAtMs: T0 });
    unseen.send({ ...judged(false), reason: "stale", supply: "LIMITED" });
    unseen.nowMs += 60_000;
    const stale = "no fresh reading of CLOTHING at X1-A-F 1.0 h after all inputs were in (planned 0.3 h, last judged LIMITED)";
    unseen.fire("xstate.after.patience.pipeline.running");
    expect(unseen.emitted("pipeline.waitsNoLonger")).toMatchObject([{ reason: stale }]);
    const unfed = ended(pipeline(), "t1", {});
    unfed.nowMs += 90_000;
    const open = "not done after 1.5 h (planned 0.3 h): FABRICS to X1-A-F";
    expect(unfed.fire("xstate.after.patience.pipeline.running").context<PipelineContext>().reason).toBe(open);
  });

  it("is completed by the trips that were worth it, when another was not any more [R002-63]", () => {
    const [, , sell] = plan.tasks;
    const trip = (id: string) => ({ ...sell, id, awaitsProduction: false, dependsOn: [] });
    const trade = { ...plan, kind: "trade" as const, factories: [], tasks: [trip("t1"), trip("t2")] };
    const first = { task: "t1", ship: "S-1" };
    const actor = new DrivenActor("pipeline", ADDRESS, {
      scope: SCOPE,
      id: "p1",
      plan: trade,
      first,
      patienceMs: 60_000,
      gameSecondMs: 1_000 / 60,
    });
    const task = (id: string, status: string) => ({ ...trip(id), id: `p1.${id}`, status, actualUnits: 0, type: "COLLECT_SELL" });
    actor.finish("task/t2", { task: { ...task("t2", "CANCELLED"), totalCostCredits: 0, totalRevenueCredits: 0 } });
    expect(actor.value).toBe("running");
    actor.finish("task/t1", { task: { ...task("t1", "COMPLETED"), totalCostCredits: 4_000, totalRevenueCredits: 9_000 } });
    expect(actor.output).toMatchObject({ status: "COMPLETED", netProfitCredits: 5_000 });
  });

  it("says which inputs of a recipe a factory's market does not import, and feeds the others [R000-48]", () => {
    const factories = plan.factories.map((factory) => ({ ...factory, notImported: ["YARN"] }));
    const actor = new DrivenActor("pipeline", ADDRESS, {
      scope: SCOPE,
      id: "p1",
      plan: { ...plan, factories },
      first: null,
      patienceMs: 60_000,
      gameSecondMs: 1_000 / 60,
    });
    expect(actor.emitted("factory.inputsDiffer")).toMatchObject([{ factory: "X1-A-F", good: "CLOTHING", notImported: ["YARN"] }]);
    expect(actor.sent("supply.watch")).toMatchObject([{ inputs: [{ good: "FABRICS", units: 80 }] }]);
    expect(pipeline().emitted("factory.inputsDiffer")).toEqual([]);
  });
});

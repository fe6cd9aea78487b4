import { describe, expect, it } from "vitest";
import { DEFAULT_WORK_POLICY } from "../../src/domain/workPolicy.ts";
import type { CoordinatorContext } from "../../src/machines/coordinatorProtocol.ts";
import { DrivenActor, loaded, SCOPE, shipState, T0 } from "./driver.ts";

const ADDRESS = `${SCOPE}/coordinator`;
const timing = {
  gameSecondMs: 1000 / 60,
  discoveryMs: 1_000,
  dispatchMs: 1_000,
  supplyPollMs: 1_000,
  maxReadingAgeMs: 1_000,
  tourPauseMs: 10,
  pipelinePatienceMs: 60_000,
  productCooldownMs: 1_000,
};
const demand = { creditsPerHour: 0, referenceLift: 1, idleTraders: 0, markets: 0 };
const nothing = { assignments: [], pipelines: [], scouts: [], yields: [], orders: [], demand };

function coordinator(): DrivenActor {
  return new DrivenActor("coordinator", ADDRESS, { scope: SCOPE, timing, maxFabrications: 2 });
}
const idle = (ship = shipState()) => ({ type: "coordinator.shipIdle", symbol: ship.symbol, ship });
const readyTask = (id: string) => ({
  type: "coordinator.taskReady",
  task: { id, priority: 10, startWaypoint: "X1-A-1", cargoUnits: 40, creditsPerShipSecond: 1, createdAtMs: 0 },
  good: "IRON",
});

/** What its dispatcher is asked. */
const asked = (of: DrivenActor) =>
  of.effects.flatMap((effect) => (effect.type === "startJob" && effect.src === "dispatch" ? [effect.input] : []));

const order = { type: "coordinator.start", order: "o1", product: "IRON", kind: "any", force: false };
const ironPlan = {
  product: "IRON",
  kind: "trade",
  tasks: [],
  factories: [],
  economics: { elapsedSeconds: 600, capitalCredits: 0 },
  sellMarket: "X",
  expectedBidCredits: 1,
  units: 1,
};

describe("the coordinator", () => {
  it("asks for work at once when a ship is idle, and not again before something has changed [R002-71]", () => {
    const actor = coordinator().send(idle());
    expect(actor.jobs()).toEqual(["dispatch"]);
    actor.finish("dispatch", nothing);
    expect(actor.jobs()).toEqual([]);
    expect(actor.send(readyTask("t")).jobs()).toEqual(["dispatch"]);
  });

  it("looks for work after each interval, which a new configuration changes [R002-70]", () => {
    const actor = coordinator();
    const [first] = actor.timers();
    expect(first).toMatchObject({ delayMs: 1_000 });
    const slower = { ...timing, dispatchMs: 3_000 };
    actor.send({ type: "coordinator.configure", timing: slower, maxFabrications: 2, work: DEFAULT_WORK_POLICY }).send(idle());
    actor.finish("dispatch", nothing);
    const [next] = actor.timers();
    expect(next).toMatchObject({ delayMs: 3_000 });
    expect(actor.fire(next?.event.type ?? "").jobs()).toEqual(["dispatch"]);
  });

  it("gives a task and a ship away once, however often the answer names them [R002-72]", () => {
    const actor = coordinator().send(idle()).send(readyTask("a/t1")).send(readyTask("a/t2"));
    const assignments = [
      { task: "a/t1", ship: "S-1" },
      { task: "a/t2", ship: "S-1" },
    ];
    actor.finish("dispatch", { ...nothing, assignments });
    expect(actor.sent("task.assign")).toMatchObject([{ to: "a/t1", ship: "S-1" }]);
    expect(actor.context<CoordinatorContext>().idle).toEqual({});
    expect(Object.keys(actor.context<CoordinatorContext>().ready)).toEqual(["a/t2"]);
  });

  it("gives neither a task that is gone when the answer comes, nor a ship that the same answer has given away [R002-72]", () => {
    const gone = coordinator().send(idle()).send(readyTask("a/t1"));
    gone.send({ type: "coordinator.actorsGone", address: "a/t1" });
    gone.finish("dispatch", { ...nothing, assignments: [{ task: "a/t1", ship: "S-1" }] });
    expect(gone.sent("task.assign")).toEqual([]);
    const { idle: ships, given: tasks } = gone.context<CoordinatorContext>();
    expect([Object.keys(ships), tasks]).toEqual([["S-1"], {}]);

    const pipelines = [{ plan: ironPlan, task: "t1", ship: "S-1" }];
    const scouts = [{ ship: "S-1", waypoint: "X1-A-9" }];
    const [assignments, second] = [[{ task: "a/t1", ship: "S-1" }], pipelines[0]];
    const given = coordinator().send(idle()).send(readyTask("a/t1"));
    given.finish("dispatch", { ...nothing, assignments, pipelines, scouts });
    expect([given.children("pipeline"), given.children("tour")]).toEqual([[], []]);
    const begun = coordinator().send(idle());
    begun.finish("dispatch", { ...nothing, pipelines: [...pipelines, second], scouts });
    expect([begun.children("pipeline").length, begun.children("tour").length]).toEqual([1, 0]);
    const unknown = coordinator().send(idle());
    expect(unknown.finish("dispatch", { ...nothing, scouts: [{ ship: "S-9", waypoint: "X1-A-9" }] }).children("tour")).toEqual(
      [],
    );
  });

  it("sends each idle ship to look at a market of its own, and asks for work with those that are looked at", () => {
    const actor = coordinator()
      .send(idle())
      .send(idle(shipState({ symbol: "S-2" })));
    const scouts = ["S-1", "S-2"].map((ship, index) => ({ ship, waypoint: `X1-A-${index + 8}` }));
    actor.finish("dispatch", { ...nothing, scouts });
    expect(actor.children("tour").map(({ id }) => id)).toEqual(["scout/1", "scout/2"]);
    expect(actor.children("tour").map(({ input }) => input)).toMatchObject([
      { ship: "S-1", stops: ["X1-A-8"] },
      { ship: "S-2", stops: ["X1-A-9"] },
    ]);
    expect(actor.context<CoordinatorContext>().idle).toEqual({});
    expect(asked(actor.send(order))).toMatchObject([{ scouting: ["X1-A-8", "X1-A-9"], idle: [] }]);
  });

  it("asks with what the chains that it began count on, and when they are due, and tells the purse what it could use", () => {
    const actor = coordinator()
      .send(idle())
      .send(idle(shipState({ symbol: "S-2" })));
    const economics = { elapsedSeconds: 600, capitalCredits: 700 };
    const chain = { ...ironPlan, kind: "fabricate", economics };
    const pipelines = [
      { plan: chain, task: "t1", ship: "S-1" },
      { plan: { ...ironPlan, product: "COPPER", economics }, task: "t1", ship: "S-2" },
    ];
    actor.finish("dispatch", { ...nothing, pipelines, demand: { ...demand, idleTraders: 3 } });
    expect(actor.sent("treasury.demandMeasured")).toMatchObject([{ to: `${SCOPE}/treasury`, demand: { idleTraders: 3 } }]);
    expect(asked(actor.send(order))).toMatchObject([
      { earmarkedCredits: 1_400, activeFabrications: 1, chains: [{ product: "IRON", dueAtMs: T0 + 10_000 }] },
    ]);
  });

  it("tells the chains of a product that plain trade pays for, and no trade of it, nor one whose last worker has gone [R002-53]", () => {
    const ships = ["S-1", "S-2", "S-3"];
    const actor = coordinator();
    for (const symbol of ships) actor.send(idle(shipState({ symbol })));
    const tasks = [{ id: "t1", good: "IRON", source: "X1-A-1", target: "X1-A-2", units: 40 }];
    const plans = [
      { ...ironPlan, tasks, kind: "fabricate" },
      { ...ironPlan, tasks },
      { ...ironPlan, tasks, kind: "fabricate", product: "COPPER" },
    ];
    const pipelines = plans.map((plan, index) => ({ plan, task: "t1", ship: ships[index] }));
    actor.finish("dispatch", { ...nothing, pipelines });
    const yielding = { ...nothing, yields: ["IRON"] };
    const told = () => actor.sent("pipeline.yield").map(({ to }) => to);
    actor.send(order).finish("dispatch", yielding);
    expect(told()).toEqual([`${ADDRESS}/pipeline/p1`]);
    actor.send({ type: "coordinator.taskGone", task: `${ADDRESS}/pipeline/p1/task/t1` });
    actor.send({ ...order, order: "o2" }).finish("dispatch", yielding);
    expect(told()).toEqual([]);
  });

  it("ends what waits for the cargo of a ship that is destroyed, offered before or after, and of no other [R002-120]", () => {
    const bound = (id: string, affinityShip: string) => {
      const offer = readyTask(id);
      return { ...offer, task: { ...offer.task, affinityShip } };
    };
    const gone = (destroyed: boolean) => ({ type: "coordinator.shipGone", symbol: "S-1", destroyed });
    const offered = () => coordinator().send(bound("a/t1", "S-1")).send(bound("a/t2", "S-2")).send(readyTask("a/t3"));
    const reason = "the ship is destroyed";
    const actor = offered().send(gone(true));
    expect(actor.sent("task.cancel")).toMatchObject([{ to: "a/t1", reason }]);
    expect(actor.send(bound("a/t4", "S-1")).sent("task.cancel")).toMatchObject([{ to: "a/t4", reason }]);
    expect(Object.keys(actor.context<CoordinatorContext>().ready)).not.toContain("a/t4");
    expect(offered().send(gone(false)).sent("task.cancel")).toEqual([]);
  });

  it("makes one LIQUIDATE task per item of stranded cargo, and none twice [R000-35] [R000-39] [R000-55]", () => {
    const ship = loaded("IRON", 5, {
      cargo: [
        { good: "IRON", units: 5 },
        { good: "GOLD", units: 3 },
      ],
      cargoUnits: 8,
    });
    const actor = coordinator().send(idle(ship));
    const children = actor.children("task");
    expect(children.map((child) => child.input)).toMatchObject([
      { type: "LIQUIDATE", good: "GOLD", units: 3, ship: "S-1", priority: 100 },
      { type: "LIQUIDATE", good: "IRON", units: 5, ship: null, affinityShip: "S-1" },
    ]);
    expect(actor.send(idle(ship)).children("task")).toEqual([]);
  });

  it("takes over the cargo of a failed worker: the claim goes on to the LIQUIDATE task in the same commit [G10] [R000-37]", () => {
    const actor = coordinator().send({ type: "coordinator.cargoOrphaned", ship: loaded("IRON", 5), because: "failed" });
    const [child] = actor.children("task");
    expect(actor.sent("ship.transfer")).toMatchObject([{ to: `${SCOPE}/ship/S-1`, from: ADDRESS, purpose: "LIQUIDATE" }]);
    expect(child?.address).toBe(`${ADDRESS}/liquidate/1`);
  });

  it("knows its pipelines from their beginning to their end [R002-73]", () => {
    const actor = coordinator()
      .send(idle())
      .send(idle(shipState({ symbol: "S-2" })));
    const copper = { ...ironPlan, product: "COPPER" };
    const pipelines = [
      { plan: ironPlan, task: "t1", ship: "S-1" },
      { plan: copper, task: "t1", ship: "S-2" },
    ];
    actor.finish("dispatch", { ...nothing, pipelines });
    const known = () => Object.values(actor.context<CoordinatorContext>().pipelines).map(({ product }) => product);
    expect(known()).toEqual(["IRON", "COPPER"]);
    actor.finish("pipeline/p1", { id: "p1", product: "IRON", status: "COMPLETED", netProfitCredits: 1, reason: null });
    expect(known()).toEqual(["COPPER"]);
    actor.finish("pipeline/p2", { id: "p2", product: "COPPER", status: "FAILED", netProfitCredits: 0, reason: "x" });
    expect(known()).toEqual([]);
  });

  it("leaves a product alone for a while after its pipeline came to nothing", () => {
    const actor = coordinator().send(idle());
    actor.finish("dispatch", { ...nothing, pipelines: [{ plan: ironPlan, task: "t1", ship: "S-1" }] });
    expect(actor.children("pipeline")).toHaveLength(1);
    actor.finish("pipeline/p1", { id: "p1", product: "IRON", status: "CANCELLED", netProfitCredits: 0, reason: "moved" });
    const { pipelines, cooling } = actor.context<CoordinatorContext>();
    expect({ pipelines, cooling }).toEqual({ pipelines: {}, cooling: { "trade:IRON": actor.nowMs + 1_000 } });
  });

  it("begins nothing of a product that was stopped by hand until somebody starts it, or its time is over", () => {
    const known = (of: DrivenActor) => of.context<CoordinatorContext>();
    const actor = coordinator().send(idle());
    const begin = { ...nothing, pipelines: [{ plan: ironPlan, task: "t1", ship: "S-1" }] };
    const stop = { type: "coordinator.stop", pipelines: [], product: "IRON", reason: "stopped by hand", products: ["IRON"] };
    // Its dispatch was under way.
    actor.send(stop).finish("dispatch", begin);
    expect(actor.children("pipeline")).toEqual([]);
    const tick = () => actor.fire("xstate.after.dispatch.coordinator.waiting");
    expect(tick().effects).toContainEqual(
      expect.objectContaining({ type: "startJob", input: expect.objectContaining({ stopped: ["IRON"] }) }),
    );
    actor.finish("dispatch", nothing);
    actor.send({ ...order, product: null });
    expect(known(actor).stoppedByHand).toEqual({ IRON: null });
    // A start that is refused leaves the stop as it was; the one that begins lifts it.
    actor.finish("dispatch", nothing).send({ ...order, order: "o2" });
    actor.finish("dispatch", { ...nothing, orders: [{ id: "o2", verdict: "waits", detail: "no ship" }] });
    tick().finish("dispatch", { ...nothing, orders: [{ id: "o2", verdict: "refused", reason: "leftAlone", detail: "it is" }] });
    expect(known(actor)).toMatchObject({ stoppedByHand: { IRON: null }, refusedOrders: [{ product: "IRON" }] });
    actor.send({ ...order, order: "o3" });
    actor.finish("dispatch", { ...nothing, pipelines: [{ plan: ironPlan, task: "t1", ship: "S-1", order: "o3" }] });
    expect(actor.children("pipeline")).toHaveLength(1);
    expect(known(actor).stoppedByHand).toEqual({});
    actor.send({ ...stop, forGameSeconds: 7_200 });
    expect(known(actor).stoppedByHand).toEqual({ IRON: actor.nowMs + 120_000 });
    actor.send({ ...stop, forGameSeconds: 30 });
    actor.nowMs += 400;
    expect(known(tick()).stoppedByHand).toEqual({ IRON: T0 + 500 });
    actor.finish("dispatch", nothing).nowMs += 100;
    expect(known(tick()).stoppedByHand).toEqual({});
  });

  it("keeps each product stopped for its own time, whatever of the others is over", () => {
    const actor = coordinator();
    const stop = (product: string, forGameSeconds: number | null) =>
      actor.send({ type: "coordinator.stop", pipelines: [], product, reason: "x", products: [product], forGameSeconds });
    stop("IRON", 30);
    stop("COPPER", null);
    stop("GOLD", 7_200);
    expect(actor.context<CoordinatorContext>().stoppedByHand).toEqual({ IRON: T0 + 500, COPPER: null, GOLD: T0 + 120_000 });
    actor.nowMs += 500;
    actor.fire("xstate.after.dispatch.coordinator.waiting");
    expect(actor.context<CoordinatorContext>().stoppedByHand).toEqual({ COPPER: null, GOLD: T0 + 120_000 });
  });

  it("begins nothing of a product that was stopped while one was looked for, for an order that does not name it [R003-08]", () => {
    const actor = coordinator()
      .send(idle())
      .send({ ...order, product: null });
    actor.send({ type: "coordinator.stop", pipelines: [], product: "IRON", reason: "stopped by hand", products: ["IRON"] });
    actor.finish("dispatch", { ...nothing, pipelines: [{ plan: ironPlan, task: "t1", ship: "S-1", order: "o1" }] });
    expect([actor.children("pipeline"), actor.emitted("order.accepted")]).toEqual([[], []]);
    expect(actor.context<CoordinatorContext>()).toMatchObject({
      stoppedByHand: { IRON: null },
      orders: { o1: { product: null } },
    });
  });

  it("adds no time of its own to a pipeline's that was stopped by hand", () => {
    const actor = coordinator().send(idle());
    actor.finish("dispatch", { ...nothing, pipelines: [{ plan: ironPlan, task: "t1", ship: "S-1" }] });
    const reason = "stopped by hand";
    actor.send({ type: "coordinator.stop", pipelines: ["p1"], product: null, reason, products: ["IRON"], forGameSeconds: null });
    const ended = { id: "p1", product: "IRON", status: "CANCELLED", netProfitCredits: 0, reason, leaveAlone: true };
    actor.finish("pipeline/p1", ended);
    const { cooling, stoppedByHand } = actor.context<CoordinatorContext>();
    expect({ cooling, stoppedByHand }).toEqual({ cooling: {}, stoppedByHand: { IRON: null } });
  });

  it("leaves a product alone that was sold at a loss, and not one that was sold at a gain", () => {
    const end = (leaveAlone: boolean) => {
      const actor = coordinator().send(idle());
      actor.finish("dispatch", { ...nothing, pipelines: [{ plan: ironPlan, task: "t1", ship: "S-1" }] });
      actor.finish("pipeline/p1", {
        id: "p1",
        product: "IRON",
        status: "COMPLETED",
        netProfitCredits: -1,
        reason: null,
        leaveAlone,
      });
      return actor.context<CoordinatorContext>().cooling;
    };
    expect(Object.keys(end(true))).toEqual(["trade:IRON"]);
    expect(end(false)).toEqual({});
  });

  it("looks at an order at once, without a ship, and keeps it until one is free", () => {
    const actor = coordinator().send(order);
    expect(actor.jobs()).toEqual(["dispatch"]);
    actor.finish("dispatch", { ...nothing, orders: [{ id: "o1", verdict: "waits", detail: "no ship" }] });
    expect(actor.emitted("order.waiting")).toMatchObject([{ order: "o1", good: "IRON", detail: "no ship" }]);
    expect(actor.value).toBe("waiting");
    expect(actor.send(order).context<CoordinatorContext>().orders).toMatchObject({
      o1: { product: "IRON", waitsFor: "no ship" },
    });
    actor.send(idle()).finish("dispatch", { ...nothing, pipelines: [{ plan: ironPlan, task: "t1", ship: "S-1", order: "o1" }] });
    expect(actor.emitted("order.accepted")).toMatchObject([{ order: "o1", pipeline: "p1" }]);
    expect(actor.context<CoordinatorContext>().orders).toEqual({});
  });

  it("refuses an order with the reason, once", () => {
    const actor = coordinator().send(order);
    const refused = [{ id: "o1", verdict: "refused", reason: "noFactory", detail: "nobody makes it" }];
    actor.finish("dispatch", { ...nothing, orders: refused });
    expect(actor.emitted("order.refused")).toMatchObject([{ order: "o1", good: "IRON", reason: "noFactory" }]);
    expect(actor.context<CoordinatorContext>().orders).toEqual({});
  });

  it("keeps an order whose ship was given away while it was planned", () => {
    const actor = coordinator().send(order).send({ type: "coordinator.review" });
    actor.finish("dispatch", { ...nothing, pipelines: [{ plan: ironPlan, task: "t1", ship: "GONE", order: "o1" }] });
    expect(actor.children("pipeline")).toEqual([]);
    expect(Object.keys(actor.context<CoordinatorContext>().orders)).toEqual(["o1"]);
    expect(actor.jobs()).toEqual(["dispatch"]);
  });

  it("begins no pipeline for an order that was stopped while its ship was looked for, and keeps the ship [R003-08]", () => {
    const actor = coordinator().send(order).send(idle());
    actor.send({ type: "coordinator.stop", pipelines: [], product: "IRON", reason: "enough" });
    expect(actor.emitted("order.refused")).toMatchObject([{ order: "o1", reason: "stopped" }]);
    actor.finish("dispatch", { ...nothing, pipelines: [{ plan: ironPlan, task: "t1", ship: "S-1", order: "o1" }] });
    expect([actor.children("pipeline"), actor.emitted("order.accepted")]).toEqual([[], []]);
    expect(Object.keys(actor.context<CoordinatorContext>().idle)).toEqual(["S-1"]);
  });

  it("stops the pipelines that run and the orders that wait for a product, and nothing else [R003-08]", () => {
    const actor = coordinator().send(idle());
    const task = { id: "t1", good: "IRON", source: "X1-A-1", target: "X1-A-2", units: 40 };
    actor.finish("dispatch", { ...nothing, pipelines: [{ plan: { ...ironPlan, tasks: [task] }, task: "t1", ship: "S-1" }] });
    const stop = { type: "coordinator.stop", pipelines: ["p1", "p9"], product: "IRON", reason: "enough" };
    actor.send(order).send(stop);
    expect(actor.sent("pipeline.stop")).toMatchObject([{ to: `${ADDRESS}/pipeline/p1`, reason: "enough" }]);
    expect(actor.emitted("order.refused")).toMatchObject([{ order: "o1", reason: "stopped" }]);
    // Its last worker has gone: it may have ended, and a message would find nobody.
    actor.send({ type: "coordinator.taskGone", task: `${ADDRESS}/pipeline/p1/task/t1` }).send(stop);
    expect(actor.sent("pipeline.stop")).toEqual([]);
  });

  it("remembers what a pipeline does while a worker of it is replaced: it is still stopped, and its prices counted with [R003-08]", () => {
    const actor = coordinator().send(idle());
    const task = { id: "t1", good: "IRON", source: "X1-A-1", target: "X1-A-2", units: 40 };
    actor.finish("dispatch", { ...nothing, pipelines: [{ plan: { ...ironPlan, tasks: [task] }, task: "t1", ship: "S-1" }] });
    const { committed } = actor.context<CoordinatorContext>();
    const worker = `${ADDRESS}/pipeline/p1/task/t1`;
    actor.send({ type: "coordinator.actorsGone", address: worker });
    expect(actor.context<CoordinatorContext>().committed).toEqual(committed);
    actor.send({ type: "coordinator.stop", pipelines: ["p1"], product: null, reason: "enough" });
    expect(actor.sent("pipeline.stop")).toMatchObject([{ to: `${ADDRESS}/pipeline/p1` }]);
    actor.send({ type: "coordinator.actorsGone", address: `${ADDRESS}/pipeline/p1` });
    expect(actor.context<CoordinatorContext>().committed).toEqual({});
  });

  it("hands a new configuration to the pipelines that it begins from then on", () => {
    const work = { maxLossShare: 0.2, maxRetries: 7, tradeSize: { supplyShare: {}, unknownSupplyShare: 0.5 } };
    const later = { ...timing, pipelinePatienceMs: 5 };
    const actor = coordinator().send(idle()).send({ type: "coordinator.configure", timing: later, maxFabrications: 9, work });
    actor.finish("dispatch", { ...nothing, pipelines: [{ plan: ironPlan, task: "t1", ship: "S-1" }] });
    expect(actor.children("pipeline")[0]?.input).toMatchObject({ patienceMs: 5, work });
    expect(actor.context<CoordinatorContext>().maxFabrications).toBe(9);
  });

  it("gives a pipeline the time of its own plan, within the limit for all", () => {
    const begin = (elapsedSeconds: number) => {
      const actor = coordinator().send(idle());
      const economics = { elapsedSeconds, capitalCredits: 0 };
      const plan = { product: "IRON", kind: "trade", tasks: [], factories: [], economics };
      const rest = { sellMarket: "X", expectedBidCredits: 1, units: 1 };
      actor.finish("dispatch", { ...nothing, pipelines: [{ plan: { ...plan, ...rest }, task: "t1", ship: "S-1" }] });
      return actor.children("pipeline")[0]?.input;
    };
    expect(begin(600)).toMatchObject({ patienceMs: 45_000, gameSecondMs: timing.gameSecondMs });
    expect(begin(36_000)).toMatchObject({ patienceMs: timing.pipelinePatienceMs });
  });

  it("takes an offer again that was cleared away, and none that is out of date since the task has a ship [R002-71]", () => {
    const [task, again] = [readyTask("a/t1"), { ...readyTask("a/t1"), again: true }];
    const cleared = coordinator().send(idle()).finish("dispatch", nothing).send(task).finish("dispatch", nothing);
    cleared.send({ type: "coordinator.actorsGone", address: "a/t1" });
    expect(cleared.context<CoordinatorContext>().ready).toEqual({});
    expect(cleared.send(again).jobs()).toEqual(["dispatch"]);
    expect(cleared.finish("dispatch", nothing).send(again).jobs()).toEqual([]);
    expect(Object.keys(cleared.context<CoordinatorContext>().ready)).toEqual(["a/t1"]);

    const given = coordinator().send(idle()).send(task);
    given.finish("dispatch", { ...nothing, assignments: [{ task: "a/t1", ship: "S-1" }] }).send(again);
    expect(given.context<CoordinatorContext>().ready).toEqual({});
    // Refused the ship, it offers itself anew.
    expect(Object.keys(given.send(task).context<CoordinatorContext>().ready)).toEqual(["a/t1"]);
    expect(given.context<CoordinatorContext>().given).toEqual({});
  });

  it("forgets the offers and prices of workers that are gone", () => {
    const gone = `${ADDRESS}/pipeline/p1`;
    const actor = coordinator()
      .send(readyTask(`${gone}/task/t1`))
      .send(readyTask(`${ADDRESS}/pipeline/p11/task/t1`))
      .send({ type: "coordinator.taskLoaded", task: `${gone}/task/t2` });
    actor.send({ type: "coordinator.actorsGone", address: gone });
    expect(Object.keys(actor.context<CoordinatorContext>().ready)).toEqual([`${ADDRESS}/pipeline/p11/task/t1`]);
    expect(actor.context<CoordinatorContext>().committed).toEqual({});
  });
});

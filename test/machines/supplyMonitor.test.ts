import { describe, expect, it } from "vitest";
import type { SupplyMonitorContext } from "../../src/machines/supplyMonitor.machine.ts";
import { DrivenActor, quote, SCOPE, T0 } from "./driver.ts";

const ADDRESS = `${SCOPE}/supply-monitor`;
const PIPELINE = `${SCOPE}/coordinator/pipeline/p1`;
const FACTORY = "X1-A-F";

function monitor(): DrivenActor {
  return new DrivenActor("supply-monitor", ADDRESS, { scope: SCOPE, pollMs: 1_000, maxReadingAgeMs: 10_000 });
}
const watch = (waypoint = FACTORY, good = "CLOTHING", watcher = PIPELINE, pipelineId = "p1") => ({
  type: "supply.watch",
  pipelineId,
  watcher,
  waypoint,
  good,
  inputs: [{ good: "FABRICS", units: 40 }],
  supply: "MODERATE",
  supplySeenAtMs: T0,
});
const child = (waypoint = FACTORY, good = "CLOTHING", pipelineId = "p1") =>
  `${ADDRESS}/factory/${waypoint}:${good}/${pipelineId}`;
const clothing = quote({ waypoint: FACTORY, good: "CLOTHING", supply: "HIGH" });
const seen = (waypoint: string, quotes = [clothing]) => ({ waypoint, listing: undefined, quotes, hulls: undefined, atMs: T0 });

describe("the supply monitor", () => {
  it("starts one factory for each watch, once [R002-64] [R002-69]", () => {
    const actor = monitor().send(watch());
    expect(actor.children("factory").map(({ address }) => address)).toEqual([child()]);
    expect(actor.send(watch()).children("factory")).toEqual([]);
    expect(actor.send(watch(FACTORY, "MEDICINE")).children("factory")).toHaveLength(1);
  });

  it("reads each watched market once a round, and a market that fails stops none of the others [R002-77] [R002-78]", () => {
    const actor = monitor().send(watch()).send(watch(FACTORY, "MEDICINE")).send(watch("X1-A-G", "FOOD"));
    actor.fire(actor.timers()[0]?.event.type ?? "xstate.after.poll.supplyMonitor.waiting");
    expect(actor.context<SupplyMonitorContext>().round).toEqual([FACTORY, "X1-A-G"]);
    expect(actor.fail("observeMarket", "down").jobs()).toEqual(["observeMarket"]);
    actor.finish("observeMarket", seen("X1-A-G", [quote({ waypoint: "X1-A-G", good: "FOOD" })]));
    expect(actor.sent("factory.observed")).toMatchObject([{ to: child("X1-A-G", "FOOD") }]);
    expect(actor.sent("universe.marketObserved")).toMatchObject([{ ship: null }]);
    expect(actor.value).toBe("waiting");
  });

  it("begins a round after each interval, which a new configuration changes [R002-77]", () => {
    const actor = monitor();
    expect(actor.timers()).toMatchObject([{ delayMs: 1_000 }]);
    expect(actor.fire(actor.timers()[0]?.event.type ?? "").timers()).toMatchObject([{ delayMs: 1_000 }]);
    const next = actor.timers()[0]?.event.type ?? "";
    actor.send({ type: "supply.configure", pollMs: 3_000, maxReadingAgeMs: 10_000 });
    expect(actor.fire(next).timers()).toMatchObject([{ delayMs: 3_000 }]);
  });

  it("asks a factory to review its reading where no ship of ours sees prices [R002-79]", () => {
    const actor = monitor().send(watch());
    actor.fire(actor.timers()[0]?.event.type ?? "xstate.after.poll.supplyMonitor.waiting");
    actor.finish("observeMarket", seen(FACTORY, []));
    expect(actor.sent("factory.review")).toMatchObject([{ to: child() }]);
    expect(actor.sent("universe.marketObserved")).toEqual([]);
  });

  it("passes deliveries and readings on to the factories they concern [R002-52] [G13]", () => {
    const actor = monitor().send(watch()).send(watch(FACTORY, "MEDICINE"));
    const delivered = { waypoint: FACTORY, output: "CLOTHING", good: "FABRICS", units: 20, ship: "S-1", supplyAfter: null };
    expect(actor.send({ type: "supply.delivered", ...delivered }).sent("factory.delivered")).toMatchObject([{ to: child() }]);
    actor.send({ type: "supply.observed", waypoint: FACTORY, quotes: [clothing] });
    expect(actor.sent("factory.observed")).toMatchObject([{ to: child() }]);
    const close = { waypoint: FACTORY, output: "CLOTHING", good: "FABRICS", watcher: PIPELINE };
    expect(actor.send({ type: "supply.closeInput", ...close }).sent("factory.closeInput")).toMatchObject([{ to: child() }]);
  });

  it("passes over a delivery to a factory that nobody watches [R000-51]", () => {
    const delivered = { output: "CLOTHING", good: "FABRICS", units: 20, ship: "S-1", supplyAfter: null };
    for (const actor of [monitor(), monitor().send(watch("X1-A-G", "CLOTHING")), monitor().send(watch(FACTORY, "MEDICINE"))]) {
      actor.send({ type: "supply.delivered", waypoint: FACTORY, ...delivered });
      expect(actor.effects).toEqual([]);
      expect(actor.status).toBe("active");
    }
  });

  it("tells a factory that its product is exported no more: by prices without it, or by the market's list [R002-123]", () => {
    const actor = monitor().send(watch());
    const others = [quote({ waypoint: FACTORY, good: "FABRICS", type: "IMPORT" })];
    expect(actor.send({ type: "supply.observed", waypoint: FACTORY, quotes: others }).sent("factory.unlisted")).toMatchObject([
      { to: child() },
    ]);
    const polled = (exports: readonly string[]) => {
      const poller = monitor().send(watch());
      poller.fire(poller.timers()[0]?.event.type ?? "xstate.after.poll.supplyMonitor.waiting");
      const listing = { waypoint: FACTORY, exports, imports: ["FABRICS"], exchange: [] };
      return poller.finish("observeMarket", { ...seen(FACTORY, []), listing });
    };
    expect(polled([]).sent("factory.unlisted")).toMatchObject([{ to: child() }]);
    expect(polled(["CLOTHING"]).sent("factory.unlisted")).toEqual([]);
  });

  it("dismisses the factories of a pipeline that has ended, or of everything below an address, and of no other", () => {
    const other = `${SCOPE}/coordinator/pipeline/p11`;
    const actor = monitor()
      .send(watch())
      .send(watch(FACTORY, "CLOTHING", other, "p11"));
    actor.send({ type: "supply.unwatch", watcher: PIPELINE });
    expect(actor.sent("factory.dismiss")).toMatchObject([{ to: child() }]);
    expect(actor.context<SupplyMonitorContext>().watches).toMatchObject([{ watcher: other }]);
    actor.send({ type: "supply.unwatch", watcher: `${SCOPE}/coordinator` });
    expect(actor.context<SupplyMonitorContext>().watches).toEqual([]);
  });
});

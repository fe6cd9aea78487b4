import { describe, expect, it } from "vitest";
import { DrivenActor, quote, SCOPE, T0 } from "./driver.ts";

const WATCHER = `${SCOPE}/coordinator/pipeline/p1`;
const inputs = [{ good: "FABRICS", units: 40 }];
function factory(): DrivenActor {
  return new DrivenActor("factory", `${SCOPE}/supply-monitor/factory/X1-A-F:CLOTHING/p1`, {
    waypoint: "X1-A-F",
    good: "CLOTHING",
    pipelineId: "p1",
    watcher: WATCHER,
    inputs,
    supply: "MODERATE",
    supplySeenAtMs: T0,
    maxReadingAgeMs: 10_000,
  });
}
const delivered = (good: string, units: number) => ({
  type: "factory.delivered",
  good,
  units,
  ship: "S-1",
  supplyAfter: "MODERATE",
});
const seen = (supply: "MODERATE" | "HIGH", observedAtMs: number) => ({
  type: "factory.observed",
  quotes: [quote({ waypoint: "X1-A-F", good: "CLOTHING", supply, observedAtMs })],
});

describe("a factory", () => {
  it("is ready only with all deliveries done AND supply HIGH, and tells its pipeline once [R002-52] [R002-53] [R002-66]", () => {
    const actor = factory();
    actor.nowMs = T0 + 10;
    expect(actor.send(seen("HIGH", T0 + 10)).sent("pipeline.factoryJudged")).toEqual([]);
    actor.send(seen("MODERATE", T0 + 11)).send(delivered("FABRICS", 40));
    expect(actor.sent("pipeline.factoryJudged")).toMatchObject([{ to: WATCHER, ready: false, reason: "supplyLow" }]);
    actor.nowMs = T0 + 20;
    expect(actor.send(seen("HIGH", T0 + 20)).sent("pipeline.factoryJudged")).toMatchObject([{ ready: true, supply: "HIGH" }]);
    expect(actor.emitted("factory.supplyChanged")).toMatchObject([{ from: "MODERATE", to: "HIGH", ours: true }]);
    expect(actor.send(seen("HIGH", T0 + 21)).sent("pipeline.factoryJudged")).toEqual([]);
  });

  it("is not ready on a reading that has grown old, and says so [R002-79]", () => {
    const actor = factory().send(delivered("FABRICS", 40));
    actor.nowMs = T0 + 20;
    actor.send(seen("HIGH", T0 + 20));
    actor.nowMs = T0 + 20_000;
    expect(actor.send({ type: "factory.review" }).sent("pipeline.factoryJudged")).toMatchObject([
      { ready: false, reason: "stale" },
    ]);
  });

  it("tells its pipeline once that its product is exported no more [R002-123]", () => {
    const actor = factory().send({ type: "factory.unlisted" });
    expect(actor.sent("pipeline.factoryClosed")).toMatchObject([{ to: WATCHER, waypoint: "X1-A-F", good: "CLOTHING" }]);
    expect(actor.emitted("factory.closed")).toHaveLength(1);
    expect(actor.send({ type: "factory.unlisted" }).effects).toEqual([]);
  });

  it("records a delivery nobody expected, with a warning and no failure [R000-49] [R000-50]", () => {
    const actor = factory().send(delivered("LIQUID_HYDROGEN", 7));
    expect(actor.emitted("factory.unexpectedDelivery")).toMatchObject([{ good: "LIQUID_HYDROGEN", output: "CLOTHING" }]);
    expect(actor.emitted("task.delivered")).toMatchObject([{ units: 7 }]);
    expect(actor.status).toBe("active");
  });
});

import { describe, expect, it } from "vitest";
import type { SupplyLevel } from "../../src/domain/market.ts";
import { DEFAULT_OPPORTUNITY_POLICY } from "../../src/domain/opportunity.ts";
import type { PlanWorld } from "../../src/domain/plan.ts";
import { answerPlan, type PlanAnswer } from "../../src/domain/planAnswer.ts";
import type { ShownNode } from "../../src/domain/shownTree.ts";
import { bookOf, NOW_MS, quote, worldOf } from "./fixtures/builders.ts";
import { LASER_CHAIN, laserBook } from "./fixtures/laserRifles.ts";

const FRESH_MS = 600_000;

function ask(
  product: string,
  world: PlanWorld,
  kind: "any" | "trade" | "fabricate" = "any",
  policy = DEFAULT_OPPORTUNITY_POLICY,
) {
  return answerPlan({ product, kind, world, policy, freshForMs: FRESH_MS });
}

function treeOf(node: ShownNode): readonly string[] {
  const supply = node.method === "ENOUGH" ? ` ${node.supply}` : "";
  return [`${node.good} ${node.method}${supply}`, ...node.children.flatMap(treeOf)];
}

function refusalOf(answer: PlanAnswer) {
  if (answer.outcome !== "refused") throw new Error(`planned at ${answer.plan.economics.profitCredits}`);
  return answer;
}

/** CLOTHING of FABRICS: made at F, fabrics from E, worn at I. */
function clothing(rest: { clothingBid?: number; fabricsAsk?: number } = {}, world: Partial<PlanWorld> = {}): PlanWorld {
  const { clothingBid = 9_000, fabricsAsk = 1_500 } = rest;
  const book = bookOf(
    quote("F", "CLOTHING", "EXPORT", { askCredits: 5_000 }),
    quote("F", "FABRICS", "IMPORT", { supply: "SCARCE", bidCredits: 1_960 }),
    quote("E", "FABRICS", "EXPORT", { supply: "HIGH", askCredits: fabricsAsk }),
    quote("E2", "FABRICS", "EXPORT", { supply: "HIGH", askCredits: fabricsAsk + 100 }),
    quote("I", "CLOTHING", "IMPORT", { supply: "SCARCE", bidCredits: clothingBid }),
    quote("S", "CLOTHING", "IMPORT", { activity: "STRONG", bidCredits: 20_000 }),
  );
  return worldOf(book, { chain: { CLOTHING: ["FABRICS"] }, ...world });
}

describe("the answer to a plan", () => {
  it("is the fleet's plan of LASER_RIFLES, drawn as phases, with what it stands on", () => {
    const answer = ask("LASER_RIFLES", worldOf(laserBook(), { chain: LASER_CHAIN }), "fabricate");
    if (answer.outcome !== "planned") throw new Error(answer.detail);
    expect(answer.plan.phases).toHaveLength(12);
    expect(answer.plan.economics.elapsedSeconds).toBeGreaterThan(900);
    expect(answer.known).toEqual({ markets: 7, seen: 7, fresh: 7, neverSeen: [], unpriced: ["COPPER", "SILICON_CRYSTALS"] });
    expect(answer.ways.map(({ way }) => way.kind)).toEqual(["fabricate", "fabricate", "fabricate"]);
    expect(answer.confidence).toBe(1);
  });

  it("has a reason for each market with a price that is not in the plan", () => {
    const world = clothing();
    const answer = ask("CLOTHING", world, "fabricate");
    expect(answer).toMatchObject({ outcome: "planned", plan: { sellMarket: "I" } });
    const rejected = answer.rejected.map(({ good, market, reason }) => `${good} ${market} ${reason}`);
    expect(rejected).toContain("FABRICS E2 dearer");
    expect(rejected).toContain("CLOTHING S notASellMarket");
    const inPlan = ["F CLOTHING", "F FABRICS", "E FABRICS", "I CLOTHING"];
    for (const [waypoint, goods] of Object.entries(world.book.quotes))
      for (const good of Object.keys(goods))
        expect(inPlan.includes(`${waypoint} ${good}`) || rejected.some((line) => line.startsWith(`${good} ${waypoint} `))).toBe(
          true,
        );
  });

  it("ends the tree at an input of which the factory has enough, with a reason for each node below it", () => {
    const quotes = Object.values(laserBook().quotes).flatMap((goods) => Object.values(goods));
    const has = (waypoint: string, good: string, supply: SupplyLevel) => {
      const book = bookOf(...quotes.map((one) => (one.waypoint === waypoint && one.good === good ? { ...one, supply } : one)));
      const answer = ask("LASER_RIFLES", worldOf(book, { chain: LASER_CHAIN }), "fabricate");
      if (answer.outcome !== "planned") throw new Error(answer.detail);
      const delivered = new Set(answer.plan.phases.flatMap((phase) => (phase.kind === "DELIVER" ? [phase.good] : [])));
      const spared = answer.rejected.filter(({ reason }) => reason === "notDelivered");
      return { tree: treeOf(answer.plan.root), delivered, spared };
    };
    const top = has("A", "ADVANCED_CIRCUITRY", "ABUNDANT");
    expect(top.tree).toEqual(["LASER_RIFLES FABRICATE", "DIAMONDS BUY", "PLATINUM BUY", "ADVANCED_CIRCUITRY ENOUGH ABUNDANT"]);
    expect([...top.delivered]).toEqual(["DIAMONDS", "PLATINUM"]);
    const detail = "A has enough ADVANCED_CIRCUITRY (ABUNDANT)";
    expect(top.spared).toEqual([
      { good: "ADVANCED_CIRCUITRY", market: "B", reason: "notDelivered", detail },
      { good: "ELECTRONICS", market: "C3", reason: "notDelivered", detail },
      { good: "MICROPROCESSORS", market: "C4", reason: "notDelivered", detail },
    ]);
    const below = has("B", "ELECTRONICS", "ABUNDANT");
    expect(below.tree.slice(3)).toEqual(["ADVANCED_CIRCUITRY FABRICATE", "ELECTRONICS ENOUGH ABUNDANT", "MICROPROCESSORS BUY"]);
    expect([...below.delivered].toSorted()).toEqual(["ADVANCED_CIRCUITRY", "DIAMONDS", "MICROPROCESSORS", "PLATINUM"]);
    expect(below.spared).toMatchObject([{ good: "ELECTRONICS", market: "C3", detail: "B has enough ELECTRONICS (ABUNDANT)" }]);
  });

  it("weighs for a plain trade each market that is no maker of the good, and says so", () => {
    const { book } = clothing();
    const quotes = Object.values(book.quotes).flatMap((goods) => Object.values(goods));
    const exchange = quote("X", "CLOTHING", "EXCHANGE", { askCredits: 21_000, bidCredits: 7_000 });
    const world = worldOf(bookOf(...quotes, exchange, quote("F2", "CLOTHING", "EXPORT", { askCredits: 8_000 })));
    const answer = ask("CLOTHING", world, "trade");
    expect(answer).toMatchObject({ outcome: "planned", plan: { sellMarket: "S" } });
    const reasons = Object.fromEntries(answer.rejected.map(({ market, reason, detail }) => [market, `${reason}: ${detail}`]));
    expect(reasons).toEqual({
      F2: "notASellMarket: EXPORT market, makes it itself",
      I: "paysLess: pays 9000, for the ship's time less than S",
      X: "paysLess: pays 7000, for the ship's time less than S",
    });
  });

  it("names an unknown good, and a known one that no market lists", () => {
    expect(refusalOf(ask("UNOBTAINIUM", clothing()))).toMatchObject({ reason: "unknownGood", plan: undefined });
    const chain = { CLOTHING: ["FABRICS"], ROBES: ["CLOTHING"] };
    expect(refusalOf(ask("ROBES", clothing({}, { chain })))).toMatchObject({ reason: "noMarket" });
  });

  it("says that there is no factory, or none that was seen", () => {
    const importsOnly = worldOf(bookOf(quote("I", "CLOTHING", "IMPORT", { bidCredits: 9_000 })), {
      chain: { CLOTHING: ["FABRICS"] },
    });
    expect(refusalOf(ask("CLOTHING", importsOnly))).toMatchObject({ reason: "noFactory" });
    const listed = worldOf(bookOf(quote("I", "CLOTHING", "IMPORT")), { chain: { CLOTHING: ["FABRICS"] } });
    const listings = { ...listed.book.listings, F: { waypoint: "F", exports: ["CLOTHING"], imports: ["FABRICS"], exchange: [] } };
    const unseen = refusalOf(ask("CLOTHING", { ...listed, book: { ...listed.book, listings } }));
    expect(unseen.reason).toBe("noFactory");
    expect(unseen.rejected).toContainEqual(expect.objectContaining({ good: "CLOTHING", market: "F", reason: "noQuote" }));
    expect(unseen.known.neverSeen).toEqual(["F"]);
  });

  it("names the good of the chain that cannot be had [R002-18]", () => {
    const noFabrics = worldOf(
      bookOf(
        quote("F", "CLOTHING", "EXPORT", { askCredits: 5_000 }),
        quote("F", "FABRICS", "IMPORT"),
        quote("I", "CLOTHING", "IMPORT", { bidCredits: 9_000 }),
      ),
      { chain: { CLOTHING: ["FABRICS"] } },
    );
    const refusal = refusalOf(ask("CLOTHING", noFabrics, "fabricate"));
    expect(refusal).toMatchObject({ reason: "noMarket", detail: "FABRICS: no market with a known price sells FABRICS" });
  });

  it("ends on a chain that feeds itself, and on one that is too deep [R002-42]", () => {
    const circle = worldOf(
      bookOf(
        quote("A", "ALPHA", "EXPORT", { supply: "SCARCE" }),
        quote("A", "BETA", "IMPORT"),
        quote("B", "BETA", "EXPORT", { supply: "SCARCE" }),
        quote("B", "ALPHA", "IMPORT", { bidCredits: 9_000 }),
      ),
      { chain: { ALPHA: ["BETA"], BETA: ["ALPHA"] } },
    );
    expect(refusalOf(ask("ALPHA", circle))).toMatchObject({ reason: "cycle", detail: "ALPHA ← BETA ← ALPHA" });
    const levels = Array.from({ length: 8 }, (_, n) => `G${n}`);
    const deep = worldOf(
      bookOf(
        ...levels.flatMap((good, n) => [
          quote(`M${n}`, good, "EXPORT", { supply: "SCARCE" }),
          quote(`M${n}`, `G${n + 1}`, "IMPORT"),
        ]),
        quote("I", "G0", "IMPORT", { bidCredits: 9_000 }),
      ),
      { chain: Object.fromEntries(levels.map((good, n) => [good, [`G${n + 1}`]])) },
    );
    expect(refusalOf(ask("G0", deep))).toMatchObject({ reason: "tooDeep", detail: "G5: more than 5 levels of fabrication" });
  });

  it("shows the whole plan and its figures where the chain does not pay [R002-18]", () => {
    const poor = refusalOf(ask("CLOTHING", clothing({ fabricsAsk: 9_000 }), "fabricate"));
    expect(poor).toMatchObject({ reason: "marginTooLow" });
    expect(poor.plan?.economics.profitCredits).toBeLessThan(500);
    expect(poor.plan?.phases.length).toBeGreaterThan(3);
    expect(poor.detail).toContain(String(poor.plan?.economics.profitCredits));
  });

  it("tells of the way that could be planned to its end, though another was refused with less said", () => {
    const world = clothing({ fabricsAsk: 9_000, clothingBid: 4_800 });
    // A plain trade would sell to the STRONG market, a chain never.
    const steady = Object.values(world.book.quotes).flatMap((here) =>
      Object.values(here).filter((one) => one.activity !== "STRONG"),
    );
    const answer = refusalOf(ask("CLOTHING", { ...world, book: bookOf(...steady) }));
    expect(answer.ways.map(({ way, reason }) => [way.kind, reason])).toContainEqual(["trade", "nothingPays"]);
    expect(answer).toMatchObject({ reason: "marginTooLow", plan: { kind: "fabricate" } });
    expect(answer.plan?.economics.profitCredits).toBeLessThan(0);
  });

  it("says what is missing where the purse is too small, down to an empty one", () => {
    const tight = refusalOf(ask("CLOTHING", clothing({}, { creditsAvailable: 20_000 }), "fabricate"));
    expect(tight.reason).toBe("unaffordable");
    expect(tight.detail).toMatch(/ties up \d+ credits, 20000 available/);
    expect(refusalOf(ask("CLOTHING", clothing({}, { creditsAvailable: 0 }), "fabricate"))).toMatchObject({
      reason: "unaffordable",
    });
  });

  it("says that no market takes it at a steady price [R002-35]", () => {
    const { book, ...rest } = clothing();
    const { I: _, ...quotes } = book.quotes;
    const refusal = refusalOf(ask("CLOTHING", { ...rest, book: { ...book, quotes } }, "fabricate"));
    expect(refusal).toMatchObject({ reason: "noSellMarket", detail: "no valid sell markets for CLOTHING" });
    expect(refusal.rejected).toContainEqual(expect.objectContaining({ market: "S", detail: "activity STRONG is unstable" }));
  });

  it("tells a product that is HIGH already to be bought, and plans just that when any way will do [R002-82]", () => {
    const world = worldOf(
      bookOf(
        quote("F", "CLOTHING", "EXPORT", { supply: "HIGH", askCredits: 2_000 }),
        quote("F", "FABRICS", "IMPORT"),
        quote("E", "FABRICS", "EXPORT", { supply: "HIGH" }),
        quote("I", "CLOTHING", "IMPORT", { supply: "SCARCE", bidCredits: 5_000 }),
      ),
      { chain: { CLOTHING: ["FABRICS"] } },
    );
    expect(refusalOf(ask("CLOTHING", world, "fabricate"))).toMatchObject({ reason: "alreadyHigh" });
    expect(ask("CLOTHING", world)).toMatchObject({ outcome: "planned", plan: { kind: "trade", sellMarket: "I" } });
    expect(
      refusalOf(ask("CLOTHING", worldOf(bookOf(quote("F", "CLOTHING", "EXPORT", { supply: "SCARCE" }))), "trade")),
    ).toMatchObject({
      reason: "supplyTooLow",
    });
  });

  it("counts on old prices less", () => {
    const later = ask("CLOTHING", clothing({}, { nowMs: NOW_MS + DEFAULT_OPPORTUNITY_POLICY.quoteHalfLifeMs }), "fabricate");
    expect(later).toMatchObject({ outcome: "planned", confidence: 0.5, known: { fresh: 0 } });
  });
});

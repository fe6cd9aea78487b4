import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_RESOLVER_POLICY, type Resolution, resolve, type SupplyNode } from "../../src/domain/resolver.ts";
import { ancestorsOf, DEFAULT_SUPPLY_CHAIN_POLICY } from "../../src/domain/supplyChain.ts";
import { supplyChainMap } from "../../src/simulator/supplyChain.data.ts";
import { bookOf, quote } from "./fixtures/builders.ts";
import { LASER_CHAIN, laserBook } from "./fixtures/laserRifles.ts";
import { sharedUniverse } from "./fixtures/sharedUniverse.ts";

const shared = sharedUniverse();
const SEED_RAW = [
  ..."DIAMONDS PLATINUM GOLD SILVER COPPER ALUMINUM".split(" "),
  ..."IRON_ORE COPPER_ORE ALUMINUM_ORE GOLD_ORE SILVER_ORE PLATINUM_ORE".split(" "),
  ..."ICE_WATER LIQUID_HYDROGEN LIQUID_NITROGEN HYDROCARBON AMMONIA_ICE".split(" "),
  ..."POLYNUCLEOTIDES FABRICS FOOD".split(" "),
];
const MISSING_IN_SEED = "SILICON_CRYSTALS QUARTZ_SAND PRECIOUS_STONES URANITE_ORE MERITIUM_ORE IRON".split(" ");

describe("resolver", () => {
  it("buys a good that is HIGH somewhere, at the cheapest such market, without children [R002-14] [R002-17]", () => {
    const book = bookOf(
      quote("E1", "CLOTHING", "EXPORT", { supply: "HIGH", askCredits: 300 }),
      quote("E2", "CLOTHING", "EXPORT", { supply: "ABUNDANT", askCredits: 280 }),
      quote("E3", "CLOTHING", "EXPORT", { supply: "MODERATE", askCredits: 100 }),
    );
    const result = resolve({ good: "CLOTHING", book, map: { CLOTHING: ["FABRICS"] } });
    expect(result).toMatchObject({
      outcome: "resolved",
      depth: 0,
      root: { method: "BUY", sourceMarket: "E2", because: "supply", children: [] },
    });
    expect(result.rejected).toContainEqual({
      good: "CLOTHING",
      market: "E3",
      reason: "supplyTooLow",
      detail: "supply MODERATE, wanted HIGH or better",
    });
  });

  it("buys a raw good where it is cheapest whatever the supply [R002-15]", () => {
    const book = bookOf(
      quote("E1", "IRON_ORE", "EXPORT", { supply: "ABUNDANT", askCredits: 50 }),
      quote("E2", "IRON_ORE", "EXPORT", { supply: "SCARCE", askCredits: 35 }),
    );
    expect(resolve({ good: "IRON_ORE", book, map: { IRON_ORE: ["EXPLOSIVES"] } })).toMatchObject({
      root: { sourceMarket: "E2", because: "raw" },
    });
  });

  it("fabricates the rest at an export market whose imports are its inputs [R002-16]", () => {
    const result = resolve({ good: "LASER_RIFLES", book: laserBook(), map: LASER_CHAIN });
    expect(result).toMatchObject({
      outcome: "resolved",
      depth: 2,
      root: {
        method: "FABRICATE",
        factoryMarket: "A",
        children: [
          { method: "BUY", good: "DIAMONDS", sourceMarket: "C1" },
          { method: "BUY", good: "PLATINUM", sourceMarket: "C2" },
          {
            method: "FABRICATE",
            good: "ADVANCED_CIRCUITRY",
            factoryMarket: "B",
            children: [{ good: "ELECTRONICS" }, { good: "MICROPROCESSORS" }],
          },
        ],
      },
    });
  });

  it("fabricates at no exporter whose market takes none of the inputs [R002-16]", () => {
    const book = bookOf(quote("E", "CLOTHING", "EXPORT"), quote("M", "FABRICS", "EXPORT"));
    const result = resolve({ good: "CLOTHING", book, map: { CLOTHING: ["FABRICS"] } });
    expect(result).toMatchObject({ outcome: "failed", failure: { reason: "noFactory" } });
    expect(result.rejected).toContainEqual(expect.objectContaining({ market: "E", reason: "inputsNotImported" }));
  });

  it("never sources at an import market [R002-43]", () => {
    const book = bookOf(quote("I1", "IRON_ORE", "IMPORT", { askCredits: 5 }));
    expect(resolve({ good: "IRON_ORE", book, map: { IRON_ORE: ["EXPLOSIVES"] } })).toMatchObject({
      outcome: "failed",
      failure: { reason: "noMarket" },
      rejected: [{ market: "I1", reason: "importMarket" }, { reason: "noMarket" }],
    });
  });

  it("collects what it fabricates at an exporter, never where the good is imported beside its inputs [R002-43]", () => {
    const importer = [quote("I", "CLOTHING", "IMPORT", { askCredits: 5 }), quote("I", "FABRICS", "IMPORT")];
    const request = { good: "CLOTHING", map: { CLOTHING: ["FABRICS"] }, product: "fabricate" } as const;
    const fabrics = quote("M", "FABRICS", "EXPORT");
    expect(resolve({ ...request, book: bookOf(...importer, fabrics) })).toMatchObject({ failure: { reason: "noFactory" } });
    const made = [quote("F", "CLOTHING", "EXPORT", { askCredits: 900 }), quote("F", "FABRICS", "IMPORT")];
    expect(resolve({ ...request, book: bookOf(...importer, ...made, fabrics) })).toMatchObject({ root: { factoryMarket: "F" } });
  });

  it("passes a child's failure up as a value that names the good and the market [R002-18]", () => {
    const book = bookOf(quote("F", "CLOTHING", "EXPORT"), quote("F", "FABRICS", "IMPORT"));
    const result = resolve({ good: "CLOTHING", book, map: { CLOTHING: ["FABRICS"], FABRICS: ["FERTILIZERS"] } });
    expect(result).toMatchObject({ outcome: "failed", failure: { good: "CLOTHING", market: "F", reason: "inputUnresolved" } });
    expect(resolve({ good: "NONSENSE", book, map: {} })).toMatchObject({ outcome: "failed", failure: { reason: "unknownGood" } });
    expect(resolve({ good: "FOOD", book, map: { FOOD: ["FERTILIZERS"] }, product: "fabricate" })).toMatchObject({
      failure: { reason: "noFactory" },
    });
  });

  it("takes as inputs only what the factory's market imports [R000-48]", () => {
    const book = bookOf(
      quote("F", "ELECTRONICS", "EXPORT"),
      quote("F", "COPPER", "IMPORT"),
      quote("E", "COPPER", "EXPORT"),
      quote("E", "SILICON_CRYSTALS", "EXPORT"),
    );
    const result = resolve({ good: "ELECTRONICS", book, map: { ELECTRONICS: ["SILICON_CRYSTALS", "COPPER"] } });
    expect(result).toMatchObject({ root: { method: "FABRICATE", children: [{ good: "COPPER" }] } });
  });

  it("ends on a cycle and on too deep a chain with a reason [R002-41] [R002-42]", () => {
    const loop = { A_GOOD: ["B_GOOD"], B_GOOD: ["A_GOOD"] };
    const book = bookOf(
      quote("F", "A_GOOD", "EXPORT"),
      quote("F", "B_GOOD", "IMPORT"),
      quote("G", "B_GOOD", "EXPORT"),
      quote("G", "A_GOOD", "IMPORT"),
    );
    expect(resolve({ good: "A_GOOD", book, map: loop }).rejected.map(({ reason }) => reason)).toContain("cycle");
    const shallow = { ...DEFAULT_RESOLVER_POLICY, maxDepth: 1 };
    expect(resolve({ good: "A_GOOD", book, map: loop, policy: shallow }).rejected.map(({ reason }) => reason)).toContain(
      "tooDeep",
    );
  });

  it("has the seed's raw list, what it misses, and nothing the seed makes, as the default stop set [R002-40] [R002-41]", () => {
    const raw = DEFAULT_SUPPLY_CHAIN_POLICY.rawGoods;
    expect(raw).toEqual(expect.arrayContaining([...SEED_RAW, ...MISSING_IN_SEED]));
    expect(raw).not.toContain("ELECTRONICS");
    expect(raw).not.toContain("MICROPROCESSORS");
  });

  it("terminates and never repeats a good on a path, on any map and book [R002-42]", () => {
    const goods = ["G1", "G2", "G3", "G4", "G5", "G6"];
    const map = fc.dictionary(fc.constantFrom(...goods), fc.array(fc.constantFrom(...goods), { minLength: 1, maxLength: 3 }));
    const quotes = fc.array(
      fc.record({
        waypoint: fc.constantFrom("W1", "W2", "W3"),
        good: fc.constantFrom(...goods),
        type: fc.constantFrom("EXPORT", "IMPORT", "EXCHANGE"),
      }),
      { maxLength: 18 },
    );
    fc.assert(
      fc.property(map, quotes, fc.constantFrom(...goods), (chain, seen, good) => {
        const book = bookOf(...seen.map((item) => quote(item.waypoint, item.good, item.type as "EXPORT")));
        const result = resolve({ good, book, map: chain, policy: { ...DEFAULT_RESOLVER_POLICY, rawGoods: ["G6"] } });
        expect(isSound(result)).toBe(true);
      }),
    );
  });

  it("terminates for each of the 129 goods of the official cyclic map, every good made somewhere and none HIGH [R002-42]", () => {
    const chain = supplyChainMap();
    const goods = Object.keys(chain);
    const quotes = goods.flatMap((good) => [
      quote(`AT_${good}`, good, "EXPORT"),
      ...[...new Set(chain[good])].map((input) => quote(`AT_${good}`, input, "IMPORT")),
    ]);
    const book = bookOf(...quotes);
    const results = goods.map((good) => resolve({ good, book, map: chain, product: "fabricate" }));
    expect(results).toHaveLength(129);
    expect(results.filter((result) => !isSound(result))).toEqual([]);
    const rawOnly = { ...DEFAULT_RESOLVER_POLICY, rawGoods: [] };
    const endless = goods.map((good) => resolve({ good, book, map: chain, policy: rawOnly }));
    expect(
      endless.every(
        (result) =>
          result.outcome === "failed" && result.rejected.some(({ reason }) => ["cycle", "tooDeep", "tooWide"].includes(reason)),
      ),
    ).toBe(true);
  });

  it("gives up with a reason where many factories multiply the alternatives", () => {
    const goods = Array.from({ length: 12 }, (_, n) => `G${n}`);
    const chain = Object.fromEntries(goods.map((good, n) => [good, [1, 2, 3].map((step) => `G${(n + step) % 12}`)]));
    const quotes = goods.flatMap((good) =>
      ["W1", "W2", "W3", "W4"].flatMap((place) => [
        quote(`${place}_${good}`, good, "EXPORT"),
        ...(chain[good] ?? []).map((input) => quote(`${place}_${good}`, input, "IMPORT")),
      ]),
    );
    const result = resolve({
      good: "G0",
      book: bookOf(...quotes),
      map: chain,
      policy: { ...DEFAULT_RESOLVER_POLICY, maxNodes: 50 },
    });
    expect(result.outcome).toBe("failed");
    expect(result.rejected.map(({ reason }) => reason)).toContain("tooWide");
    expect(result.rejected.length).toBeLessThan(50 * 60);
  });

  it.skipIf(!shared)("resolves some goods and refuses others with reasons on the captured system [R002-42]", () => {
    if (!shared) return;
    const goods = Object.keys(shared.chain);
    expect(goods).toHaveLength(129);
    const outcomes = goods.map((good) => {
      expect(ancestorsOf(shared.chain, good)).not.toContain(good);
      const result = resolve({ good, book: shared.book, map: shared.chain, product: "fabricate" });
      expect(isSound(result)).toBe(true);
      return result.outcome;
    });
    expect(outcomes).toContain("resolved");
    expect(outcomes).toContain("failed");
  });
});

/** A tree without a repeated good on a path, or a failure that is among the reasons. */
function isSound(result: Resolution): boolean {
  return result.outcome === "resolved" ? isAcyclic(result.root, []) : result.rejected.includes(result.failure);
}

function isAcyclic(node: SupplyNode, path: readonly string[]): boolean {
  if (path.includes(node.good) || path.length > DEFAULT_RESOLVER_POLICY.maxDepth) return false;
  return node.children.every((child) => isAcyclic(child, [...path, node.good]));
}

import { describe, expect, it } from "vitest";
import type { PlannedFactory } from "../../src/domain/plan.ts";
import type { SupplyNode } from "../../src/domain/resolver.ts";
import { type ShownNode, shownTree } from "../../src/domain/shownTree.ts";
import { bookOf, quote } from "./fixtures/builders.ts";

const buy = (good: string): SupplyNode => ({ method: "BUY", good, sourceMarket: "MINE", because: "raw", children: [] });
const make = (good: string, factoryMarket: string, ...children: readonly SupplyNode[]): SupplyNode => ({
  method: "FABRICATE",
  good,
  factoryMarket,
  children,
  notImported: [],
});
const factory = (waypoint: string, good: string, inputs: Readonly<Record<string, number>>): PlannedFactory => ({
  waypoint,
  good,
  inputs: Object.entries(inputs).map(([input, units]) => ({ good: input, units })),
  outputUnits: 20,
  productionSeconds: 900,
  notImported: [],
});
const treeOf = (node: ShownNode): string =>
  `${node.method === "ENOUGH" ? "-" : ""}${node.good}${node.children.length === 0 ? "" : `(${node.children.map(treeOf).join(" ")})`}`;

describe("the tree of a plan as it will be done", () => {
  it("asks for each node the factory state of its own branch, though one factory serves two", () => {
    // STEEL is made at W for both; only the second needs ORE, for it wants more.
    const steel = make("STEEL", "W", buy("ORE"));
    const root = make("CAR", "A", make("DOOR", "D", steel), make("ROOF", "R", steel), buy("PAINT"));
    const factories = [
      factory("W", "STEEL", { ORE: 0 }),
      factory("D", "DOOR", { STEEL: 20 }),
      factory("W", "STEEL", { ORE: 40 }),
      factory("R", "ROOF", { STEEL: 60 }),
      factory("A", "CAR", { DOOR: 20, ROOF: 20, PAINT: 0 }),
    ];
    const book = bookOf(quote("W", "ORE", "IMPORT", { supply: "HIGH" }), quote("A", "PAINT", "IMPORT", { supply: "MODERATE" }));
    const tree = shownTree({ root, factories }, book);
    expect(treeOf(tree.root)).toBe("CAR(DOOR(STEEL(-ORE)) ROOF(STEEL(ORE)) -PAINT)");
    expect(tree.notDelivered.map(({ market, detail }) => `${market}: ${detail}`)).toEqual([
      "MINE: A has enough PAINT (MODERATE)",
      "MINE: W has enough ORE (HIGH)",
    ]);
  });

  it("passes over the factories below an input that is not delivered: none was planned for it", () => {
    const root = make("CAR", "A", make("DOOR", "D", buy("ORE")), make("ROOF", "R", buy("ORE")));
    const factories = [factory("R", "ROOF", { ORE: 20 }), factory("A", "CAR", { DOOR: 0, ROOF: 20 })];
    const tree = shownTree({ root, factories }, bookOf(quote("A", "DOOR", "IMPORT", { supply: "HIGH" })));
    expect(treeOf(tree.root)).toBe("CAR(-DOOR ROOF(ORE))");
    expect(tree.notDelivered.map(({ good, market }) => `${good} ${market}`)).toEqual(["DOOR D", "ORE MINE"]);
  });
});

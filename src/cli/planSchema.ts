/** The daemon's answer to a plan, checked: command line and daemon may be of different versions. */
import { z } from "zod";

const supply = z.enum(["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"]);

interface ToldNode {
  readonly method: "BUY" | "FABRICATE" | "ENOUGH";
  readonly good: string;
  readonly sourceMarket?: string | undefined;
  readonly because?: string | undefined;
  readonly factoryMarket?: string | undefined;
  readonly supply?: string | undefined;
  readonly notImported?: readonly string[] | undefined;
  readonly children: readonly ToldNode[];
}

const node: z.ZodType<ToldNode> = z.object({
  method: z.enum(["BUY", "FABRICATE", "ENOUGH"]),
  good: z.string(),
  sourceMarket: z.string().optional(),
  because: z.string().optional(),
  factoryMarket: z.string().optional(),
  supply: z.string().optional(),
  notImported: z.array(z.string()).optional(),
  get children() {
    return z.array(node);
  },
});

const money = {
  costCredits: z.number(),
  revenueCredits: z.number(),
  fuelCredits: z.number(),
  shipSeconds: z.number(),
  requests: z.number(),
};

const plan = z.object({
  product: z.string(),
  kind: z.enum(["trade", "fabricate"]),
  root: node,
  depth: z.number(),
  sellMarket: z.string(),
  expectedBidCredits: z.number(),
  sellScore: z.number(),
  feedWorthCredits: z.number(),
  units: z.number(),
  tasks: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      good: z.string(),
      units: z.number(),
      source: z.string(),
      target: z.string(),
      awaitsProduction: z.boolean(),
      dependsOn: z.array(z.string()),
      priority: z.number(),
      expected: z.object(money),
      allowBurn: z.boolean().optional(),
      approachCredits: z.number().optional(),
    }),
  ),
  factories: z.array(
    z.object({
      waypoint: z.string(),
      good: z.string(),
      inputs: z.array(z.object({ good: z.string(), units: z.number() })),
      outputUnits: z.number(),
      productionSeconds: z.number(),
    }),
  ),
  phases: z.array(
    z.object({
      id: z.string(),
      taskId: z.string(),
      kind: z.string(),
      good: z.string(),
      waypoint: z.string(),
      dependsOn: z.array(z.string()),
    }),
  ),
  economics: z.object({
    ...money,
    profitCredits: z.number(),
    margin: z.number(),
    elapsedSeconds: z.number(),
    capitalCredits: z.number(),
    creditsPerShipSecond: z.number(),
    creditsPerRequest: z.number(),
  }),
});

const base = {
  product: z.string(),
  ways: z
    .array(
      z.object({
        way: z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("trade"), sourceMarket: z.string() }),
          z.object({ kind: z.literal("fabricate"), inputsFrom: supply }),
        ]),
        outcome: z.enum(["planned", "refused"]),
        reason: z.string().optional(),
        detail: z.string().optional(),
        profitCredits: z.number().optional(),
        feedWorthCredits: z.number().optional(),
        sellMarket: z.string().optional(),
        creditsPerShipSecond: z.number().optional(),
        elapsedSeconds: z.number().optional(),
      }),
    )
    .default([]),
  rejected: z
    .array(z.object({ good: z.string(), market: z.string().optional(), reason: z.string(), detail: z.string() }))
    .default([]),
  known: z
    .object({
      markets: z.number(),
      seen: z.number(),
      fresh: z.number(),
      neverSeen: z.array(z.string()),
      unpriced: z.array(z.string()),
    })
    .optional(),
};

export const planSchema = z.discriminatedUnion("outcome", [
  z.object({ ...base, outcome: z.literal("planned"), plan, confidence: z.number(), rate: z.number() }),
  z.object({ ...base, outcome: z.literal("refused"), reason: z.string(), detail: z.string(), plan: plan.optional() }),
]);

export type ToldPlan = z.infer<typeof planSchema>;
export type ToldPlanBody = z.infer<typeof plan>;

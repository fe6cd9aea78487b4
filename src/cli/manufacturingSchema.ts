/** The daemon's answers on manufacturing, checked: command line and daemon may be of different versions. */
import { z } from "zod";
import type { ManufacturingStatus, Refusals, TaskLine } from "../console/manufacturing.ts";

const nullableText = z.string().nullable();
const nullableNumber = z.number().nullable();

const pipelineSchema = z.object({
  id: z.string(),
  good: z.string(),
  status: z.string(),
  phase: z.enum([
    "planning",
    "trading",
    "feeding",
    "producing",
    "collecting",
    "selling",
    "windingUp",
    "completed",
    "failed",
    "cancelled",
  ]),
  tasks: z.number(),
  tasksDone: z.number(),
  costCredits: z.number(),
  revenueCredits: z.number(),
  fuelCredits: nullableNumber.default(null),
  profitCredits: z.number(),
  expectedProfitCredits: nullableNumber,
  feedWorthCredits: z.number(),
  sellMarket: nullableText,
  reason: nullableText,
  createdAt: z.string(),
  completedAt: nullableText,
});

export const manufacturingSchema: z.ZodType<ManufacturingStatus> = z.object({
  pipelines: z.array(pipelineSchema),
  factories: z.array(
    z.object({
      waypoint: z.string(),
      good: z.string(),
      pipeline: z.string(),
      supply: nullableText,
      readyForCollection: z.boolean(),
      reason: nullableText,
    }),
  ),
  orders: z.array(
    z.object({ order: z.string(), good: nullableText, kind: z.string(), placedAt: z.string(), waitsFor: nullableText }),
  ),
  leftAlone: z.array(z.object({ good: z.string(), kind: z.string(), until: nullableText, because: z.string() })),
  held: z.array(z.object({ ship: z.string(), good: z.string(), units: z.number(), reason: nullableText })),
  money: z.object({
    credits: nullableNumber,
    floorCredits: z.number(),
    reservedCredits: z.number(),
    earmarkedCredits: z.number(),
    availableCredits: z.number(),
    operatingProfitCredits: z.number(),
    hullsCredits: z.number(),
  }),
});

export const taskLinesSchema: z.ZodType<readonly TaskLine[]> = z.array(
  z.object({
    id: z.string(),
    pipeline: nullableText,
    type: z.string(),
    status: z.string(),
    good: z.string(),
    units: z.number(),
    actualUnits: z.number(),
    source: nullableText,
    target: nullableText,
    ship: nullableText,
    priority: z.number(),
    attempts: z.number(),
    cargoAboard: z.boolean(),
    error: nullableText,
    dependsOn: z.array(z.string()),
  }),
);

const refusal = { reason: z.string(), detail: z.string() };

/** Reasons are told, not judged: a newer daemon may have more of them. */
export const refusalsSchema: z.ZodType<Told<Refusals>> = z.object({
  products: z.array(
    z.object({ good: z.string(), kind: z.enum(["any", "trade", "fabricate"]), ...refusal, profitCredits: nullableNumber }),
  ),
  hulls: z.array(z.object({ type: z.string(), waypoint: nullableText, ...refusal })),
  recent: z.array(
    z.object({ at: z.string(), by: z.enum(["order", "treasury", "task", "pipeline"]), good: nullableText, ...refusal }),
  ),
});

export type ToldRefusals = Told<Refusals>;

type Told<Value> = Value extends readonly (infer Item)[]
  ? readonly Told<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Key extends "reason" ? string : Told<Value[Key]> }
    : Value;

export const startedSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("started"), order: z.string(), pipeline: z.string() }),
  z.object({ outcome: z.literal("waiting"), order: z.string(), detail: z.string() }),
]);

export const stoppedSchema = z.object({
  outcome: z.literal("stopped"),
  orders: z.number(),
  products: z.array(z.string()),
  until: nullableText,
  pipelines: z.array(
    z.object({
      container_id: z.string(),
      status: z.enum(["stopped", "stopping"]),
      pipeline: z.string(),
      good: z.string(),
      ships: z.array(z.string()),
    }),
  ),
});

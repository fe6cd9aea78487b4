import { z } from "zod";
import {
  addressSchema,
  hullOfferSchema,
  observationSchema,
  quoteSchema,
  shipCommandSchema,
  shipStateSchema,
  storedTaskSchema,
  supplySchema,
} from "./schemas.ts";

/** The payloads that each kind accepts, by event type. What is not here is a dead letter. */
const symbol = z.string().min(1).max(64);
const text = z.string().max(2_000);
const quotes = z.array(quoteSchema);
/** An answer that waits since an earlier version says nothing of fuel. */
const fuelCredits = z.number().default(0);
const figures = z.record(z.string(), z.number());

const shipAnswers = {
  "ship.granted": z.object({ ship: shipStateSchema }),
  "ship.refused": z.object({ symbol, owner: z.string() }),
  "ship.released": z.object({ symbol }),
  "ship.arrived": z.object({ commandId: z.string(), ship: shipStateSchema, quotes, fuelCredits }),
  "ship.traded": z.object({
    commandId: z.string(),
    side: z.enum(["purchase", "sell"]),
    good: symbol,
    units: z.number(),
    totalCredits: z.number(),
    ship: shipStateSchema,
    quotes,
  }),
  "ship.commandFailed": z.object({
    commandId: z.string(),
    reason: text,
    detail: text,
    ship: shipStateSchema,
    quotes,
    fuelCredits,
  }),
  "ship.lost": z.object({ symbol, destroyed: z.boolean(), fuelCredits }),
};

export const agentEvents = {
  "agent.booted": z.object({}),
  "agent.shipBought": z.object({ ship: shipStateSchema, sentAtMs: z.number() }),
  "agent.shipLost": z.object({ symbol, told: addressSchema.nullable().optional() }),
  "agent.shipSought": z.object({ symbol, asker: addressSchema }),
  "agent.actorsGone": z.object({ address: addressSchema, reason: text.optional(), tell: addressSchema.optional() }),
  "agent.eyesWanted": z.object({ waypoint: symbol }),
  "agent.tourWanted": z.object({ symbol }),
  "agent.tourLent": z.object({ symbol }),
  "agent.tourBack": z.object({ symbol }),
  "agent.tourDismissed": z.object({ symbol }),
};

export const chartEvents = { "chart.refresh": z.object({}) };

export const universeEvents = {
  "universe.marketObserved": z.object({ observation: observationSchema, ship: symbol.nullable() }),
};

export const treasuryEvents = {
  "treasury.creditsObserved": z.object({ credits: z.number(), sentAtMs: z.number() }),
  "treasury.paid": z.object({ credits: z.number(), sentAtMs: z.number() }),
  "treasury.reserve": z.object({
    id: z.string(),
    asker: addressSchema,
    credits: z.number(),
    minCredits: z.number(),
    purpose: text,
  }),
  "treasury.spent": z.object({ id: z.string(), credits: z.number() }),
  "treasury.release": z.object({ id: z.string() }),
  "treasury.releaseOwner": z.object({ owner: addressSchema }),
  "treasury.shipyardSeen": z.object({ waypoint: symbol, hulls: z.array(hullOfferSchema), ship: symbol, atMs: z.number() }),
  "treasury.configure": z.object({ floorCredits: z.number(), fleetPolicy: figures }),
  "treasury.fleetCounted": z.object({ fleet: z.object({ traders: z.number(), probes: z.number() }) }),
  "treasury.demandMeasured": z.object({
    demand: z.object({ creditsPerHour: z.number(), referenceLift: z.number(), idleTraders: z.number(), markets: z.number() }),
  }),
};

export const shipEvents = {
  "ship.claim": z.object({ claimant: addressSchema, purpose: text }),
  "ship.transfer": z.object({ from: addressSchema, to: addressSchema, purpose: text }),
  "ship.release": z.object({ claimant: addressSchema, reason: text, answer: z.boolean().optional() }),
  "ship.ownersGone": z.object({ address: addressSchema, reason: text.optional(), tell: addressSchema.optional() }),
  "ship.command": z.object({ claimant: addressSchema, command: shipCommandSchema }),
  "ship.observed": z.object({ ship: shipStateSchema, sentAtMs: z.number() }),
  "ship.unlisted": z.object({}),
};

export const taskEvents = {
  "task.makeReady": z.object({}),
  "task.waitNoLonger": z.object({}),
  "task.assign": z.object({ ship: symbol }),
  "task.cancel": z.object({ reason: text, stopped: z.boolean().optional() }),
  "task.adopt": z.object({ ship: symbol }),
  "task.standBack": z.object({ reason: text }),
  "task.orphaned": z.object({}),
  ...shipAnswers,
  "treasury.granted": z.object({ id: z.string(), credits: z.number() }),
  "treasury.refused": z.object({ id: z.string(), reason: text, availableCredits: z.number() }),
};

export const tourEvents = {
  "tour.visit": z.object({ waypoint: symbol }),
  "tour.stop": z.object({}),
  "tour.lend": z.object({ to: addressSchema }),
  "tour.takeBack": z.object({}),
  ...shipAnswers,
};

export const scoutingEvents = {
  "scouting.underWay": z.object({ ship: symbol }),
  "scouting.tourDismissed": z.object({ symbol }),
  ...shipAnswers,
};

export const factoryEvents = {
  "factory.delivered": z.object({ good: symbol, units: z.number(), ship: symbol, supplyAfter: supplySchema.nullable() }),
  "factory.observed": z.object({ quotes }),
  "factory.closeInput": z.object({ good: symbol }),
  "factory.review": z.object({}),
  "factory.unlisted": z.object({}),
  "factory.dismiss": z.object({}),
};

export const supplyMonitorEvents = {
  "supply.watch": z.object({
    pipelineId: symbol,
    watcher: addressSchema,
    waypoint: symbol,
    good: symbol,
    inputs: z.array(z.object({ good: symbol, units: z.number() })),
    supply: supplySchema.nullable(),
    supplySeenAtMs: z.number().nullable(),
  }),
  "supply.configure": z.object({ pollMs: z.number(), maxReadingAgeMs: z.number() }),
  "supply.unwatch": z.object({ watcher: addressSchema }),
  "supply.observed": z.object({ waypoint: symbol, quotes }),
  "supply.closeInput": z.object({ waypoint: symbol, output: symbol, good: symbol, watcher: addressSchema }),
  "supply.delivered": z.object({
    waypoint: symbol,
    output: symbol,
    good: symbol,
    units: z.number(),
    ship: symbol,
    supplyAfter: supplySchema.nullable(),
  }),
};

export const pipelineEvents = {
  "pipeline.taskPending": z.object({ task: z.string() }),
  "pipeline.factoryJudged": z.object({
    waypoint: symbol,
    good: symbol,
    ready: z.boolean(),
    reason: z.string().nullable(),
    supply: supplySchema.nullable(),
  }),
  "pipeline.factoryClosed": z.object({ waypoint: symbol, good: symbol }),
  "pipeline.factoryDismissed": z.object({ waypoint: symbol, good: symbol }),
  "pipeline.yield": z.object({}),
  "pipeline.workerLost": z.object({ child: symbol, task: storedTaskSchema, unitsAboard: z.number().nullable() }),
  "pipeline.purchasePending": z.object({ child: symbol }),
  "pipeline.shipFreed": z.object({ child: symbol, hasCargo: z.boolean() }),
  "pipeline.cancel": z.object({ reason: text }),
  "pipeline.stop": z.object({ reason: text }),
};

export const coordinatorEvents = {
  "coordinator.shipIdle": z.object({ symbol, ship: shipStateSchema }),
  "coordinator.shipGone": z.object({ symbol, destroyed: z.boolean() }),
  "coordinator.taskReady": z.object({
    task: z.object({
      id: z.string(),
      priority: z.number(),
      startWaypoint: symbol.optional(),
      cargoUnits: z.number(),
      affinityShip: symbol.optional(),
      creditsPerShipSecond: z.number(),
      createdAtMs: z.number(),
      allowBurn: z.boolean().optional(),
      maxApproachCredits: z.number().optional(),
    }),
    good: symbol,
    again: z.boolean().optional(),
  }),
  "coordinator.cargoFound": z.object({ verdicts: z.array(z.looseObject({ action: z.string() })) }),
  "coordinator.taskLoaded": z.object({ task: addressSchema }),
  "coordinator.taskGone": z.object({ task: addressSchema }),
  "coordinator.actorsGone": z.object({ address: addressSchema }),
  "coordinator.cargoOrphaned": z.object({ ship: shipStateSchema, because: text }),
  "coordinator.review": z.object({}),
  "coordinator.configure": z.object({
    timing: figures,
    maxFabrications: z.number(),
    work: z.looseObject({ maxRetries: z.number() }),
  }),
  "coordinator.start": z.object({
    order: symbol,
    product: symbol.nullable(),
    kind: z.enum(["any", "trade", "fabricate"]),
    force: z.boolean(),
  }),
  "coordinator.stop": z.object({
    pipelines: z.array(symbol),
    product: symbol.nullable(),
    reason: text,
    products: z.array(symbol).optional(),
    forGameSeconds: z.number().positive().nullable().optional(),
  }),
  "ship.granted": shipAnswers["ship.granted"],
  "ship.refused": shipAnswers["ship.refused"],
};

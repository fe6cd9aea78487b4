/**
 * The life of one factory under a pipeline [R002-64 to R002-69]: pure values, no market access.
 * Invariants: a delivery is always recorded, expected or not; readiness needs a fresh reading and says why when it lacks one.
 */
import { type SupplyLevel, supplyRank } from "./market.ts";

export type FactoryPhase =
  | "AWAITING_INPUTS"
  | "INPUTS_PARTIAL"
  | "INPUTS_COMPLETE"
  | "PRODUCTION_IN_PROGRESS"
  | "READY_FOR_COLLECTION";

export interface FactoryInput {
  readonly good: string;
  readonly requiredUnits: number;
  readonly deliveredUnits: number;
  readonly deliveredAtMs: number | undefined;
  readonly deliveredBy: string | undefined;
  /** False: delivered although nobody expected it. */
  readonly expected: boolean;
}

export interface FactoryState {
  readonly waypoint: string;
  readonly good: string;
  readonly pipelineId: string | undefined;
  readonly inputs: readonly FactoryInput[];
  readonly phase: FactoryPhase;
  readonly currentSupply: SupplyLevel | undefined;
  /** Before our first delivery. */
  readonly previousSupply: SupplyLevel | undefined;
  readonly supplySeenAtMs: number | undefined;
  readonly inputsCompletedAtMs: number | undefined;
  readonly productionStartedAtMs: number | undefined;
  readonly readyAtMs: number | undefined;
  readonly createdAtMs: number;
}

export interface Delivery {
  readonly good: string;
  readonly units: number;
  readonly ship: string;
  readonly atMs: number;
}

export type Readiness =
  | { readonly ready: true }
  | { readonly ready: false; readonly reason: "inputsMissing" | "supplyLow" | "neverSeen" | "stale"; readonly detail: string };

/** A factory without inputs to wait for (its good is HIGH already) begins as INPUTS_COMPLETE. */
export function initFactory(init: {
  readonly waypoint: string;
  readonly good: string;
  readonly pipelineId: string | undefined;
  readonly inputs: readonly { readonly good: string; readonly units: number }[];
  readonly supply: SupplyLevel | undefined;
  readonly supplySeenAtMs: number | undefined;
  readonly nowMs: number;
}): FactoryState {
  const inputs = init.inputs.map((input) => ({
    good: input.good,
    requiredUnits: input.units,
    deliveredUnits: 0,
    deliveredAtMs: undefined,
    deliveredBy: undefined,
    expected: true,
  }));
  const complete = inputs.length === 0;
  return {
    waypoint: init.waypoint,
    good: init.good,
    pipelineId: init.pipelineId,
    inputs,
    phase: complete ? "INPUTS_COMPLETE" : "AWAITING_INPUTS",
    currentSupply: init.supply,
    previousSupply: init.supply,
    supplySeenAtMs: init.supplySeenAtMs,
    inputsCompletedAtMs: complete ? init.nowMs : undefined,
    productionStartedAtMs: undefined,
    readyAtMs: undefined,
    createdAtMs: init.nowMs,
  };
}

/** `waypoint:output`. The output good is needed: one market has several factories [R002-69]. */
export function factoryKey(waypoint: string, outputGood: string): string {
  return `${waypoint}:${outputGood}`;
}

/** Adds a delivery. `unexpected` is true when the good was not among the inputs: the caller warns, the fact stays recorded [R000-49]. */
export function recordDelivery(
  factory: FactoryState,
  delivery: Delivery,
): { readonly factory: FactoryState; readonly unexpected: boolean } {
  const known = factory.inputs.find((input) => input.good === delivery.good);
  const updated: FactoryInput = {
    good: delivery.good,
    requiredUnits: known?.requiredUnits ?? 0,
    deliveredUnits: (known?.deliveredUnits ?? 0) + delivery.units,
    deliveredAtMs: delivery.atMs,
    deliveredBy: delivery.ship,
    expected: known?.expected ?? false,
  };
  const inputs = known ? factory.inputs.map((input) => (input === known ? updated : input)) : [...factory.inputs, updated];
  return { factory: settle({ ...factory, inputs }, delivery.atMs), unexpected: !updated.expected };
}

/** A task that ends with less than planned (market dry, price moved) closes its input: production works with what came. */
export function closeInput(factory: FactoryState, good: string, atMs: number): FactoryState {
  const inputs = factory.inputs.map((input) =>
    input.good === good ? { ...input, requiredUnits: Math.min(input.requiredUnits, input.deliveredUnits) } : input,
  );
  return settle({ ...factory, inputs }, atMs);
}

/** Takes a reading of the output's supply label; a missing label counts as MODERATE [R002-77]. Older readings change nothing. */
export function updateSupply(factory: FactoryState, supply: SupplyLevel | undefined, seenAtMs: number): FactoryState {
  if (factory.supplySeenAtMs !== undefined && factory.supplySeenAtMs > seenAtMs) return factory;
  const currentSupply = supply ?? "MODERATE";
  return settle(
    { ...factory, currentSupply, supplySeenAtMs: seenAtMs, previousSupply: factory.previousSupply ?? currentSupply },
    seenAtMs,
  );
}

/** May the collection start now? Deliveries done AND supply HIGH or better AND seen within `maxAgeMs` [R002-79]. */
export function readiness(factory: FactoryState, nowMs: number, maxAgeMs: number): Readiness {
  if (!allInputsDelivered(factory)) {
    return { ready: false, reason: "inputsMissing", detail: missingInputs(factory).join(", ") };
  }
  if (factory.currentSupply === undefined || factory.supplySeenAtMs === undefined) {
    return { ready: false, reason: "neverSeen", detail: `no reading of ${factory.good} at ${factory.waypoint}` };
  }
  if (!isHigh(factory.currentSupply)) return { ready: false, reason: "supplyLow", detail: `supply ${factory.currentSupply}` };
  const ageMs = nowMs - factory.supplySeenAtMs;
  if (ageMs > maxAgeMs) return { ready: false, reason: "stale", detail: `last reading ${Math.round(ageMs / 1000)} s old` };
  return { ready: true };
}

function allInputsDelivered(factory: FactoryState): boolean {
  return factory.inputs.every((input) => input.deliveredUnits >= input.requiredUnits);
}

/** ABUNDANT counts too [R002-66] [R002-67]. */
function isHigh(supply: SupplyLevel): boolean {
  return supplyRank(supply) >= supplyRank("HIGH");
}

/** The map's inputs ∩ what the market imports; a difference is reported, never an error [R000-48]. */
export function actualInputs(
  mapInputs: readonly string[],
  isImported: (good: string) => boolean,
): { readonly inputs: readonly string[]; readonly notImported: readonly string[] } {
  const inputs = mapInputs.filter(isImported);
  // Nearly always all: the planner asks this some ten thousand times.
  return { inputs, notImported: inputs.length === mapInputs.length ? [] : mapInputs.filter((good) => !isImported(good)) };
}

function missingInputs(factory: FactoryState): readonly string[] {
  return factory.inputs
    .filter((input) => input.deliveredUnits < input.requiredUnits)
    .map((input) => `${input.good} ${input.deliveredUnits}/${input.requiredUnits}`);
}

/** Derives the phase from the facts; production counts as started with the last delivery. */
function settle(factory: FactoryState, atMs: number): FactoryState {
  if (!allInputsDelivered(factory)) {
    const any = factory.inputs.some((input) => input.deliveredUnits > 0);
    return { ...factory, phase: any ? "INPUTS_PARTIAL" : "AWAITING_INPUTS" };
  }
  const inputsCompletedAtMs = factory.inputsCompletedAtMs ?? atMs;
  const seenSince = factory.supplySeenAtMs !== undefined && factory.supplySeenAtMs >= inputsCompletedAtMs;
  if (factory.currentSupply !== undefined && isHigh(factory.currentSupply) && seenSince) {
    return { ...factory, inputsCompletedAtMs, phase: "READY_FOR_COLLECTION", readyAtMs: factory.readyAtMs ?? atMs };
  }
  const phase = seenSince ? "PRODUCTION_IN_PROGRESS" : "INPUTS_COMPLETE";
  const productionStartedAtMs = factory.productionStartedAtMs ?? inputsCompletedAtMs;
  return { ...factory, inputsCompletedAtMs, productionStartedAtMs, phase, readyAtMs: undefined };
}

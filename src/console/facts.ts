/**
 * The few facts of an actor that the views show, taken from its context. Contexts belong to the machines; what does not fit here
 * shows as `none` and breaks nothing: a view may never fail because a machine grew.
 */
import { z } from "zod";
import { netProfitCredits } from "../domain/pipelineState.ts";
import { stateText } from "./stateText.ts";

export type ActorFacts = ShipFacts | PipelineFacts | TaskFacts | TreasuryFacts | { readonly facts: "none" };

export interface ShipFacts {
  readonly facts: "ship";
  readonly symbol: string;
  readonly role: string;
  readonly frame: string;
  readonly waypoint: string;
  readonly nav: string;
  readonly arrivalAtMs: number | undefined;
  readonly fuelUnits: number;
  readonly fuelCapacity: number;
  readonly cargoUnits: number;
  readonly cargoCapacity: number;
  readonly cargo: readonly { readonly good: string; readonly units: number }[];
  /** What the ship does, one word for counting. */
  readonly activity: ShipActivity;
  /** The same as a phrase: `flying to X1-A1`, `buying 20 FABRICS at X1-A1`. */
  readonly doing: string;
  /** Whom it works for, or undefined. */
  readonly owner: string | undefined;
}

type ShipActivity = "flying" | "trading" | "waiting";

export interface PipelineFacts {
  readonly facts: "pipeline";
  readonly id: string;
  readonly good: string;
  readonly status: string;
  readonly tasks: number;
  readonly tasksDone: number;
  readonly profitCredits: number;
}

interface TaskFacts {
  readonly facts: "task";
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly good: string;
  readonly units: number;
  readonly source: string | undefined;
  readonly target: string | undefined;
  readonly ship: string | undefined;
  readonly error: string | undefined;
  /** Cost of what was bought and not sold yet. */
  readonly investedCredits: number;
}

interface TreasuryFacts {
  readonly facts: "treasury";
  readonly credits: number;
  readonly reservedCredits: number;
}

const NONE: ActorFacts = { facts: "none" };

/** The facts of an actor of `kind` with this decoded context. Never throws. */
export function factsOf(kind: string, address: string, context: unknown, value: unknown): ActorFacts {
  switch (kind) {
    case "ship":
      return shipFacts(context, value);
    case "pipeline":
      return pipelineFacts(address, context);
    case "task":
      return taskFacts(address, context);
    case "treasury":
      return treasuryFacts(context);
    default:
      return NONE;
  }
}

const shipContext = z.object({
  ship: z.object({
    symbol: z.string(),
    role: z.string(),
    frame: z.string(),
    waypoint: z.string(),
    nav: z.string(),
    arrivalAtMs: z.number().nullish(),
    fuelUnits: z.number(),
    fuelCapacity: z.number(),
    cargoUnits: z.number(),
    cargoCapacity: z.number(),
    cargo: z.array(z.object({ good: z.string(), units: z.number() })),
  }),
  claim: z.object({ owner: z.string() }).nullish().catch(undefined),
  command: z
    .object({ kind: z.string(), waypoint: z.string(), good: z.string().optional(), units: z.number().optional() })
    .nullish()
    .catch(undefined),
});
type ShipContext = z.infer<typeof shipContext>;

function shipFacts(context: unknown, value: unknown): ActorFacts {
  const parsed = shipContext.safeParse(context);
  if (!parsed.success) return NONE;
  const { ship, claim } = parsed.data;
  return {
    facts: "ship",
    ...ship,
    arrivalAtMs: ship.arrivalAtMs ?? undefined,
    ...activityOf(parsed.data, stateText(value)),
    owner: claim?.owner,
  };
}

function activityOf({ ship, command }: ShipContext, state: string): { activity: ShipActivity; doing: string } {
  if (ship.nav === "IN_TRANSIT") return { activity: "flying", doing: `flying to ${ship.waypoint}` };
  if (state === "troubled") return { activity: "waiting", doing: `in trouble at ${ship.waypoint}, trying again` };
  if (state === "refuelling") return { activity: "trading", doing: `refuelling at ${ship.waypoint}` };
  if (state === "observing") return { activity: "trading", doing: `reading the market at ${ship.waypoint}` };
  if (command === undefined || command === null) return { activity: "waiting", doing: `waiting at ${ship.waypoint}` };
  if (command.kind === "travel") return { activity: "flying", doing: `setting off to ${command.waypoint}` };
  const verb = command.kind === "sell" ? "selling" : "buying";
  return { activity: "trading", doing: `${verb} ${command.units ?? ""} ${command.good ?? ""} at ${command.waypoint}` };
}

const taskContext = z.object({
  task: z.object({
    id: z.string(),
    type: z.string(),
    status: z.string(),
    good: z.string(),
    units: z.number().catch(0),
    sourceMarket: z.string().nullish(),
    targetMarket: z.string().nullish(),
    assignedShip: z.string().nullish(),
    errorMessage: z.string().nullish(),
    totalCostCredits: z.number().catch(0),
    totalRevenueCredits: z.number().catch(0),
  }),
});

function taskFacts(address: string, context: unknown): ActorFacts {
  const parsed = taskContext.safeParse(context);
  if (!parsed.success) return NONE;
  const { task } = parsed.data;
  return {
    facts: "task",
    id: lastSegment(address),
    type: task.type,
    status: task.status,
    good: task.good,
    units: task.units,
    source: task.sourceMarket ?? undefined,
    target: task.targetMarket ?? undefined,
    ship: task.assignedShip ?? undefined,
    error: task.errorMessage ?? undefined,
    investedCredits: Math.max(0, task.totalCostCredits - task.totalRevenueCredits),
  };
}

const pipelineContext = z.object({
  state: z.object({
    productGood: z.string(),
    status: z.string(),
    totalCostCredits: z.number(),
    totalRevenueCredits: z.number(),
    totalFuelCredits: z.number().default(0),
  }),
  tasks: z.array(z.object({ status: z.string() })),
});

function pipelineFacts(address: string, context: unknown): ActorFacts {
  const parsed = pipelineContext.safeParse(context);
  if (!parsed.success) return NONE;
  const { state, tasks } = parsed.data;
  return {
    facts: "pipeline",
    id: lastSegment(address),
    good: state.productGood,
    status: state.status,
    tasks: tasks.length,
    tasksDone: tasks.filter((task) => task.status === "COMPLETED").length,
    profitCredits: netProfitCredits(state),
  };
}

const treasuryContext = z.object({
  purse: z.object({ liveCredits: z.number(), reservations: z.array(z.object({ credits: z.number() })) }),
});

function treasuryFacts(context: unknown): ActorFacts {
  const parsed = treasuryContext.safeParse(context);
  if (!parsed.success) return NONE;
  const { liveCredits, reservations } = parsed.data.purse;
  const reservedCredits = reservations.reduce((sum, held) => sum + held.credits, 0);
  return { facts: "treasury", credits: liveCredits, reservedCredits };
}

function lastSegment(address: string): string {
  return address.slice(address.lastIndexOf("/") + 1);
}

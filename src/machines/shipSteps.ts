import type { Quote } from "../domain/market.ts";
import type { RouteLeg } from "../domain/route.ts";
import type { ShipState } from "../domain/ship.ts";
import type { Scope } from "./addresses.ts";
import type { Claim, Memo, Refusal, ShipCommand, TradeValue } from "./shipProtocol.ts";

/** What a ship actor remembers. `ship` is the last known server state (G11: answers of the game replace it, nothing else does). */
export interface ShipContext {
  readonly scope: Scope;
  readonly ship: ShipState;
  /** A reading whose request was sent before this is ignored: it may show the ship as it was before our last act. */
  readonly shipAsOfMs: number;
  readonly claim: Claim | null;
  /** The claim ends with the purchase under way: until its outcome is known, nobody knows the hold [R000-22]. */
  readonly claimEnds: { readonly reason: string; readonly tell: string | undefined } | undefined;
  readonly command: ShipCommand | null;
  /** A queue of one, for a claimant that sends its next command before it has seen the answer to the last. */
  readonly queued: ShipCommand | null;
  /** Legs still to fly; null before planning. */
  readonly legs: readonly RouteLeg[] | null;
  readonly refuelledForLeg: boolean;
  /** What the fuel in the tank has cost. Nothing for what was in it when the ship was first seen. */
  readonly tankCredits: number;
  /** What the fuel has cost that the current command burnt on behalf of its claimant, who hears it with the answer. */
  readonly fuelCredits: number;
  /** Refusals and unclear outcomes of the current command. */
  readonly problems: number;
  readonly problem: Refusal | null;
  /** The trade of the current command, once it has happened. */
  readonly trade: TradeValue | null;
  readonly observed: boolean;
  /** Of the market where the ship is, as last seen by this ship. */
  readonly quotes: readonly Quote[];
}

export type ShipStep =
  | "rest"
  | "fly"
  | "plan"
  | "dock"
  | "orbit"
  | "refuel"
  | "setMode"
  | "navigate"
  | "purchase"
  | "sell"
  | "observe"
  | "answer"
  | "fail";

/** Refusals after which the same request would be refused again: the commander must decide anew. */
const FINAL: ReadonlySet<string> = new Set([
  "outcomeUnknown",
  "insufficientCreditsForCargo",
  "goodNotSoldHere",
  "goodNotBoughtHere",
  "marketMissing",
  "unitsExceedTradeVolume",
  "cargoFull",
  "cargoWouldExceedLimit",
  "cargoItemMissing",
  "cargoUnitsMissing",
  "invalidDestination",
  "destinationOutsideSystem",
]);
const MAX_PROBLEMS = 4;

/** The next thing to do for the current command. Everything that is already as wanted is skipped (R002-108). */
export function nextStep(context: ShipContext): ShipStep {
  const { ship, command } = context;
  if (ship.nav === "IN_TRANSIT") return "fly";
  if (command === null) return "rest";
  if (context.trade !== null) return context.observed ? "answer" : "observe";
  if (context.problem !== null && (context.problems >= MAX_PROBLEMS || FINAL.has(context.problem.name))) return "fail";
  switch (command.kind) {
    case "travel":
      return travelStep(context, command.waypoint);
    case "purchase":
    case "sell":
      if (ship.waypoint !== command.waypoint) return "fail";
      return ship.nav === "DOCKED" ? command.kind : "dock";
  }
}

function travelStep(context: ShipContext, destination: string): ShipStep {
  const { ship, legs } = context;
  if (ship.waypoint === destination) return context.observed ? "answer" : "observe";
  const leg = legs?.[0];
  if (leg === undefined || leg.from !== ship.waypoint) return "plan";
  if (leg.refuelFirst && !context.refuelledForLeg && ship.fuelUnits < ship.fuelCapacity)
    return ship.nav === "DOCKED" ? "refuel" : "dock";
  if (ship.nav === "DOCKED") return "orbit";
  if (ship.flightMode !== leg.mode) return "setMode";
  return "navigate";
}

/** A tank is filled for later ways too, so each way costs its share of what lies in the tank. `leftUnits`: in it after departure. */
export function burning(context: ShipContext, leftUnits: number): Pick<ShipContext, "tankCredits" | "fuelCredits"> {
  const { ship, tankCredits, fuelCredits } = context;
  const burntUnits = Math.max(0, ship.fuelUnits - leftUnits);
  const burntCredits = burntUnits === 0 ? 0 : Math.round((tankCredits * burntUnits) / ship.fuelUnits);
  const owedCredits = fuelMemo(context) === null ? 0 : burntCredits;
  return { tankCredits: tankCredits - burntCredits, fuelCredits: fuelCredits + owedCredits };
}

/** On whose behalf the ship flies and buys fuel now; null where no claimant wants the way. */
export function fuelMemo({ command }: Pick<ShipContext, "command">): Memo | null {
  // Of an earlier version a command may have none.
  return command?.kind === "travel" ? (command.memo ?? null) : null;
}

/** A claim is over: what is under way goes on for nobody, and what it burns from here on is told to nobody. */
export function forNobody({ command }: Pick<ShipContext, "command">): Pick<ShipContext, "command" | "queued" | "fuelCredits"> {
  return { command: command?.kind === "travel" ? { ...command, memo: null } : command, queued: null, fuelCredits: 0 };
}

/** What the commander is told when the command cannot be done. */
export function failureOf(context: ShipContext): { readonly reason: string; readonly detail: string } {
  if (context.problem !== null) return { reason: context.problem.name, detail: context.problem.message };
  return { reason: "notThere", detail: `${context.ship.symbol} is at ${context.ship.waypoint}` };
}

/** Why a claim ends with this event: as its owner says, or by what became of the owner (R003-03). */
export function endOfClaim(event: { readonly type: string } & Readonly<Record<string, unknown>>, owner: string): string {
  switch (event.type) {
    case "ship.release":
      return String(event["reason"]);
    case "ship.transfer":
      return "transferred";
    case "ship.ownersGone":
      if (typeof event["reason"] === "string") return event["reason"];
      // What is below one that failed was stopped with it.
      return event["address"] === owner ? "failed" : "stopped";
    default:
      return "ended";
  }
}

/**
 * What to do with the cargo a ship is found with [R002-99 to R002-106], [R000-34 to R000-40].
 * Invariants: every unit ends with one responsible task or an explicit hold; run twice, nothing is created twice.
 */
import { compareText } from "./quotes.ts";
import type { CargoItem, ShipState } from "./ship.ts";
import { isTerminal, type Task } from "./taskState.ts";

export const LIQUIDATE_PRIORITY = 100;
/** Why a task ends whose pipeline is gone. */
export const ORPHANED_TASK = "orphaned task - no pipeline";

export type CargoDecision =
  /** The ship's own task goes on; `markPhase` when the hold proves phase one. */
  | { readonly action: "resume"; readonly ship: string; readonly taskId: string; readonly markPhase: boolean }
  /** A PENDING or READY task without a ship takes this ship and its cargo. */
  | { readonly action: "adopt"; readonly ship: string; readonly taskId: string; readonly item: CargoItem }
  | {
      readonly action: "liquidate";
      readonly ship: string;
      readonly item: CargoItem;
      readonly because: "mismatched" | "orphaned";
      /** The ship's own task, which has nothing of its own aboard: it must not begin before the hold is free [R002-103]. */
      readonly inTheWayOf?: string;
    }
  /** Already covered by a LIQUIDATE task of an earlier run. */
  | { readonly action: "covered"; readonly ship: string; readonly item: CargoItem; readonly taskId: string }
  /** Incomplete task without a pipeline: cancelled in the same commit that liquidates its cargo. */
  | {
      readonly action: "cancelOrphan";
      readonly taskId: string;
      readonly ship: string | undefined;
      readonly releaseShip: boolean;
      readonly reason: string;
    };

/** What the decision needs of a task. */
export type ReconciledTask = Pick<Task, "id" | "pipelineId" | "type" | "status" | "good" | "assignedShip" | "affinityShip">;

export interface ReconciliationRequest {
  readonly ships: readonly ShipState[];
  /** All tasks that are not terminal. Terminal ones are ignored. */
  readonly tasks: readonly ReconciledTask[];
  /** Pipelines that live; a task of another is an orphan. */
  readonly livePipelines: readonly string[];
}

/** Decides for all ships at once, ordered by ship; a ship with an empty hold needs nothing [R002-99]. */
export function reconcileCargo(request: ReconciliationRequest): readonly CargoDecision[] {
  const live = new Set(request.livePipelines);
  const open = request.tasks.filter((task) => !isTerminal(task.status));
  const orphans = open.filter(
    (task) => task.type !== "LIQUIDATE" && (task.pipelineId === undefined || !live.has(task.pipelineId)),
  );
  const orphaned = new Set(orphans.map((task) => task.id));
  const tasks = open.filter((task) => !orphaned.has(task.id));
  const adopted = new Set<string>();
  const decisions: CargoDecision[] = [];
  for (const ship of [...request.ships].sort((a, b) => compareText(a.symbol, b.symbol))) {
    if (ship.cargo.every((item) => item.units === 0)) continue;
    decisions.push(...decideShip(ship, tasks, adopted));
  }
  return [...decisions, ...orphans.map((task) => cancelOrphan(task, request.ships))];
}

/** Does the hold fit the task? DELIVER and SELL phases need its good; an acquiring phase must not begin with other goods aboard [R002-103]. */
function cargoMatches(task: Pick<ReconciledTask, "good">, cargo: readonly CargoItem[]): boolean {
  return cargo.some((item) => item.good === task.good && item.units > 0);
}

function decideShip(ship: ShipState, tasks: readonly ReconciledTask[], adopted: Set<string>): readonly CargoDecision[] {
  const held = ship.cargo.filter((item) => item.units > 0).sort((a, b) => compareText(a.good, b.good));
  const own = tasks.filter((task) => task.assignedShip === ship.symbol || task.affinityShip === ship.symbol);
  const owner = own.find((task) => task.type !== "LIQUIDATE" && cargoMatches(task, held));
  const decisions: CargoDecision[] = [];
  if (owner) decisions.push({ action: "resume", ship: ship.symbol, taskId: owner.id, markPhase: true });
  const worker = own.find((task) => task.type !== "LIQUIDATE");
  const inTheWayOf = owner === undefined ? worker?.id : undefined;
  let busy = worker !== undefined;
  for (const item of held) {
    if (owner?.good === item.good) continue;
    const covered = own.find((task) => task.type === "LIQUIDATE" && task.good === item.good);
    const adopter = busy || covered ? undefined : tasks.find((task) => mayAdopt(task, item, adopted));
    if (covered) decisions.push({ action: "covered", ship: ship.symbol, item, taskId: covered.id });
    else if (adopter) {
      busy = true;
      adopted.add(adopter.id);
      decisions.push({ action: "adopt", ship: ship.symbol, taskId: adopter.id, item });
    } else
      decisions.push({
        action: "liquidate",
        ship: ship.symbol,
        item,
        because: worker === undefined ? "orphaned" : "mismatched",
        ...(inTheWayOf === undefined ? {} : { inTheWayOf }),
      });
  }
  return decisions;
}

/** Only a task nobody has: one ship each [R002-102]. */
function mayAdopt(task: ReconciledTask, item: CargoItem, adopted: ReadonlySet<string>): boolean {
  return (
    task.type !== "LIQUIDATE" &&
    task.good === item.good &&
    (task.status === "PENDING" || task.status === "READY") &&
    task.assignedShip === undefined &&
    task.affinityShip === undefined &&
    !adopted.has(task.id)
  );
}

/** The ship is released only when its hold is known to be empty [R000-22] [R000-38]. */
function cancelOrphan(task: ReconciledTask, ships: readonly ShipState[]): CargoDecision {
  const ship = task.assignedShip ?? task.affinityShip;
  const state = ships.find((candidate) => candidate.symbol === ship);
  const releaseShip = state?.cargo.every((item) => item.units === 0) ?? false;
  return { action: "cancelOrphan", taskId: task.id, ship, releaseShip, reason: ORPHANED_TASK };
}

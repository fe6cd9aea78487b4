/**
 * What the coordinator does about cargo that is found aboard (G10): after a start, when a ship is free, and when a worker ends with some.
 * Invariants: a good aboard a ship has at most one LIQUIDATE task; a ship is passed on only once the coordinator itself was granted it.
 */
import { type ReconciledTask, reconcileCargo } from "../domain/cargoReconciliation.ts";
import { liquidateTask } from "../domain/planTasks.ts";
import type { CargoItem, ShipState } from "../domain/ship.ts";
import { isAtOrBelow, liquidationChild, shipOf } from "./addresses.ts";
import type { CargoVerdict, CoordinatorContext, CoordinatorEvent } from "./coordinatorProtocol.ts";
import { without } from "./coordinatorSteps.ts";
import type { FleetEvent } from "./fleetEvents.ts";
import type { TaskInput } from "./taskProtocol.ts";

type Change = Partial<CoordinatorContext>;

/** What the coordinator can do in one transition. */
interface Acts {
  send(to: string, message: { readonly type: string } & Readonly<Record<string, unknown>>): void;
  startTask(id: string, input: TaskInput): void;
  emit(event: FleetEvent): void;
}

/** What the coordinator knows after an event about cargo; all others change nothing here. */
export function afterCargoNews(context: CoordinatorContext, event: CoordinatorEvent, nowMs: number, acts: Acts): Change {
  if (event.type === "coordinator.shipIdle") return takeIdleShip(context, event.ship, nowMs, acts);
  if (event.type === "coordinator.cargoFound") return applyVerdicts(context, event.verdicts, nowMs, acts);
  if (event.type === "coordinator.cargoOrphaned") return takeStranded(context, event.ship, nowMs, acts);
  return event.type === "ship.granted" ? passOn(context, event.ship, nowMs, acts) : {};
}

/** A ship that nobody claims. What is aboard comes first: a task that waits for such cargo takes it, else it is sold off. */
function takeIdleShip(context: CoordinatorContext, ship: ShipState, nowMs: number, acts: Acts): Change {
  const { symbol } = ship;
  if (context.adopting[symbol] !== undefined) return {};
  const tasks = tasksKnownTo(context);
  // An offer lives no longer than its pipeline.
  const livePipelines = tasks.flatMap(({ task }) => task.pipelineId ?? []);
  const verdicts = verdictsOn({ ships: [ship], tasks, livePipelines });
  const found = verdicts.filter(({ action }) => action === "adopt" || action === "liquidate");
  if (found.length === 0) return { idle: { ...context.idle, [symbol]: ship }, wanted: true };
  return applyVerdicts({ ...context, idle: { ...context.idle, [symbol]: ship } }, found, nowMs, acts);
}

/** What `reconcileCargo` decided, ship after ship. A ship that is not idle keeps its claim: its LIQUIDATE task waits for it. */
function applyVerdicts(context: CoordinatorContext, verdicts: readonly CargoVerdict[], nowMs: number, acts: Acts): Change {
  let now = context;
  // An orphan hands its cargo over itself, in the commit that ends it [R000-39].
  const leaving = new Set(verdicts.flatMap((verdict) => (verdict.action === "cancelOrphan" ? [verdict.ship] : [])));
  for (const verdict of verdicts) {
    if (verdict.action === "resume") acts.emit({ type: "task.resumed", task: verdict.taskId, ship: verdict.ship });
    if (verdict.action === "cancelOrphan" && verdict.to !== null) acts.send(verdict.to, { type: "task.orphaned" });
    if (verdict.action === "adopt" && verdict.to !== null) now = adopt(now, verdict, verdict.to, acts);
  }
  for (const symbol of new Set(verdicts.map(({ ship }) => ship))) {
    if (symbol === undefined || leaving.has(symbol)) continue;
    const stranded = verdicts.flatMap((verdict) =>
      verdict.action === "liquidate" && verdict.ship === symbol && !isCovered(now, symbol, verdict.item.good) ? [verdict] : [],
    );
    if (stranded.length === 0) continue;
    const cargo = listOf(stranded.map(({ item }) => item));
    if (stranded.some(({ because }) => because === "orphaned"))
      acts.emit({ type: "cargo.orphaned", ship: symbol, cargo, adoptedBy: null });
    else acts.emit({ type: "cargo.mismatched", ship: symbol, cargo });
    const isFree = now.idle[symbol] !== undefined;
    const items = stranded.map(({ item }) => item);
    const { change } = liquidate(now, { ship: symbol, items, takesShip: isFree, nowMs }, acts);
    now = { ...now, ...change };
    const worker = stranded.find(({ inTheWayOf }) => inTheWayOf !== undefined)?.to ?? null;
    if (worker !== null) acts.send(worker, { type: "task.standBack", reason: `foreign cargo aboard: ${cargo}` });
  }
  return now;
}

/** The ship is ours: cargo that was meant for a task goes there with it, or is sold off if the task has found another ship. */
function passOn(context: CoordinatorContext, ship: ShipState, nowMs: number, acts: Acts): Change {
  const { symbol } = ship;
  const wanted = context.adopting[symbol];
  if (wanted === undefined) return {};
  const adopting = without(context.adopting, symbol);
  const isFree = wanted.task in (wanted.offered ? context.ready : context.committed);
  if (!isFree) return takeStranded({ ...context, adopting }, ship, nowMs, acts);
  acts.send(wanted.task, { type: "task.adopt", ship: symbol });
  acts.send(shipOf(context.scope, symbol), transferred(context, wanted.task, "adopted cargo"));
  return { adopting, ready: without(context.ready, wanted.task), given: { ...context.given, [wanted.task]: symbol } };
}

/** What was meant for a worker that is gone goes to its successor only if that has offered itself: until then nobody listens. */
export function withoutWorker(adopting: CoordinatorContext["adopting"], worker: string): CoordinatorContext["adopting"] {
  const entries = Object.entries(adopting).map(([ship, wanted]) => {
    return [ship, isAtOrBelow(wanted.task, worker) ? { ...wanted, offered: true } : wanted] as const;
  });
  return Object.fromEntries(entries);
}

/** A worker has ended with cargo aboard and the ship is ours: it goes on to the LIQUIDATE task that sells it, or to nobody when nothing is left. */
function takeStranded(context: CoordinatorContext, ship: ShipState, nowMs: number, acts: Acts): Change {
  const items = ship.cargo.filter(({ good, units }) => units > 0 && !isCovered(context, ship.symbol, good));
  const { change, child } = liquidate(context, { ship: ship.symbol, items, takesShip: true, nowMs }, acts);
  const to = shipOf(context.scope, ship.symbol);
  if (child === undefined) acts.send(to, { type: "ship.release", claimant: context.address, reason: "completed" });
  else acts.send(to, transferred(context, `${context.address}/${child}`, "LIQUIDATE"));
  return { ...context, ...change };
}

/** The decisions of `reconcileCargo`, each with the address of the task that it is about. */
export function verdictsOn(request: {
  readonly ships: readonly ShipState[];
  readonly tasks: readonly { readonly address: string; readonly task: ReconciledTask }[];
  readonly livePipelines: readonly string[];
}): readonly CargoVerdict[] {
  const addresses = new Map(request.tasks.map(({ address, task }) => [task.id, address]));
  const tasks = request.tasks.map(({ task }) => task);
  return reconcileCargo({ ...request, tasks }).map((decision) => {
    const task = decision.action === "liquidate" ? decision.inTheWayOf : decision.taskId;
    return { ...decision, to: (task === undefined ? undefined : addresses.get(task)) ?? null };
  });
}

/** Asks for the ship; the task hears of it when the ship has said yes. */
function adopt(
  context: CoordinatorContext,
  { ship, taskId, item }: Extract<CargoVerdict, { action: "adopt" }>,
  task: string,
  acts: Acts,
): CoordinatorContext {
  acts.emit({ type: "cargo.orphaned", ship, cargo: listOf([item]), adoptedBy: taskId });
  const claim = { type: "ship.claim", claimant: context.address, purpose: "adopted cargo" };
  acts.send(shipOf(context.scope, ship), claim);
  const adopting = { ...context.adopting, [ship]: { task, offered: task in context.ready } };
  return { ...context, adopting, idle: without(context.idle, ship) };
}

/** One LIQUIDATE task per item; the first takes a free ship now, the others when it is free again [R000-35] [R002-105]. */
function liquidate(
  context: CoordinatorContext,
  stranded: { readonly ship: string; readonly items: readonly CargoItem[]; readonly takesShip: boolean; readonly nowMs: number },
  acts: Acts,
): { readonly change: Change; readonly child: string | undefined } {
  const { ship, items, takesShip, nowMs } = stranded;
  let { counter, liquidations } = context;
  let first: string | undefined;
  for (const { good, units } of items) {
    counter += 1;
    const child = liquidationChild(counter);
    liquidations = { ...liquidations, [child]: { ship, good } };
    acts.emit({ type: "cargo.liquidating", ship, good, units });
    const task = liquidateTask({ id: `liquidate-${counter}`, ship, good, units, nowMs });
    acts.startTask(child, {
      scope: context.scope,
      id: task.id,
      pipelineId: null,
      type: task.type,
      good,
      units,
      source: null,
      target: null,
      feedsGood: null,
      awaitsProduction: task.awaitsProduction,
      dependsOn: task.dependsOn,
      priority: task.priority,
      expected: null,
      ship: takesShip && first === undefined ? ship : null,
      affinityShip: ship,
      work: context.work,
    });
    first ??= child;
  }
  return { change: { counter, liquidations, idle: without(context.idle, ship) }, child: first };
}

/** What the coordinator knows of tasks that are not under way: its offers, and what it sells off. */
function tasksKnownTo(context: CoordinatorContext): readonly { readonly address: string; readonly task: ReconciledTask }[] {
  const begun = `${context.address}/pipeline/`;
  const offers = Object.entries(context.ready).flatMap(([address, { good, affinityShip }]) => {
    if (!address.startsWith(begun)) return [];
    const [pipelineId = "", id] = address.slice(begun.length).split("/task/");
    const task = { id: `${pipelineId}.${id}`, pipelineId, type: "ACQUIRE_DELIVER", status: "READY", good, affinityShip } as const;
    return [{ address, task: { ...task, assignedShip: undefined } }];
  });
  const sales = Object.entries(context.liquidations).map(([child, { ship, good }]) => {
    const task = { id: child, pipelineId: undefined, type: "LIQUIDATE", status: "READY", good, affinityShip: ship } as const;
    return { address: `${context.address}/${child}`, task: { ...task, assignedShip: undefined } };
  });
  return [...offers, ...sales];
}

/** Whether a LIQUIDATE task has that cargo already. */
function isCovered(context: CoordinatorContext, ship: string, good: string): boolean {
  return Object.values(context.liquidations).some((item) => item.ship === ship && item.good === good);
}

function transferred({ address }: CoordinatorContext, to: string, purpose: string) {
  return { type: "ship.transfer", from: address, to, purpose };
}

function listOf(items: readonly CargoItem[]): string {
  return items.map(({ good, units }) => `${units} ${good}`).join(", ");
}

/** What is shown of manufacturing: rows of the read model, and the contexts of coordinator and treasury. */
import type { FleetConfig } from "../actors/fleetPorts.ts";
import type { MarketBook } from "../actors/marketBook.store.ts";
import { bestHull, type PlanMoment, planPolicy, planWorld, traderWaypoints } from "../actors/planWorld.ts";
import { iso } from "../actors/rowChanges.ts";
import type {
  FactoryLine,
  ManufacturingStatus,
  MoneyLine,
  PipelineState,
  ProductRefusal,
  RecentRefusal,
  Refusals,
  TaskLine,
} from "../console/manufacturing.ts";
import { decideHull } from "../domain/fleetPolicy.ts";
import { findOpportunities, type PlanCandidate, refusalsOf } from "../domain/opportunity.ts";
import { pipelinePhase } from "../domain/pipelinePhase.ts";
import { mostTelling, reasonOf, unlistedProduct } from "../domain/planAnswer.ts";
import { reservedCredits } from "../domain/treasury.ts";
import { treasuryOf } from "../machines/addresses.ts";
import type { CoordinatorContext } from "../machines/coordinatorProtocol.ts";
import { hullSituation } from "../machines/hullSituation.ts";
import { STOPPED_BY_HAND } from "../machines/stoppedProducts.ts";
import type { TreasuryContext } from "../machines/treasuryProtocol.ts";
import type { Database } from "../persistence/database.ts";
import { listCargoHolds } from "../persistence/fleet.store.ts";
import { readLedgerTotals } from "../persistence/ledger.store.ts";
import {
  listFactories,
  listPipelines,
  listTasks,
  type PipelineSummary,
  type TaskSummary,
} from "../persistence/manufacturing.store.ts";
import type { Address } from "../runtime/address.ts";
import type { Environment } from "../runtime/environment.ts";
import type { Runtime } from "../runtime/runtime.ts";

export interface DeskParts {
  readonly runtime: Pick<Runtime, "send" | "view" | "observe">;
  readonly scope: Address;
  readonly database: Database;
  readonly marketBook: MarketBook;
  readonly config: FleetConfig;
  /** Game seconds per second. */
  readonly speed: number;
  readonly environment: Pick<Environment, "clock" | "ids">;
}

const AT_WORK = ["PLANNING", "EXECUTING"];
const TASK_OPEN = ["PENDING", "READY", "ASSIGNED", "EXECUTING"];
const CAME_TO_NOTHING = ["FAILED", "CANCELLED"];
const ENDED_SHOWN = 10;
const REFUSALS_SHOWN = 20;

export async function manufacturingStatus(
  parts: DeskParts,
  coordinator: CoordinatorContext | undefined,
): Promise<ManufacturingStatus> {
  const { database, scope } = parts;
  const working = await listPipelines(database, scope, { status: AT_WORK });
  const ended = await listPipelines(database, scope, { status: ["COMPLETED", ...CAME_TO_NOTHING], limit: ENDED_SHOWN });
  const factories = await listFactories(
    database,
    scope,
    working.map(({ id }) => id),
  );
  const tasks = await Promise.all(working.map(async ({ id }) => await listTasks(database, scope, { pipelineId: id })));
  const ledger = await readLedgerTotals(database, scope);
  return {
    pipelines: [
      ...working.map((pipeline, index) => pipelineState(pipeline, tasks[index] ?? [])),
      ...ended.map((item) => pipelineState(item, [])),
    ],
    factories: factories.map(factoryLine),
    orders: Object.values(coordinator?.orders ?? {}).map(({ id, product, kind, placedAtMs, waitsFor }) => ({
      order: id,
      good: product,
      kind,
      placedAt: iso(placedAtMs),
      waitsFor,
    })),
    leftAlone: [...stoppedLines(coordinator), ...coolingLines(coordinator)],
    held: (await listCargoHolds(database, scope)).map(({ reason, ...held }) => ({ ...held, reason: reason ?? null })),
    money: {
      ...(await purseNow(parts, coordinator)),
      operatingProfitCredits: ledger.operatingProfitCredits,
      hullsCredits: -ledger.hullsCredits,
    },
  };
}

/** Not one that somebody has started since, and that waits for a ship. */
function stoppedLines(coordinator: CoordinatorContext | undefined): ManufacturingStatus["leftAlone"] {
  const ordered = new Set(Object.values(coordinator?.orders ?? {}).map(({ product }) => product));
  return Object.entries(coordinator?.stoppedByHand ?? {})
    .filter(([good]) => !ordered.has(good))
    .map(([good, untilMs]) => ({
      good,
      kind: "any",
      until: untilMs === null ? null : iso(untilMs),
      because: STOPPED_BY_HAND,
    }));
}

function coolingLines(coordinator: CoordinatorContext | undefined): ManufacturingStatus["leftAlone"] {
  return Object.entries(coordinator?.cooling ?? {}).map(([id, untilMs]) => {
    const [kind = "", good = ""] = id.split(":");
    return { good, kind, until: iso(untilMs), because: "it came to nothing, or lost money" };
  });
}

export type Purse = Omit<MoneyLine, "operatingProfitCredits" | "hullsCredits">;

/** The balance, what is withheld from it, and what a new plan may count on. */
export async function purseNow(parts: DeskParts, coordinator: CoordinatorContext | undefined): Promise<Purse> {
  const purse = (await treasury(parts))?.purse;
  const earmarked = earmarkedCredits(coordinator);
  return {
    credits: purse?.liveCredits ?? null,
    floorCredits: purse?.floorCredits ?? 0,
    reservedCredits: purse === undefined ? 0 : reservedCredits(purse),
    earmarkedCredits: earmarked,
    availableCredits: Math.max(0, parts.marketBook.getSnapshot().context.spendableCredits - earmarked),
  };
}

export function earmarkedCredits(coordinator: CoordinatorContext | undefined): number {
  return Object.values(coordinator?.pipelines ?? {}).reduce((sum, pipeline) => sum + pipeline.earmarkedCredits, 0);
}

export async function taskLines(
  { database, scope }: DeskParts,
  { pipeline, ended }: { readonly pipeline: string | undefined; readonly ended: boolean },
): Promise<readonly TaskLine[] | undefined> {
  const tasks = await listTasks(database, scope, {
    ...(pipeline === undefined ? {} : { pipelineId: pipeline }),
    ...(ended || pipeline !== undefined ? {} : { status: TASK_OPEN }),
  });
  if (pipeline !== undefined && tasks.length === 0) {
    const known = await listPipelines(database, scope, { id: pipeline });
    if (known.length === 0) return undefined;
  }
  return tasks.map((task) => ({
    id: task.id,
    pipeline: task.pipelineId ?? null,
    type: task.type,
    status: task.status,
    good: task.good,
    units: task.units,
    actualUnits: task.actualUnits,
    source: task.sourceMarket ?? null,
    target: task.targetMarket ?? null,
    ship: task.ship ?? null,
    priority: task.priority,
    attempts: task.retryCount,
    cargoAboard: task.cargoAboard,
    error: task.error ?? null,
    dependsOn: task.dependsOn,
  }));
}

export async function refusalsNow(
  parts: DeskParts,
  asked: {
    readonly product: string | undefined;
    readonly coordinator: CoordinatorContext | undefined;
    readonly moment: PlanMoment;
  },
): Promise<Refusals | undefined> {
  const { product, coordinator, moment } = asked;
  const purse = await treasury(parts);
  const hull = purse === undefined || product !== undefined ? undefined : decideHull(hullSituation(purse), purse.fleetPolicy);
  const recent = [...ordersRefused(coordinator), ...spendsRefused(purse), ...(await workGivenUp(parts))]
    .filter(({ good, detail }) => product === undefined || good === product || detail.split(" ").includes(product))
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .slice(0, REFUSALS_SHOWN);
  if (product !== undefined && recent.length === 0 && isUnheardOf(product, moment)) return undefined;
  return {
    products: [...stoppedRefusals(coordinator), ...productRefusals(moment)].filter(
      ({ good }) => product === undefined || good === product,
    ),
    hulls: hull?.decision === "wait" ? hull.reasons : [],
    recent,
  };
}

/** Before the system is charted nothing can be said to be unknown. */
export function isUnheardOf(product: string, { known }: PlanMoment): boolean {
  return Object.keys(known.book.listings).length > 0 && unlistedProduct(product, known)?.reason === "unknownGood";
}

function stoppedRefusals(coordinator: CoordinatorContext | undefined): readonly ProductRefusal[] {
  return stoppedLines(coordinator).map(({ good, until }) => {
    const end = `bosun manufacturing start --good ${good}`;
    const detail = `${STOPPED_BY_HAND}, until ${until === null ? end : `${until} or ${end}`}`;
    return { good, kind: "any", reason: "stoppedByHand", detail, profitCredits: null };
  });
}

/** As the planner judges them for the fleet's best hull, a line a product and kind; what pays is not refused. */
function productRefusals(moment: PlanMoment): readonly ProductRefusal[] {
  const hull = bestHull(moment.known);
  if (hull === undefined) return [];
  const world = planWorld(moment, hull, traderWaypoints(moment.known));
  const { refused } = findOpportunities(world, planPolicy(moment));
  const ways = new Map<string, PlanCandidate[]>();
  for (const candidate of refused) {
    const key = `${candidate.result.outcome === "refused" ? candidate.result.product : ""} ${candidate.way.kind}`;
    ways.set(key, [...(ways.get(key) ?? []), candidate]);
  }
  return [...ways.values()].flatMap((candidates) => {
    const refusal = mostTelling(refusalsOf(candidates));
    const kind = candidates[0]?.way.kind;
    if (refusal === undefined || kind === undefined) return [];
    const { product: good, detail, draft } = refusal;
    return [{ good, kind, reason: reasonOf(refusal), detail, profitCredits: draft?.economics.profitCredits ?? null }];
  });
}

function ordersRefused(coordinator: CoordinatorContext | undefined): readonly RecentRefusal[] {
  return (coordinator?.refusedOrders ?? []).map(({ product, reason, detail, atMs }) => ({
    at: iso(atMs),
    by: "order",
    good: product,
    reason,
    detail,
  }));
}

function spendsRefused(purse: TreasuryContext | undefined): readonly RecentRefusal[] {
  return (purse?.lastRefusals ?? []).map(({ purpose, reason, askedCredits, availableCredits, atMs }) => ({
    at: iso(atMs),
    by: "treasury",
    good: purpose.split(" ").at(-1) ?? null,
    reason,
    detail: `${purpose}: ${askedCredits} credits asked, ${availableCredits} free`,
  }));
}

async function workGivenUp({ database, scope }: DeskParts): Promise<readonly RecentRefusal[]> {
  const pipelines = await listPipelines(database, scope, { status: CAME_TO_NOTHING, limit: REFUSALS_SHOWN });
  const tasks = await listTasks(database, scope, { status: CAME_TO_NOTHING, latestEnded: REFUSALS_SHOWN });
  return [
    ...pipelines.map(({ id, productGood, status, reason, netProfitCredits, completedAtMs, createdAtMs }) => ({
      at: iso(completedAtMs ?? createdAtMs),
      by: "pipeline" as const,
      good: productGood,
      reason: reason ?? status.toLowerCase(),
      detail: `${id} ${status.toLowerCase()}, profit ${netProfitCredits}`,
    })),
    ...tasks.map(({ id, good, type, status, error, completedAtMs }) => ({
      at: iso(completedAtMs ?? 0),
      by: "task" as const,
      good,
      reason: error ?? status.toLowerCase(),
      detail: `${id} ${type} ${status.toLowerCase()}`,
    })),
  ];
}

function pipelineState(pipeline: PipelineSummary, tasks: readonly TaskSummary[]): PipelineState {
  const { status, reason } = pipeline;
  return {
    id: pipeline.id,
    good: pipeline.productGood,
    status,
    phase: pipelinePhase(status, tasks, reason !== undefined),
    tasks: pipeline.tasks,
    tasksDone: pipeline.tasksCompleted,
    costCredits: pipeline.totalCostCredits,
    revenueCredits: pipeline.totalRevenueCredits,
    fuelCredits: pipeline.fuelCredits ?? null,
    profitCredits: pipeline.netProfitCredits,
    expectedProfitCredits: pipeline.expectedProfitCredits ?? null,
    feedWorthCredits: pipeline.feedWorthCredits,
    sellMarket: pipeline.sellMarket ?? null,
    reason: reason ?? null,
    createdAt: iso(pipeline.createdAtMs),
    completedAt: pipeline.completedAtMs === undefined ? null : iso(pipeline.completedAtMs),
  };
}

function factoryLine({
  waypoint,
  good,
  pipelineId,
  supply,
  readyForCollection,
  reason,
}: Awaited<ReturnType<typeof listFactories>>[number]): FactoryLine {
  return { waypoint, good, pipeline: pipelineId, supply: supply ?? null, readyForCollection, reason: reason ?? null };
}

/** Undefined before the fleet has found its ships. Its shape was checked when it was loaded. */
async function treasury({ runtime, scope }: DeskParts): Promise<TreasuryContext | undefined> {
  const view = await runtime.view(treasuryOf(scope));
  return view?.context as TreasuryContext | undefined;
}

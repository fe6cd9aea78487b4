/** The one answer to "how is the fleet?": what `bosun status -o json`, `/api/status` and the terminal's line all show. */
import type { BootReport } from "../runtime/runtime.ts";
import type { Alert } from "./alerts.ts";
import type { PipelineFacts, ShipFacts } from "./facts.ts";
import { grouped, thousands } from "./figures.ts";
import { naturalOrder } from "./naturalOrder.ts";
import type { FleetView } from "./view.store.ts";
import { shortName } from "./words.ts";

export interface FleetStatus {
  readonly version: string;
  readonly pid: number;
  readonly agent: string;
  /** Every credit and ship is simulated. */
  readonly simulator: boolean;
  /** The game is only read until the user has said --go. */
  readonly readOnly: boolean;
  /** Game seconds per second; 1 for the real game. */
  readonly gameSpeed: number;
  readonly phase: DaemonPhase;
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  readonly credits: number | null;
  /** Earned per hour of game time, over at most the last game hour; cargo under way and new hulls count at cost. */
  readonly creditsPerHour: number | null;
  /** Earned per request sent since this process began. */
  readonly creditsPerRequest: number | null;
  readonly ships: readonly ShipLine[];
  readonly pipelines: readonly PipelineLine[];
  /** Task counts by status. */
  readonly tasks: Readonly<Record<string, number>>;
  readonly requestBudget: RequestBudgetLine | null;
  /** Actor restarts since this process began. */
  readonly restarts: number;
  readonly deadLetters: number;
  readonly quarantined: readonly string[];
  /** What a person should look at now. */
  readonly alerts: readonly Alert[];
  readonly actors: number;
  readonly processes: readonly ProcessLine[];
  readonly boot: BootReport | null;
  /** What the last start found in the database; null when there was nothing. */
  readonly recovery: RecoveryLine | null;
}

interface RecoveryLine {
  readonly pipelines: number;
  readonly tasks: number;
  readonly tasksInQueue: number;
  readonly factoryStates: number;
  readonly workers: number;
  /** The first rows that contradicted their actors, and what was done about each; the log has all of them. */
  readonly findings: readonly { readonly table: string; readonly row: string; readonly what: string; readonly done: string }[];
  readonly findingsTotal: number;
}

/** paused: too many starts failed; somebody must look and resume it. */
export type DaemonPhase = "starting" | "sailing" | "paused" | "stopping";

interface ShipLine {
  readonly symbol: string;
  readonly role: string;
  readonly status: string;
  readonly activity: string;
  readonly doing: string;
  readonly waypoint: string;
  readonly arrivalAt: string | null;
  readonly fuel: { readonly units: number; readonly capacity: number };
  readonly cargo: {
    readonly units: number;
    readonly capacity: number;
    readonly goods: readonly { readonly good: string; readonly units: number }[];
  };
  readonly owner: string | null;
}

interface PipelineLine {
  readonly id: string;
  readonly good: string;
  readonly status: string;
  readonly tasks: number;
  readonly tasksDone: number;
  /** So far: revenue less cost and fuel. */
  readonly profitCredits: number;
}

interface RequestBudgetLine {
  readonly queued: number;
  readonly sent: number;
  readonly rateLimited: number;
  /** Per second of wall time. */
  readonly perSecondLimit: number;
  /** In the last minute of game time. */
  readonly usedLastMinute: number;
}

/** A process of the platform branch of the supervision tree. */
export interface ProcessLine {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  readonly restarts: number;
}

/** What a status needs beside the view. */
export interface StatusSource {
  readonly version: string;
  readonly agent: string;
  readonly simulator: boolean;
  readonly readOnly: boolean;
  readonly gameSpeed: number;
  readonly startedAtMs: number;
  readonly phase: () => DaemonPhase;
  readonly boot: () => BootReport | undefined;
  readonly recovery?: () => RecoveryLine | undefined;
  readonly requestBudget: () => RequestBudgetLine | undefined;
  readonly processes: () => readonly ProcessLine[];
  /** Dead letters waiting in the database, when the runtime knows. */
  readonly deadLetters: () => number | undefined;
  /** Absent while no fleet has been at work. */
  readonly alerts?: () => readonly Alert[];
}

const HOUR_MS = 3_600_000;

/** The status at `nowMs`. Pure. */
export function fleetStatus(view: FleetView, source: StatusSource, nowMs: number): FleetStatus {
  const actors = [...view.actors.values()];
  const living = actors.filter((actor) => actor.status !== "done" && actor.status !== "stopped");
  const budget = source.requestBudget();
  const earned = (view.credits.at(-1)?.worthCredits ?? 0) - (view.credits[0]?.worthCredits ?? 0);
  const tasks: Record<string, number> = { ...view.forgottenTasks };
  for (const { facts } of actors) if (facts.facts === "task") tasks[facts.status] = (tasks[facts.status] ?? 0) + 1;
  return {
    version: source.version,
    pid: process.pid,
    agent: source.agent,
    simulator: source.simulator,
    readOnly: source.readOnly,
    gameSpeed: source.gameSpeed,
    phase: source.phase(),
    startedAt: new Date(source.startedAtMs).toISOString(),
    uptimeSeconds: Math.round((nowMs - source.startedAtMs) / 1000),
    credits: view.credits.at(-1)?.credits ?? null,
    creditsPerHour: creditsPerHour(view.credits, source.gameSpeed, nowMs),
    creditsPerRequest: budget === undefined || budget.sent === 0 || view.credits.length === 0 ? null : earned / budget.sent,
    ships: living
      .flatMap(({ facts, state, status }) => (facts.facts === "ship" ? [shipLine(facts, state, status)] : []))
      .sort((left, right) => naturalOrder(left.symbol, right.symbol)),
    pipelines: actors.flatMap(({ facts }) => (facts.facts === "pipeline" ? [pipelineLine(facts)] : [])),
    tasks,
    requestBudget: budget ?? null,
    restarts: view.restarts,
    deadLetters: source.deadLetters() ?? view.deadLetters,
    alerts: source.alerts?.() ?? [],
    quarantined: living.filter((actor) => actor.status === "quarantined").map((actor) => actor.address),
    actors: living.length,
    processes: source.processes(),
    boot: source.boot() ?? null,
    recovery: source.recovery?.() ?? null,
  };
}

/** `credits 231,900 · 412 k/h · 61 cr/request · 10 ships: 7 flying 2 trading 1 waiting` */
export function summaryLine(status: FleetStatus): string {
  const parts = [
    status.credits === null ? undefined : `credits ${grouped(status.credits)}`,
    status.creditsPerHour === null ? undefined : `${thousands(status.creditsPerHour)}/h`,
    status.creditsPerRequest === null ? undefined : `${grouped(status.creditsPerRequest)} cr/request`,
    `${status.ships.length} ship${status.ships.length === 1 ? "" : "s"}${activityCounts(status.ships)}`,
  ];
  return parts.filter((part) => part !== undefined).join(" · ");
}

function shipLine(facts: ShipFacts, state: string, status: string): ShipLine {
  return {
    symbol: facts.symbol,
    role: facts.role,
    status,
    activity: status === "active" ? facts.activity : status,
    doing: status === "active" ? facts.doing : state,
    waypoint: facts.waypoint,
    arrivalAt: facts.arrivalAtMs === undefined ? null : new Date(facts.arrivalAtMs).toISOString(),
    fuel: { units: facts.fuelUnits, capacity: facts.fuelCapacity },
    cargo: { units: facts.cargoUnits, capacity: facts.cargoCapacity, goods: facts.cargo },
    owner: facts.owner === undefined ? null : shortName(facts.owner),
  };
}

function pipelineLine({ id, good, status, tasks, tasksDone, profitCredits }: PipelineFacts): PipelineLine {
  return { id, good, status, tasks, tasksDone, profitCredits };
}

function activityCounts(ships: readonly ShipLine[]): string {
  const counts = new Map<string, number>();
  for (const ship of ships) counts.set(ship.activity, (counts.get(ship.activity) ?? 0) + 1);
  const order = ["flying", "trading", "waiting"];
  const sorted = [...counts].sort(([left], [right]) => rank(order, left) - rank(order, right));
  return sorted.length === 0 ? "" : `: ${sorted.map(([activity, count]) => `${count} ${activity}`).join(" ")}`;
}

function rank(order: readonly string[], word: string): number {
  const index = order.indexOf(word);
  return index < 0 ? order.length : index;
}

function creditsPerHour(samples: FleetView["credits"], gameSpeed: number, nowMs: number): number | null {
  const since = nowMs - HOUR_MS / gameSpeed;
  const first = samples.findLast((sample) => sample.atMs <= since) ?? samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last === first) return null;
  const gameHours = ((nowMs - Math.max(first.atMs, since)) * gameSpeed) / HOUR_MS;
  return gameHours <= 0 ? null : (last.worthCredits - first.worthCredits) / gameHours;
}

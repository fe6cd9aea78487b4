import type { FleetPolicy } from "../domain/fleetPolicy.ts";
import { DEFAULT_FLEET_POLICY } from "../domain/fleetPolicy.ts";
import { DEFAULT_OPPORTUNITY_POLICY, type OpportunityPolicy } from "../domain/opportunity.ts";
import { DEFAULT_WORK_POLICY, type WorkPolicy } from "../domain/workPolicy.ts";
import type { FleetSettings } from "../machines/fleetSettings.ts";
import type { Logger } from "../runtime/environment.ts";
import type { RestartSpec } from "../runtime/supervision.ts";
import type { SpaceApi } from "../space-api/spaceApi.ts";
import type { MarketBook } from "./marketBook.store.ts";

/** What the fleet's actors take from the world. */
export interface FleetPorts {
  readonly spaceApi: SpaceApi;
  readonly marketBook: MarketBook;
  readonly gameTime: {
    /** Game seconds per second; 1 for the real game. */
    readonly speed: number;
  };
  readonly config: FleetConfig;
  /** How each kind is restarted; the tree in src/supervisor decides. */
  readonly restartSpecs: Readonly<Record<FleetKind, RestartSpec>>;
  readonly logger: Logger;
}

/** The kinds of durable actors of a fleet. */
export type FleetKind =
  | "agent"
  | "chart"
  | "universe"
  | "treasury"
  | "supply-monitor"
  | "factory"
  | "ship"
  | "tour"
  | "scouting"
  | "coordinator"
  | "pipeline"
  | "task";

/** Intervals in game seconds, so that a faster universe is played faster. */
export interface FleetConfig {
  readonly discoveryGameSeconds: number;
  readonly dispatchGameSeconds: number;
  readonly supplyPollGameSeconds: number;
  /** A supply reading older than this makes no product collectable (R002-79). */
  readonly maxReadingAgeGameSeconds: number;
  readonly tourPauseGameSeconds: number;
  /** Quotes younger than this are not worth a visit. */
  readonly freshForGameSeconds: number;
  readonly pipelinePatienceGameSeconds: number;
  readonly productCooldownGameSeconds: number;
  readonly floorCredits: number;
  readonly maxFabrications: number;
  /** What the first look at a market is worth to a ship that could trade instead. */
  readonly creditsPerNewMarket: number;
  /** A chain is preferred over plain trade while it earns at least this share of it per ship-second. */
  readonly fabricationShare: number;
  readonly fleetPolicy: FleetPolicy;
  readonly work: Omit<WorkPolicy, "tradeSize">;
  readonly opportunities: OpportunityPolicy;
}

export const DEFAULT_FLEET_CONFIG: FleetConfig = {
  discoveryGameSeconds: 120,
  dispatchGameSeconds: 60,
  supplyPollGameSeconds: 120,
  maxReadingAgeGameSeconds: 900,
  tourPauseGameSeconds: 5,
  freshForGameSeconds: 600,
  pipelinePatienceGameSeconds: 3 * 3600,
  productCooldownGameSeconds: 600,
  floorCredits: 5_000,
  maxFabrications: 5,
  creditsPerNewMarket: 8_000,
  fabricationShare: 0.6,
  fleetPolicy: DEFAULT_FLEET_POLICY,
  work: { maxLossShare: DEFAULT_WORK_POLICY.maxLossShare, maxRetries: DEFAULT_WORK_POLICY.maxRetries },
  opportunities: DEFAULT_OPPORTUNITY_POLICY,
};

/** No interval is shorter than this in wall time, however fast the universe runs. */
const MIN_INTERVAL_MS = 500;

/** The settings of this process: game intervals divided by the speed. */
export function fleetSettings({ config, gameTime }: Pick<FleetPorts, "config" | "gameTime">): FleetSettings {
  const wallMs = (gameSeconds: number, leastMs = MIN_INTERVAL_MS) =>
    Math.max(leastMs, Math.round((gameSeconds * 1000) / gameTime.speed));
  return {
    timing: {
      gameSecondMs: 1000 / gameTime.speed,
      discoveryMs: wallMs(config.discoveryGameSeconds),
      dispatchMs: wallMs(config.dispatchGameSeconds),
      supplyPollMs: wallMs(config.supplyPollGameSeconds),
      maxReadingAgeMs: wallMs(config.maxReadingAgeGameSeconds),
      tourPauseMs: wallMs(config.tourPauseGameSeconds, 20),
      pipelinePatienceMs: wallMs(config.pipelinePatienceGameSeconds),
      productCooldownMs: wallMs(config.productCooldownGameSeconds),
    },
    floorCredits: config.floorCredits,
    fleetPolicy: config.fleetPolicy,
    maxFabrications: config.maxFabrications,
    work: { ...config.work, tradeSize: config.opportunities.plan.leg.tradeSize },
  };
}

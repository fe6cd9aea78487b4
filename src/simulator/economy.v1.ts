/**
 * Economy v1: every constant of the simulated economy, in one place, with a version and a hash.
 *
 * Invariants of this file:
 * - a constant changes only with a new version; single ones are overridden for sensitivity runs by `--economy FILE`;
 * - rates are per game hour and in trade volumes (TV) of the good, so that they mean the same for every good;
 * - nothing else in the simulator holds a number that moves a price or a stock.
 */
import { createHash } from "node:crypto";

export const ECONOMY_VERSION = "v1";

export const ECONOMY_V1 = {
  /** Game minutes between two ticks; between ticks only trades change a market. */
  tickGameMinutes: 15,
  /** m of the price curves, percent of the base per unit of curve. */
  curvePercent: 8,
  /** Smallest ask of an EXPORT and smallest mid price of an IMPORT, credits. */
  exportFloorCredits: 10,
  importFloorCredits: 1,
  /** What a market pays for its own EXPORT, as a share of the ask. Captured quotes keep their own share. */
  exportBidShare: 0.485,
  /** Final demand: an IMPORT that feeds nothing here falls towards its start level. */
  importDemandPerHour: 3,
  /** Production of an EXPORT at activity WEAK with every input MODERATE or better. */
  exportProductionPerHour: 3,
  /** Production stops at this many trade volumes above balance. */
  exportCeiling: 6,
  /** An unfed EXPORT drifts this fast towards balance. */
  unfedDriftPerHour: 0.25,
  /** An EXCHANGE good's stock returns this fast; its price is fixed. */
  exchangeReturnPerHour: 3,
  activityRestricted: 0.5,
  activityWeak: 1,
  activityGrowing: 1.5,
  activityStrong: 2,
  /** Production factor by the label of the scarcest input. */
  inputScarce: 0,
  inputLimited: 0.5,
  inputModerate: 1,
  /** Other traders: σ, in trade volumes, of the displacement they cause, drawn anew each tick. 0 switches them off. */
  noiseSigma: 0.25,
  /** Hulls in one trade volume of a shipyard, and how many trade volumes come back per game day. */
  hullTradeVolume: 6,
  hullRecoveryPerDay: 1,
};

export type EconomyConstants = Readonly<Record<keyof typeof ECONOMY_V1, number>>;

/** Twelve hex digits over version and constants: equal hash, equal economy. */
export function economyHash(constants: EconomyConstants): string {
  const canonical = Object.entries(constants).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([ECONOMY_VERSION, canonical]))
    .digest("hex")
    .slice(0, 12);
}

/**
 * Economy v1: every number of the simulated economy, in one place, with a version and a hash.
 *
 * Invariants of this file:
 * - a number changes only with a new version; single constants are overridden for sensitivity runs by `--economy FILE`;
 * - rates are per game hour and in trade volumes (TV) of the good, so that they mean the same for every good;
 * - nothing else in the simulator holds a number that moves a price or a stock, except the reference goods, hulls and recipes of
 *   generated systems (`*.data.ts`), which the hash covers too.
 */
import { createHash } from "node:crypto";
import { REFERENCE_GOODS } from "./goods.data.ts";
import { supplyChainMap } from "./supplyChain.data.ts";
import type { Activity, SupplyLabel, TradeKind } from "./universe.ts";

export const ECONOMY_VERSION = "v1";

export const ECONOMY_V1 = {
  /** Game minutes between two ticks; between ticks only trades change a market. */
  tickGameMinutes: 15,
  /** Multiplies every rate below: 1/3 and 3 are the sensitivity runs that each published figure comes with. */
  rateFactor: 1,

  /** The price curve: base × (1 ± (slope · 2^(∓exponent · s) − offset) · percent / 100); `curvePercent` is the m of the fit. */
  curvePercent: 8,
  curveSlope: 4,
  curveOffset: 5,
  curveExponent: 0.3,
  /** Smallest ask of an EXPORT, smallest mid price of an IMPORT, smallest bid of anything, credits. */
  exportFloorCredits: 10,
  importFloorCredits: 1,
  bidFloorCredits: 1,
  /** What a market pays for its own EXPORT, as a share of the ask. Captured quotes keep their own share. */
  exportBidShare: 0.485,
  /** What a market asks for what it IMPORTs, as a multiple of the mid price. */
  importAskMultiple: 2,
  /**
   * …and at least what it paid for the last so many trade volumes, other traders' displacement included: far above balance the curve
   * falls by more than half per trade volume, and buying back what was just sold would pay.
   */
  importRebuyVolumes: 1,

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
  /** No displacement is larger than so many σ. */
  noiseCutoff: 3,

  /** 1 lets trade volumes grow where a market is fed and drained; off in every bench. The rest says how, see `growth.ts`. */
  volumeGrowth: 0,
  /** Fed and drained for so many game hours in all: one step, first of activity, then of trade volume. */
  growthHoursPerStep: 12,
  growthPerStep: 0.1,
  /** Largest trade volume, as a multiple of the one at the start. */
  growthCeiling: 3,
  /** An IMPORT's trade volume grows to so many times its EXPORT's, an EXPORT's to its IMPORTs' divided by so many. */
  growthImportRatioMax: 3,
  growthImportRatioMin: 2,
  /** An IMPORT stops growing while its price is above this share of the highest possible. */
  growthPriceShare: 0.8,

  /** Hulls in one trade volume of a shipyard, and how many trade volumes come back per game day. */
  hullTradeVolume: 6,
  hullRecoveryPerDay: 1,

  /** Generated systems: how often an input starts at the label that its market's inputs have in common (13 of 18 captured recipes do). */
  inputsAlike: 0.7,
  /** Half-widths of the spread around a reference base, a bid's share and a hull's ask. */
  baseSpread: 0.05,
  bidSpread: 0.015,
  hullAskSpread: 0.03,
  /** Half the gap between ask and bid of an EXCHANGE good, as a share of its price, and at least so many credits. */
  exchangeGapShare: 0.01,
  exchangeGapFloorCredits: 2,
  exchangeTradeVolume: 180,
  /** The factory's ask and the importers' bid of LASER_RIFLES at the start, and the factory's level, a MODERATE one. */
  riflesAskLowCredits: 11_200,
  riflesAskHighCredits: 12_300,
  riflesBidLowCredits: 17_300,
  riflesBidHighCredits: 19_700,
  riflesLevelLow: 0.5,
  riflesLevelHigh: 1,
  /** Its inputs start SCARCE, in this range. */
  starvedLevelLow: -4.9,
  starvedLevelHigh: -4.6,
  /** Where the stocks of hulls start: HIGH or ABUNDANT, as captured. */
  hullLevelLow: 2.2,
  hullLevelHigh: 4.8,
};

export type EconomyConstants = Readonly<Record<keyof typeof ECONOMY_V1, number>>;

/** A label begins at this s; SCARCE has no beginning. EXCHANGE goods and hulls use the EXPORT's. */
export const LABEL_FROM = {
  EXPORT: { LIMITED: -4, MODERATE: -2, HIGH: 2, ABUNDANT: 4 },
  IMPORT: { LIMITED: -4, MODERATE: -2.5, HIGH: 1, ABUNDANT: 3 },
} as const;

/** The s a captured label stands for: the middle of its band, one beyond the threshold for the open ends. */
export const LABEL_MIDPOINT: Readonly<Record<"EXPORT" | "IMPORT", Readonly<Record<SupplyLabel, number>>>> = {
  EXPORT: { SCARCE: -5, LIMITED: -3, MODERATE: 0, HIGH: 3, ABUNDANT: 5 },
  IMPORT: { SCARCE: -5, LIMITED: -3.25, MODERATE: -0.75, HIGH: 2, ABUNDANT: 4 },
};

/** Share of the mid price an IMPORT pays at s; linear between, constant beyond. */
export const IMPORT_BID_SHARES: readonly (readonly [s: number, share: number])[] = [
  [-5, 0.985],
  [-3.25, 0.972],
  [-0.75, 0.95],
  [2, 0.93],
  [4, 0.91],
];

/** How often each label was captured in X1-AD75, and the range of s it is drawn from in a generated system. */
export const START_LEVELS: Readonly<Record<TradeKind, readonly (readonly [weight: number, low: number, high: number])[]>> = {
  EXPORT: [
    [18, 2.3, 3.8],
    [17, 4.2, 5.7],
  ],
  IMPORT: [
    [29, -5.8, -4.3],
    [33, -3.8, -2.7],
    [6, -2.2, 0.5],
  ],
  EXCHANGE: [
    [41, -1.5, 1.5],
    [2, 2.3, 3.8],
    [1, -3.8, -2.3],
  ],
};

/** Activity of a market that is not restricted, in percent of all goods as measured over a public bot's era; the other 28 are RESTRICTED. */
export const ACTIVITY_WEIGHTS: readonly (readonly [Activity, number])[] = [
  ["WEAK", 62],
  ["GROWING", 8],
  ["STRONG", 2],
];

/** Asks of the hulls that generated systems sell, credits. */
export const HULL_ASKS = {
  SHIP_PROBE: 21_300,
  SHIP_LIGHT_HAULER: 272_800,
  SHIP_LIGHT_SHUTTLE: 88_900,
  SHIP_SIPHON_DRONE: 39_900,
  SHIP_MINING_DRONE: 41_800,
  SHIP_SURVEYOR: 27_700,
} as const;

/** Twelve hex digits over version, constants, tables and reference data: equal hash, equal economy. */
export function economyHash(constants: EconomyConstants): string {
  const canonical = Object.entries(constants).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const tables = [LABEL_FROM, LABEL_MIDPOINT, IMPORT_BID_SHARES, START_LEVELS, ACTIVITY_WEIGHTS, HULL_ASKS];
  return createHash("sha256")
    .update(JSON.stringify([ECONOMY_VERSION, canonical, tables, REFERENCE_GOODS, supplyChainMap()]))
    .digest("hex")
    .slice(0, 12);
}

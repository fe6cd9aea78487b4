/** Price curves and supply labels as functions of s = stock / tradeVolume, 0 being balance (fit on captured quotes, m = 8). */
import type { EconomyConstants } from "./economy.v1.ts";
import type { SupplyLabel, TradeKind } from "./universe.ts";

/** What P is a multiple of: `ask / base` of an EXPORT, `P / base` of an IMPORT (its ask is 2 P). */
export function priceMultiple(kind: "EXPORT" | "IMPORT", s: number, constants: EconomyConstants): number {
  const m = constants.curvePercent / 100;
  return kind === "EXPORT" ? 1 + (4 * 2 ** (-0.3 * s) - 5) * m : 1 + (5 - 4 * 2 ** (0.3 * s)) * m;
}

/** Label of a stock. EXCHANGE goods use the EXPORT's thresholds. */
export function supplyLabel(kind: TradeKind, s: number): SupplyLabel {
  const [limited, moderate, high, abundant] = kind === "IMPORT" ? IMPORT_FROM : EXPORT_FROM;
  if (s < limited) return "SCARCE";
  if (s < moderate) return "LIMITED";
  if (s < high) return "MODERATE";
  return s < abundant ? "HIGH" : "ABUNDANT";
}

/** The s a captured label stands for: the middle of its band, one beyond the threshold for the open ends. */
export function labelMidpoint(kind: TradeKind, label: SupplyLabel): number {
  return (kind === "IMPORT" ? IMPORT_MIDPOINT : EXPORT_MIDPOINT)[label];
}

/** Share of P an IMPORT pays, by how badly it wants the good (0.985 at SCARCE … 0.91 at ABUNDANT; linear between). */
export function importBidShare(s: number): number {
  const clamped = Math.min(4, Math.max(-5, s));
  for (let i = 1; i < IMPORT_BID_POINTS.length; i++) {
    const [fromS, fromShare] = IMPORT_BID_POINTS[i - 1] ?? [0, 0];
    const [toS, toShare] = IMPORT_BID_POINTS[i] ?? [0, 0];
    if (clamped <= toS) return fromShare + ((clamped - fromS) / (toS - fromS)) * (toShare - fromShare);
  }
  return 0.91;
}

const EXPORT_FROM = [-4, -2, 2, 4] as const;
const IMPORT_FROM = [-4, -2.5, 1, 3] as const;
const EXPORT_MIDPOINT: Readonly<Record<SupplyLabel, number>> = { SCARCE: -5, LIMITED: -3, MODERATE: 0, HIGH: 3, ABUNDANT: 5 };
const IMPORT_MIDPOINT: Readonly<Record<SupplyLabel, number>> = {
  SCARCE: -5,
  LIMITED: -3.25,
  MODERATE: -0.75,
  HIGH: 2,
  ABUNDANT: 4,
};
const IMPORT_BID_POINTS: readonly (readonly [number, number])[] = [
  [-5, 0.985],
  [-3.25, 0.972],
  [-0.75, 0.95],
  [2, 0.93],
  [4, 0.91],
];

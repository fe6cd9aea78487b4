/** Price curves and supply labels as functions of s = stock / tradeVolume, 0 being balance. The numbers are those of `economy.v1.ts`. */
import { type EconomyConstants, IMPORT_BID_SHARES, LABEL_FROM, LABEL_MIDPOINT } from "./economy.v1.ts";
import type { SupplyLabel, TradeKind } from "./universe.ts";

/** What P is a multiple of: `ask / base` of an EXPORT, `P / base` of an IMPORT (its ask is 2 P). */
export function priceMultiple(kind: "EXPORT" | "IMPORT", s: number, constants: EconomyConstants): number {
  const m = constants.curvePercent / 100;
  const bend = constants.curveSlope * 2 ** (constants.curveExponent * (kind === "EXPORT" ? -s : s));
  return kind === "EXPORT" ? 1 + (bend - constants.curveOffset) * m : 1 + (constants.curveOffset - bend) * m;
}

/** Label of a stock. EXCHANGE goods use the EXPORT's thresholds. */
export function supplyLabel(kind: TradeKind, s: number): SupplyLabel {
  const from = LABEL_FROM[kind === "IMPORT" ? "IMPORT" : "EXPORT"];
  if (s < from.LIMITED) return "SCARCE";
  if (s < from.MODERATE) return "LIMITED";
  if (s < from.HIGH) return "MODERATE";
  return s < from.ABUNDANT ? "HIGH" : "ABUNDANT";
}

/** The s a captured label stands for. */
export function labelMidpoint(kind: TradeKind, label: SupplyLabel): number {
  return LABEL_MIDPOINT[kind === "IMPORT" ? "IMPORT" : "EXPORT"][label];
}

/** Share of P an IMPORT pays, by how badly it wants the good. */
export function importBidShare(s: number): number {
  const above = IMPORT_BID_SHARES.findIndex(([at]) => at >= s);
  const [toS, toShare] = IMPORT_BID_SHARES.at(above) ?? [0, 1];
  const [fromS, fromShare] = IMPORT_BID_SHARES[above - 1] ?? [toS, toShare];
  return above <= 0 ? toShare : fromShare + ((s - fromS) / (toS - fromS)) * (toShare - fromShare);
}

/** Profit arithmetic over ledger entries: hull purchases apart. */

type LedgerKind = "purchase" | "sale" | "fuel" | "hull" | "other";

export interface LedgerEntry {
  readonly kind: LedgerKind;
  /** Always positive; the kind gives the sign, except `other`, which is signed. */
  readonly credits: number;
}

export interface ProfitAndLoss {
  readonly purchasesCredits: number;
  readonly salesCredits: number;
  readonly fuelCredits: number;
  readonly hullCredits: number;
  readonly otherCredits: number;
  /** Sales − purchases − fuel; hulls and other apart. */
  readonly operatingProfitCredits: number;
  /** Change of the balance these entries explain. */
  readonly cashFlowCredits: number;
}

export function profitAndLoss(entries: readonly LedgerEntry[]): ProfitAndLoss {
  const sums: Record<LedgerKind, number> = { purchase: 0, sale: 0, fuel: 0, hull: 0, other: 0 };
  for (const entry of entries) sums[entry.kind] += entry.credits;
  const operatingProfitCredits = sums.sale - sums.purchase - sums.fuel;
  return {
    purchasesCredits: sums.purchase,
    salesCredits: sums.sale,
    fuelCredits: sums.fuel,
    hullCredits: sums.hull,
    otherCredits: sums.other,
    operatingProfitCredits,
    cashFlowCredits: operatingProfitCredits - sums.hull + sums.other,
  };
}

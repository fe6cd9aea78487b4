/** Profit arithmetic over ledger entries: signed credits, cargo valued at cost, hull purchases apart. */

export type LedgerKind = "purchase" | "sale" | "fuel" | "hull" | "other";

export interface LedgerEntry {
  readonly kind: LedgerKind;
  /** Always positive; the kind gives the sign, except `other`, which is signed. */
  readonly credits: number;
  readonly atMs: number;
  readonly ship: string | undefined;
  readonly pipelineId: string | undefined;
  readonly good: string | undefined;
  readonly units: number;
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

/** Signed effect of one entry on the balance. */
export function signedCredits(entry: Pick<LedgerEntry, "kind" | "credits">): number {
  switch (entry.kind) {
    case "sale":
    case "other":
      return entry.credits;
    case "purchase":
    case "fuel":
    case "hull":
      return -entry.credits;
  }
}

/** Credits per game hour over a window; 0 for an empty window. */
export function creditsPerHour(credits: number, seconds: number): number {
  return seconds > 0 ? (credits * 3600) / seconds : 0;
}

/**
 * Kill switch of a chain: stop when it has lost more than `maxLossShare` of what it bought.
 * Cargo still aboard and inputs in the factory count at cost, so that a chain is not stopped for being half done.
 */
export function chainIsLosing(entries: readonly LedgerEntry[], heldAtCostCredits: number, maxLossShare = 0.05): boolean {
  const { operatingProfitCredits, purchasesCredits } = profitAndLoss(entries);
  return purchasesCredits > 0 && operatingProfitCredits + heldAtCostCredits < -maxLossShare * purchasesCredits;
}

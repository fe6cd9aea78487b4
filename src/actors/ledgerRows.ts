import type { Address } from "../runtime/address.ts";
import type { RowChange } from "../runtime/readModel.ts";

/** One row of the ledger: a fact, keyed by the job that made it, written even when nobody wants the job any more (G13). */
export interface LedgerFact {
  readonly jobId: string;
  readonly atMs: number;
  readonly kind: "purchase" | "sale" | "refuel" | "hull" | "unaccounted" | "loss";
  readonly ship: string;
  readonly good: string | null;
  readonly units: number;
  readonly unitPriceCredits: number;
  /** Signed: what we paid is negative. */
  readonly totalCredits: number;
  readonly waypoint: string;
  readonly task: string | null;
  readonly pipeline: string | null;
}

export function ledgerRow(address: Address, fact: LedgerFact): RowChange {
  return {
    op: "upsert",
    table: "ledger",
    row: {
      agent: scopeOf(address),
      job_id: fact.jobId,
      at: new Date(fact.atMs).toISOString(),
      ship: fact.ship,
      kind: fact.kind,
      good: fact.good,
      units: fact.units,
      unit_price: Math.round(fact.unitPriceCredits),
      total_credits: fact.totalCredits,
      waypoint: fact.waypoint,
      task: fact.task,
      pipeline_id: fact.pipeline,
    },
  };
}

/** `agent/<RESET>/<SYMBOL>`, the first key column of every row. */
function scopeOf(address: Address): Address {
  return address.split("/").slice(0, 3).join("/");
}

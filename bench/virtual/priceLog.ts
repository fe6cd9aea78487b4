import { z } from "zod";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";
import { Label } from "./notices.ts";

/** How far one task's average price was from the plan's, as a share of the planned one. */
export interface PriceDeviation {
  readonly side: "buy" | "sell";
  /** Of the good at the market when the first unit was traded. */
  readonly label: z.infer<typeof Label>;
  readonly share: number;
}

export interface PriceLog {
  readonly observe: (notice: RuntimeNotice) => void;
  readonly deviations: readonly PriceDeviation[];
}

const TaskContext = z.looseObject({
  task: z.looseObject({
    status: z.string(),
    good: z.string(),
    units: z.number(),
    totalCostCredits: z.number(),
    totalRevenueCredits: z.number(),
  }),
  quotes: z.array(z.looseObject({ good: z.string(), supply: Label })),
  expectedCostCredits: z.number(),
  expectedRevenueCredits: z.number(),
  boughtUnits: z.number(),
  soldUnits: z.number(),
});

type Side = PriceDeviation["side"];

const ENDED = new Set(["COMPLETED", "FAILED", "CANCELLED"]);

/** Follows the workers of a fleet from its start: what a task paid and got per unit, beside what its plan said. */
export function followPrices(): PriceLog {
  /** The labels that a worker saw last before its first purchase and its first sale, by address. */
  const seen = new Map<string, { buy?: z.infer<typeof Label>; sell?: z.infer<typeof Label> }>();
  const deviations: PriceDeviation[] = [];

  return {
    deviations,
    observe(notice) {
      if (notice.notice !== "transition" || notice.kind !== "task") return;
      const { task, quotes, ...worker } = TaskContext.parse(notice.context);
      const { boughtUnits, soldUnits } = worker;
      const labels = seen.get(notice.address) ?? {};
      const here = quotes.find(({ good }) => good === task.good)?.supply;
      if (here !== undefined && boughtUnits === 0) labels.buy = here;
      if (here !== undefined && soldUnits === 0) labels.sell = here;
      seen.set(notice.address, labels);
      if (!ENDED.has(task.status)) return;
      seen.delete(notice.address);
      const told = (side: Side, realised: number, units: number, expected: number): void => {
        const label = labels[side];
        if (label === undefined || units === 0 || expected === 0 || task.units === 0) return;
        const planned = expected / task.units;
        deviations.push({ side, label, share: Math.abs(realised / units - planned) / planned });
      };
      told("buy", task.totalCostCredits, boughtUnits, worker.expectedCostCredits);
      told("sell", task.totalRevenueCredits, soldUnits, worker.expectedRevenueCredits);
    },
  };
}

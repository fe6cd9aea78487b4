import { z } from "zod";
import { supplyRank } from "../../src/domain/market.ts";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";
import { Label, type Trade, type Transition, tradeOf } from "./notices.ts";

/** What became of one pipeline. Times in milliseconds of the game. */
export const ChainRecord = z.object({
  pipeline: z.string(),
  product: z.string(),
  fabricates: z.boolean(),
  /** Of its product at the factory when it began; null where it is not made, or nobody had looked. */
  labelAtStart: Label.nullable(),
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  /** `completed`, `failed: <reason>` …, numbers as N; null: under way. */
  ending: z.string().nullable(),
  /** Legs and production on the critical path, as planned, seconds. */
  plannedSeconds: z.number(),
  /** Of all that its tasks bought and sold, and of what was sold for it when they had failed. */
  costCredits: z.number(),
  revenueCredits: z.number(),
  /** What the fuel burnt by the ships of those tasks had cost. */
  fuelCredits: z.number(),
  /** Of the whole, fuel and all, as planned. */
  plannedProfitCredits: z.number(),
  plannedFuelCredits: z.number(),
  /** Of its product, collected where our deliveries had raised the label, and sold. Above 0: a run. */
  madeUnits: z.number(),
});

export type ChainRecord = z.infer<typeof ChainRecord>;

export interface ChainLog {
  readonly observe: (notice: RuntimeNotice) => void;
  /** Sold since the last call: units of products that chains made, and of those the ones that our deliveries had brought about. */
  takeUnits(): { readonly chainUnits: number; readonly fabricatedUnits: number };
  /** Every pipeline so far, in the order of their beginnings. */
  records(): readonly ChainRecord[];
}

const Pipeline = z.looseObject({
  state: z.looseObject({ id: z.string() }),
  plan: z.looseObject({
    product: z.string(),
    kind: z.string(),
    economics: z.looseObject({ elapsedSeconds: z.number(), fuelCredits: z.number(), profitCredits: z.number() }),
    factories: z.array(z.looseObject({ good: z.string(), supply: Label.nullable() })),
  }),
});
const Factory = z.looseObject({
  factory: z.looseObject({
    waypoint: z.string(),
    good: z.string(),
    pipelineId: z.string().optional(),
    inputs: z.array(z.looseObject({ deliveredUnits: z.number() })),
    currentSupply: Label.optional(),
  }),
});
const Worker = z.looseObject({
  task: z.looseObject({ id: z.string(), pipelineId: z.string().optional(), good: z.string(), fuelCredits: z.number() }),
  ship: z.looseObject({ symbol: z.string() }).nullable(),
});
const Ending = z.looseObject({ pipeline: z.string(), reason: z.string().nullable() });

const ENDINGS = new Set(["pipeline.completed", "pipeline.failed", "pipeline.cancelled"]);

/** Follows the pipelines of a fleet from its start. */
export function followChains(startMs: number): ChainLog {
  const chains = new Map<string, ChainRecord>();
  const begun = new Set<string>();
  const raises = new Raises();
  /** Tasks whose cargo was made by us. */
  const madeBy = new Set<string>();
  /** For whom the cargo aboard was bought, by ship and good: a failed pipeline's is sold by a task without one. */
  const boughtFor = new Map<string, string>();
  /** Fuel of each task, as far as its chain has it. */
  const counted = new Map<string, number>();
  let units = { chainUnits: 0, fabricatedUnits: 0 };

  function trade(event: Trade): void {
    const aboard = `${event.ship} ${event.good}`;
    const chain = chains.get(event.pipeline ?? boughtFor.get(aboard) ?? "");
    if (chain === undefined) return;
    if (event.type === "trade.bought") {
      chain.costCredits += event.totalCredits;
      boughtFor.set(aboard, chain.pipeline);
      if (chain.product === event.good && raises.isRaised(chain.pipeline, event.waypoint, event.good)) madeBy.add(event.task);
    } else {
      chain.revenueCredits += event.totalCredits;
      if (chain.fabricates && chain.product === event.good) units.chainUnits += event.units;
      if (!madeBy.has(event.task)) return;
      chain.madeUnits += event.units;
      units.fabricatedUnits += event.units;
    }
  }

  function burn({ context }: Transition): void {
    const { task, ship } = Worker.parse(context);
    const burntCredits = task.fuelCredits - (counted.get(task.id) ?? 0);
    const chain = chains.get(task.pipelineId ?? boughtFor.get(`${ship?.symbol ?? ""} ${task.good}`) ?? "");
    if (burntCredits === 0 || chain === undefined) return;
    counted.set(task.id, task.fuelCredits);
    chain.fuelCredits += burntCredits;
  }

  function begin({ address, atMs, context }: Transition): void {
    if (begun.has(address)) return;
    begun.add(address);
    const { state, plan } = Pipeline.parse(context);
    chains.set(state.id, {
      pipeline: state.id,
      product: plan.product,
      fabricates: plan.kind === "fabricate",
      labelAtStart: plan.factories.find(({ good }) => good === plan.product)?.supply ?? null,
      startedAtMs: atMs - startMs,
      endedAtMs: null,
      ending: null,
      plannedSeconds: plan.economics.elapsedSeconds,
      costCredits: 0,
      revenueCredits: 0,
      fuelCredits: 0,
      plannedProfitCredits: plan.economics.profitCredits,
      plannedFuelCredits: plan.economics.fuelCredits,
      madeUnits: 0,
    });
  }

  return {
    observe(notice) {
      if (notice.notice === "transition") {
        if (notice.kind === "pipeline") begin(notice);
        else if (notice.kind === "task") burn(notice);
        else if (notice.kind === "factory") raises.observe(notice);
      } else if (notice.notice === "emitted") {
        const { event } = notice;
        const traded = tradeOf(event);
        if (traded !== undefined) trade(traded);
        if (!ENDINGS.has(event.type)) return;
        const { pipeline, reason } = Ending.parse(event);
        const chain = chains.get(pipeline);
        if (chain === undefined) return;
        chain.endedAtMs = notice.atMs - startMs;
        chain.ending = `${event.type.slice("pipeline.".length)}${reason === null ? "" : `: ${reason.replaceAll(/\d+/g, "N")}`}`;
      }
    },
    takeUnits() {
      const taken = units;
      units = { chainUnits: 0, fabricatedUnits: 0 };
      return taken;
    },
    records: () => [...chains.values()],
  };
}

/** Factories whose output's label rose after units of ours had come to them. */
class Raises {
  readonly #factories = new Map<string, { rankBefore: number | undefined; isRaised: boolean }>();

  observe({ context }: Transition): void {
    const { waypoint, good, pipelineId = "", inputs, currentSupply } = Factory.parse(context).factory;
    if (currentSupply === undefined) return;
    const key = `${pipelineId} ${waypoint} ${good}`;
    const known = this.#factories.get(key) ?? { rankBefore: undefined, isRaised: false };
    this.#factories.set(key, known);
    const rank = supplyRank(currentSupply);
    const isFed = inputs.some(({ deliveredUnits }) => deliveredUnits > 0);
    if (!isFed || known.rankBefore === undefined) known.rankBefore = rank;
    else if (rank > known.rankBefore) known.isRaised = true;
  }

  isRaised(pipeline: string, waypoint: string, good: string): boolean {
    return this.#factories.get(`${pipeline} ${waypoint} ${good}`)?.isRaised ?? false;
  }
}

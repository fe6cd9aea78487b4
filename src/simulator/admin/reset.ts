/**
 * The reset of the universe: maintenance first, then a new era.
 *
 * Invariants: the next universe is drawn when the reset begins and kept in the books with the maintenance, so that a kill at any
 * point, another version or a lost universe file change nothing of it; its reset date is later than the present one; the key of
 * the tokens and the game clock go on, so that old agent tokens are known as old and account tokens stay good.
 */
import { z } from "zod";
import { InputFault } from "../inputFault.ts";
import { type Answer, invalid, ok, type Refusal, refuse } from "../refusal.ts";
import type { Simulation } from "../simulation.ts";
import type { NextEra, Universe } from "../universe.ts";
import { type AdminOperation, lever, look } from "./adminOperation.ts";

/** A universe anew: generated from the seed, or without one from where this universe came. Throws InputFault. */
export type Renew = (seed: number | undefined) => Universe;

export const resetShape = {
  /** Without it the same universe begins again. */
  seed: z.int().min(0).optional(),
  maintenanceGameSeconds: z.number().min(0).max(31_536_000).default(300),
};

const ResetBody = z.strictObject({ ...resetShape, resetDate: z.iso.date().optional() });

type ResetOrder = z.infer<typeof ResetBody>;

export function resetLevers(renew: Renew): readonly AdminOperation[] {
  return [
    look("/reset", "tells the era, and the maintenance while there is one", ({ sim }) => ok(eraFacts(sim))),
    lever(
      "/reset",
      "resets the universe: code 3100 for a while, then a new era in which old agent tokens are 4113",
      ResetBody,
      ({ sim, requestId }, order) => beginReset(sim, renew, order, requestId),
    ),
  ];
}

/** Begins the maintenance; the era follows when its game time has come. Refuses while another reset is under way. */
function beginReset(sim: Simulation, renew: Renew, order: ResetOrder, requestId: string | null): Answer {
  const { universe } = sim;
  if (universe.maintenance) return refuse(409, 409, "The universe is already being reset.", eraFacts(sim));
  if (order.resetDate !== undefined && order.resetDate <= universe.resetDate)
    return invalid({ resetDate: [`must be after ${universe.resetDate}`] });
  const drawn = draw(sim, renew, order.seed);
  if ("refusal" in drawn) return drawn.refusal;
  const resetDate = order.resetDate ?? laterOf(drawn.next.resetDate, dayAfter(universe.resetDate));
  const next = { ...drawn.next, resetDate };
  sim.commit({
    operation: "adminReset",
    requestId,
    agent: null,
    detail: {
      before: { seed: universe.seed, source: universe.source, resetDate: universe.resetDate },
      after: { seed: next.seed, source: next.source, resetDate },
      maintenanceGameSeconds: order.maintenanceGameSeconds,
    },
    puts: [{ put: "maintenance", value: { untilGameMs: sim.nowGameMs() + order.maintenanceGameSeconds * 1000, next } }],
  });
  sim.advance();
  return ok(eraFacts(sim), 201);
}

/** What every request of the game is answered during the maintenance. */
export const MAINTENANCE: Refusal = refuse(503, 3100, "The universe is being reset. Please check back in a few minutes.");

/** The next universe, or why there is none: a file it came from that is not given any more, or is wrong by now. */
function draw(sim: Simulation, renew: Renew, seed: number | undefined): { next: NextEra } | { refusal: Refusal } {
  let drawn: Universe;
  try {
    drawn = renew(seed);
  } catch (cause) {
    if (cause instanceof InputFault) return { refusal: refuse(409, 409, cause.message) };
    throw cause;
  }
  if (seed === undefined && drawn.source !== sim.universe.source) {
    const message = `The file of this universe, ${sim.universe.source}, is not known to this process; give a seed.`;
    return { refusal: refuse(409, 409, message) };
  }
  const { secret: _secret, clock: _clock, tick: _tick, ...next } = drawn;
  return { next };
}

function eraFacts({ universe }: Simulation) {
  const { seed, source, resetDate, resets = 0, maintenance } = universe;
  const next = maintenance && {
    untilGameSeconds: maintenance.untilGameMs / 1000,
    seed: maintenance.next.seed,
    source: maintenance.next.source,
    resetDate: maintenance.next.resetDate,
  };
  return { seed, source, resetDate, resets, maintenance: next ?? null };
}

/** ISO dates compare as texts. */
function laterOf(one: string, other: string): string {
  return one > other ? one : other;
}

function dayAfter(date: string): string {
  return new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
}

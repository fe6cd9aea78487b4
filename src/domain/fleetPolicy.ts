/** Which hull to buy and when: only measured, unserved demand pays for a hull, and never with the working capital. */
import { compareText } from "./quotes.ts";

export interface HullOffer {
  readonly type: string;
  readonly waypoint: string;
  readonly askCredits: number;
  readonly speed: number;
  readonly cargoCapacity: number;
  readonly fuelCapacity: number;
  /** What the best opportunities nobody works on would earn with this hull, credits per game hour; 0 for scouts. */
  readonly expectedCreditsPerHour: number;
}

export interface FleetSituation {
  /** Live credits minus reservations. */
  readonly freeCredits: number;
  readonly offers: readonly HullOffer[];
  /** Ships with a hold. */
  readonly traders: number;
  readonly idleTraders: number;
  /** Ships that only look (probes). */
  readonly scouts: number;
  readonly markets: number;
  /** Game hours; absent when unknown. */
  readonly hoursUntilReset: number | undefined;
}

export interface FleetPolicy {
  /** Kept after every purchase so that the fleet can load its holds. */
  readonly workingCapitalCredits: number;
  /** On top, for each trader including the new one. */
  readonly workingCapitalPerTraderCredits: number;
  readonly hullCeilingCredits: number;
  readonly maxPaybackHours: number;
  /** Share of the expected rate a further hull really gets, since sinks recover slowly. */
  readonly realisedShare: number;
  readonly maxTraders: number;
  readonly marketsPerScout: number;
  readonly maxScouts: number;
}

export const DEFAULT_FLEET_POLICY: FleetPolicy = {
  workingCapitalCredits: 40_000,
  workingCapitalPerTraderCredits: 15_000,
  hullCeilingCredits: 450_000,
  maxPaybackHours: 6,
  realisedShare: 0.5,
  maxTraders: 12,
  marketsPerScout: 8,
  maxScouts: 4,
};

export type HullDecision =
  | {
      readonly decision: "buy";
      readonly offer: HullOffer;
      readonly as: "trader" | "scout";
      readonly paybackHours: number | undefined;
    }
  | { readonly decision: "wait"; readonly reasons: readonly HullRefusal[] };

export interface HullRefusal {
  readonly type: string;
  /** The yard that offers it; null where no offer is known. */
  readonly waypoint: string | null;
  readonly reason: "noOffer" | "tooDear" | "workingCapital" | "slowPayback" | "enoughTraders" | "enoughScouts" | "idleTraders";
  readonly detail: string;
}

/** One hull at a time; among traders the shortest payback, and eyes before traders while each scout has too many markets. */
export function decideHull(situation: FleetSituation, policy: FleetPolicy = DEFAULT_FLEET_POLICY): HullDecision {
  if (situation.offers.length === 0) {
    return {
      decision: "wait",
      reasons: [{ type: "*", waypoint: null, reason: "noOffer", detail: "no shipyard price is known" }],
    };
  }
  const offers = [...situation.offers].sort((a, b) => a.askCredits - b.askCredits || compareText(a.waypoint, b.waypoint));
  const reasons: HullRefusal[] = [];
  let best: Extract<HullDecision, { decision: "buy" }> | undefined;
  for (const offer of offers) {
    const as = offer.cargoCapacity > 0 ? "trader" : "scout";
    const paybackHours =
      as === "trader" ? offer.askCredits / Math.max(1, offer.expectedCreditsPerHour * policy.realisedShare) : undefined;
    const refusal = as === "trader" ? traderRefusal(paybackHours ?? 0, situation, policy) : scoutRefusal(situation, policy);
    const dear = refusal ?? moneyRefusal(offer, as, situation, policy);
    if (dear) reasons.push({ type: offer.type, waypoint: offer.waypoint, ...dear });
    else if (as === "scout") return { decision: "buy", offer, as, paybackHours };
    else if (!best || (paybackHours ?? 0) < (best.paybackHours ?? 0)) best = { decision: "buy", offer, as, paybackHours };
  }
  return best ?? { decision: "wait", reasons };
}

type Objection = Pick<HullRefusal, "reason" | "detail">;

function traderRefusal(paybackHours: number, situation: FleetSituation, policy: FleetPolicy): Objection | undefined {
  if (situation.traders >= policy.maxTraders)
    return { reason: "enoughTraders", detail: `${situation.traders} of ${policy.maxTraders}` };
  if (situation.idleTraders > 0) return { reason: "idleTraders", detail: `${situation.idleTraders} without work` };
  const limit = Math.min(policy.maxPaybackHours, (situation.hoursUntilReset ?? Number.POSITIVE_INFINITY) / 2);
  if (paybackHours > limit) {
    return { reason: "slowPayback", detail: `${paybackHours.toFixed(1)} h, at most ${limit.toFixed(1)} h` };
  }
  return undefined;
}

function scoutRefusal(situation: FleetSituation, policy: FleetPolicy): Objection | undefined {
  const wanted = Math.min(policy.maxScouts, Math.ceil(situation.markets / policy.marketsPerScout));
  if (situation.scouts < wanted) return undefined;
  return { reason: "enoughScouts", detail: `${situation.scouts} for ${situation.markets} markets` };
}

function moneyRefusal(
  offer: HullOffer,
  as: "trader" | "scout",
  situation: FleetSituation,
  policy: FleetPolicy,
): Objection | undefined {
  const { askCredits } = offer;
  if (askCredits > policy.hullCeilingCredits)
    return { reason: "tooDear", detail: `${askCredits}, ceiling ${policy.hullCeilingCredits}` };
  const traders = situation.traders + (as === "trader" ? 1 : 0);
  const kept = policy.workingCapitalCredits + traders * policy.workingCapitalPerTraderCredits;
  if (situation.freeCredits - askCredits >= kept) return undefined;
  return { reason: "workingCapital", detail: `${situation.freeCredits} − ${askCredits} would leave less than ${kept}` };
}

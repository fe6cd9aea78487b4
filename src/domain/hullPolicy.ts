/**
 * Which hull to buy next. Pays back fast hulls first: the frigate's windfall is worth more in a second hold than on the account.
 * A purchase leaves working capital, because a hull without money to trade with earns nothing.
 */
export interface HullPolicy {
  /** Credits that must remain after the purchase of a hull. */
  readonly workingCapitalCredits: number;
  readonly maxTraders: number;
  readonly maxProbes: number;
  /** Never pay more than this per unit of hold and speed (credits / (cargo × speed)). */
  readonly maxCreditsPerLift: number;
  readonly maxProbeCredits: number;
}

export const DEFAULT_HULL_POLICY: HullPolicy = {
  workingCapitalCredits: 120_000,
  maxTraders: 9,
  maxProbes: 4,
  maxCreditsPerLift: 400,
  maxProbeCredits: 40_000,
};

export interface FleetCount {
  /** Ships with a hold. */
  readonly traders: number;
  /** Ships without one. */
  readonly probes: number;
}

export interface YardReading {
  readonly waypoint: string;
  readonly hulls: readonly {
    readonly type: string;
    readonly askCredits: number;
    readonly speed: number;
    readonly cargoCapacity: number;
    readonly fuelCapacity: number;
  }[];
  /** The ship of ours that saw it. */
  readonly ship: string;
  readonly seenAtMs: number;
}

export interface HullWish {
  readonly shipType: string;
  readonly waypoint: string;
  readonly askCredits: number;
}

export interface HullRequest {
  readonly policy: HullPolicy;
  readonly fleet: FleetCount;
  readonly yards: readonly YardReading[];
  readonly spendableCredits: number;
}

/** The next hull that the purse allows, or nothing. Probes keep pace with traders: one per two, so that prices stay known. */
export function nextHull(request: HullRequest): HullWish | undefined {
  const { policy, fleet, spendableCredits } = request;
  const offers = request.yards
    .flatMap((yard) => yard.hulls.map((hull) => ({ ...hull, waypoint: yard.waypoint })))
    .filter((offer) => offer.askCredits + policy.workingCapitalCredits <= spendableCredits);
  const wantsProbe = fleet.probes < Math.min(policy.maxProbes, 1 + Math.ceil(fleet.traders / 2));
  if (wantsProbe) {
    const probe = cheapest(
      offers.filter(
        (offer) => offer.cargoCapacity === 0 && offer.fuelCapacity === 0 && offer.askCredits <= policy.maxProbeCredits,
      ),
    );
    if (probe !== undefined) return { shipType: probe.type, waypoint: probe.waypoint, askCredits: probe.askCredits };
  }
  if (fleet.traders >= policy.maxTraders) return undefined;
  const haulers = offers.filter((offer) => offer.cargoCapacity >= 40 && creditsPerLift(offer) <= policy.maxCreditsPerLift);
  haulers.sort(
    (a, b) => creditsPerLift(a) - creditsPerLift(b) || b.cargoCapacity - a.cargoCapacity || (a.waypoint < b.waypoint ? -1 : 1),
  );
  const best = haulers[0];
  return best === undefined ? undefined : { shipType: best.type, waypoint: best.waypoint, askCredits: best.askCredits };
}

/** What a hull costs per unit of hold and speed. LIGHT_HAULER 227, LIGHT_SHUTTLE 148, at captured prices. */
function creditsPerLift(offer: { readonly askCredits: number; readonly cargoCapacity: number; readonly speed: number }): number {
  return offer.askCredits / Math.max(1, offer.cargoCapacity * offer.speed);
}

function cheapest<Offer extends { readonly askCredits: number }>(offers: readonly Offer[]): Offer | undefined {
  return [...offers].sort((a, b) => a.askCredits - b.askCredits)[0];
}

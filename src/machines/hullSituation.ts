import type { FleetSituation, HullOffer as PricedHull } from "../domain/fleetPolicy.ts";
import { spendableCredits } from "../domain/treasury.ts";
import type { TreasuryContext } from "./treasuryProtocol.ts";

/** What a decision on hulls stands on now: the purse above its floor, the yards that were seen, and what another ship could earn. */
export function hullSituation(context: TreasuryContext): FleetSituation {
  return {
    freeCredits: spendableCredits(context.purse),
    offers: offersOf(context),
    traders: context.fleet.traders,
    idleTraders: context.demand.idleTraders,
    scouts: context.fleet.probes,
    markets: context.demand.markets,
    hoursUntilReset: undefined,
  };
}

/** Offers with what each hull could earn: the measured rate, scaled by how much it lifts. */
function offersOf(context: TreasuryContext): readonly PricedHull[] {
  const { creditsPerHour, referenceLift } = context.demand;
  return Object.values(context.yards).flatMap((yard) =>
    yard.hulls
      .filter((hull) => hull.cargoCapacity >= MIN_TRADER_HOLD || (hull.cargoCapacity === 0 && hull.fuelCapacity === 0))
      .map((hull) => {
        const lift = (hull.cargoCapacity * hull.speed) / Math.max(1, referenceLift);
        return { ...hull, waypoint: yard.waypoint, expectedCreditsPerHour: creditsPerHour * Math.min(1, lift) };
      }),
  );
}

/** Drones carry too little to trade. */
const MIN_TRADER_HOLD = 40;

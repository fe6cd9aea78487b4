import { answerPlan, type FleetRefusal, type PlanAnswer, type PlanQuestion, type ProductAnswer } from "../domain/planAnswer.ts";
import type { ShipState } from "../domain/ship.ts";
import { bestHull, type PlanMoment, planPolicy, planWorld, traderWaypoints } from "./planWorld.ts";

export interface ProductQuestion {
  readonly product: string;
  readonly kind: PlanQuestion["kind"];
  /** Plan for this ship from where it is; undefined: for the fleet's best hull, with any ship near the source. */
  readonly ship: string | undefined;
}

/** Asks the fleet's planner about one product; never throws and never answers with nothing. */
export function planProductNow({ product, kind, ship }: ProductQuestion, moment: PlanMoment): ProductAnswer {
  const { known } = moment;
  const refuse = (reason: FleetRefusal, detail: string) => ({ outcome: "refused", product, reason, detail }) as const;
  if (Object.keys(known.book.listings).length === 0)
    return refuse("nothingKnown", "the system is not charted yet: try again in a moment");
  const hull = ship === undefined ? bestHull(known) : known.ships[ship];
  if (hull === undefined)
    return ship === undefined
      ? refuse("noHull", "no ship of the fleet has a hold")
      : refuse("unknownShip", `no ship of the fleet is called ${ship}; it has ${Object.keys(known.ships).join(", ") || "none"}`);
  if (hull.cargoCapacity === 0) return refuse("noHull", `${hull.symbol} has no hold`);
  return planForHull({ product, kind, hull, from: ship === undefined ? traderWaypoints(known) : [hull.waypoint] }, moment);
}

/** The plan of one product for a hull, with ships at these waypoints. */
export function planForHull(
  question: Pick<PlanQuestion, "product" | "kind"> & { readonly hull: ShipState; readonly from: readonly string[] },
  moment: PlanMoment,
): PlanAnswer {
  const { product, kind, hull, from } = question;
  const freshForMs = (moment.config.freshForGameSeconds * 1000) / moment.speed;
  return answerPlan({ product, kind, world: planWorld(moment, hull, from), policy: planPolicy(moment), freshForMs });
}

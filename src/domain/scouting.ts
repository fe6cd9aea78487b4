import { planRoute } from "./route.ts";
import type { ShipState } from "./ship.ts";
import { divideMarkets, planTour, type TourPlan } from "./tours.ts";
import type { Waypoint } from "./waypoint.ts";

/** An operator's order: these ships keep the quotes of these markets fresh. */
export interface ScoutingOrder {
  readonly ships: readonly string[];
  readonly system: string;
  readonly markets: readonly string[];
}

export type ScoutingReason =
  | "nothingGiven"
  | "unknownSystem"
  | "unknownMarket"
  | "noMarket"
  | "givenTwice"
  | "unknownShip"
  | "notOurShip"
  | "shipElsewhere"
  | "shipHoldsCargo"
  | "tooManyShips"
  | "unreachable"
  /** What only the ships can tell, when they are asked for. */
  | "shipBusy"
  | "shipOnTour"
  | "shipLost"
  | "shipSilent"
  | "notPlanned";

export interface ScoutingRefusal {
  readonly reason: ScoutingReason;
  /** The ship, market or system that it is about. */
  readonly subject: string;
  readonly detail: string;
}

export interface ShipTour extends TourPlan {
  readonly ship: string;
}

export type ScoutingPlan =
  | { readonly outcome: "planned"; readonly tours: readonly ShipTour[] }
  | { readonly outcome: "refused"; readonly refusals: readonly ScoutingRefusal[] };

/** What must be known to say yes or no. */
export interface ScoutingKnowledge {
  /** The symbols of our ships begin with it and a dash. */
  readonly agentSymbol: string;
  readonly waypoints: Readonly<Record<string, Waypoint>>;
  readonly ships: Readonly<Record<string, ShipState>>;
  readonly fuelStops: readonly string[];
}

/** One closed tour for each ship, the markets divided among them by distance; or every reason why not. */
export function planScouting(order: ScoutingOrder, known: ScoutingKnowledge): ScoutingPlan {
  const refusals = [...systemProblems(order, known), ...marketProblems(order, known), ...shipProblems(order, known)];
  if (refusals.length > 0) return { outcome: "refused", refusals };
  const ships = order.ships.flatMap((symbol) => known.ships[symbol] ?? []);
  const shares = divideMarkets(ships, order.markets, known.waypoints);
  const tours = ships.map((ship) => ({
    ship: ship.symbol,
    ...planTour(ship.waypoint, shares[ship.symbol] ?? [], known.waypoints),
  }));
  const unreachable = tours.flatMap((tour, index) => {
    const ship = ships[index];
    return ship === undefined ? [] : unreachableStops(tour, ship, known);
  });
  return unreachable.length > 0 ? { outcome: "refused", refusals: unreachable } : { outcome: "planned", tours };
}

function systemProblems({ system }: ScoutingOrder, { waypoints }: ScoutingKnowledge): readonly ScoutingRefusal[] {
  const systems = [...new Set(Object.values(waypoints).map((waypoint) => waypoint.system))];
  if (systems.includes(system)) return [];
  return [{ reason: "unknownSystem", subject: system, detail: `the fleet knows ${systems.join(", ") || "no system yet"}` }];
}

function marketProblems(order: ScoutingOrder, { waypoints }: ScoutingKnowledge): readonly ScoutingRefusal[] {
  const problems = order.markets.flatMap((symbol, index): ScoutingRefusal[] => {
    const waypoint = waypoints[symbol];
    if (order.markets.indexOf(symbol) !== index) return [givenTwice(symbol)];
    if (waypoint === undefined || waypoint.system !== order.system)
      return [{ reason: "unknownMarket", subject: symbol, detail: `no waypoint of ${order.system} has this symbol` }];
    if (waypoint.traits.includes("MARKETPLACE")) return [];
    return [{ reason: "noMarket", subject: symbol, detail: `this ${waypoint.type} has no market` }];
  });
  if (order.markets.length === 0)
    problems.push({ reason: "nothingGiven", subject: "markets", detail: "name at least one market" });
  else if (new Set(order.ships).size > new Set(order.markets).size) {
    const detail = `${order.markets.length} cannot be divided among ${order.ships.length} ships`;
    problems.push({ reason: "tooManyShips", subject: "markets", detail });
  }
  return problems;
}

function shipProblems(order: ScoutingOrder, known: ScoutingKnowledge): readonly ScoutingRefusal[] {
  if (order.ships.length === 0) return [{ reason: "nothingGiven", subject: "ships", detail: "name at least one ship" }];
  return order.ships.flatMap((symbol, index): ScoutingRefusal[] => {
    if (order.ships.indexOf(symbol) !== index) return [givenTwice(symbol)];
    const ship = known.ships[symbol];
    if (ship === undefined) return [missingShip(symbol, known.agentSymbol)];
    if (ship.system !== order.system) return [{ reason: "shipElsewhere", subject: symbol, detail: `it is in ${ship.system}` }];
    if (ship.cargoUnits === 0) return [];
    return [{ reason: "shipHoldsCargo", subject: symbol, detail: cargoText(ship) }];
  });
}

function missingShip(symbol: string, agentSymbol: string): ScoutingRefusal {
  if (!symbol.startsWith(`${agentSymbol}-`))
    return { reason: "notOurShip", subject: symbol, detail: `ships of ours are called ${agentSymbol}-…` };
  return { reason: "unknownShip", subject: symbol, detail: "we have no ship of this name" };
}

/** Also for a ship whose hold was filled since the order was planned. */
export function cargoText(ship: ShipState): string {
  return `it has ${ship.cargo.map(({ good, units }) => `${units} ${good}`).join(", ")} aboard`;
}

function givenTwice(symbol: string): ScoutingRefusal {
  return { reason: "givenTwice", subject: symbol, detail: "it is named more than once" };
}

/** Stops that the hull cannot reach from the stop before, with what is then in its tank. */
function unreachableStops(tour: ShipTour, ship: ShipState, known: ScoutingKnowledge): readonly ScoutingRefusal[] {
  let from = ship.waypoint;
  let fuelUnits = ship.fuelUnits;
  return tour.order.flatMap((to): ScoutingRefusal[] => {
    const { waypoints, fuelStops } = known;
    const found = planRoute({ hull: ship, fuelUnits, from, to, waypoints, fuelStops });
    const origin = from;
    from = to;
    if (found.outcome === "route") {
      for (const leg of found.route.legs) fuelUnits = (leg.refuelFirst ? ship.fuelCapacity : fuelUnits) - leg.fuelUnits;
      return [];
    }
    return [{ reason: "unreachable", subject: to, detail: `${ship.symbol} cannot fly there from ${origin}: ${found.detail}` }];
  });
}

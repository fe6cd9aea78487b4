/** Where stranded cargo goes, decided at departure: a market by the seed's rule, else any import, else exchange, else an explicit hold [R002-104]. */
import type { Quote } from "./market.ts";
import { sellRevenueCredits } from "./priceCurve.ts";
import { compareText, type MarketBook, marketsListing, quotesOf } from "./quotes.ts";
import { distanceBetween, type Hull, planRoute } from "./route.ts";
import { sellRefusal } from "./sellScore.ts";
import type { Waypoint } from "./waypoint.ts";

export interface LiquidationRequest {
  readonly good: string;
  readonly units: number;
  readonly shipWaypoint: string;
  readonly hull: Hull;
  readonly fuelUnits: number;
  readonly book: MarketBook;
  readonly waypoints: Readonly<Record<string, Waypoint>>;
  readonly fuelStops: readonly string[];
  /** What a second of the ship is worth: a slightly better bid far away is no gain. */
  readonly creditsPerShipSecond: number;
}

export type LiquidationChoice =
  | {
      readonly outcome: "sell";
      readonly waypoint: string;
      readonly rule: LiquidationRule;
      readonly expectedCredits: number | undefined;
    }
  | { readonly outcome: "hold"; readonly reason: string };

/** Which rule found the market; anything but `score` is logged as a warning. */
export type LiquidationRule = "score" | "anyImport" | "exchange" | "listedOnly" | "exporter";

export function chooseLiquidation(request: LiquidationRequest): LiquidationChoice {
  const quotes = quotesOf(request.book, request.good);
  const steps: readonly [LiquidationRule, readonly Quote[]][] = [
    ["score", quotes.filter((quote) => sellRefusal(request.good, quote) === undefined)],
    ["anyImport", quotes.filter((quote) => quote.type === "IMPORT")],
    ["exchange", quotes.filter((quote) => quote.type === "EXCHANGE")],
  ];
  for (const [rule, candidates] of steps) {
    const best = bestOf(request, candidates);
    if (best) return { outcome: "sell", waypoint: best.quote.waypoint, rule, expectedCredits: Math.round(best.revenue) };
  }
  const listed = nearestListed(request);
  if (listed !== undefined) return { outcome: "sell", waypoint: listed, rule: "listedOnly", expectedCredits: undefined };
  const exporter = bestOf(
    request,
    quotes.filter((quote) => quote.type === "EXPORT"),
  );
  if (exporter)
    return {
      outcome: "sell",
      waypoint: exporter.quote.waypoint,
      rule: "exporter",
      expectedCredits: Math.round(exporter.revenue),
    };
  return { outcome: "hold", reason: `Cannot find ANY market to sell ${request.good}` };
}

function bestOf(request: LiquidationRequest, quotes: readonly Quote[]): { quote: Quote; revenue: number } | undefined {
  let best: { quote: Quote; revenue: number; value: number } | undefined;
  for (const quote of quotes) {
    const seconds = flightSeconds(request, quote.waypoint);
    if (seconds === undefined) continue;
    const revenue = sellRevenueCredits(quote, request.units);
    const value = revenue - seconds * request.creditsPerShipSecond;
    if (!best || value > best.value) best = { quote, revenue, value };
  }
  return best;
}

/** Never visited, but its listing says it takes the good. */
function nearestListed(request: LiquidationRequest): string | undefined {
  const listed = [
    ...marketsListing(request.book, request.good, "imports"),
    ...marketsListing(request.book, request.good, "exchange"),
  ];
  const from = request.waypoints[request.shipWaypoint];
  const distance = (name: string): number => {
    const to = request.waypoints[name];
    return from && to ? distanceBetween(from, to) : Number.POSITIVE_INFINITY;
  };
  return listed
    .filter((name) => flightSeconds(request, name) !== undefined)
    .sort((a, b) => distance(a) - distance(b) || compareText(a, b))[0];
}

function flightSeconds(request: LiquidationRequest, to: string): number | undefined {
  const { hull, fuelUnits, shipWaypoint, waypoints, fuelStops } = request;
  const result = planRoute({ hull, fuelUnits, from: shipWaypoint, to, waypoints, fuelStops });
  return result.outcome === "route" ? result.route.seconds : undefined;
}

/** The best trip for a ship by what is known: goods from one market to another, profit per second. */
import type { Chart, Engine } from "./chart.ts";
import type { MarketNotes, Note } from "./marketNotes.ts";

export interface Trip {
  readonly from: string;
  readonly to: string;
  /** What to carry, the best first. */
  readonly load: readonly { readonly good: string; readonly units: number }[];
  readonly costCredits: number;
  readonly profitCredits: number;
  readonly seconds: number;
}

export interface TripNeeds {
  readonly at: string;
  readonly engine: Engine;
  readonly freeUnits: number;
  readonly freeCredits: number;
  readonly notes: MarketNotes;
  readonly chart: Chart;
  /** Least gain on a unit, as a share of what it costs. */
  readonly leastMargin: number;
}

/** `undefined` when nothing known pays. */
export function bestTrip(needs: TripNeeds): Trip | undefined {
  const { notes } = needs;
  let best: Trip | undefined;
  for (const { from, to, goods } of notes.ways()) {
    const pairs: Pair[] = [];
    for (const good of goods) {
      const [source, sink] = [notes.note(from, good), notes.note(to, good)];
      if (source !== undefined && sink !== undefined && sink.bid > source.ask) pairs.push({ source, sink });
    }
    const trip = tripFor(pairs, needs);
    if (trip !== undefined && (best === undefined || perSecond(trip) > perSecond(best))) best = trip;
  }
  return best;
}

interface Pair {
  readonly source: Note;
  readonly sink: Note;
}

/** Fuel of a hop in market units of 100, at about what it costs everywhere. */
const FUEL_CREDITS = 0.75;
/** Docking, trading and looking take requests, and they take time. */
const HANDLING_SECONDS = 5;

function perSecond({ profitCredits, seconds }: Trip): number {
  return profitCredits / seconds;
}

/** Fills the hold chunk by chunk, always with what pays most next. */
function tripFor(pairs: readonly Pair[], needs: TripNeeds): Trip | undefined {
  const { at, engine, chart } = needs;
  const first = pairs[0];
  if (first === undefined) return undefined;
  const [there, on] = [
    chart.route(at, first.source.waypoint, engine),
    chart.route(first.source.waypoint, first.sink.waypoint, engine),
  ];
  const load = new Map<string, number>();
  let [freeUnits, freeCredits, profit, cost] = [needs.freeUnits, needs.freeCredits, 0, 0];
  for (;;) {
    const next = bestChunk(pairs, load, needs);
    if (next === undefined) break;
    const { source, sink } = next.pair;
    const units = Math.min(source.tradeVolume, sink.tradeVolume, freeUnits, Math.floor(freeCredits / next.ask));
    if (units <= 0) break;
    load.set(source.good, (load.get(source.good) ?? 0) + units);
    freeUnits -= units;
    freeCredits -= units * next.ask;
    cost += units * next.ask;
    profit += units * (next.bid - next.ask);
  }
  const fuelCredits = (there.fuel + on.fuel) * FUEL_CREDITS;
  if (profit <= fuelCredits) return undefined;
  return {
    from: first.source.waypoint,
    to: first.sink.waypoint,
    load: [...load].map(([good, units]) => ({ good, units })),
    costCredits: cost,
    profitCredits: profit - fuelCredits,
    seconds: there.seconds + on.seconds + HANDLING_SECONDS,
  };
}

function bestChunk(pairs: readonly Pair[], load: ReadonlyMap<string, number>, { notes, leastMargin }: TripNeeds) {
  let best: { pair: Pair; ask: number; bid: number } | undefined;
  for (const pair of pairs) {
    const units = load.get(pair.source.good) ?? 0;
    const [ask, bid] = [notes.askAfter(pair.source, units), notes.bidAfter(pair.sink, units)];
    if (bid > ask * (1 + leastMargin) && (best === undefined || bid - ask > best.bid - best.ask)) best = { pair, ask, bid };
  }
  return best;
}

import { createStore } from "@xstate/store";
import type { MarketListing, Quote } from "../domain/market.ts";
import { EMPTY_BOOK, type MarketBook as Quotes, withMarket, withQuotes } from "../domain/quotes.ts";
import type { ShipState } from "../domain/ship.ts";
import type { SupplyChainMap } from "../domain/supplyChain.ts";
import type { Task } from "../domain/taskState.ts";
import { spendableCredits } from "../domain/treasury.ts";
import type { Waypoint } from "../domain/waypoint.ts";
import type { ChartContext } from "../machines/chart.machine.ts";
import type { PipelineContext } from "../machines/pipelineProtocol.ts";
import type { Observation } from "../machines/shipProtocol.ts";
import type { ShipContext } from "../machines/shipSteps.ts";
import type { SupplyMonitorContext } from "../machines/supplyMonitor.machine.ts";
import type { TaskContext } from "../machines/taskSteps.ts";
import { stopsOf, type TourContext } from "../machines/tourProtocol.ts";
import type { TreasuryContext } from "../machines/treasuryProtocol.ts";
import type { ActorView, Runtime, RuntimeNotice } from "../runtime/runtime.ts";

/**
 * The daemon's market book: what the fleet knows, in memory, for planning jobs to read. It follows the commits and is never the truth:
 * the chart actor, the table `market_quotes` and the actors' snapshots are, and the book is filled from them at boot.
 */
export interface FleetKnowledge {
  readonly waypoints: Readonly<Record<string, Waypoint>>;
  readonly chain: SupplyChainMap;
  readonly book: Quotes;
  readonly ships: Readonly<Record<string, ShipState>>;
  /** What the purse would grant now; 0 while unknown. */
  readonly spendableCredits: number;
  /** Markets with a factory that a pipeline waits for. */
  readonly watched: readonly string[];
  /** Markets that an operator's tour keeps in sight, by its ship. */
  readonly patrols: Readonly<Record<string, readonly string[]>>;
  /** Tasks that have not ended, and the ids of pipelines that live, both by address. */
  readonly tasks: Readonly<Record<string, Task>>;
  readonly pipelines: Readonly<Record<string, string>>;
}

const NOTHING_KNOWN: FleetKnowledge = {
  waypoints: {},
  chain: {},
  book: EMPTY_BOOK,
  ships: {},
  spendableCredits: 0,
  watched: [],
  patrols: {},
  tasks: {},
  pipelines: {},
};

export type MarketBook = ReturnType<typeof createMarketBook>;

export function createMarketBook() {
  return createStore({
    context: NOTHING_KNOWN,
    on: {
      charted: (known, event: { waypoints: readonly Waypoint[]; chain: SupplyChainMap; listings: readonly MarketListing[] }) => ({
        ...known,
        waypoints: Object.fromEntries(event.waypoints.map((waypoint) => [waypoint.symbol, waypoint])),
        chain: event.chain,
        book: event.listings.reduce((book, listing) => withMarket(book, listing, []), known.book),
      }),
      observed: (known, event: { observation: Observation }) => {
        const { listing, quotes } = event.observation;
        return listing === undefined ? known : { ...known, book: withMarket(known.book, listing, quotes) };
      },
      quoted: (known, event: { quotes: readonly Quote[] }) => ({ ...known, book: withQuotes(known.book, event.quotes) }),
      shipMoved: (known, event: { ship: ShipState }) => ({
        ...known,
        ships: { ...known.ships, [event.ship.symbol]: event.ship },
      }),
      purseChanged: (known, event: { spendableCredits: number }) =>
        known.spendableCredits === event.spendableCredits ? known : { ...known, spendableCredits: event.spendableCredits },
      shipGone: (known, event: { symbol: string }) => ({ ...known, ships: without(known.ships, event.symbol) }),
      patrolled: (known, event: { ship: string; markets: readonly string[] }) =>
        known.patrols[event.ship]?.join() === event.markets.join()
          ? known
          : { ...known, patrols: { ...known.patrols, [event.ship]: event.markets } },
      patrolEnded: (known, event: { ship: string }) => ({ ...known, patrols: without(known.patrols, event.ship) }),
      taskChanged: (known, event: { address: string; task: Task }) => ({
        ...known,
        tasks: { ...known.tasks, [event.address]: event.task },
      }),
      pipelineBegan: (known, event: { address: string; id: string }) => ({
        ...known,
        pipelines: { ...known.pipelines, [event.address]: event.id },
      }),
      workEnded: (known, { address }: { address: string }) =>
        address in known.tasks || address in known.pipelines
          ? { ...known, tasks: without(known.tasks, address), pipelines: without(known.pipelines, address) }
          : known,
      watchedChanged: (known, event: { watched: readonly string[] }) => ({ ...known, watched: event.watched }),
    },
  });
}

/** Keeps the book up with the commits of `runtime`; returns a function that stops that. */
export function followCommits(book: MarketBook, runtime: Pick<Runtime, "observe">): () => void {
  return runtime.observe((notice) => takeNotice(book, notice));
}

/** Fills the book at boot: `quotes` are the rows of `market_quotes`, the rest comes from the actors' snapshots. */
export async function hydrateMarketBook(
  book: MarketBook,
  runtime: Pick<Runtime, "list">,
  quotes: readonly Quote[],
): Promise<void> {
  book.trigger.quoted({ quotes });
  for (const kind of ["chart", "ship", "treasury", "supply-monitor", "tour", "pipeline", "task"]) {
    for (const view of await runtime.list({ kind, living: true })) {
      // One that cannot be read is quarantined when the host gets to it.
      if (view.context !== undefined) takeSnapshot(book, view);
    }
  }
}

function takeNotice(book: MarketBook, notice: RuntimeNotice): void {
  if (notice.notice === "ended" || (notice.notice === "failed" && notice.decision === "quarantine")) {
    book.trigger.workEnded({ address: notice.address });
    const [, ship] = /\/scouting\/[^/]+\/tour\/([^/]+)$/.exec(notice.address) ?? [];
    if (ship !== undefined) book.trigger.patrolEnded({ ship });
    return;
  }
  if (notice.notice !== "transition") return;
  if (notice.kind === "universe" && notice.event.type === "universe.marketObserved") {
    book.trigger.observed({ observation: notice.event["observation"] as Observation });
    return;
  }
  takeSnapshot(book, notice);
}

/** Contexts come from our own kinds' snapshots, whose shape the kinds' schemas have checked at load. */
function takeSnapshot(book: MarketBook, actor: Pick<ActorView, "address" | "kind" | "context" | "value" | "status">): void {
  switch (actor.kind) {
    case "chart": {
      const { waypoints, chain, listings } = actor.context as ChartContext;
      if (actor.value === "charted") book.trigger.charted({ waypoints, chain, listings });
      return;
    }
    case "ship": {
      const { ship } = actor.context as ShipContext;
      if (actor.status === "done") book.trigger.shipGone({ symbol: ship.symbol });
      else book.trigger.shipMoved({ ship });
      return;
    }
    case "treasury":
      book.trigger.purseChanged({ spendableCredits: spendableCredits((actor.context as TreasuryContext).purse) });
      return;
    case "supply-monitor": {
      const { watches } = actor.context as SupplyMonitorContext;
      book.trigger.watchedChanged({ watched: [...new Set(watches.map((watch) => watch.waypoint))] });
      return;
    }
    case "tour": {
      const { symbol, patrol } = actor.context as TourContext;
      // Stored by an earlier version, it has none.
      if (!patrol) return;
      if (actor.status === "active") book.trigger.patrolled({ ship: symbol, markets: stopsOf(patrol) });
      else book.trigger.patrolEnded({ ship: symbol });
      return;
    }
    case "pipeline": {
      const { state } = actor.context as PipelineContext;
      if (actor.status === "active" && !(actor.address in book.getSnapshot().context.pipelines))
        book.trigger.pipelineBegan({ address: actor.address, id: state.id });
      return;
    }
    case "task":
      if (actor.status === "active")
        book.trigger.taskChanged({ address: actor.address, task: (actor.context as TaskContext).task });
      return;
    default:
  }
}

function without<Value>(record: Readonly<Record<string, Value>>, key: string): Readonly<Record<string, Value>> {
  const { [key]: _, ...others } = record;
  return others;
}

/** Every place with prices to see. */
export function marketsOf(known: FleetKnowledge): readonly string[] {
  return Object.keys(known.book.listings);
}

/** Waypoints whose market trades FUEL in any role. */
export function fuelStopsOf(known: FleetKnowledge): readonly string[] {
  return Object.values(known.book.listings)
    .filter((listing) => [...listing.exchange, ...listing.exports, ...listing.imports].includes("FUEL"))
    .map((listing) => listing.waypoint);
}

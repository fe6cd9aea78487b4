import { assignShips } from "../domain/assignment.ts";
import type { Commitment } from "../domain/commitment.ts";
import { findOpportunities, type Opportunity } from "../domain/opportunity.ts";
import type { Plan } from "../domain/plan.ts";
import { commitmentsOf } from "../domain/planEconomics.ts";
import { lastSeenMs, quoteAt } from "../domain/quotes.ts";
import type { ShipState } from "../domain/ship.ts";
import { commandShipMission, nextStop } from "../domain/tours.ts";
import type { DispatchAnswer, DispatchInput, PipelineOrder } from "../machines/coordinatorProtocol.ts";
import type { PipelinePlan } from "../machines/pipelineProtocol.ts";
import type { Demand } from "../machines/treasuryProtocol.ts";
import type { FleetConfig } from "./fleetPorts.ts";
import { type FleetKnowledge, fuelStopsOf, marketsOf } from "./marketBook.store.ts";
import { judgeOrder } from "./orders.ts";
import { bestHull, type PlanMoment, planPolicy, planWorld } from "./planWorld.ts";

/**
 * What each idle ship does next: tasks that are ready, then the best plan for this hull from where it is, then a look at a market.
 * Pure. Every choice counts what running pipelines and earlier choices of the same answer will still buy and sell.
 */
export interface DispatchRequest {
  readonly known: FleetKnowledge;
  readonly input: DispatchInput;
  readonly config: FleetConfig;
  readonly speed: number;
  readonly nowMs: number;
}

export function dispatch(request: DispatchRequest): DispatchAnswer {
  const { known, input } = request;
  const assigned = assignShips({
    tasks: input.ready,
    ships: input.idle,
    waypoints: known.waypoints,
    fuelStops: fuelStopsOf(known),
    minHoldShare: 0.4,
    fuelCreditsPerUnit: request.config.opportunities.plan.leg.fuelCreditsPerUnit,
  }).assignments;
  const busy = new Set(assigned.map((assignment) => assignment.ship));
  const round = new Round(request);
  const free = input.idle.filter((ship) => !busy.has(ship.symbol) && ship.cargoUnits === 0);
  for (const order of input.orders) round.fulfil(order, free);
  for (const ship of free) if (!round.employs(ship)) round.employ(ship);
  return {
    assignments: assigned.map(({ taskId, ship }) => ({ task: taskId, ship })),
    pipelines: round.pipelines,
    scouts: round.scouts,
    yields: [...round.yields],
    orders: round.orders,
    demand: round.demand(),
  };
}

/** The choices of one answer, ship after ship. */
class Round {
  readonly pipelines: DispatchAnswer["pipelines"][number][] = [];
  readonly orders: DispatchAnswer["orders"][number][] = [];
  readonly scouts: { readonly ship: string; readonly waypoint: string }[] = [];
  readonly yields = new Set<string>();
  readonly #late: ReadonlySet<string>;
  readonly #request: DispatchRequest;
  /** Products with a pipeline of any kind, and those with a chain. */
  readonly #active: Set<string>;
  readonly #chains: Set<string>;
  readonly #cooling: ReadonlySet<string>;
  readonly #stopped: ReadonlySet<string>;
  readonly #scouting: Set<string>;
  #commitments: readonly Commitment[];
  #fabrications: number;
  #credits: number;
  #idleTraders = 0;
  readonly #found = new Map<string, readonly Opportunity[]>();

  constructor(request: DispatchRequest) {
    const { input, known } = request;
    this.#request = request;
    this.#active = new Set(input.activeProducts);
    this.#chains = new Set(input.chains.map(({ product }) => product));
    this.#late = new Set(input.chains.filter(({ dueAtMs }) => dueAtMs <= request.nowMs).map(({ product }) => product));
    this.#cooling = new Set(input.cooling);
    this.#stopped = new Set(input.stopped ?? []);
    this.#scouting = new Set([...input.scouting, ...probeTargets(known)]);
    this.#commitments = input.commitments;
    this.#fabrications = input.activeFabrications;
    this.#credits = Math.max(0, known.spendableCredits - input.earmarkedCredits);
  }

  employs({ symbol }: ShipState): boolean {
    return this.pipelines.some(({ ship }) => ship === symbol);
  }

  /** Somebody wants a pipeline of this product: it begins with the ship that serves it best, waits for one, or is refused with the reason. */
  fulfil(order: PipelineOrder, free: readonly ShipState[]): void {
    const { input } = this.#request;
    const verdict = judgeOrder(order, {
      ...this.#moment(),
      ships: free.filter((ship) => ship.cargoCapacity > 0 && !this.employs(ship)),
      active: this.#active,
      cooling: this.#cooling,
      stopped: this.#stopped,
      fabrications: this.#fabrications,
      maxFabrications: input.maxFabrications,
    });
    const { id } = order;
    if (verdict.verdict !== "begin") this.orders.push({ id, ...verdict });
    else if (!this.#begin(verdict.plan, verdict.ship, id)) this.orders.push({ id, verdict: "waits", detail: NOTHING_TO_FETCH });
  }

  employ(ship: ShipState): void {
    const opportunities = this.#opportunitiesFor(ship);
    const choice = this.#choose(opportunities);
    if (this.#explores(ship, choice?.rate ?? 0)) return;
    if (choice !== undefined) this.#begin(choice.plan, ship);
    else if (!this.#lookAround(ship)) this.#idleTraders += 1;
  }

  /** What one more ship could earn: the best work left for a hull like our best. */
  demand(): Demand {
    const { known } = this.#request;
    const reference = bestHull(known);
    const best = reference === undefined ? undefined : this.#opportunitiesFor(reference)[0];
    return {
      creditsPerHour: Math.round((best?.rate ?? 0) * 3600),
      referenceLift: reference === undefined ? 1 : reference.cargoCapacity * reference.speed,
      idleTraders: this.#idleTraders,
      markets: marketsOf(known).length,
    };
  }

  /** Equal hulls that wait at one place have the same choice, until one of them begins something. */
  #opportunitiesFor(ship: ShipState): readonly Opportunity[] {
    const { speed, fuelCapacity, cargoCapacity, waypoint } = ship;
    const key = [waypoint, speed, fuelCapacity, cargoCapacity].join(" ");
    const found = this.#found.get(key) ?? this.#find(ship);
    this.#found.set(key, found);
    return found;
  }

  #find(ship: ShipState): readonly Opportunity[] {
    const moment = this.#moment();
    const all = findOpportunities(planWorld(moment, ship, [ship.waypoint]), planPolicy(moment)).opportunities;
    this.#noteYields(all);
    return all.filter(
      ({ id, plan }) =>
        firstTask(plan) !== undefined &&
        !this.#chains.has(plan.product) &&
        !this.#cooling.has(id) &&
        !this.#stopped.has(plan.product) &&
        plan.economics.capitalCredits <= this.#credits,
    );
  }

  #moment(): PlanMoment {
    const { known, config, speed, nowMs } = this.#request;
    return { known, config, speed, nowMs, commitments: this.#commitments, creditsAvailable: this.#credits };
  }

  /** A late chain keeps its product from the market: it waits no longer where plain trade in it beats everything else that is free. */
  #noteYields(opportunities: readonly Opportunity[]): void {
    for (const { plan } of opportunities) {
      if (!this.#chains.has(plan.product)) return;
      if (plan.kind === "trade" && this.#late.has(plan.product)) this.yields.add(plan.product);
    }
  }

  /** The best chain while it earns its share of the best trade, so that labels stay HIGH when plain trade runs dry; else the best of all. */
  #choose(opportunities: readonly Opportunity[]): Opportunity | undefined {
    const { input, config } = this.#request;
    const best = opportunities[0];
    if (best === undefined || this.#fabrications >= input.maxFabrications) {
      return opportunities.find(({ plan }) => plan.kind === "trade");
    }
    const chain = opportunities.find(({ plan }) => plan.kind === "fabricate");
    return chain !== undefined && chain.rate >= config.fabricationShare * best.rate ? chain : best;
  }

  #explores(ship: ShipState, bestTradeRate: number): boolean {
    const { known, config, nowMs } = this.#request;
    const markets = marketsOf(known).filter((market) => !this.#scouting.has(market));
    const mission = commandShipMission({
      scout: ship,
      markets,
      book: known.book,
      waypoints: known.waypoints,
      nowMs,
      bestTradeRate,
      creditsPerNewMarket: config.creditsPerNewMarket,
    });
    if (mission.mission === "trade") return false;
    this.#scout(ship, mission.stop.waypoint);
    return true;
  }

  /** Nothing pays: see whether an old price has changed. */
  #lookAround(ship: ShipState): boolean {
    const { known, config, speed, nowMs } = this.#request;
    const stop = nextStop({
      scout: ship,
      markets: marketsOf(known).filter((market) => !this.#scouting.has(market) && lastSeenMs(known.book, market) !== undefined),
      book: known.book,
      waypoints: known.waypoints,
      nowMs,
      freshForMs: (2 * config.freshForGameSeconds * 1000) / speed,
    });
    if (stop === undefined || stop.waypoint === ship.waypoint) return false;
    this.#scout(ship, stop.waypoint);
    return true;
  }

  #scout(ship: ShipState, waypoint: string): void {
    this.#scouting.add(waypoint);
    this.scouts.push({ ship: ship.symbol, waypoint });
  }

  /** False where no task of the plan can begin yet. */
  #begin(plan: PlanToKeep, ship: ShipState, order?: string): boolean {
    const first = firstTask(plan);
    if (first === undefined) return false;
    this.#found.clear();
    this.#active.add(plan.product);
    this.#commitments = [...this.#commitments, ...commitmentsOf(plan)];
    this.#credits -= plan.economics.capitalCredits;
    if (plan.kind === "fabricate") {
      this.#fabrications += 1;
      this.#chains.add(plan.product);
    }
    const kept = keptPlan(plan, this.#request.known);
    this.pipelines.push({ plan: kept, task: first.id, ship: ship.symbol, ...(order === undefined ? {} : { order }) });
    return true;
  }
}

const NOTHING_TO_FETCH = "its factories have their inputs: there is nothing to fetch before they have produced";

type PlanToKeep = Omit<PipelinePlan, "factories"> & Pick<Plan, "factories" | "feedWorthCredits">;

function keptPlan(plan: PlanToKeep, known: FleetKnowledge): PipelinePlan {
  const { product, kind, sellMarket, expectedBidCredits, units, tasks, economics, feedWorthCredits } = plan;
  const factories = plan.factories.map((factory) => {
    const quote = quoteAt(known.book, factory.waypoint, factory.good);
    return { ...factory, supply: quote?.supply ?? null, supplySeenAtMs: quote?.observedAtMs ?? null };
  });
  return { product, kind, sellMarket, expectedBidCredits, units, tasks, economics, feedWorthCredits, factories };
}

/** The task that its ship begins with; a plan that only waits for production has none. */
function firstTask({ tasks }: Pick<Plan, "tasks">): Plan["tasks"][number] | undefined {
  return tasks.find((task) => task.dependsOn.length === 0 && !task.awaitsProduction);
}

/** Where probes are, or will be. */
function probeTargets(known: FleetKnowledge): readonly string[] {
  return Object.values(known.ships)
    .filter((ship) => ship.cargoCapacity === 0)
    .map((ship) => ship.waypoint);
}

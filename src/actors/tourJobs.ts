import { z } from "zod";
import { lastSeenMs } from "../domain/quotes.ts";
import { planScouting, type ScoutingOrder } from "../domain/scouting.ts";
import type { ShipState } from "../domain/ship.ts";
import { divideMarkets, nextStop } from "../domain/tours.ts";
import type { ScoutingAnswer } from "../machines/scoutingProtocol.ts";
import type { StopAnswer } from "../machines/tourProtocol.ts";
import { type JobSpec, JobWaiting } from "../runtime/job.ts";
import { type FleetPorts, fleetSettings } from "./fleetPorts.ts";
import { type FleetKnowledge, fuelStopsOf, marketsOf } from "./marketBook.store.ts";
import { shipStateSchema } from "./schemas.ts";

/** The decisions of tours: pure functions of the domain over what is known now, run as jobs. */
const PLAN_TIMEOUT_MS = 30_000;
const CHART_WAIT_MS = 300;

const symbols = z.array(z.string().min(1).max(64)).max(500);
export const scoutingOrderSchema: z.ZodType<ScoutingOrder> = z.strictObject({
  ships: symbols,
  system: z.string().min(1).max(64),
  markets: symbols,
});

/** An operator's order as tours, or every reason why it cannot be carried out. */
export function planScoutingJob(ports: FleetPorts): JobSpec<{ order: ScoutingOrder; agentSymbol: string }, ScoutingAnswer> {
  return {
    retry: "safe",
    timeoutMs: PLAN_TIMEOUT_MS,
    input: z.object({ order: scoutingOrderSchema, agentSymbol: z.string() }),
    run({ order, agentSymbol }, context) {
      const { timing } = fleetSettings(ports);
      const known = ports.marketBook.getSnapshot().context;
      if (Object.keys(known.waypoints).length === 0)
        return Promise.reject(new JobWaiting("the system is not charted yet", CHART_WAIT_MS));
      const { waypoints, ships } = known;
      const plan = planScouting(order, { agentSymbol, waypoints, ships, fuelStops: fuelStopsOf(known) });
      // A market that pipelines wait for is polled as often: what watches it looks no more often than that.
      const pace = { pauseMs: timing.tourPauseMs, revisitMs: timing.supplyPollMs };
      return Promise.resolve({ ...plan, ...pace, calculatedAtMs: context.nowMs() });
    },
  };
}

/** The next market for a probe: what a pipeline waits for, then its own share of the system, the stalest per second of flight first. */
export function pickStopJob({ marketBook, config, gameTime }: FleetPorts): JobSpec<{ ship: ShipState }, StopAnswer> {
  return {
    retry: "safe",
    timeoutMs: PLAN_TIMEOUT_MS,
    input: z.object({ ship: shipStateSchema }),
    run({ ship }, context) {
      const known = marketBook.getSnapshot().context;
      const nowMs = context.nowMs();
      const freshForMs = (config.freshForGameSeconds * 1000) / gameTime.speed;
      const share = shareOf(ship, known);
      const watched = known.watched.filter((waypoint) => share.includes(waypoint));
      const common = { scout: ship, book: known.book, waypoints: known.waypoints, nowMs };
      const unseen = share.filter((waypoint) => lastSeenMs(known.book, waypoint) === undefined);
      const stop =
        nextStop({ ...common, markets: watched, freshForMs: freshForMs / 2 }) ??
        nextStop({ ...common, markets: unseen, freshForMs: 1 }) ??
        nextStop({ ...common, markets: share, freshForMs });
      return Promise.resolve({ waypoint: stop?.waypoint ?? null, share });
    },
  };
}

/**
 * All scouts are counted from one place, so that the shares stay the same while they fly. What an operator's tour sees needs no other eyes,
 * and its ship has none to spare.
 */
function shareOf(ship: ShipState, known: FleetKnowledge): readonly string[] {
  const patrolled = new Set(Object.values(known.patrols).flat());
  const markets = marketsOf(known).filter((market) => !patrolled.has(market));
  const start = marketsOf(known)[0] ?? ship.waypoint;
  const probes = Object.values(known.ships).filter(
    (other) => other.cargoCapacity === 0 && other.symbol !== ship.symbol && known.patrols[other.symbol] === undefined,
  );
  const scouts = [...probes, ship].map(({ symbol, speed }) => ({ symbol, speed, waypoint: start }));
  return divideMarkets(scouts, markets, known.waypoints)[ship.symbol] ?? [];
}

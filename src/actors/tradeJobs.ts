import type { ShipState } from "../domain/ship.ts";
import type { Settled, TradeInput, TradeValue } from "../machines/shipProtocol.ts";
import { unitsAboard } from "../machines/taskSteps.ts";
import type { JobContext, JobSpec, ReconcileVerdict } from "../runtime/job.ts";
import type { MarketTransaction, SpaceApi, TradeResult } from "../space-api/spaceApi.ts";
import type { FleetReader } from "./fleetReader.ts";
import { ledgerRow } from "./ledgerRows.ts";
import { mutate, read, type Sent } from "./requests.ts";
import { tradeInputSchema } from "./schemas.ts";

/**
 * Buying and selling. Invariants: one request per job; evidence is this ship's cargo and the market's own transactions, never credits,
 * which all ships share (H6).
 */
interface TradeFacts {
  readonly unitsBefore: number;
}

type TradeSpec = JobSpec<TradeInput, Settled<TradeValue>, Sent<TradeFacts>>;

const TRADE_TIMEOUT_MS = 16_000;

export function purchaseJob(spaceApi: SpaceApi, fleet: FleetReader): TradeSpec {
  return tradeJob("purchase", spaceApi, fleet);
}

export function sellJob(spaceApi: SpaceApi, fleet: FleetReader): TradeSpec {
  return tradeJob("sell", spaceApi, fleet);
}

function tradeJob(side: "purchase" | "sell", spaceApi: SpaceApi, fleet: FleetReader): TradeSpec {
  return {
    retry: "reconcile",
    timeoutMs: TRADE_TIMEOUT_MS,
    maxAttempts: 3,
    input: tradeInputSchema,
    async run({ ship, good, units }, context) {
      const settled = await mutate(context, { unitsBefore: unitsAboard(ship, good) }, (options) =>
        spaceApi[side](ship.symbol, good, units, options),
      );
      return settled.result === "ok" ? { ...settled, value: valueOf(settled.value) } : settled;
    },
    reconcile: (input, facts, context) => gatherTradeEvidence({ side, input, facts, context, spaceApi, fleet }),
    facts({ address, jobId, input, output }) {
      if (output.result !== "ok") return [];
      const { units, unitPriceCredits, totalCredits, atMs } = output.value;
      return [
        ledgerRow(address, {
          jobId,
          atMs,
          kind: side === "purchase" ? "purchase" : "sale",
          ship: input.ship.symbol,
          good: input.good,
          units,
          unitPriceCredits,
          totalCredits: side === "purchase" ? -totalCredits : totalCredits,
          waypoint: input.ship.waypoint,
          task: input.memo.task,
          pipeline: input.memo.pipeline,
        }),
      ];
    },
  };
}

function valueOf(result: TradeResult): TradeValue {
  const { units, unitPriceCredits, totalCredits, atMs } = result.transaction;
  return { agentCredits: result.agentCredits, ship: result.ship, units, unitPriceCredits, totalCredits, atMs };
}

async function gatherTradeEvidence(evidence: {
  readonly side: "purchase" | "sell";
  readonly input: TradeInput;
  readonly facts: Sent<TradeFacts>;
  readonly context: Pick<JobContext, "nowMs" | "signal">;
  readonly spaceApi: SpaceApi;
  readonly fleet: FleetReader;
}): Promise<ReconcileVerdict<Settled<TradeValue>>> {
  const { side, input, facts, context, spaceApi, fleet } = evidence;
  const ships = await fleet.shipsSince(context.nowMs(), context);
  const now = ships.find((ship) => ship.symbol === input.ship.symbol);
  if (now === undefined) return { verdict: "unknown", reason: `${input.ship.symbol} is not among our ships` };
  const change = unitsAboard(now, input.good) - facts.unitsBefore;
  if (change === 0) return { verdict: "notDone" };
  const moved = side === "purchase" ? change : -change;
  if (moved !== input.units)
    return { verdict: "unknown", reason: `${input.good} aboard changed by ${change}, asked ${input.units}` };
  const market = await read(context, "reconcile", (options) => spaceApi.market(input.ship.waypoint, options));
  const transaction = market.read === "ok" ? lastMatching(market.value.transactions, evidence) : undefined;
  if (transaction === undefined) {
    return { verdict: "unknown", reason: `the cargo has changed, but ${input.ship.waypoint} shows no transaction for it` };
  }
  return { verdict: "done", output: { result: "ok", value: reconciled(now, transaction), sentAtMs: facts.sentAtMs } };
}

/** Of this ship, good, side and quantity, not before the request (with room for the two clocks); the newest, as an earlier tranche may look the same. */
function lastMatching(
  transactions: readonly MarketTransaction[],
  evidence: { readonly side: "purchase" | "sell"; readonly input: TradeInput; readonly facts: Sent<TradeFacts> },
): MarketTransaction | undefined {
  const { side, input, facts } = evidence;
  const matching = transactions.filter(
    (item) =>
      item.ship === input.ship.symbol &&
      item.good === input.good &&
      item.units === input.units &&
      item.side === (side === "purchase" ? "PURCHASE" : "SELL") &&
      item.atMs >= facts.sentAtMs - CLOCK_TOLERANCE_MS,
  );
  return matching.sort((a, b) => b.atMs - a.atMs)[0];
}

function reconciled(ship: ShipState, transaction: MarketTransaction): TradeValue {
  const { units, unitPriceCredits, totalCredits, atMs } = transaction;
  const { cargo, cargoUnits, cargoCapacity } = ship;
  return { agentCredits: undefined, ship: { cargo, cargoUnits, cargoCapacity }, units, unitPriceCredits, totalCredits, atMs };
}

const CLOCK_TOLERANCE_MS = 5_000;

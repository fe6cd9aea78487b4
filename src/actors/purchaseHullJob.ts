import { z } from "zod";
import type { Settled } from "../machines/shipProtocol.ts";
import type { PurchaseHullInput, PurchaseHullValue } from "../machines/treasuryProtocol.ts";
import type { JobSpec } from "../runtime/job.ts";
import type { SpaceApi } from "../space-api/spaceApi.ts";
import type { FleetReader } from "./fleetReader.ts";
import { ledgerRow } from "./ledgerRows.ts";
import { mutate, readOrThrow, type Sent } from "./requests.ts";

/**
 * Buys one hull. The price is read just before, so that the ledger knows it even when no answer comes; evidence is a ship that was not in
 * the list before: the treasury buys one at a time, so it can be told (H6).
 */
interface HullFacts {
  readonly known: readonly string[];
  readonly priceCredits: number;
}

/** A yard may ask this much more than when the purse decided. */
const MAX_PRICE_RISE = 1.05;

export function purchaseHullJob(
  spaceApi: SpaceApi,
  fleet: FleetReader,
): JobSpec<PurchaseHullInput, Settled<PurchaseHullValue>, Sent<HullFacts>> {
  return {
    retry: "reconcile",
    timeoutMs: 16_000,
    maxAttempts: 1,
    input: z.object({ shipType: z.string().min(1), waypoint: z.string().min(1), askCredits: z.number() }),
    async run({ shipType, waypoint, askCredits }, context) {
      const yard = await readOrThrow(context, "trade", (options) => spaceApi.shipyard(waypoint, options));
      const offer = yard.value.hulls.find((hull) => hull.type === shipType);
      if (offer === undefined) return refused("noOwnShipAtShipyard", `${waypoint} shows no price of ${shipType}`);
      const { askCredits: priceCredits } = offer;
      if (priceCredits > askCredits * MAX_PRICE_RISE) return refused("priceMoved", `${priceCredits}, decided at ${askCredits}`);
      const before = await readOrThrow(context, "trade", (options) => spaceApi.myShips(options));
      const known = before.value.map((ship) => ship.symbol);
      return await mutate(context, { known, priceCredits }, (options) => spaceApi.purchaseShip(shipType, waypoint, options));
    },
    async reconcile(_input, facts, context) {
      const ships = await fleet.shipsSince(context.nowMs(), context);
      const bought = ships.filter((ship) => !facts.known.includes(ship.symbol));
      if (bought.length > 1) return { verdict: "unknown", reason: `${bought.length} new ships at once` };
      const [ship] = bought;
      if (ship === undefined) return { verdict: "notDone" };
      const value = { agentCredits: undefined, ship, priceCredits: facts.priceCredits };
      return { verdict: "done", output: { result: "ok", value, sentAtMs: facts.sentAtMs } };
    },
    facts({ address, jobId, input, output, atMs }) {
      if (output.result !== "ok") return [];
      const { ship, priceCredits } = output.value;
      return [
        ledgerRow(address, {
          jobId,
          atMs,
          kind: "hull",
          ship: ship.symbol,
          good: input.shipType,
          units: 1,
          unitPriceCredits: priceCredits,
          totalCredits: -priceCredits,
          waypoint: input.waypoint,
          task: null,
          pipeline: null,
        }),
      ];
    },
  };
}

function refused(name: string, message: string): Settled<PurchaseHullValue> {
  return { result: "refused", refusal: { name, message } };
}

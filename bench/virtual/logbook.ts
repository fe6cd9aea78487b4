import { z } from "zod";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";
import { percentile } from "../benchReport.ts";
import { ChainRecord, followChains } from "./chainLog.ts";
import { watchIdleShips } from "./idleWatch.ts";
import { Label } from "./notices.ts";
import { followPrices, type PriceDeviation } from "./priceLog.ts";
import { followShipHours, ShipTime } from "./shipHours.ts";
import type { SentRequest } from "./voyage.ts";

/** What the fleet did in one stretch of time, as it told itself. */
export const LogPage = z.object({
  requests: z.number(),
  /** Purchases and sales of goods that the game carried out. */
  trades: z.number(),
  rateLimited: z.number(),
  /** By method and operation. */
  requestsByName: z.record(z.string(), z.number()),
  /** Products of chains, sold. */
  chainUnits: z.number(),
  /** Of these, the ones that our deliveries had brought about. */
  fabricatedUnits: z.number(),
  shipTime: ShipTime,
});

export type LogPage = z.infer<typeof LogPage>;

/** How near prices came to their plans: shares of the planned price, over the tasks of one side and label. */
const PriceSummary = z.object({
  side: z.enum(["buy", "sell"]),
  /** Null: all of them. */
  label: Label.nullable(),
  tasks: z.number(),
  medianShare: z.number(),
  p90Share: z.number(),
});

/** What can only be judged of a voyage as a whole. */
export const VoyageRecord = z.object({
  chains: z.array(ChainRecord),
  prices: z.array(PriceSummary),
  /** Orders for a product that came to nothing, by reason. */
  refusedOrders: z.record(z.string(), z.number()),
  /** Stretches of more than {@link IDLE_LIMIT_MS} without work beside a READY task in reach. */
  idleBesideWork: z.object({ stretches: z.number(), longestMs: z.number(), shipMs: z.number(), examples: z.array(z.string()) }),
});

export type VoyageRecord = z.infer<typeof VoyageRecord>;

export interface Logbook {
  readonly onNotice: (notice: RuntimeNotice) => void;
  readonly onRequest: (request: SentRequest) => void;
  /** A chain of this product has begun, while it had this label at its factory. */
  hasBegun(product: string, label: z.infer<typeof Label>): boolean;
  /** Closes the page that was begun last and begins the next. */
  turn(atMs: number): LogPage;
  /** Everything up to now. */
  record(atMs: number): VoyageRecord;
}

/** No ship should be idle for longer while a READY task that pays is in its reach. */
export const IDLE_LIMIT_MS = 60_000;

/** Kept from the start of a voyage; pages are turned on the way, each hour. */
export function keepLogbook(startMs: number): Logbook {
  const ships = followShipHours(startMs);
  const chains = followChains(startMs);
  const prices = followPrices();
  const idle = watchIdleShips(IDLE_LIMIT_MS);
  const refusedOrders: Record<string, number> = {};
  let page = emptyPage();

  return {
    onNotice(notice) {
      for (const follower of [ships, chains, prices, idle]) follower.observe(notice);
      if (notice.notice === "emitted" && notice.event.type === "order.refused")
        count(refusedOrders, String(notice.event["reason"]));
    },
    hasBegun: (product, label) => chains.records().some((chain) => chain.product === product && chain.labelAtStart === label),
    onRequest({ method, path, status }) {
      const operation = operationOf(path);
      page.requests += 1;
      count(page.requestsByName, `${method} ${operation}`);
      if (status === 429) page.rateLimited += 1;
      if (status === 201 && (operation === "purchase" || operation === "sell")) page.trades += 1;
    },
    turn(atMs) {
      const done = { ...page, ...chains.takeUnits(), shipTime: ships.takeWindow(atMs) };
      page = emptyPage();
      return done;
    },
    record(atMs) {
      const stretches = idle.stretches(atMs).toSorted((a, b) => b.lastedMs - a.lastedMs);
      return {
        chains: [...chains.records()],
        prices: summaries(prices.deviations),
        refusedOrders,
        idleBesideWork: {
          stretches: stretches.length,
          longestMs: stretches[0]?.lastedMs ?? 0,
          shipMs: stretches.reduce((sum, { lastedMs }) => sum + lastedMs, 0),
          examples: stretches
            .slice(0, 5)
            .map(
              ({ ship, task, lastedMs, untilMs }) =>
                `${ship} for ${lastedMs / 1000} s until ${hour(untilMs - startMs)} h, ${task}`,
            ),
        },
      };
    },
  };
}

function hour(ms: number): string {
  return (ms / 3_600_000).toFixed(2);
}

/** Each side whole, then by label. */
function summaries(deviations: readonly PriceDeviation[]): VoyageRecord["prices"] {
  return (["buy", "sell"] as const).flatMap((side) =>
    [null, ...Label.options].flatMap((label) => {
      const shares = deviations
        .filter((one) => one.side === side && (label === null || one.label === label))
        .map(({ share }) => share);
      if (shares.length === 0) return [];
      return [{ side, label, tasks: shares.length, medianShare: percentile(shares, 0.5), p90Share: percentile(shares, 0.9) }];
    }),
  );
}

function emptyPage() {
  const requestsByName: Record<string, number> = {};
  return { requests: 0, trades: 0, rateLimited: 0, requestsByName };
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** The last part of a path that is no symbol: `/my/ships/A-1/dock` → `dock`, `/my/ships/A-1` → `ships`. */
function operationOf(path: string): string {
  const parts = (path.split("?", 1)[0] ?? "").split("/").filter((part) => /^[a-z-]+$/.test(part));
  return parts.at(-1) ?? "status";
}

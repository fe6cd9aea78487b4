import type { RuntimeNotice } from "../../src/runtime/runtime.ts";
import { followShipHours, type ShipTime } from "./shipHours.ts";
import type { SentRequest } from "./voyage.ts";

/** What the fleet did in one stretch of time, as it told itself. */
export interface LogPage {
  readonly requests: number;
  /** Purchases and sales of goods that the game carried out. */
  readonly trades: number;
  readonly rateLimited: number;
  /** By method and operation. */
  readonly requestsByName: Readonly<Record<string, number>>;
  /** Products of fabricating pipelines, sold by them. */
  readonly fabricatedUnits: number;
  readonly shipTime: ShipTime;
  /** Pipelines that ended, by `trade|fabricate <status>: <reason>`, numbers as N. */
  readonly endings: Readonly<Record<string, number>>;
}

export interface Logbook {
  readonly onNotice: (notice: RuntimeNotice) => void;
  readonly onRequest: (request: SentRequest) => void;
  /** Closes the page that was begun last and begins the next. */
  turn(atMs: number): LogPage;
}

/** Kept from the start of a voyage; pages are turned on the way, at the end of each window. */
export function keepLogbook(startMs: number): Logbook {
  const ships = followShipHours(startMs);
  const products = new Map<string, string>();
  let page = emptyPage();

  return {
    onNotice(notice) {
      ships.observe(notice);
      if (notice.notice !== "emitted") return;
      const { event } = notice;
      switch (event.type) {
        case "pipeline.started":
          if (event["fabricates"] === true) products.set(String(event["pipeline"]), String(event["good"]));
          return;
        case "trade.sold":
          if (products.get(String(event["pipeline"])) === event["good"]) page.fabricatedUnits += Number(event["units"]);
          return;
        case "pipeline.completed":
        case "pipeline.failed":
        case "pipeline.cancelled": {
          const kind = event["fabricates"] === true ? "fabricate" : "trade";
          const reason = typeof event["reason"] === "string" ? `: ${event["reason"].replaceAll(/\d+/g, "N")}` : "";
          count(page.endings, `${kind} ${event.type.slice("pipeline.".length)}${reason}`);
        }
      }
    },
    onRequest({ method, path, status }) {
      const operation = operationOf(path);
      page.requests += 1;
      count(page.requestsByName, `${method} ${operation}`);
      if (status === 429) page.rateLimited += 1;
      if (status === 201 && (operation === "purchase" || operation === "sell")) page.trades += 1;
    },
    turn(atMs) {
      const done = { ...page, shipTime: ships.takeWindow(atMs) };
      page = emptyPage();
      return done;
    },
  };
}

function emptyPage() {
  const requestsByName: Record<string, number> = {};
  const endings: Record<string, number> = {};
  return { requests: 0, trades: 0, rateLimited: 0, requestsByName, fabricatedUnits: 0, endings };
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** The last part of a path that is no symbol: `/my/ships/A-1/dock` → `dock`, `/my/ships/A-1` → `ships`. */
function operationOf(path: string): string {
  const parts = (path.split("?", 1)[0] ?? "").split("/").filter((part) => /^[a-z-]+$/.test(part));
  return parts.at(-1) ?? "status";
}

import { z } from "zod";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";

/**
 * What a ship with a hold does with its time: `travelling`; `trading`, a purchase or sale that waits for its turn at the rate limit; `requests`, any
 * other request that does; `waiting`, claimed and without a command; `supply`, unclaimed while some task waits for a factory; `idle`,
 * unclaimed and no task waits for one.
 */
export const SHIP_USES = ["travelling", "trading", "requests", "waiting", "supply", "idle"] as const;
type ShipUse = (typeof SHIP_USES)[number];

/** Ship-milliseconds by use. */
export const ShipTime = z.record(z.enum(SHIP_USES), z.number());
export type ShipTime = z.infer<typeof ShipTime>;

export interface ShipHours {
  readonly observe: (notice: RuntimeNotice) => void;
  /** Closes the window that has run since the last call, or the start, and returns what it held. */
  takeWindow(atMs: number): ShipTime;
}

const SHIP = z.looseObject({ claim: z.unknown(), ship: z.looseObject({ cargoCapacity: z.number() }) });
const TASK = z.looseObject({ task: z.looseObject({ status: z.string(), awaitsProduction: z.boolean() }) });

/** Follows the notices of a fleet from its start. */
export function followShipHours(startMs: number): ShipHours {
  const uses = new Map<string, ShipUse>();
  const tasksAtFactories = new Set<string>();
  let sinceMs = startMs;
  let time = noTime();

  function passTo(atMs: number): void {
    const passedMs = Math.max(0, atMs - sinceMs);
    if (passedMs === 0) return;
    sinceMs = atMs;
    for (const use of uses.values()) time[use === "idle" && tasksAtFactories.size > 0 ? "supply" : use] += passedMs;
  }

  return {
    observe(notice) {
      passTo(notice.atMs);
      if (notice.notice === "ended") {
        uses.delete(notice.address);
        tasksAtFactories.delete(notice.address);
      }
      if (notice.notice !== "transition") return;
      if (notice.kind === "ship") {
        const use = useOf(notice.value, notice.context);
        if (use !== undefined) uses.set(notice.address, use);
      } else if (notice.kind === "task") {
        const { task } = TASK.parse(notice.context);
        if (task.status === "PENDING" && task.awaitsProduction) tasksAtFactories.add(notice.address);
        else tasksAtFactories.delete(notice.address);
      }
    },
    takeWindow(atMs) {
      passTo(atMs);
      const taken = time;
      time = noTime();
      return taken;
    },
  };
}

function noTime(): ShipTime {
  return { travelling: 0, trading: 0, requests: 0, waiting: 0, supply: 0, idle: 0 };
}

/** `undefined` for a ship without a hold. */
function useOf(value: unknown, context: unknown): ShipUse | undefined {
  const { claim, ship } = SHIP.parse(context);
  if (ship.cargoCapacity === 0) return undefined;
  switch (value) {
    case "flying":
      return "travelling";
    case "purchasing":
    case "selling":
      return "trading";
    case "resting":
      return claim === null ? "idle" : "waiting";
    default:
      return "requests";
  }
}

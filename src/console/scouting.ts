/**
 * Orders for tours, and their end, as an operator gives them. An order is an actor of its own, so it outlives whoever gave it; what is
 * answered here is what that actor has decided.
 */
import { z } from "zod";
import type { ScoutingOrder } from "../domain/scouting.ts";
import { scoutingOf } from "../machines/addresses.ts";
import type { Environment } from "../runtime/environment.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { watchActor } from "./watchActor.ts";
import { shortName } from "./words.ts";

export interface ScoutingSource {
  readonly runtime: Pick<Runtime, "view" | "send" | "observe"> & {
    spawn(request: Parameters<Runtime["spawn"]>[0]): Promise<"created" | "exists" | "stopping">;
  };
  readonly environment: Pick<Environment, "clock" | "ids">;
  /** The agent's scope. */
  readonly agent: () => string;
  /** The tours that live; with `ended` also the latest that have ended. */
  readonly tours: (options: { readonly ended: boolean }) => Promise<readonly TourLine[]>;
}

/** A tour as its rows show it; the wire form of `bosun tours -o json`. */
export interface TourLine {
  readonly container: string;
  readonly containerStatus: string;
  readonly playerId: number;
  readonly ship: string;
  readonly system: string | undefined;
  readonly markets: readonly string[];
  readonly order: readonly string[];
  readonly totalDistance: number | undefined;
  readonly algorithm: string;
  readonly startWaypoint: string | undefined;
  readonly calculatedAtMs: number | undefined;
  readonly status: string;
  readonly nextWaypoint: string | undefined;
  readonly visits: number;
  readonly rounds: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
}

export type ScoutingReply =
  | { readonly outcome: "deployed"; readonly id: string; readonly tours: readonly DeployedTour[] }
  | { readonly outcome: "refused"; readonly id: string; readonly refusals: readonly Refusal[] }
  /** Not yet: the ships, or the chart of the system, keep it waiting. It goes on by itself. */
  | { readonly outcome: "deciding"; readonly id: string }
  | { readonly outcome: "stopping"; readonly id: string };

type DeployedTour = z.infer<typeof deployedSchema>;
type Refusal = z.infer<typeof refusalSchema>;

/** The command line waits 10 s for an answer. */
const DECIDE_WITHIN_MS = 9_000;
const ANSWER_WITHIN_MS = 8_000;

const deployedSchema = z.looseObject({
  ship: z.string(),
  container: z.string(),
  order: z.array(z.string()),
  totalDistance: z.number(),
  algorithm: z.string(),
});
const refusalSchema = z.looseObject({ reason: z.string(), subject: z.string(), detail: z.string() });
const orderedSchema = z.object({
  order: z.object({ ships: z.array(z.string()), system: z.string(), markets: z.array(z.string()) }),
});
const decidedSchema = z.object({
  verdict: z.discriminatedUnion("outcome", [
    z.object({ outcome: z.literal("deployed"), tours: z.array(deployedSchema) }),
    z.object({ outcome: z.literal("refused"), refusals: z.array(refusalSchema) }),
  ]),
});

/** Begins the order, or looks at the one that has this id already, and waits for what becomes of it. */
export async function orderScouting(source: ScoutingSource, order: ScoutingOrder, given?: string): Promise<ScoutingReply> {
  const id = given ?? source.environment.ids.nextId().slice(0, 8);
  const address = scoutingOf(source.agent(), id);
  const input = { scope: source.agent(), order };
  const begun = await source.runtime.spawn({ address, kind: "scouting", input });
  if (begun === "stopping") return { outcome: "stopping", id };
  const { clock } = source.environment;
  const verdict = await watchActor({ runtime: source.runtime, clock }, address, DECIDE_WITHIN_MS, ({ context, status }) => {
    const decided = decidedSchema.safeParse(context);
    if (begun === "exists" && !isSameOrder(context, order)) return otherOrder(id);
    if (decided.success) return decided.data.verdict;
    return status === "done" ? otherOrder(id) : undefined;
  });
  return verdict === undefined ? { outcome: "deciding", id } : { ...verdict, id };
}

function isSameOrder(context: unknown, { ships, system, markets }: ScoutingOrder): boolean {
  const stored = orderedSchema.safeParse(context);
  return stored.success && JSON.stringify(stored.data.order) === JSON.stringify({ ships, system, markets });
}

/** Also for one that has ended so long ago that only its address is left. */
function otherOrder(id: string) {
  const refusals = [{ reason: "idTaken", subject: id, detail: "an order with this id was given before, and not this one" }];
  return { outcome: "refused" as const, refusals };
}

export type StopReply =
  | { readonly outcome: "stopped" | "stopping"; readonly tour: TourLine }
  | { readonly outcome: "unknown"; readonly detail: string }
  | { readonly outcome: "refused"; readonly detail: string };

/** Ends the tour of a ship, or the one of an address, full or as `bosun tours` shows it; its ship is free when it has ended. */
export async function stopTour(source: ScoutingSource, which: string): Promise<StopReply> {
  const living = await source.tours({ ended: false });
  const named = living.filter(({ ship, container }) => [ship, container, shortName(container)].includes(which));
  const tour = named.find(({ status }) => status !== "waiting") ?? named[0];
  if (tour === undefined) return { outcome: "unknown", detail: `no tour of ${which} runs; bosun tours lists them` };
  if (tour.containerStatus === "FAILED") {
    const detail = `${shortName(tour.container)} was given up and has no ship; bosun restart ${tour.container} begins it again, bosun dismiss ${tour.container} ends it`;
    return { outcome: "refused", detail };
  }
  const receipt = await source.runtime.send({ to: tour.container, event: { type: "tour.stop" }, from: "operator" });
  if (receipt.receipt === "refused") return { outcome: "refused", detail: `${receipt.reason}: ${receipt.detail}` };
  const { clock } = source.environment;
  const ended = await watchActor({ runtime: source.runtime, clock }, tour.container, ANSWER_WITHIN_MS, ({ status }) =>
    status === "done" ? true : undefined,
  );
  return { outcome: ended === true ? "stopped" : "stopping", tour };
}

export type StartReply =
  | { readonly outcome: "started" | "starting"; readonly container: string }
  | { readonly outcome: "unknown" | "running" | "refused"; readonly detail: string };

const fleetSchema = z.looseObject({ tours: z.array(z.string()), tourless: z.array(z.string()).optional() });

/** Sends a probe whose own tour was stopped back on it; while another tour has it, that one goes first. */
export async function startTour(source: ScoutingSource, ship: string): Promise<StartReply> {
  const fleet = fleetSchema.safeParse((await source.runtime.view(source.agent()))?.context);
  if (!fleet.success || !fleet.data.tours.includes(ship))
    return { outcome: "unknown", detail: `${ship} is no probe of this fleet: only probes have a tour of their own` };
  if (fleet.data.tourless?.includes(ship) !== true)
    return { outcome: "running", detail: `the tour of ${ship} itself has not ended; bosun tours lists it` };
  const event = { type: "agent.tourWanted", symbol: ship };
  const receipt = await source.runtime.send({ to: source.agent(), event, from: "operator" });
  if (receipt.receipt === "refused") return { outcome: "refused", detail: `${receipt.reason}: ${receipt.detail}` };
  const container = `${source.agent()}/tour/${ship}`;
  const { clock } = source.environment;
  const begun = await watchActor({ runtime: source.runtime, clock }, container, ANSWER_WITHIN_MS, ({ status }) =>
    status === "active" ? true : undefined,
  );
  return { outcome: begun === true ? "started" : "starting", container };
}

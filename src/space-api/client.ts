import type { z } from "zod";
import { firstIssue } from "./answer.ts";
import { createHttpEdge, type HttpEdge, type HttpExchange, type HttpRequest } from "./httpEdge.ts";
import type { SpaceApiEnvironment } from "./ports.ts";
import { createRequester, type Requester, type RequestReport } from "./requester.ts";
import { createRequestScheduler } from "./requestScheduler.ts";
import type { Secret } from "./secret.ts";
import { createServerClock } from "./serverClock.ts";
import type { ApiOutcome, NavigateResult, RequestOptions, SpaceApi, UnreadableItem } from "./spaceApi.ts";
import { agentOf, cargoOf, marketOf, navOf, shipOf, shipyardOf, transactionOf, waypointOf } from "./wireMapping.ts";
import { answers, shipSchema, type WireNav, waypointSchema } from "./wireSchemas.ts";

export interface SpaceApiOptions {
  /** With the version path, for example `https://api.spacetraders.io/v2`. */
  readonly baseUrl: string;
  /** The agent's token; undefined for what the game tells anybody. */
  readonly token: Secret | undefined;
  readonly environment: SpaceApiEnvironment;
  /** Game seconds per second; taken from the server's status when absent. */
  readonly gameSpeed?: number;
  readonly requestTimeoutMs?: number;
  /** Requests on the wire at the same time. */
  readonly connections?: number;
  /** `same` when the server runs on our clock, also a virtual one; `measured` compares `Date` headers. */
  readonly serverClock?: "measured" | "same";
  /** Called when a mutation's response has begun and before its body is read; crash tests end the process here. */
  readonly crashPoint?: (point: "api.afterWork") => void;
  /** Told of each exchange with the game. Must not throw. */
  readonly onExchange?: (report: RequestReport) => void;
  /** Whether the game may be changed now; asked before each mutation. Always when absent. */
  readonly mayChange?: () => boolean;
  /** Told each time the game says that our token is of an earlier era (4113). */
  readonly onEraOver?: () => void;
  /** Carries out each exchange; a simulation on a virtual clock counts and orders here what goes over the wire. At once when absent. */
  readonly carry?: (request: HttpRequest, exchange: () => Promise<HttpExchange>) => Promise<HttpExchange>;
}

export interface SpaceApiClient extends SpaceApi {
  /** Breaks off what is on the wire; its outcome is told as not usable. */
  close(): Promise<void>;
}

/** The client of one agent. Every method's answer is a value; see `ApiOutcome`. */
export function createSpaceApi(options: SpaceApiOptions): SpaceApiClient {
  const { environment, gameSpeed, carry } = options;
  const connections = options.connections ?? 8;
  const edge = createHttpEdge({
    baseUrl: options.baseUrl,
    token: options.token,
    connections,
    timeoutMs: options.requestTimeoutMs ?? 15_000,
  });
  const http: HttpEdge =
    carry === undefined ? edge : { ...edge, exchange: (request) => carry(request, () => edge.exchange(request)) };
  const scheduler = createRequestScheduler({ clock: environment.clock, gameSpeed: gameSpeed ?? 1, maxInFlight: connections });
  const measuredClock = createServerClock();
  const serverClock = options.serverClock === "same" ? { ...measuredClock, observe: () => undefined } : measuredClock;
  const { crashPoint, onExchange, mayChange, onEraOver } = options;
  const { request } = createRequester({
    http,
    scheduler,
    serverClock,
    environment,
    crashPoint,
    onExchange,
    mayChange,
    onEraOver,
  });
  const toOurMs = serverClock.toOurMs;

  const posture =
    (verb: "orbit" | "dock"): SpaceApi["orbit"] =>
    (ship, requestOptions) =>
      request(
        {
          name: verb,
          method: "POST",
          path: `/my/ships/${part(ship)}/${verb}`,
          schema: answers.posture,
          map: ({ data }) => ({ ship: navOf(data.nav, toOurMs) }),
        },
        requestOptions,
      );
  const trade =
    (verb: "purchase" | "sell"): SpaceApi["purchase"] =>
    (ship, good, units, requestOptions) =>
      request(
        {
          name: verb,
          method: "POST",
          path: `/my/ships/${part(ship)}/${verb}`,
          body: { symbol: good, units },
          schema: answers.trade,
          map: ({ data }) => ({
            agentCredits: data.agent.credits,
            ship: cargoOf(data.cargo),
            transaction: transactionOf(data.transaction, toOurMs),
          }),
        },
        requestOptions,
      );
  const navigated = (data: { nav: WireNav; fuel: { current: number } }): NavigateResult => ({
    ship: { ...navOf(data.nav, toOurMs), fuelUnits: data.fuel.current },
  });

  return {
    async status(requestOptions) {
      const outcome = await request(
        {
          name: "status",
          method: "GET",
          path: "/",
          schema: answers.status,
          map: ({ resetDate, simulator }) => ({
            resetDate,
            gameSpeed: simulator?.speed ?? 1,
            simulator: simulator !== undefined,
          }),
        },
        requestOptions,
      );
      if (outcome.outcome === "ok" && gameSpeed === undefined) scheduler.setSpeed(outcome.value.gameSpeed);
      return outcome;
    },
    myAgent: (requestOptions) =>
      request(
        { name: "myAgent", method: "GET", path: "/my/agent", schema: answers.agent, map: ({ data }) => agentOf(data) },
        requestOptions,
      ),
    myShips: (requestOptions) =>
      allPages(request, "myShips", "/my/ships", shipSchema, (wire) => shipOf(wire, toOurMs), requestOptions),
    ship: (symbol, requestOptions) =>
      request(
        {
          name: "ship",
          method: "GET",
          path: `/my/ships/${part(symbol)}`,
          schema: answers.ship,
          map: ({ data }) => shipOf(data, toOurMs),
        },
        requestOptions,
      ),
    waypoints: (system, requestOptions) =>
      allPages(request, "waypoints", `/systems/${part(system)}/waypoints`, waypointSchema, waypointOf, requestOptions),
    market: (waypoint, requestOptions) =>
      request(
        {
          name: "market",
          method: "GET",
          path: `${waypointPath(waypoint)}/market`,
          schema: answers.market,
          map: ({ data }, { receivedAtMs }) => marketOf(data, receivedAtMs, toOurMs),
        },
        requestOptions,
      ),
    shipyard: (waypoint, requestOptions) =>
      request(
        {
          name: "shipyard",
          method: "GET",
          path: `${waypointPath(waypoint)}/shipyard`,
          schema: answers.shipyard,
          map: ({ data }) => shipyardOf(data),
        },
        requestOptions,
      ),
    supplyChain: (requestOptions) =>
      request(
        {
          name: "supplyChain",
          method: "GET",
          path: "/market/supply-chain",
          schema: answers.supplyChain,
          map: ({ data }) => data.exportToImportMap,
        },
        requestOptions,
      ),
    orbit: posture("orbit"),
    dock: posture("dock"),
    navigate: (ship, waypoint, requestOptions) =>
      request(
        {
          name: "navigate",
          method: "POST",
          path: `/my/ships/${part(ship)}/navigate`,
          body: { waypointSymbol: waypoint },
          schema: answers.navigation,
          map: ({ data }) => navigated(data),
        },
        requestOptions,
      ),
    setFlightMode: (ship, mode, requestOptions) =>
      request(
        {
          name: "setFlightMode",
          method: "PATCH",
          path: `/my/ships/${part(ship)}/nav`,
          body: { flightMode: mode },
          schema: answers.navigation,
          map: ({ data }) => navigated(data),
        },
        requestOptions,
      ),
    refuel: (ship, units, requestOptions) =>
      request(
        {
          name: "refuel",
          method: "POST",
          path: `/my/ships/${part(ship)}/refuel`,
          ...(units === undefined ? {} : { body: { units } }),
          schema: answers.refuel,
          map: ({ data }) => ({
            agentCredits: data.agent.credits,
            fuelUnits: data.fuel.current,
            totalCredits: data.transaction.totalPrice,
          }),
        },
        requestOptions,
      ),
    purchase: trade("purchase"),
    sell: trade("sell"),
    purchaseShip: (type, waypoint, requestOptions) =>
      request(
        {
          name: "purchaseShip",
          method: "POST",
          path: "/my/ships",
          body: { shipType: type, waypointSymbol: waypoint },
          schema: answers.shipPurchase,
          map: ({ data }) => ({
            agentCredits: data.agent.credits,
            ship: shipOf(data.ship, toOurMs),
            priceCredits: data.transaction.price,
          }),
        },
        requestOptions,
      ),
    budget: () => scheduler.budget(),
    close: () => http.close(),
  };
}

/**
 * Reads every page. An item that does not fit the schema does not spoil the others: it is listed in `unreadable`. An item
 * that moved to another page meanwhile is taken once.
 */
async function allPages<Schema extends z.ZodType<{ readonly symbol: string }>, T>(
  request: Requester["request"],
  name: string,
  path: string,
  schema: Schema,
  map: (wire: z.output<Schema>) => T,
  options: RequestOptions,
): Promise<ApiOutcome<readonly T[]>> {
  const items = new Map<string, T>();
  const unreadable: UnreadableItem[] = [];
  let firstSentAtMs: number | undefined;
  for (let page = 1; ; page += 1) {
    const outcome = await request(
      { name, method: "GET", path: `${path}?limit=${PAGE_SIZE}&page=${page}`, schema: answers.page, map: (value) => value },
      options,
    );
    if (outcome.outcome !== "ok") return outcome;
    firstSentAtMs ??= outcome.sentAtMs;
    const { data, meta } = outcome.value;
    for (const [index, item] of data.entries()) {
      const parsed = schema.safeParse(item);
      if (parsed.success) items.set(parsed.data.symbol, map(parsed.data));
      else unreadable.push({ index: (page - 1) * PAGE_SIZE + index, ...firstIssue(parsed.error) });
    }
    if (data.length === 0 || page * PAGE_SIZE >= meta.total || page >= MAX_PAGES) {
      const value = [...items.values()];
      const { receivedAtMs } = outcome;
      return { outcome: "ok", value, sentAtMs: firstSentAtMs, receivedAtMs, ...(unreadable.length > 0 ? { unreadable } : {}) };
    }
  }
}

/** `X1-AD75-A1` → `/systems/X1-AD75/waypoints/X1-AD75-A1`. */
function waypointPath(waypoint: string): string {
  return `/systems/${part(waypoint.split("-").slice(0, 2).join("-"))}/waypoints/${part(waypoint)}`;
}

function part(symbol: string): string {
  return encodeURIComponent(symbol.replace(/\p{Surrogate}/gu, "\uFFFD"));
}

/** The game's maximum. */
const PAGE_SIZE = 20;
const MAX_PAGES = 1_000;

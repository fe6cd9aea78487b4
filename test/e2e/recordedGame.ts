import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The real game as a new agent meets it: recorded shapes of its answers, whole, with the fields that bosun does not read and the headers of its rate limit.
 * It answers reads only. A request that would change something is noted and answered with maintenance.
 */
export interface RecordedGame {
  readonly url: string;
  /** `POST /v2/my/ships/…`, in their order. */
  readonly requests: readonly string[];
  readonly mutations: () => readonly string[];
  /** Resolves with the first request after `already` others that fits. */
  seen(fits: (line: string) => boolean, already?: number): Promise<string>;
  close(): Promise<void>;
}

const SYSTEM = "X1-DK86";
const HOME = `${SYSTEM}-A1`;
const YARD = `${SYSTEM}-A2`;
const FAR = `${SYSTEM}-B7`;

export async function startRecordedGame(): Promise<RecordedGame> {
  const requests: string[] = [];
  const lookers = new Set<() => void>();
  const server = createServer((incoming, response) => {
    const { pathname } = new URL(incoming.url ?? "/", "http://recorded");
    const line = `${incoming.method} ${pathname}`;
    requests.push(line);
    for (const look of lookers) look();
    incoming.resume();
    const body = ANSWERS[line];
    if (incoming.method !== "GET") return answer(response, 503, MAINTENANCE);
    return body === undefined ? answer(response, 404, notFound(pathname)) : answer(response, 200, body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v2`,
    requests,
    mutations: () => requests.filter((line) => !line.startsWith("GET ")),
    seen: (fits, already = 0) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = requests.slice(already).find(fits);
          if (found === undefined) return;
          lookers.delete(look);
          resolve(found);
        };
        lookers.add(look);
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "x-ratelimit-type": "IP Address",
    "x-ratelimit-limit-burst": "30",
    "x-ratelimit-limit-per-second": "2",
    "x-ratelimit-remaining": "1",
    "x-ratelimit-reset": new Date(Date.now() + 1_000).toISOString(),
  });
  response.end(JSON.stringify(body));
}

const MAINTENANCE = { error: { code: 3100, message: "The universe is being reset. Please check back in a few minutes." } };
const notFound = (path: string) => ({ error: { code: 404, message: `Route ${path} not found`, requestId: "01J9Z8" } });

const agent = {
  accountId: "cm2jq0000000008l3",
  symbol: "GOLDEN-HIND",
  headquarters: HOME,
  credits: 175_000,
  startingFaction: "COSMIC",
  shipCount: 2,
};
const waypoint = (symbol: string, x: number, y: number, traits: readonly string[]) => ({
  symbol,
  type: "PLANET",
  systemSymbol: SYSTEM,
  x,
  y,
  orbitals: [],
  traits: traits.map((trait) => ({ symbol: trait, name: trait.toLowerCase(), description: "As charted." })),
  modifiers: [],
  chart: { submittedBy: "COSMIC", submittedOn: "2026-11-15T13:00:00.000Z" },
  faction: { symbol: "COSMIC" },
  isUnderConstruction: false,
});
const place = (symbol: string, x: number, y: number) => ({ symbol, type: "PLANET", systemSymbol: SYSTEM, x, y });
const ship = (symbol: string, role: string, frame: string, at: string, fuel: number, cargo: number) => ({
  symbol,
  registration: { name: symbol, factionSymbol: "COSMIC", role },
  nav: {
    systemSymbol: SYSTEM,
    waypointSymbol: at,
    route: {
      origin: place(at, 3, 10),
      destination: place(at, 3, 10),
      departureTime: "2026-11-21T09:00:00.000Z",
      arrival: "2026-11-21T09:00:00.000Z",
    },
    status: "DOCKED",
    flightMode: "CRUISE",
  },
  crew: { current: 57, capacity: 80, required: 57, rotation: "STRICT", morale: 100, wages: 0 },
  frame: { symbol: frame, name: frame, condition: 1, integrity: 1, moduleSlots: 8, mountingPoints: 5, fuelCapacity: fuel },
  reactor: { symbol: "REACTOR_FISSION_I", name: "Fission Reactor I", condition: 1, integrity: 1, powerOutput: 31 },
  engine: { symbol: "ENGINE_ION_DRIVE_II", name: "Ion Drive II", condition: 1, integrity: 1, speed: fuel === 0 ? 9 : 36 },
  cooldown: { shipSymbol: symbol, totalSeconds: 0, remainingSeconds: 0 },
  modules: [],
  mounts: [],
  cargo: { capacity: cargo, units: 0, inventory: [] },
  fuel: { current: fuel, capacity: fuel, consumed: { amount: 0, timestamp: "2026-11-21T09:00:00.000Z" } },
});
const named = (...symbols: readonly string[]) => symbols.map((symbol) => ({ symbol, name: symbol, description: "A good." }));
const priced = (symbol: string, type: string, supply: string, ask: number, bid: number) => ({
  symbol,
  type,
  tradeVolume: 60,
  supply,
  ...(type === "EXCHANGE" ? {} : { activity: "WEAK" }),
  purchasePrice: ask,
  sellPrice: bid,
});
const listed = (symbol: string, exports: readonly string[], imports: readonly string[]) => ({
  data: { symbol, exports: named(...exports), imports: named(...imports), exchange: named("FUEL") },
});
const command = ship(`${agent.symbol}-1`, "COMMAND", "FRAME_FRIGATE", HOME, 400, 40);
const probe = ship(`${agent.symbol}-2`, "SATELLITE", "FRAME_PROBE", YARD, 0, 0);
const waypoints = [
  waypoint(HOME, 3, 10, ["MARKETPLACE", "OVERCROWDED"]),
  waypoint(YARD, 3, 10, ["MARKETPLACE", "SHIPYARD"]),
  waypoint(FAR, -40, 62, ["MARKETPLACE"]),
];
const market = (symbol: string) => `GET /v2/systems/${SYSTEM}/waypoints/${symbol}/market`;

const ANSWERS: Readonly<Record<string, unknown>> = {
  "GET /v2/": {
    status: "SpaceTraders is currently online and available to play",
    version: "v2.3.0",
    resetDate: "2026-11-15",
    description: "SpaceTraders is a headless API and fleet-management game",
    stats: { accounts: 12_000, agents: 812, ships: 6_120, systems: 8_499, waypoints: 170_303 },
    health: { lastMarketUpdate: "2026-11-21T09:00:00.000Z" },
    leaderboards: { mostCredits: [{ agentSymbol: "REVENGE", credits: 912_000_000 }], mostSubmittedCharts: [] },
    serverResets: { next: "2026-11-22T13:00:00.000Z", frequency: "weekly" },
    announcements: [],
    links: [{ name: "Website", url: "https://spacetraders.io" }],
  },
  "GET /v2/my/agent": { data: agent },
  "GET /v2/my/ships": { data: [command, probe], meta: { total: 2, page: 1, limit: 20 } },
  [`GET /v2/my/ships/${command.symbol}`]: { data: command },
  [`GET /v2/my/ships/${probe.symbol}`]: { data: probe },
  [`GET /v2/systems/${SYSTEM}/waypoints`]: { data: waypoints, meta: { total: waypoints.length, page: 1, limit: 20 } },
  "GET /v2/market/supply-chain": { data: { exportToImportMap: { FOOD: ["FERTILIZERS"], CLOTHING: ["FABRICS"] } } },
  [market(HOME)]: {
    data: {
      ...listed(HOME, ["FOOD"], ["CLOTHING"]).data,
      transactions: [],
      tradeGoods: [
        priced("FOOD", "EXPORT", "HIGH", 1_020, 480),
        priced("CLOTHING", "IMPORT", "SCARCE", 9_400, 4_640),
        priced("FUEL", "EXCHANGE", "MODERATE", 72, 68),
      ],
    },
  },
  [market(YARD)]: {
    data: {
      ...listed(YARD, ["CLOTHING"], ["FOOD", "FABRICS"]).data,
      transactions: [],
      tradeGoods: [priced("CLOTHING", "EXPORT", "ABUNDANT", 2_010, 990), priced("FOOD", "IMPORT", "SCARCE", 4_020, 1_980)],
    },
  },
  [market(FAR)]: listed(FAR, ["FABRICS"], ["FOOD"]),
  [`GET /v2/systems/${SYSTEM}/waypoints/${YARD}/shipyard`]: {
    data: { symbol: YARD, shipTypes: [{ type: "SHIP_PROBE" }, { type: "SHIP_LIGHT_HAULER" }], modificationsFee: 100 },
  },
};

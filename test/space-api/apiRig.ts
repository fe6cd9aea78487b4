import { createSpaceApi, type SpaceApiClient, type SpaceApiOptions } from "../../src/space-api/client.ts";
import type { SpaceApiEnvironment } from "../../src/space-api/ports.ts";
import { Secret } from "../../src/space-api/secret.ts";
import { type HttpStub, startHttpStub } from "../support/httpStub.ts";

export const TOKEN = "eyJhbGciOiJSUzI1NiJ9.agent-token";

export interface ApiRig {
  readonly stub: HttpStub;
  readonly api: SpaceApiClient;
  readonly environment: SpaceApiEnvironment;
  /** Every log line as JSON. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

/** A client against a real HTTP server. Waits are cut to nothing unless `realWaits`, so that backoff costs no test time. */
export async function startApiRig(options: Partial<SpaceApiOptions> = {}): Promise<ApiRig> {
  const stub = await startHttpStub();
  const lines: string[] = [];
  const log = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const environment: SpaceApiEnvironment = {
    clock: {
      nowMs: () => Date.now(),
      wakeAt(_dueAtMs, wake) {
        const handle = setImmediate(wake);
        return () => clearImmediate(handle);
      },
    },
    random: { nextSeed: () => 2 ** 31 },
    ids: { nextId: () => "generated" },
    logger: { debug: log, warn: (fields, message) => log(fields, `warn: ${message}`) },
  };
  const api = createSpaceApi({ baseUrl: `${stub.url}/v2`, token: new Secret(TOKEN), environment, gameSpeed: 60, ...options });
  return {
    stub,
    api,
    environment,
    lines,
    async close() {
      await api.close();
      await stub.close();
    },
  };
}

export const wireNav = {
  systemSymbol: "X1-A",
  waypointSymbol: "X1-A-B2",
  route: { arrival: "2026-11-21T10:00:00.000Z" },
  status: "IN_ORBIT",
  flightMode: "CRUISE",
};
export const wireAgent = { symbol: "BOSUN", credits: 1_000, headquarters: "X1-A-B1", shipCount: 2, startingFaction: "COSMIC" };

export function wireShip(symbol: string): Record<string, unknown> {
  return {
    symbol,
    registration: { name: symbol, factionSymbol: "COSMIC", role: "HAULER" },
    nav: wireNav,
    frame: { symbol: "FRAME_LIGHT_FREIGHTER", fuelCapacity: 600 },
    engine: { symbol: "ENGINE_ION_DRIVE_I", speed: 15 },
    fuel: { current: 600, capacity: 600 },
    cargo: { capacity: 80, units: 3, inventory: [{ symbol: "IRON", units: 3 }] },
  };
}

export const wireTrade = {
  data: {
    agent: wireAgent,
    cargo: { capacity: 80, units: 20, inventory: [{ symbol: "IRON", units: 20 }] },
    transaction: {
      waypointSymbol: "X1-A-B2",
      shipSymbol: "BOSUN-1",
      tradeSymbol: "IRON",
      type: "PURCHASE",
      units: 20,
      pricePerUnit: 85,
      totalPrice: 1_700,
      timestamp: "2026-11-21T10:00:00.000Z",
    },
  },
};

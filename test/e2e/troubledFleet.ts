import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FleetConfig } from "../../src/actors/fleetPorts.ts";
import { DEFAULT_FLEET_POLICY } from "../../src/domain/fleetPolicy.ts";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";
import { type FleetRig, startFleetRig } from "../actors/support/fleetRig.ts";
import type { Json } from "../simulator/support/harness.ts";

export type Emitted = Extract<RuntimeNotice, { notice: "emitted" }>["event"];

/** A real fleet in a system of a few markets, and the levers and faults of its universe. */
export interface TroubledFleet extends FleetRig {
  /** Pulls a lever or arms a fault; throws when the simulator refuses it. */
  pull(path: string, body: Readonly<Record<string, unknown>>): Promise<Json>;
  /** The first event that fits, of all or of those after another one. */
  event(fits: (event: Emitted) => boolean, after?: Emitted): Promise<Emitted>;
  /** The last one so far. */
  latest(): Emitted | undefined;
}

/** A good at a market: role, ask and bid in credits, and its label. */
export interface Listed {
  readonly good: string;
  readonly type: "EXPORT" | "IMPORT";
  readonly ask: number;
  readonly bid: number;
  readonly supply: string;
}

/** A market by its place; all of them sell fuel. */
export interface Market {
  readonly symbol: string;
  readonly x: number;
  readonly y: number;
  readonly goods: readonly Listed[];
}

/** A factory of IRON that must be fed, the source of its ore, and who buys the product. */
export const CHAIN_MARKETS = [
  {
    symbol: "X1-FM1-A1",
    x: 0,
    y: 0,
    goods: [
      { good: "IRON_ORE", type: "IMPORT", ask: 50, bid: 41, supply: "SCARCE" },
      { good: "IRON", type: "EXPORT", ask: 200, bid: 180, supply: "MODERATE" },
    ],
  },
  {
    symbol: "X1-FM1-B2",
    x: 60,
    y: 0,
    goods: [{ good: "IRON_ORE", type: "EXPORT", ask: 30, bid: 25, supply: "ABUNDANT" }],
  },
  {
    symbol: "X1-FM1-C3",
    x: 0,
    y: 60,
    goods: [{ good: "IRON", type: "IMPORT", ask: 950, bid: 900, supply: "SCARCE" }],
  },
] as const satisfies readonly Market[];

const WITHIN_MS = 20_000;

/** Starts `ships` (hull types, at the first market) over `markets`. Hulls are never bought. */
export async function troubledFleet(options: {
  readonly markets: readonly Market[];
  readonly ships: readonly string[];
  readonly speed?: number;
  readonly config?: Partial<FleetConfig>;
}): Promise<TroubledFleet> {
  const home = mkdtempSync(join(tmpdir(), "bosun-trouble-"));
  const { universe, fleet } = writeSmallSystem(home, options);
  const config = { fleetPolicy: { ...DEFAULT_FLEET_POLICY, maxTraders: 0, maxScouts: 0 }, ...options.config };
  const rig = await startFleetRig({ speed: options.speed ?? 120, universe, fleet, config });
  const emitted = (): readonly Emitted[] => rig.notices.flatMap((notice) => (notice.notice === "emitted" ? [notice.event] : []));
  const { call, accountToken } = rig.simulator;
  // The runtime is another one after a restart, so the rig is not spread.
  return Object.assign(Object.create(rig) as FleetRig, {
    latest: () => emitted().at(-1),
    async pull(path: string, body: Readonly<Record<string, unknown>>) {
      const answer = await call("POST", `/admin/${path}`, body, accountToken);
      if (answer.status >= 300) throw new Error(`${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    event(fits: (event: Emitted) => boolean, after?: Emitted) {
      return new Promise<Emitted>((resolve, reject) => {
        const look = (): void => {
          const told = emitted();
          const found = told.slice(after === undefined ? 0 : told.indexOf(after) + 1).find(fits);
          if (found === undefined) return;
          finish();
          resolve(found);
        };
        const stop = rig.runtime.observe(look);
        const timer = setTimeout(() => {
          finish();
          reject(
            new Error(
              `no such event:\n${emitted()
                .map((event) => JSON.stringify(event))
                .join("\n")}`,
            ),
          );
        }, WITHIN_MS);
        const finish = (): void => {
          stop();
          clearTimeout(timer);
        };
        look();
      });
    },
    async close() {
      await rig.close();
      rmSync(home, { recursive: true, force: true });
    },
  });
}

/** Writes a universe of these markets and a fleet of these hulls into the directory; returns the paths of both files. */
export function writeSmallSystem(
  directory: string,
  { markets, ships }: { readonly markets: readonly Market[]; readonly ships: readonly string[] },
): { readonly universe: string; readonly fleet: string } {
  const universe = join(directory, "small-universe.json");
  const fleet = join(directory, "small-fleet.json");
  writeFileSync(universe, JSON.stringify(universeOf(markets)));
  writeFileSync(fleet, JSON.stringify({ credits: 200_000, ships: ships.map((type) => ({ type })) }));
  return { universe, fleet };
}

function universeOf(markets: readonly Market[]) {
  const fuel = { symbol: "FUEL", type: "EXCHANGE", supply: "MODERATE", tradeVolume: 180, purchasePrice: 72, sellPrice: 68 };
  return {
    systems: [{ symbol: "X1-FM1", sectorSymbol: "X1", type: "RED_STAR", x: 0, y: 0 }],
    agent: { headquarters: markets[0]?.symbol, startingFaction: "COSMIC" },
    waypoints: markets.map(({ symbol, x, y }) => ({ symbol, x, y, type: "PLANET", traits: [{ symbol: "MARKETPLACE" }] })),
    marketplaces: markets.map(({ symbol, goods }) => ({
      symbol,
      tradeGoods: [
        fuel,
        ...goods.map(({ good, type, ask, bid, supply }) => ({
          symbol: good,
          type,
          supply,
          activity: "WEAK",
          tradeVolume: 40,
          purchasePrice: ask,
          sellPrice: bid,
        })),
      ],
    })),
    shipyards: [],
  };
}

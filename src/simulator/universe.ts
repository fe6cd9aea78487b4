/**
 * The whole state of a simulated universe, as plain JSON.
 *
 * Invariants: credits and cargo units are integers; stocks are real numbers of units, 0 being balance; every instant is in
 * game milliseconds since the universe began; a ship in transit already has its destination as its waypoint.
 */
import type { EconomyConstants } from "./economy.v1.ts";
import type { HullSpec } from "./hulls.data.ts";

export type SupplyLabel = "SCARCE" | "LIMITED" | "MODERATE" | "HIGH" | "ABUNDANT";
export type Activity = "WEAK" | "GROWING" | "STRONG" | "RESTRICTED";
export type TradeKind = "EXPORT" | "IMPORT" | "EXCHANGE";
export type FlightMode = "DRIFT" | "STEALTH" | "CRUISE" | "BURN";

export interface Universe {
  format: "bosun-universe/1";
  seed: number;
  /** Where it came from: the seed, or the name of the universe file. */
  source: string;
  resetDate: string;
  /** Signs the tokens of this universe. */
  secret: string;
  economy: { version: string; hash: string; constants: EconomyConstants };
  clock: ClockState;
  /** Number of economy ticks applied. */
  tick: number;
  system: { symbol: string; sector: string; type: string; x: number; y: number };
  headquarters: string;
  faction: string;
  waypoints: WaypointRecord[];
  markets: MarketRecord[];
  yards: YardRecord[];
  gates: { waypoint: string; connections: string[] }[];
  sites: { waypoint: string; isComplete: boolean; materials: { tradeSymbol: string; required: number; fulfilled: number }[] }[];
  supplyChain: Record<string, string[]>;
  goods: Record<string, { name: string; description: string }>;
  hulls: Record<string, HullSpec>;
  agents: AgentRecord[];
  ships: ShipRecord[];
  /** How often it has been reset; absent: never. */
  resets?: number;
  /** Once it has been reset: seed and source of its first era, by which it is known. */
  begunAs?: { seed: number; source: string };
  /** While it is being reset: nothing is served until then, and then the next era begins. */
  maintenance?: { untilGameMs: number; next: NextEra };
}

/** A universe anew. The key of the tokens and the clock go on. */
export type NextEra = Omit<Universe, "secret" | "clock" | "tick" | "resets" | "begunAs" | "maintenance">;

/** Game time runs `speed` times as fast as the wall, from the anchor on, also while the simulator is down; not while paused. */
export interface ClockState {
  anchorWallMs: number;
  anchorGameMs: number;
  speed: number;
  isPaused: boolean;
}

export interface WaypointRecord {
  symbol: string;
  type: string;
  x: number;
  y: number;
  orbits: string | null;
  orbitals: string[];
  traits: { symbol: string; name: string; description: string }[];
  faction: string;
  isUnderConstruction: boolean;
}

export interface MarketRecord {
  waypoint: string;
  goods: MarketGood[];
  /** What is made here, from what: an input is listed only when this market imports it. */
  recipes: { output: string; inputs: string[] }[];
  transactions: TransactionRecord[];
  /** Exports that a lever took out of the market; they stand still until they are put back. */
  withdrawn?: MarketGood[];
  /** Frozen by a lever since this tick: ticks pass it by and its noise is that tick's. Trades still move it. */
  frozenAtTick?: number;
}

export interface MarketGood {
  good: string;
  kind: TradeKind;
  tradeVolume: number;
  /** Base of the price curve; the mid price of an EXCHANGE good. Not rounded. */
  base: number;
  /** Correction on the share of P it pays, 1 when nothing was captured; half the spread in credits for EXCHANGE. */
  bidFactor: number;
  stock: number;
  startStock: number;
  activity: Activity;
  /** Activity while not restricted. */
  usualActivity: Activity;
  /** Label at the last tick or trade. */
  label: SupplyLabel;
  /** EXPORT only: what happened since its label last changed; deliveries are units of an input, by agent. */
  sinceLabel: { producedUnits: number; consumed: Record<string, number>; delivered: Deliveries };
  /** EXPORT only: the same deliveries since the universe began. */
  deliveredEver: Deliveries;
  /** Only under the switch for growing trade volumes: the volume at the start, and game hours counted towards the next step. */
  growth?: { startTradeVolume: number; hours: number };
}

/** Units by input, then by agent. */
export type Deliveries = Record<string, Record<string, number>>;

export interface TransactionRecord {
  waypoint: string;
  ship: string;
  good: string;
  side: "PURCHASE" | "SELL";
  units: number;
  unitPrice: number;
  atGameMs: number;
}

export interface YardRecord {
  waypoint: string;
  modificationsFee: number;
  ships: YardHull[];
  /** The last hulls sold here; absent: none yet. */
  sales?: HullSaleRecord[];
}

export interface HullSaleRecord {
  type: string;
  price: number;
  agent: string;
  atGameMs: number;
}

export interface YardHull {
  type: string;
  base: number;
  stock: number;
  startStock: number;
  activity: Activity;
}

export interface AgentRecord {
  symbol: string;
  accountId: string;
  faction: string;
  headquarters: string;
  credits: number;
  /** Ships ever named, so that a symbol is never used twice. */
  shipsNamed: number;
}

export interface ShipRecord {
  symbol: string;
  agent: string;
  type: string;
  faction: string;
  nav: {
    status: "IN_TRANSIT" | "IN_ORBIT" | "DOCKED";
    waypoint: string;
    origin: string;
    departureGameMs: number;
    arrivalGameMs: number;
    flightMode: FlightMode;
  };
  fuel: { current: number; capacity: number; consumed: number; consumedAtGameMs: number };
  cargo: { good: string; units: number }[];
  cargoCapacity: number;
  speed: number;
  cooldown: { totalGameSeconds: number; untilGameMs: number };
}

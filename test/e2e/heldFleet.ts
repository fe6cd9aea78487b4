import { writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeEach } from "vitest";
import { z } from "zod";
import { readSimulatorFacts } from "../../src/supervisor/sidecars/simulator.ts";
import { type AuditReport, createAudit } from "../chaos/audit.ts";
import { daemonBed } from "./daemonBed.ts";
import { type DaemonProcess, readDaemonFile } from "./daemonProcess.ts";

type Values = readonly (string | number)[];

/**
 * The real daemon with one ship and a good trade, whose database can be told to hold it at a named moment: the commit that would pass it
 * waits, so a kill there falls exactly between two commits. One universe serves a whole file; each test begins with a daemon that sails.
 */
export interface HeldFleet {
  readonly dataDir: string;
  readonly scope: () => string;
  /** The daemon that runs; started when there is none. */
  sailing(): Promise<DaemonProcess>;
  /** The next commit that inserts or changes a row of `table` for which `condition` (SQL about NEW) holds waits; resolves when one does. */
  holdBefore(table: string, condition: string): Promise<void>;
  /** SIGKILL; what was held never happens. */
  kill(): Promise<void>;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
  rows<Found extends object>(text: string, values?: Values): Promise<readonly Found[]>;
  /** Resolves with the rows as soon as there are some. */
  until<Found extends object>(text: string, values?: Values): Promise<readonly Found[]>;
  /** The task whose ship is on its way with what was bought for it, and not about to arrive. */
  underWay(): Promise<HeldTask>;
  /** How many units were bought and sold for a task, by the ledger. */
  moved(task: string): Promise<{ readonly bought: number; readonly sold: number }>;
  /** One request to the game as our agent, past the daemon. */
  play(method: string, path: string, body?: object): Promise<unknown>;
  audit(): Promise<AuditReport>;
}

export interface HeldTask {
  readonly id: string;
  readonly status: string;
  readonly worker_address: string;
}

export const SHIP = "BOSUN-1";
/** Goods go from here … */
const SOURCE = "X1-HELD-A1";
/** … to there, a second away. */
const SINK = "X1-HELD-B2";
/** Exported at the sink and bought at the source for less than it costs: nobody trades it. */
export const UNWANTED = "ICE_WATER";

const UNDER_WAY = `SELECT t.id, t.status, t.worker_address FROM manufacturing_tasks t JOIN ships s ON s.agent = t.agent AND s.ship_symbol = t.assigned_ship
  WHERE t.status = 'EXECUTING' AND t.collect_phase_completed AND s.nav_status = 'IN_TRANSIT' AND s.cargo_units > 0
    AND s.arrival_at > now() + interval '350 milliseconds'`;
const MOVED = `SELECT coalesce(sum(units) FILTER (WHERE kind = 'purchase'), 0)::int AS bought, coalesce(sum(units) FILTER (WHERE kind = 'sale'), 0)::int AS sold
  FROM ledger WHERE task = $1`;

const LOCK = 4_711;
const WITHIN_MS = 25_000;
const LOOK_EVERY_MS = 20;

export function heldFleet(): HeldFleet {
  const bed = daemonBed();
  const { dataDir } = bed;
  let url = "";
  let scope = "";
  let running: DaemonProcess | undefined;
  let client: pg.Client | undefined;
  let holder: pg.Client | undefined;
  const universe = join(dataDir, "held.json");
  const fleet = join(dataDir, "fleet.json");
  writeFileSync(universe, JSON.stringify(universeFile()));
  writeFileSync(fleet, JSON.stringify({ credits: 200_000, ships: [{ type: "SHIP_COMMAND_FRIGATE" }] }));

  const rows = async <Found extends object>(text: string, values: Values = []): Promise<readonly Found[]> => {
    client ??= await connected(url);
    return (await client.query<Found>(text, [...values])).rows;
  };
  const until = async <Found extends object>(text: string, values: Values = []): Promise<readonly Found[]> => {
    for (const deadline = Date.now() + WITHIN_MS; ; await pause(LOOK_EVERY_MS)) {
      const found = await rows<Found>(text, values);
      if (found.length > 0) return found;
      if (Date.now() > deadline)
        throw new Error(`nothing within ${WITHIN_MS} ms: ${text}\n${running?.output() ?? "no daemon runs"}`);
    }
  };
  const waiting =
    "SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted";
  const letGo = async (): Promise<void> => {
    if (holder === undefined) return;
    // What waits belongs to a daemon that is dead, or it would have happened after all.
    await holder.query(`SELECT pg_terminate_backend(pid) FROM (${waiting}) w`);
    await holder.query("DROP FUNCTION public.hold_here() CASCADE");
    await holder.end();
    holder = undefined;
  };

  const sailing = async (): Promise<DaemonProcess> => {
    if (running !== undefined) return running;
    const daemon = await bed.sailing("--universe", universe, "--fleet", fleet, "--speed", "60");
    const facts = readDaemonFile(dataDir);
    url = facts.databaseUrl;
    scope = facts.agent;
    running = daemon;
    return daemon;
  };

  beforeEach(async () => {
    await sailing();
  }, 60_000);
  // Before the bed's own end: a suite's ends come last first.
  afterAll(async () => {
    await letGo();
    await client?.end();
  });

  return {
    dataDir,
    scope: () => scope,
    sailing,
    async holdBefore(table, condition) {
      holder = await connected(url);
      await holder.query(`SELECT pg_advisory_lock(${LOCK})`);
      await holder.query(`CREATE FUNCTION public.hold_here() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF ${condition} THEN PERFORM pg_advisory_xact_lock(${LOCK}); END IF;
          RETURN NEW;
        END $$`);
      await holder.query(
        `CREATE TRIGGER hold_here BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION public.hold_here()`,
      );
      await until(waiting);
    },
    async kill() {
      running?.child.kill("SIGKILL");
      await running?.exit;
      running = undefined;
      await letGo();
    },
    async stop() {
      const daemon = running;
      running = undefined;
      daemon?.child.kill("SIGTERM");
      return (await daemon?.exit)?.code ?? null;
    },
    rows,
    until,
    async underWay() {
      const [task] = await until<HeldTask>(UNDER_WAY);
      if (task === undefined) throw new Error("no task is under way");
      return task;
    },
    async moved(task) {
      const [sums] = await rows<{ bought: number; sold: number }>(MOVED, [task]);
      return sums ?? { bought: 0, sold: 0 };
    },
    async play(method, path, body) {
      const game = readSimulatorFacts(dataDir);
      const response = await fetch(`${game?.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${game?.agentToken}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer: unknown = await response.json();
      if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
      return z.object({ data: z.unknown() }).parse(answer).data;
    },
    audit: () =>
      createAudit({ booksPath: join(dataDir, "simulator", "books.jsonl"), databaseUrl: url, scope }).run({ patienceMs: 10_000 }),
  };
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: "recovery test" });
  await client.connect();
  return client;
}

function universeFile() {
  const quote = { activity: "WEAK", tradeVolume: 40 };
  const fuel = { ...quote, symbol: "FUEL", type: "EXCHANGE", supply: "MODERATE", purchasePrice: 72, sellPrice: 68 };
  const wanted = ["COPPER_ORE", "IRON_ORE", "QUARTZ_SAND"];
  const exported = { ...quote, type: "EXPORT", supply: "ABUNDANT" };
  const imported = { ...quote, type: "IMPORT", supply: "SCARCE" };
  const market = (symbol: string, tradeGoods: readonly object[]) => ({ symbol, tradeGoods: [fuel, ...tradeGoods] });
  return {
    systems: [{ symbol: "X1-HELD", sectorSymbol: "X1", type: "RED_STAR", x: 0, y: 0 }],
    agent: { headquarters: SOURCE, startingFaction: "COSMIC" },
    waypoints: [
      { symbol: SOURCE, x: 0, y: 0, type: "PLANET", traits: [{ symbol: "MARKETPLACE" }] },
      { symbol: SINK, x: 80, y: 0, type: "PLANET", traits: [{ symbol: "MARKETPLACE" }] },
    ],
    marketplaces: [
      market(SOURCE, [
        ...wanted.map((symbol) => ({ ...exported, symbol, purchasePrice: 50, sellPrice: 45 })),
        { ...imported, symbol: UNWANTED, purchasePrice: 25, sellPrice: 20 },
      ]),
      market(SINK, [
        ...wanted.map((symbol) => ({ ...imported, symbol, purchasePrice: 230, sellPrice: 210 })),
        { ...exported, symbol: UNWANTED, purchasePrice: 40, sellPrice: 35 },
      ]),
    ],
    shipyards: [],
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * The simulator as a process of its own under the common mix of a fleet's requests, over real HTTP with keep-alive, its rate limit off: what
 * one core does in a second, and how much memory 2,000 ships of 200 agents take. The load comes from this process. Needs Linux.
 *   npm run bench:simulator [-- --json] [-- --seconds N] [-- --agents N]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Pool } from "undici";
import { z } from "zod";
import { type Row, report, round } from "./benchReport.ts";
import { peakRssMb, usageOf } from "./daemonUsage.ts";
import { drive, type LoadCount, type LoadShip } from "./simulatorLoad.ts";

const MAIN = fileURLToPath(new URL("../dist/simulator/main.js", import.meta.url));
const WARM_UP_MS = 3_000;
const WORKERS = 32;
const CREDITS = 1_000_000_000;
const FLEET = {
  credits: CREDITS,
  ships: [{ type: "SHIP_COMMAND_FRIGATE" }, ...Array.from({ length: 9 }, () => ({ type: "SHIP_LIGHT_HAULER" }))],
};

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    agents: { type: "string", default: "200" },
    json: { type: "boolean" },
  },
});

const RUN = z.object({ url: z.string(), accountToken: z.string() });
const REGISTERED = z.object({ data: z.object({ token: z.string(), ships: z.array(z.object({ symbol: z.string() })) }) });
const PLACE = z.object({ data: z.object({ symbol: z.string(), x: z.number(), y: z.number() }) });
const PLACES = z.object({ data: z.array(PLACE.shape.data), meta: z.object({ total: z.number() }) });
const AGENT = z.object({ data: z.object({ headquarters: z.string() }) });

const directory = mkdtempSync(join(tmpdir(), "bosun-bench-simulator-"));
try {
  await measure();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const fleet = join(directory, "fleet.json");
  writeFileSync(fleet, JSON.stringify(FLEET));
  const args = ["--data-dir", directory, "--no-rate-limit", "--fleet", fleet, "--agent", "BENCH-0"];
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const pid = child.pid ?? 0;
  try {
    const pool = new Pool(await announced(child), { connections: WORKERS, pipelining: 1 });
    const { ships, stops } = await crew(pool, Number(options.agents));
    const idleMb = usageOf(pid).rssMb;
    await drive(pool, ships, stops, until(WARM_UP_MS));
    const before = usageOf(pid);
    const startedMs = performance.now();
    const count = await drive(pool, ships, stops, until(Number(options.seconds) * 1_000));
    const seconds = (performance.now() - startedMs) / 1_000;
    const after = usageOf(pid);
    await pool.close();
    show(count, {
      seconds,
      cpuSeconds: (after.cpuMs - before.cpuMs) / 1_000,
      ships: ships.length,
      idleMb,
      peakMb: peakRssMb(pid),
      booksMb: statSync(join(directory, "books.jsonl")).size / 2 ** 20,
    });
  } finally {
    child.kill("SIGTERM");
    if (child.exitCode === null) await once(child, "exit");
  }
}

function show(
  { requests, refusals }: LoadCount,
  run: { seconds: number; cpuSeconds: number; ships: number; idleMb: number; peakMb: number; booksMb: number },
): void {
  const all = [...requests.values()].reduce((sum, one) => sum + one, 0);
  const refused = [...refusals.values()].reduce((sum, one) => sum + one, 0);
  const perCore = all / run.cpuSeconds;
  const rows: Row[] = [
    {
      ships: run.ships,
      "requests/s": round(all / run.seconds),
      "requests per CPU second": round(perCore),
      "CPU µs a request": round(1e6 / perCore),
      "CPU % of a core": round((100 * run.cpuSeconds) / run.seconds),
      "refused %": round((100 * refused) / all),
      "RSS MB before": round(run.idleMb),
      "RSS MB at most": round(run.peakMb),
      "books MB": round(run.booksMb),
    },
  ];
  if (!options.json) {
    console.table(
      Object.fromEntries([...requests].map(([name, count]) => [name, { "% of requests": round((100 * count) / all) }])),
    );
    if (refused > 0) console.log("refused:", Object.fromEntries(refusals));
  }
  report("simulator", rows, [
    { name: "requests per second of one core", measured: perCore, reach: 4_000, better: "higher" },
    { name: `RSS with ${run.ships} ships at its highest, MB`, measured: run.peakMb, reach: 300, better: "lower" },
  ]);
}

/** The origin of the simulator's URL, once it listens. */
async function announced(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the simulator has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    return new URL(z.object({ url: z.string() }).parse(JSON.parse(line)).url).origin;
  }
  throw new Error(`the simulator ended with ${child.exitCode}`);
}

/** Registers the agents; their ships are at the headquarters, the other stop is the nearest market with fuel. */
async function crew(pool: Pool, agents: number): Promise<{ ships: LoadShip[]; stops: readonly [string, string] }> {
  const { accountToken } = RUN.parse(JSON.parse(readFileSync(join(directory, "simulator.json"), "utf8")));
  const ships: LoadShip[] = [];
  let stops: readonly [string, string] | undefined;
  for (let n = 1; n <= agents; n++) {
    const body = JSON.stringify({ symbol: `BENCH-${n}`, faction: "COSMIC" });
    const { data } = REGISTERED.parse(await ask(pool, "POST", "/register", accountToken, body));
    stops ??= await stopsOf(pool, data.token);
    const [home] = stops;
    ships.push(...data.ships.map(({ symbol }) => ({ symbol, token: data.token, at: home, laden: false })));
  }
  if (stops === undefined) throw new Error("no agents");
  return { ships: interleaved(ships, FLEET.ships.length), stops };
}

async function stopsOf(pool: Pool, token: string): Promise<readonly [string, string]> {
  const { headquarters } = AGENT.parse(await ask(pool, "GET", "/my/agent", token)).data;
  const system = headquarters.split("-").slice(0, 2).join("-");
  const at = `/systems/${system}/waypoints`;
  const home = PLACE.parse(await ask(pool, "GET", `${at}/${headquarters}`, token)).data;
  const places = [];
  for (let page = 1; page <= 5; page++)
    places.push(...PLACES.parse(await ask(pool, "GET", `${at}?traits=MARKETPLACE&limit=20&page=${page}`, token)).data);
  const away = (place: { x: number; y: number }) => Math.hypot(place.x - home.x, place.y - home.y);
  const nearest = places.filter((place) => away(place) > 0).toSorted((a, b) => away(a) - away(b))[0];
  if (nearest === undefined) throw new Error("the system has one market");
  return [headquarters, nearest.symbol];
}

async function ask(pool: Pool, method: "GET" | "POST", path: string, token: string, body?: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await pool.request({ method, path: `/v2${path}`, headers, body: body ?? null });
  if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${await response.body.text()}`);
  return await response.body.json();
}

/** Every agent's first ship, then every agent's second, …: neighbours in the row belong to different agents. */
function interleaved(ships: readonly LoadShip[], each: number): LoadShip[] {
  return Array.from({ length: each }, (_, nth) => ships.filter((_ship, i) => i % each === nth)).flat();
}

function until(ms: number) {
  const end = performance.now() + ms;
  return { workers: WORKERS, isOver: () => performance.now() >= end };
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { daemonBed } from "./daemonBed.ts";
import { readDaemonFile, runCli } from "./daemonProcess.ts";

const RECORDING = join(import.meta.dirname, "../../../shared/seeds/004_48e4254b8c05886a.txt");

/** The queries of the earlier program, word for word. Their player is number 2. */
const RUNNING_CONTAINERS = `SELECT container_id, status, config::jsonb->'params'->>'system' as system
FROM containers
WHERE command_type = 'ScoutTourCommand' AND status = 'RUNNING';`;
const ASSIGNMENTS = `SELECT ship_symbol, container_id, status
FROM ship_assignments
WHERE player_id = 2 AND operation = 'command';`;
const TOURS_OF_THE_VISUALIZER = `SELECT sa.ship_symbol, sa.container_id
FROM ship_assignments sa
JOIN containers c ON sa.container_id = c.container_id AND sa.player_id = c.player_id
WHERE sa.operation = 'command'
  AND c.status IN ('RUNNING', 'STARTING', 'STARTED')
  AND (c.config::jsonb)->>'command_type' = 'ScoutTourCommand';`;
const ASSIGNMENTS_WITH_CONTAINERS = `   SELECT sa.ship_symbol, sa.container_id, sa.status, c.status as container_status
   FROM ship_assignments sa
   JOIN containers c ON sa.container_id = c.container_id
   WHERE sa.player_id = 2 AND sa.operation = 'command';`;
const ACTIVE_ASSIGNMENTS = `   SELECT ship_symbol, container_id, status
   FROM ship_assignments
   WHERE player_id = 2 AND status = 'active';`;
const RECORDED = [RUNNING_CONTAINERS, ASSIGNMENTS, TOURS_OF_THE_VISUALIZER, ASSIGNMENTS_WITH_CONTAINERS, ACTIVE_ASSIGNMENTS];

it.skipIf(!existsSync(RECORDING))("the recorded queries are here word for word [R004-11]", () => {
  const recording = readFileSync(RECORDING, "utf8");
  for (const query of RECORDED) expect(recording).toContain(query);
});

describe("tours that an operator ordered, over a kill -9", { timeout: 90_000 }, () => {
  const bed = daemonBed();
  const { dataDir, started } = bed;
  let database: pg.Client;
  let probes: readonly string[];
  let system: string;
  let player: number;

  const start = async (): Promise<void> => {
    await bed.sailing("--fleet", "TEN", "--speed", "240");
    database = new pg.Client({ connectionString: readDaemonFile(dataDir).databaseUrl });
    await database.connect();
  };
  const ask = async (query: string): Promise<readonly Record<string, unknown>[]> =>
    (await database.query<Record<string, unknown>>(query.replace("player_id = 2", `player_id = ${player}`))).rows;
  /** Asks again until there is something: tours begin and fly at their own time. */
  const eventually = async (query: string): Promise<readonly Record<string, unknown>[]> => {
    for (let tries = 0; tries < 150; tries += 1) {
      const rows = await ask(query);
      if (rows.length > 0) return rows;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`nothing: ${query}`);
  };
  const bosun = (...args: string[]) => runCli([...args, "--data-dir", dataDir]);
  /** Over the same route as the command, without the start of a Node. */
  const refused = async (id: string, ships: readonly string[], markets: readonly string[]) => {
    const { httpUrl, operatorToken } = readDaemonFile(dataDir);
    const response = await fetch(`${httpUrl}/api/commands/scout`, {
      method: "POST",
      headers: { authorization: `Bearer ${operatorToken}` },
      body: JSON.stringify({ ships, system, markets, id }),
    });
    expect(response.status).toBe(409);
    return (await response.json()) as { readonly refusals: readonly unknown[] };
  };
  const tourOf = (ship: string) => `${readDaemonFile(dataDir).agent}/scouting/k1/tour/${ship}`;
  const byShip = (a: Record<string, unknown>, b: Record<string, unknown>) =>
    String(a["ship_symbol"]).localeCompare(String(b["ship_symbol"]));

  async function checkRecorded(): Promise<void> {
    const two = probes.slice(0, 2);
    const running = await ask(RUNNING_CONTAINERS);
    expect(running).toEqual(
      expect.arrayContaining(two.map((ship) => ({ container_id: tourOf(ship), status: "RUNNING", system }))),
    );
    const shown = [...(await ask(TOURS_OF_THE_VISUALIZER))].sort(byShip);
    expect(shown.filter((row) => probes.includes(String(row["ship_symbol"])))).toEqual(
      probes.map((ship, index) => ({
        ship_symbol: ship,
        container_id: index < 2 ? tourOf(ship) : `${readDaemonFile(dataDir).agent}/tour/${ship}`,
      })),
    );
    for (const ship of two) {
      const claim = { ship_symbol: ship, container_id: tourOf(ship), status: "active" };
      expect(await ask(ASSIGNMENTS)).toContainEqual(claim);
      expect((await ask(ACTIVE_ASSIGNMENTS)).filter((row) => row["ship_symbol"] === ship)).toEqual([claim]);
      const joined = (await ask(ASSIGNMENTS_WITH_CONTAINERS)).filter((row) => row["ship_symbol"] === ship);
      expect(joined).toContainEqual({ ...claim, container_status: "RUNNING" });
      expect(joined.filter((row) => row["status"] === "active")).toHaveLength(1);
    }
  }

  beforeAll(async () => {
    await start();
    [player = 0] = (await database.query<{ id: number }>("SELECT id FROM players")).rows.map(({ id }) => id);
    await eventually(`SELECT FROM ship_assignments WHERE player_id = 2 AND status = 'active' HAVING count(*) >= 3`);
    const rows = await ask("SELECT ship_symbol, system FROM ships WHERE cargo_capacity = 0 ORDER BY ship_symbol");
    probes = rows.map((row) => String(row["ship_symbol"]));
    system = String(rows[0]?.["system"]);
  }, 90_000);
  afterAll(() => database.end());

  it("begin with one command, and the recorded queries show one row per running tour [R004-11] [R004-12] [R004-15]", async () => {
    const seen = "SELECT DISTINCT waypoint FROM market_quotes ORDER BY waypoint LIMIT 5";
    await eventually(`SELECT FROM (${seen}) s HAVING count(*) = 5`);
    const markets = (await ask(seen)).map((row) => String(row["waypoint"]));
    const [ships, places] = [probes.slice(0, 2).join(","), markets.join(",")];
    const order = ["--ships", ships, "--system", system, "--markets", places, "--id", "k1"];
    const { code, stdout, stderr } = await bosun("scout", "markets", ...order);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const ship of probes.slice(0, 2)) expect(stdout).toContain(ship);
    await checkRecorded();
  });

  it("are told by the API in the recorded form [R004-14]", async () => {
    const response = await fetch(`${readDaemonFile(dataDir).httpUrl}/api/bot/tours/${system}?player_id=${player}`);
    const { tours } = (await response.json()) as { tours: readonly Record<string, unknown>[] };
    const [first] = tours.filter((tour) => tour["daemon_id"] === tourOf(probes[0] ?? ""));
    const fields =
      "algorithm calculated_at daemon_id markets player_id ship_symbol start_waypoint system total_distance tour_order";
    expect(Object.keys(first ?? {}).sort()).toEqual(fields.split(" "));
    const round = first?.["tour_order"] as readonly string[];
    expect(round[0]).toBe(round.at(-1));
    expect(new Set(round)).toEqual(new Set(first?.["markets"] as readonly string[]));
  });

  it("fly on after a kill -9 with the ships they had, and their rows are right without anybody's help [R003-18] [R004-16] [R004-18]", async () => {
    const [before] = await ask(`SELECT visits FROM tours WHERE address = '${tourOf(probes[0] ?? "")}'`);
    await database.end();
    started.at(-1)?.child.kill("SIGKILL");
    await started.at(-1)?.exit;
    await start();
    await checkRecorded();
    const visits = Number(before?.["visits"]);
    const later = await eventually(`SELECT FROM tours WHERE address = '${tourOf(probes[0] ?? "")}' AND visits > ${visits + 1}`);
    expect(later).toHaveLength(1);
    await checkRecorded();
  });

  it("refuse what cannot be, with every reason, and leave everything as it was [R004-09] [R004-10]", async () => {
    const [ship = ""] = probes;
    const nowhere = await refused("k2", ["NOBODY-1"], [`${system}-NONE`]);
    expect(nowhere.refusals).toMatchObject([{ reason: "unknownMarket" }, { reason: "notOurShip", subject: "NOBODY-1" }]);
    const [row] = await ask(`SELECT markets->>0 AS market FROM tours WHERE address = '${tourOf(ship)}'`);
    const taken = await refused("k3", [ship], [String(row?.["market"])]);
    expect(taken.refusals).toMatchObject([
      { reason: "shipOnTour", subject: ship, detail: expect.stringContaining(`bosun tours stop ${ship} ends that`) },
    ]);
    await checkRecorded();
  });

  it("end when they are stopped: the answer says so, the log too, and the probe is back on its own tour [R003-04] [R003-08] [R003-12]", async () => {
    const [ship = ""] = probes;
    const { code, stdout } = await bosun("tours", "stop", ship, "-o", "json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ container_id: tourOf(ship), ship_symbol: ship, status: "stopped" });
    expect(await ask(`SELECT status, release_reason FROM ship_assignments WHERE container_id = '${tourOf(ship)}'`)).toEqual([
      { status: "idle", release_reason: "stopped" },
    ]);
    await started.at(-1)?.line((line) => line["msg"] === `Released ship assignment for ${ship}: stopped`);
    const own = `${readDaemonFile(dataDir).agent}/tour/${ship}`;
    await eventually(`SELECT FROM ship_assignments WHERE container_id = '${own}' AND status = 'active'`);
    expect(await ask("SELECT address, event FROM bosun.dead_letters WHERE address ~ '/(scouting|tour)/'")).toEqual([]);
    expect(await ask("SELECT address FROM bosun.actors WHERE address ~ '/(scouting|tour)/' AND status = 'quarantined'")).toEqual(
      [],
    );
  });
});

import { spawnSync } from "node:child_process";
import { appendFileSync, createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BooksReport, keepBooks } from "../../src/cli/books/bookkeeper.ts";
import { inOrder, operatingProfit } from "../../src/cli/books/booksJson.ts";
import { readLines } from "../../src/cli/books/readLines.ts";
import { booksCommand } from "../../src/cli/books.command.ts";
import { type Harness, request, startHarness } from "../simulator/support/harness.ts";
import { callCommand } from "./callCommand.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

const bosun = (...args: string[]) => callCommand(booksCommand, ...args);

const everything = { agent: undefined, fromHour: 0, toHour: Number.POSITIVE_INFINITY };
const read = (path: string, options: Partial<Parameters<typeof keepBooks>[1]> = {}): Promise<BooksReport> =>
  keepBooks(readLines(path), { ...everything, ...options });

describe("bosun books", () => {
  let dir: string;
  let game: Harness;
  let books: string;
  /** One line of the books, by its place, as text. */
  let lines: string[];

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "bosun-books-"));
    mkdirSync(join(dir, "game"));
    game = await startHarness({ seed: 5, dataDir: join(dir, "game"), fleet: "TEN" });
    books = join(dir, "game", "books.jsonl");
    await sail(game);
    lines = readFileSync(books, "utf8").trimEnd().split("\n");
  });
  afterAll(async () => {
    await game.close();
    rmSync(dir, { recursive: true, force: true });
  });

  function copy(name: string, change: (lines: string[]) => string[]): string {
    const path = join(dir, name);
    writeFileSync(path, `${change([...lines]).join("\n")}\n`);
    return path;
  }

  function indexOf(operation: string, nth = 0): number {
    return (
      lines.map((line, at) => ({ line, at })).filter(({ line }) => line.includes(`"operation":"${operation}"`))[nth]?.at ?? -1
    );
  }

  it("adds up credits, cargo and stock of a voyage with trades, fuel, a hull and hours of ticks [SIM-BOOKS]", async () => {
    const report = await read(books);
    expect(report).toMatchObject({ damaged: [], mismatches: [], mismatchCount: 0, torn: false, source: "seed 5" });
    const ledger = report.ledgers.find(({ agent }) => agent === "TESTER");
    const agent = game.sim.agents.get("TESTER");
    expect(ledger).toMatchObject({ creditsStart: 1_000_000, creditsNow: agent?.credits });
    expect(ledger?.ships.size).toBe(14);
    const hours = inOrder(ledger?.hours ?? new Map());
    const moved = hours.reduce((sum, hour) => sum + operatingProfit(hour) - hour.hulls + hour.other, 0);
    expect(1_000_000 + moved).toBe(agent?.credits);
    expect(hours.every((hour) => hour.other === 0)).toBe(true);
    expect(hours.map(({ hour }) => hour)).toEqual(expect.arrayContaining([0, 2]));
    const held = new Map<string, number>();
    for (const ship of game.sim.ships.values())
      for (const { good, units } of ship.cargo) held.set(good, (held.get(good) ?? 0) + units);
    for (const [good, tally] of ledger?.goods ?? []) {
      expect([good, tally.held]).toEqual([good, held.get(good) ?? 0]);
      expect(tally.bought - tally.sold - tally.burnt - tally.jettisoned + tally.other).toBe(tally.held);
    }
    expect(ledger?.goods.get("FUEL")).toMatchObject({ bought: 12, jettisoned: 1, burnt: 1 });
  });

  it("leads every stock it knows to where the universe has it, by trades and told ticks alone [SIM-BOOKS]", async () => {
    const { materials } = await read(books);
    const known = materials.filter(({ stock }) => stock !== null);
    const traded = [...game.sim.markets.values()].flatMap(({ goods }) => goods);
    const hulls = [...game.sim.yards.values()].flatMap(({ ships }) => ships);
    expect(known).toHaveLength(traded.length + hulls.length);
    for (const { waypoint, good, stock, hours } of known) {
      const real =
        game.sim.markets.get(waypoint)?.goods.find((one) => one.good === good)?.stock ??
        game.sim.yards.get(waypoint)?.ships.find((hull) => hull.type === good)?.stock ??
        Number.NaN;
      expect(Math.abs((stock ?? Number.NaN) - real)).toBeLessThan(1e-6);
      expect([...hours.values()].every(({ unexplained, set }) => unexplained === 0 && set === 0)).toBe(true);
    }
  });

  it("says loudly that credits do not add up, with the line, and follows from there [SIM-BOOKS]", async () => {
    const at = indexOf("purchase", 1);
    const forged = copy("credits.jsonl", (all) => {
      const line = JSON.parse(all[at] ?? "") as { credits: { before: number; after: number } };
      line.credits.after += 1000;
      return all.with(at, JSON.stringify(line));
    });
    const { mismatches } = await read(forged);
    expect(mismatches).toHaveLength(2);
    expect(mismatches[0]).toMatchObject({ line: at + 1, what: expect.stringContaining("purchase must move them by") });
    expect(mismatches[1]?.what).toContain("but the lines until then lead to");
    const { status, stdout, stderr } = await bosun(forged);
    expect(status).toBe(1);
    expect(stdout).toContain("THE BOOKS DO NOT ADD UP");
    expect(stderr).toContain("2 places that do not add up");
  });

  it.each([
    ["cargo", "purchase", (line: Line) => line.cargo?.after.inventory.forEach((item) => (item.units += 1)), "cargo of TESTER-"],
    ["stock", "sell", (line: Line) => line.market && (line.market.after.stock += 1), "stock of"],
    ["totals", "sell", (line: Line) => (line.unitPrice = (line.unitPrice ?? 0) + 1), "credits are not"],
  ] as const)("finds forged %s of a %s [SIM-BOOKS]", async (name, operation, forge, what) => {
    const at = indexOf(operation);
    const path = copy(`${name}.jsonl`, (all) => {
      const line = JSON.parse(all[at] ?? "") as Line;
      forge(line);
      return all.with(at, JSON.stringify(line));
    });
    const { mismatches } = await read(path);
    expect(mismatches[0]).toMatchObject({ line: at + 1, what: expect.stringContaining(what) });
  });

  it("finds a tick whose flows were left out, and a missing line by its number [SIM-BOOKS]", async () => {
    const silent = copy("ticks.jsonl", (all) =>
      all.map((line) => {
        const json = JSON.parse(line) as { type: string; markets?: object };
        return json.type === "tick" ? JSON.stringify({ ...json, markets: {} }) : line;
      }),
    );
    const { mismatches, materials } = await read(silent);
    expect(mismatches.length).toBeGreaterThan(0);
    expect(mismatches.every(({ what }) => what.startsWith("stock of "))).toBe(true);
    expect(materials.some(({ hours }) => [...hours.values()].some(({ unexplained }) => unexplained !== 0))).toBe(true);
    const at = indexOf("sell");
    const holey = await read(copy("hole.jsonl", (all) => all.toSpliced(at, 1)));
    expect(holey.mismatches).toEqual([{ line: at + 1, what: `number ${at + 2} follows ${at}: lines are missing` }]);
  });

  it("reports a damaged line with its number and what follows, without a stack trace, and reads on [SIM-BOOKS]", async () => {
    const at = indexOf("sell");
    const path = copy("damaged.jsonl", (all) => all.with(at, '{"seq":7,"type":"mut\u001b[31m'));
    const whole = await read(books);
    const report = await read(path);
    expect(report.mismatches).toEqual([]);
    expect(report.lines).toBe(whole.lines);
    expect(report.damaged).toHaveLength(1);
    const { status, stdout, stderr } = await bosun(path);
    expect(status).toBe(1);
    expect(stdout).toContain("THE BOOKS ARE DAMAGED");
    expect(stdout).toMatch(
      new RegExp(`line ${at + 1} is damaged: is not JSON: .*; line ${at + 2} goes on with number ${at + 2}, `),
    );
    expect(stdout).not.toContain("\u001b");
    expect(stderr).toBe(`${path}: 1 damaged line.`);
    const run = spawnSync(process.execPath, ["--import", "tsx", CLI, "books", path], { encoding: "utf8" });
    expect(run).toMatchObject({ status: 1, stdout: `${stdout}\n`, stderr: `bosun: ${stderr}\n` });
  });

  it("reads books that are being written: an unfinished last line is no damage [SIM-BOOKS]", async () => {
    const path = copy("torn.jsonl", (all) => all);
    appendFileSync(path, '{"seq":99999,"type":"mutation","gameMs":1');
    expect(await read(path)).toMatchObject({ torn: true, damaged: [], mismatches: [], lines: lines.length });
    expect(await bosun(path)).toMatchObject({ status: 0, stdout: expect.stringContaining("the last line is not finished") });
  });

  it("sums only the game hours asked for, and only the agent asked for [SIM-BOOKS]", async () => {
    const whole = await read(books);
    const late = await read(books, { fromHour: 2, agent: "TESTER" });
    expect(whole.ledgers.map(({ agent }) => agent)).toEqual(["TESTER", "OTHER"]);
    expect(late.ledgers.map(({ agent }) => agent)).toEqual(["TESTER"]);
    const [all, part] = [whole.ledgers[0], late.ledgers[0]];
    expect(inOrder(part?.hours ?? new Map())).toEqual(inOrder(all?.hours ?? new Map()).filter(({ hour }) => hour >= 2));
    expect(part?.creditsStart).not.toBe(all?.creditsStart);
    expect(part?.creditsNow).toBe(all?.creditsNow);
  });

  it("says below the hours that cargo which is still aboard is no part of their profit", async () => {
    const { stdout } = await bosun(join(dir, "game"), "--agent", "tester");
    expect(stdout).toMatch(
      /^ *\d+–\d+ .*\nPROFIT is sales − purchases − fuel of the hour as they were paid: cargo still aboard counts for nothing$/m,
    );
  });

  it("speaks stable JSON, and finds the books below a data directory [SIM-BOOKS] [SIM-CLI]", async () => {
    const { status, stdout } = await bosun("--data-dir", join(dir, "game"), "-o", "json", "--agent", "tester");
    expect(status).toBe(0);
    const answer = JSON.parse(stdout) as Record<string, unknown> & { agents: { agent: string; hours: object[] }[] };
    expect(answer).toMatchObject({ addsUp: true, source: "seed 5", resets: 0, damaged: [], mismatches: [] });
    expect(answer["unknown"]).toEqual({});
    expect(answer.agents.map(({ agent }) => agent)).toEqual(["TESTER"]);
    expect(answer.agents[0]?.hours).toEqual(answer.agents[0]?.hours.map((_, hour) => expect.objectContaining({ hour })));
    expect(answer.agents[0]?.hours[0]).toMatchObject({ hour: 0, operatingProfit: expect.any(Number) });
  });

  it("names what it cannot find or use, with the exit codes of every command [SIM-CLI]", async () => {
    expect(await bosun(join(dir, "nowhere"))).toMatchObject({
      status: 4,
      stderr: expect.stringContaining("there are no books at"),
    });
    expect(await bosun(books, "--agent", "NOBODY")).toMatchObject({
      status: 4,
      stderr: expect.stringContaining("no agent NOBODY"),
    });
    expect(await bosun(books, "--from", "3", "--to", "2")).toMatchObject({ status: 2 });
  });

  it("books levers apart, follows a lost ship's cargo, and begins anew with a new era [SIM-BOOKS] [SIM-LEVERS]", async () => {
    const rig = await startHarness({ seed: 6 });
    try {
      const admin = async (path: string, body: object) => {
        const url = rig.url.replace("/v2", "");
        const { status, body: answer } = await request(url, "POST", `/admin/${path}`, body, rig.accountToken);
        if (status >= 300) throw new Error(`${path}: ${JSON.stringify(answer)}`);
      };
      const path = join(rig.dataDir, "books.jsonl");
      const home = rig.sim.universe.headquarters;
      await rig.call("POST", "/my/ships/TESTER-1/purchase", { symbol: "FUEL", units: 9 });
      await admin("credits", { agent: "TESTER", credits: -5000 });
      await admin("stock", { waypoint: home, good: "FUEL", tradeVolumes: 2 });
      await admin("markets/freeze", { waypoint: home });
      rig.wall.advanceSeconds(3600);
      await rig.call("POST", "/my/ships/TESTER-1/sell", { symbol: "FUEL", units: 4 });
      await admin("ships/destroy", { ship: "TESTER-1" });
      const report = await read(path);
      expect(report).toMatchObject({ mismatches: [], damaged: [], resets: 0 });
      const [ledger] = report.ledgers;
      expect(inOrder(ledger?.hours ?? new Map())[0]).toMatchObject({ hour: 0, other: -5000 });
      expect(ledger?.goods.get("FUEL")).toEqual({ bought: 9, sold: 4, burnt: 0, jettisoned: 0, other: -5, held: 0 });
      expect([...(ledger?.ships ?? [])]).toEqual(["TESTER-2"]);
      const fuel = report.materials.find(({ waypoint, good }) => waypoint === home && good === "FUEL");
      expect(fuel?.hours.get(0)?.set).not.toBe(0);
      expect(fuel?.hours.get(1)).toMatchObject({ tradedIn: 4, drifted: 0, unexplained: 0 });

      await admin("reset", { maintenanceGameSeconds: 60 });
      rig.wall.advanceSeconds(120);
      await rig.call("POST", "/register", { symbol: "PHOENIX", faction: "COSMIC" }, rig.accountToken);
      const after = await read(path);
      expect(after).toMatchObject({ mismatches: [], damaged: [], resets: 1 });
      expect(after.ledgers.map(({ agent, creditsNow }) => [agent, creditsNow])).toEqual([["PHOENIX", 175_000]]);
    } finally {
      await rig.close();
    }
  });

  it("streams: sixty megabytes of books take far less memory than they are long [SIM-BOOKS]", { timeout: 30_000 }, async () => {
    const path = join(dir, "long.jsonl");
    const file = createWriteStream(path);
    const padding = "x".repeat(2000);
    for (let seq = 1; seq <= 30_000; seq++)
      file.write(`${JSON.stringify({ seq, type: "mutation", gameMs: seq * 1000, operation: "dock", agent: "A", padding })}\n`);
    file.end();
    await finished(file);
    const heapBefore = process.memoryUsage().heapUsed;
    let most = 0;
    const watched = async function* () {
      for await (const line of readLines(path)) {
        if (line.number % 1000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - heapBefore);
        yield line;
      }
    };
    const report = await keepBooks(watched(), everything);
    expect(report).toMatchObject({ lines: 30_000, mismatchCount: 0 });
    expect(report.ledgers[0]?.operations.get("dock")).toBe(30_000);
    expect(most / 2 ** 20).toBeLessThan(60);
  });
});

interface Line {
  unitPrice?: number;
  cargo?: { after: { inventory: { good: string; units: number }[] } };
  market?: { after: { stock: number } };
}

/** Buys, flies, sells, refuels, transfers, jettisons, burns cargo, buys a hull, and lets two hours pass between. */
async function sail({ call, sim, wall, accountToken }: Harness): Promise<void> {
  const must = async (method: string, path: string, body?: unknown) => {
    const response = await call(method, path, body);
    if (response.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(response.body)}`);
  };
  const home = sim.universe.headquarters;
  const hauler = "/my/ships/TESTER-2";
  await must("POST", `${hauler}/purchase`, { symbol: "FUEL", units: 5 });
  await must("POST", `${hauler}/purchase`, { symbol: "FUEL", units: 7 });
  await must("POST", `${hauler}/jettison`, { symbol: "FUEL", units: 1 });
  await must("POST", `${hauler}/transfer`, { tradeSymbol: "FUEL", units: 2, shipSymbol: "TESTER-3" });
  const yard = [...sim.yards.values()].find(({ ships }) => ships.some(({ type }) => type === "SHIP_PROBE"))?.waypoint ?? "";
  await must("POST", "/my/ships", { shipType: "SHIP_PROBE", waypointSymbol: yard });
  const seller = [...sim.markets.values()].find(
    ({ waypoint, goods }) => waypoint !== home && goods.some(({ kind, good }) => kind === "EXPORT" && good !== "FUEL"),
  );
  const good = seller?.goods.find(({ kind, good: symbol }) => kind === "EXPORT" && symbol !== "FUEL");
  await must("POST", `${hauler}/orbit`);
  await must("POST", `${hauler}/navigate`, { waypointSymbol: seller?.waypoint });
  wall.advanceSeconds(3600);
  await must("POST", `${hauler}/dock`);
  await must("POST", `${hauler}/refuel`);
  await must("POST", `${hauler}/purchase`, { symbol: good?.good, units: 6 });
  await call("POST", "/register", { symbol: "OTHER", faction: "COSMIC" }, accountToken);
  wall.advanceSeconds(3600);
  await must("POST", `${hauler}/sell`, { symbol: good?.good, units: 4 });
  await must("POST", `${hauler}/orbit`);
  await must("POST", `${hauler}/navigate`, { waypointSymbol: home });
  wall.advanceSeconds(1800);
  await must("POST", `${hauler}/dock`);
  await must("POST", `${hauler}/refuel`, { fromCargo: true, units: 50 });
  await must("POST", `${hauler}/refuel`);
}

import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { connect } from "nats";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { subjectsOf } from "../../src/messaging/subjects.ts";
import { findNatsServer } from "../../src/supervisor/sidecars/nats.ts";
import { daemonBed } from "./daemonBed.ts";
import { cleanUp, type DaemonProcess, newDataDir, readDaemonFile, runCli, sails, startDaemon } from "./daemonProcess.ts";
import { statusOf } from "./fleetWatch.ts";

const LONE_SURROGATE = "\ud800";
const MARKUP = '<img src=x onerror="document.title=1"><script>1</script>';
const TEN_KB = "A".repeat(10_000);

describe("what the user got wrong ends the start with exit code 2", () => {
  let dataDir = "";
  let started: DaemonProcess[] = [];
  afterEach(async () => {
    await cleanUp(dataDir, started);
    started = [];
  });
  const refusedWith = async (args: readonly string[]): Promise<string> => {
    const daemon = startDaemon(dataDir, args);
    started.push(daemon);
    expect(await daemon.exit).toEqual({ code: 2, signal: null });
    return daemon.output();
  };

  it("an unknown key of the configuration file, naming the nearest", async () => {
    dataDir = newDataDir();
    writeFileSync(join(dataDir, "bosun.json"), '{"htpPort": 4000}');
    expect(await refusedWith([])).toMatch(/unknown key "htpPort" in .*bosun\.json\. Did you mean "httpPort"\?/);
  });

  it("an agent's name that is none: NUL, a surrogate, markup or 10 kB", async () => {
    dataDir = newDataDir();
    // No program can be given a NUL as an argument, so it comes by the file.
    writeFileSync(join(dataDir, "bosun.json"), JSON.stringify({ agent: "BO\0SUN" }));
    expect(await refusedWith([])).toContain('"BO\\u0000SUN"');
    writeFileSync(join(dataDir, "bosun.json"), JSON.stringify({ agent: `BO${LONE_SURROGATE}SUN` }));
    expect(await refusedWith([])).toContain("it must be 3 to 14 characters");
    writeFileSync(join(dataDir, "bosun.json"), "{}");
    expect(await refusedWith(["--agent", MARKUP])).toContain("it must be 3 to 14 characters");
    const said = await refusedWith(["--agent", TEN_KB]);
    expect(said).toContain("it must be 3 to 14 characters");
    expect(said.length).toBeLessThan(500);
  });

  it("a corrupt universe file, saying which field and where, without trying again", async () => {
    dataDir = newDataDir();
    const file = join(dataDir, "mine.json");
    const universe = smallUniverse();
    const waypoints = universe.waypoints.map((waypoint, i) => (i === 1 ? { ...waypoint, x: "east" } : waypoint));
    writeFileSync(file, JSON.stringify({ ...universe, waypoints }));
    const said = await refusedWith(["--universe", file, "--bus", "in-process"]);
    expect(said).toContain(`bosun: universe file ${file}: waypoints.1.x: `);
    expect(said).not.toContain("is restarted");
    // It has not become the universe of this data directory, and no failing boot is counted.
    writeFileSync(file, JSON.stringify(universe));
    const next = startDaemon(dataDir, ["--universe", file, "--bus", "in-process", "--run-for", "0.1"]);
    started.push(next);
    await sails(next);
    expect(await next.exit).toEqual({ code: 0, signal: null });
  }, 60_000);
});

describe("strange names, sent to a sailing daemon", { timeout: 60_000 }, () => {
  let dataDir = "";
  const started: DaemonProcess[] = [];
  let daemon: DaemonProcess;
  let file: ReturnType<typeof readDaemonFile>;

  beforeAll(async () => {
    dataDir = newDataDir();
    const universe = join(dataDir, "mine.json");
    writeFileSync(universe, JSON.stringify(smallUniverse({ goodName: `${MARKUP}\0`, traitName: LONE_SURROGATE + TEN_KB })));
    daemon = startDaemon(dataDir, ["--universe", universe]);
    started.push(daemon);
    await sails(daemon);
    file = readDaemonFile(dataDir);
  }, 60_000);
  afterAll(() => cleanUp(dataDir, started), 30_000);

  const events = ["NUL \0 inside", LONE_SURROGATE, MARKUP, TEN_KB, "xstate.done.actor.x", "__proto__", "constructor"];

  it("as event types by bosun send are refused, each with its reason", async () => {
    for (const type of events.filter((text) => !text.includes("\0"))) {
      const sent = await runCli(["send", file.agent, type, "--data-dir", dataDir]);
      expect({ type: type.slice(0, 30), code: sent.code }).toEqual({ type: type.slice(0, 30), code: 5 });
      expect(sent.stderr.length).toBeLessThan(1_000);
    }
    const payload = JSON.stringify({ ["k\0ey"]: LONE_SURROGATE, __proto__: { polluted: 1 }, name: MARKUP + TEN_KB });
    const sent = await runCli(["send", file.agent, "agent.booted", payload, "--data-dir", dataDir]);
    expect([0, 5]).toContain(sent.code);
  });

  it("as addresses, ids and bodies over HTTP are refused", async () => {
    for (const text of events) {
      for (const body of [
        { to: text, event: { type: "agent.booted" } },
        { to: file.agent, event: { type: text } },
        { to: file.agent, event: { type: "agent.booted" }, id: `${text}\0` },
      ]) {
        const answer = await command(JSON.stringify(body));
        expect({ text: text.slice(0, 20), status: answer.status }).toEqual({
          text: text.slice(0, 20),
          status: expect.toSatisfy((status: number) => status >= 400 && status < 500),
        });
        expect(answer.type).toContain("application/json");
      }
      const view = await raw("GET", `/api/actors/${encoded(text)}`);
      expect(view.status).toBe(404);
      expect(view.type).toContain("application/json");
      const list = await raw("GET", `/api/actors?under=${encoded(text)}`);
      expect({ status: list.status, text: list.text }).toEqual({ status: 200, text: "[]" });
      expect((await raw("POST", "/api/commands/replay", JSON.stringify({ id: text }))).status).toBe(404);
      expect((await raw("POST", "/api/commands/restart", JSON.stringify({ address: text, from: "snapshot" }))).status).toBe(404);
    }
    expect((await command('{"to": ')).status).toBe(400);
    expect((await command(JSON.stringify({ to: file.agent, event: { type: "x", much: "A".repeat(300_000) } }))).status).toBe(413);
    expect((await raw("GET", "/%00%ff/../../etc/passwd")).status).toBe(404);
  });

  it.skipIf(findNatsServer(process.env["PATH"]) === undefined)("as commands over NATS are refused", async () => {
    const nats = await connect({ servers: file.natsUrl ?? "" });
    try {
      const subject = subjectsOf(file.agent).command("actors.send");
      for (const text of events) {
        const reply = await nats.request(subject, JSON.stringify({ address: file.agent, event: { type: text } }), {
          timeout: 5_000,
        });
        const code = Number(reply.headers?.get("Nats-Service-Error-Code"));
        expect({ text: text.slice(0, 20), code }).toEqual({ text: text.slice(0, 20), code: 400 });
      }
      const broken = await nats.request(subject, new Uint8Array([0xff, 0, 0x7b]), { timeout: 5_000 });
      expect(broken.headers?.get("Nats-Service-Error-Code")).toBe("400");
    } finally {
      await nats.close();
    }
  });

  it("harm nobody: the names of the universe sail with, and nothing was restarted or lost", async () => {
    await daemon.line((line) => typeof line["msg"] === "string" && /bought|sold/.test(line["msg"]));
    const status = await statusOf(dataDir);
    expect(status).toMatchObject({ phase: "sailing", restarts: 0, deadLetters: 0, quarantined: [] });
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    const page = await raw("GET", "/");
    expect(page.text).not.toContain(MARKUP);
  });

  /** A lone surrogate cannot be percent-encoded; its bytes, which are no UTF-8, can. */
  function encoded(text: string): string {
    return text === LONE_SURROGATE ? "%ed%a0%80" : encodeURIComponent(text);
  }

  function command(body: string) {
    return raw("POST", "/api/commands/send", body);
  }

  function raw(method: string, path: string, body = ""): Promise<{ status: number; type: string; text: string }> {
    const { hostname, port } = new URL(file.httpUrl);
    const headers = { authorization: `Bearer ${file.operatorToken}`, "content-length": Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const sent = request({ hostname, port, method, path, headers }, (answer) => {
        let text = "";
        answer.on("data", (part: Buffer) => {
          text += part.toString();
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, type: answer.headers["content-type"] ?? "", text }));
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }
});

describe("a corrupted snapshot row", { timeout: 60_000 }, () => {
  const bed = daemonBed();
  const { dataDir } = bed;

  it("quarantines its actor, which bosun status lists, and the rest sails on [G7] [R000-01]", async () => {
    const first = await bed.sailing("--fleet", "TEN");
    await first.line((line) => typeof line["msg"] === "string" && / bought \d/.test(line["msg"]));
    const { agent, databaseUrl } = readDaemonFile(dataDir);
    first.child.kill("SIGKILL");
    await first.exit;
    const victim = `${agent}/ship/BOSUN-1`;
    const database = new pg.Client(databaseUrl);
    await database.connect();
    const { rowCount } = await database.query("update bosun.actors set snapshot = 'garbage' where address = $1", [victim]);
    await database.end();
    expect(rowCount).toBe(1);

    const second = await bed.sailing();
    const other = await second.line((line) => typeof line["msg"] === "string" && / (bought|sold) \d/.test(line["msg"]));
    expect(other["address"]).not.toBe(victim);
    const status = await statusOf(dataDir);
    expect(status).toMatchObject({ phase: "sailing", quarantined: [victim] });
    const table = await runCli(["status", "--data-dir", dataDir]);
    expect(table.stdout).toContain(`quarantined: ${victim}`);
  });
});

/** A system of two markets and a shipyard, as captured from the game. */
function smallUniverse(names: { readonly goodName?: string; readonly traitName?: string } = {}) {
  const traits = [
    { symbol: "MARKETPLACE", name: names.traitName ?? "Marketplace" },
    { symbol: "SHIPYARD", name: "Shipyard" },
  ];
  const quote = { supply: "MODERATE", activity: "WEAK", tradeVolume: 20 };
  const fuel = { ...quote, symbol: "FUEL", type: "EXCHANGE", purchasePrice: 80, sellPrice: 70 };
  return {
    systems: [{ symbol: "X1-SMALL", sectorSymbol: "X1", type: "RED_STAR", x: 0, y: 0 }],
    waypoints: [
      { symbol: "X1-SMALL-A1", type: "PLANET", x: 0, y: 0, traits },
      { symbol: "X1-SMALL-B2", type: "MOON", x: 12, y: 5, traits: traits.slice(0, 1) },
    ],
    marketplaces: [
      {
        symbol: "X1-SMALL-A1",
        exports: [{ symbol: "COPPER_ORE", name: names.goodName ?? "Copper" }],
        tradeGoods: [
          fuel,
          { ...quote, supply: "ABUNDANT", symbol: "COPPER_ORE", type: "EXPORT", purchasePrice: 50, sellPrice: 45 },
        ],
      },
      {
        symbol: "X1-SMALL-B2",
        imports: [{ symbol: "COPPER_ORE", name: names.goodName ?? "Copper" }],
        tradeGoods: [
          fuel,
          { ...quote, supply: "SCARCE", symbol: "COPPER_ORE", type: "IMPORT", purchasePrice: 230, sellPrice: 210 },
        ],
      },
    ],
    shipyards: [{ symbol: "X1-SMALL-A1", ships: [{ type: "SHIP_PROBE", supply: "HIGH", purchasePrice: 20_000 }] }],
    agent: { headquarters: "X1-SMALL-A1", startingFaction: "COSMIC" },
  };
}

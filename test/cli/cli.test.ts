import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectToDaemon } from "../../src/cli/daemonClient.ts";
import { statusSchema } from "../../src/cli/statusSchema.ts";
import { harmless, paletteFor, table } from "../../src/console/terminalText.ts";
import { createFakeRuntime, SCOPE, shipContext } from "../console/fakeRuntime.ts";
import { startTestConsole, type TestConsole } from "../console/testConsole.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

function bosun(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", CLI, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("the bosun command", () => {
  let dataDir: string;
  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), "bosun-cli-"));
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it("says what no daemon means, and how to get one, with exit code 3", () => {
    expect(bosun("status", "--data-dir", dataDir)).toMatchObject({
      status: 3,
      stdout: "",
      stderr: expect.stringContaining(`no daemon runs on ${dataDir}. Start one with npm start`),
    });
  });

  it("names the nearest command and option, with exit code 2", () => {
    expect(bosun("snapshot", "dmp")).toMatchObject({ status: 2, stderr: expect.stringContaining("Did you mean snapshot dump?") });
    expect(bosun("status", "--data-dri", "x")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("Did you mean --data-dir?"),
    });
    expect(bosun("status", "-o", "xml")).toMatchObject({ status: 2, stderr: expect.stringContaining("must be table or json") });
  });

  it("lists every command and the exit codes in its help", () => {
    const { status, stdout } = bosun("--help");
    expect(status).toBe(0);
    for (const name of ["status", "actors", "snapshot dump", "send", "restart", "resume", "replay", "Exit codes", "NO_COLOR"])
      expect(stdout).toContain(name);
  });

  it("shows of a group of commands only those in its help", () => {
    const { status, stdout } = bosun("manufacturing", "--help");
    expect(status).toBe(0);
    const commands = stdout.match(/^ {2}[a-z]+( [a-z]+)?/gm)?.map((line) => line.trim());
    expect(commands).toEqual(["status", "tasks", "plan", "start", "stop", "refusals"].map((name) => `manufacturing ${name}`));
  });

  it("says that there is no database where there is none, and leaves nothing behind", () => {
    expect(bosun("snapshot", "dump", "--data-dir", join(dataDir, "empty"))).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("holds no database"),
    });
  });
});

describe("the way to the daemon", () => {
  const runtime = createFakeRuntime();
  let dataDir: string;
  let fleet: TestConsole;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "bosun-cli-"));
    runtime.put({ address: `${SCOPE}/ship/BOSUN-1`, kind: "ship", context: shipContext("BOSUN-1") });
    fleet = await startTestConsole({ runtime, operatorToken: "secret", kinds: [] });
    writeFile({ httpUrl: fleet.server.url });
  });
  afterAll(async () => {
    await fleet.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  function writeFile(changes: object): void {
    const file = { pid: process.pid, version: "1", agent: SCOPE, httpUrl: "", databaseUrl: "", natsUrl: null, apiUrl: "" };
    writeFileSync(join(dataDir, "daemon.json"), JSON.stringify({ ...file, operatorToken: "secret", ...changes }));
  }

  it("reads the daemon's status with the schema that the command line checks it by", async () => {
    writeFile({ httpUrl: fleet.server.url });
    const status = await connectToDaemon(dataDir).get("/api/status", statusSchema);
    expect(status.ships.map((ship) => ship.symbol)).toEqual(["BOSUN-1"]);
  });

  it("turns the daemon's refusals into exit codes", async () => {
    writeFile({ httpUrl: fleet.server.url });
    const client = connectToDaemon(dataDir);
    const body = { to: `${SCOPE}/nobody`, event: { type: "x" } };
    await expect(client.post("/api/commands/send", body, statusSchema)).rejects.toMatchObject({ exitCode: 5 });
    await expect(client.get("/api/actors/nobody", statusSchema)).rejects.toMatchObject({ exitCode: 4 });
  });

  it("says when the daemon lives but does not answer", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    writeFile({ httpUrl: `http://127.0.0.1:${port}` });
    await expect(connectToDaemon(dataDir).get("/api/status", statusSchema)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("does not answer"),
    });
  });
});

describe("text for a terminal", () => {
  it("aligns columns and takes control characters and direction overrides out of foreign names", () => {
    const plain = paletteFor({ isTTY: false }, {});
    expect(harmless("a\u001b[2Jb\u202ec\u0000")).toBe("a [2Jb c ");
    expect(
      table(
        ["SHIP", "DOES"],
        [
          ["A-1", "flies\n"],
          ["LONGER-2", "waits"],
        ],
        plain,
      ),
    ).toBe("SHIP      DOES\nA-1       flies\nLONGER-2  waits");
  });

  it("uses colours on a terminal only, and never with NO_COLOR", () => {
    expect(paletteFor({ isTTY: true }, {}).bad("x")).toBe("\u001b[31mx\u001b[0m");
    for (const environment of [{ NO_COLOR: "1" }, { TERM: "dumb" }])
      expect(paletteFor({ isTTY: true }, environment).bad("x")).toBe("x");
  });
});

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { simulateCommand } from "../../src/cli/simulate.command.ts";
import { InputFault } from "../../src/simulator/inputFault.ts";
import { parseOptions } from "../../src/simulator/options.ts";
import { callCommand } from "./callCommand.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const children: ChildProcess[] = [];
const dirs: string[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "bosun-simulate-"));
  dirs.push(dir);
  return dir;
}

/** A process of its own whose output is read until `ready` matches, or until it ends. */
async function simulate(ready: RegExp, ...args: string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", CLI, "simulate", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let [stdout, stderr] = ["", ""];
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const isReady = new Promise<void>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (ready.test(stdout)) resolve();
    });
  });
  await Promise.race([isReady, ended]);
  return { child, ended, output: () => ({ stdout, stderr }) };
}

/** The end of a run that is refused, without the start of another Node. */
async function refused(...args: string[]): Promise<{ status: number; stderr: string }> {
  const call = { ...simulateCommand, options: [] };
  const { status, stderr } = await callCommand({ ...call, run: (one) => simulateCommand.run({ ...one, arguments: args }) });
  return { status, stderr };
}

describe("bosun simulate", { timeout: 30_000 }, () => {
  it("prints a URL and a token that any client can use, and ends gracefully on SIGINT with its universe saved [SIM-CLI]", async () => {
    const dir = newDir();
    const run = await simulate(/docs\/simulator\.md/, "--data-dir", dir, "--seed", "4", "--fleet", "TEN", "--agent", "tester");
    const { stdout } = run.output();
    expect(stdout).toMatch(/simulated universe behind it\. Nothing here is real/);
    expect(stdout).toMatch(/agent +TESTER, 1,000,000 credits, 13 ships/);
    const [, token = "", url = ""] = /curl -H 'Authorization: Bearer (\S+)' (http:\S+)\/my\/ships/.exec(stdout) ?? [];
    const ships = await fetch(`${url}/my/ships`, { headers: { Authorization: `Bearer ${token}` } });
    expect(ships.status).toBe(200);
    expect(await ships.json()).toMatchObject({ meta: { total: 13 } });
    const saved = JSON.parse(readFileSync(join(dir, "simulator.json"), "utf8")) as Record<string, string>;
    expect(saved["agentToken"]).toBe(token);
    expect(stdout).not.toContain(saved["accountToken"]);
    run.child.kill("SIGINT");
    expect(await run.ended).toBe(0);
    expect(run.output().stderr).toContain("stopped; the universe is saved");
    expect(JSON.parse(readFileSync(join(dir, "universe.json"), "utf8"))).toHaveProperty("universe");
  });

  it("says all of it in one line of JSON, without the account's token, and ends on SIGTERM [SIM-CLI]", async () => {
    const dir = newDir();
    const run = await simulate(/\n/, "--data-dir", dir, "-o", "json", "--no-rate-limit");
    const { stdout } = run.output();
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    const facts = JSON.parse(stdout) as Record<string, string>;
    expect(facts).toMatchObject({
      event: "listening",
      agent: "BOSUN",
      seed: 1,
      speed: 60,
      tokensIn: join(dir, "simulator.json"),
    });
    expect(facts["accountToken"]).toBeUndefined();
    const agent = await fetch(`${facts["url"]}/my/agent`, { headers: { Authorization: `Bearer ${facts["agentToken"]}` } });
    expect(await agent.json()).toMatchObject({ data: { symbol: "BOSUN", credits: 175_000 } });
    run.child.kill("SIGTERM");
    expect(await run.ended).toBe(0);
    expect(run.output()).toMatchObject({ stdout, stderr: "" });
  });

  it("refuses in the words of the simulator's own parser, with 2, naming the nearest option [SIM-CLI]", async () => {
    const wrong = [
      "--sede 4",
      "--port 70000",
      "--speed fast",
      "--agent a,b",
      "--seed",
      "--admin=yes",
      "--universe --seed",
      "4",
      "-x",
    ];
    for (const line of wrong) {
      const args = line.split(" ");
      const { status, stderr } = await refused(...args);
      expect([line, status]).toEqual([line, 2]);
      expect(() => parseOptions(args)).toThrow(new InputFault(stderr));
    }
    expect(await refused("--sede", "4")).toEqual({ status: 2, stderr: "unknown option --sede; did you mean --seed?" });
    expect(await refused("--outptu", "json")).toEqual({ status: 2, stderr: "unknown option --outptu; did you mean --output?" });
    expect((await refused("-x")).stderr).toMatch(/^unknown option -x; did you mean -?-\w+/);
    expect(await refused("-o", "xml")).toEqual({ status: 2, stderr: "--output xml: text or json is needed" });
  });

  it("names the file, the field and its place for every kind of file, and begins no universe [SIM-CLI]", async () => {
    const dir = newDir();
    const data = join(dir, "data");
    const file = join(dir, "input.json");
    const refusal = async (option: string, text: string) => {
      writeFileSync(file, text);
      const { status, stderr } = await refused("--data-dir", data, option, file);
      expect([option, status]).toEqual([option, 2]);
      expect(existsSync(join(data, "universe.json"))).toBe(false);
      return stderr;
    };
    expect(await refusal("--fleet", '{"credits":1,"ships":[{"type":"SHIP_PROBE","att":"x"}]}')).toBe(
      `fleet file ${file}: ships.0.att: expected no such field; did you mean at?, found "x"`,
    );
    expect(await refusal("--economy", '{"curvePercnt":9}')).toContain(
      `economy file ${file}: curvePercnt: unknown; did you mean curvePercent?`,
    );
    expect(await refusal("--faults", '[{"kind":"unavailable","cout":2}]')).toMatch(/faults file .*: 0: .*"cout"/);
    expect(await refusal("--faults", "[{]")).toContain(`${file} is not JSON: `);
    expect(await refusal("--universe", '{"systems":[]}')).toMatch(
      /universe file .*: systems: expected at least 1 entries, found \[\] \(and 2 more/,
    );
    expect(await refused("--data-dir", join(file, "below"))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("cannot be used"),
    });
  });
});

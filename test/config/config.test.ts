import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "bosun-config-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function load(args: string[], environment: Record<string, string> = {}) {
  return loadConfig(args, environment, cwd);
}

function problemsOf(args: string[], environment: Record<string, string> = {}): readonly string[] {
  const loaded = load(args, environment);
  if (loaded.result !== "refused") throw new Error(`expected a refusal, got ${loaded.result}`);
  return loaded.problems;
}

function configOf(args: string[], environment: Record<string, string> = {}) {
  const loaded = load(args, environment);
  if (loaded.result !== "run") throw new Error(`expected a configuration, got ${JSON.stringify(loaded)}`);
  return loaded;
}

describe("configuration", () => {
  it("runs with nothing configured", () => {
    const { config } = configOf([]);
    expect(config).toMatchObject({ dataDir: join(cwd, ".bosun"), seed: undefined, speed: 60, httpPort: 4000, agent: "BOSUN" });
    expect(config.apiUrl).toBeUndefined();
    expect(config.databaseUrl).toBeUndefined();
  });

  it("lets flags win over the environment, the environment over the file, and names each origin", () => {
    const file = join(cwd, "bosun.json");
    writeFileSync(file, JSON.stringify({ seed: 3, speed: 30, httpPort: 5001 }));
    const { config, origins } = configOf(["--config", file, "--seed=7"], { BOSUN_SEED: "5", BOSUN_SPEED: "20" });
    expect(config).toMatchObject({ seed: 7, speed: 20, httpPort: 5001 });
    expect(origins).toMatchObject({ seed: "--seed", speed: "$BOSUN_SPEED", httpPort: `"httpPort" in ${file}` });
  });

  it("reads bosun.json of the data directory without being told", () => {
    writeFileSync(join(cwd, "bosun.json"), JSON.stringify({ speed: 10 }));
    expect(configOf(["--data-dir", "."]).config).toMatchObject({ dataDir: cwd, speed: 10 });
  });

  it("takes the account's token from a file or the environment and shows neither [G15]", () => {
    const file = join(cwd, "account.token");
    writeFileSync(file, "canary-of-the-file\n");
    const fromFile = configOf(["--account-token-file", "account.token", "--go"]);
    expect(fromFile.config).toMatchObject({ accountTokenFile: file, accountToken: undefined, go: true, agentIsChosen: false });
    const { config } = configOf(["--agent", "HIND"], { BOSUN_ACCOUNT_TOKEN: "canary-0123456789" });
    expect(config).toMatchObject({ accountTokenFile: undefined, go: false, agent: "HIND", agentIsChosen: true });
    expect(config.accountToken?.reveal()).toBe("canary-0123456789");
    expect(JSON.stringify(config)).not.toContain("canary");
    expect(problemsOf([], { BOSUN_ACCOUNT_TOKEN: "two words" })[0]).toMatch(/^BOSUN_ACCOUNT_TOKEN holds no token/);
    expect(problemsOf(["--account-token-file", "nowhere"])[0]).toContain("--account-token-file names");
  });

  it("refuses an unknown flag and names the nearest", () => {
    expect(problemsOf(["--sped", "10"])[0]).toContain('unknown option "--sped". Did you mean --speed?');
  });

  it("refuses an unknown key of the file and names the nearest", () => {
    writeFileSync(join(cwd, "bosun.json"), JSON.stringify({ htttpPort: 1 }));
    expect(problemsOf(["--data-dir", "."])[0]).toMatch(/unknown key "htttpPort" in .*bosun\.json\. Did you mean "httpPort"\?/);
  });

  it("refuses an unknown variable with our prefix and names the nearest", () => {
    expect(problemsOf([], { BOSUN_SPEDE: "3" })[0]).toBe("unknown environment variable BOSUN_SPEDE. Did you mean BOSUN_SPEED?");
  });

  it.each([
    [["--speed", "fast"], /--speed is "fast", but it must be a number from 1 to 10000/],
    [["--http-port", "70000"], /--http-port is "70000", but it must be a whole number from 0 to 65535/],
    [["--agent", "no spaces"], /--agent is "no spaces", but it must be 3 to 14 characters/],
    [["--database-url", "mysql://u:geheim@h/d"], /must be a URL that begins with postgres:\/\//],
    [["--speed"], /--speed needs a value: --speed N/],
    [["--universe", "nowhere.json"], /--universe names .*nowhere\.json, which does not exist/],
    [["--bus", "in-process", "--nats-url", "nats://127.0.0.1:1"], /contradict each other/],
    [["status"], /For commands: npx bosun status/],
  ])("says what is wrong with %j, where, and what to do", (args, expected) => {
    expect(problemsOf(args).join("\n")).toMatch(expected);
  });

  it("arms a crash point, or names the nearest", () => {
    expect(configOf([], { BOSUN_CRASH_AT: "commit.during:7" }).config.crashAt).toEqual({ point: "commit.during", passage: 7 });
    expect(problemsOf([], { BOSUN_CRASH_AT: "comit.during" })[0]).toContain("Did you mean commit.during?");
    expect(problemsOf([], { BOSUN_CRASH_AT: "commit.during:0" })[0]).toContain("must look like commit.during:3");
  });

  it("never repeats a password in a problem [G15]", () => {
    expect(problemsOf(["--database-url", "mysql://u:geheim@h/d"]).join()).not.toContain("geheim");
  });

  it("never repeats user, token or password of any URL in a problem [G15]", () => {
    for (const url of ["http://geheim@h:1", "http://u:geheim@h", "http://u:p@geheim@h", "http://u:geheim/geheim@h"]) {
      expect(problemsOf(["--nats-url", url]).join()).not.toContain("geheim");
    }
    expect(problemsOf(["--nats-url", "nats://u:geheim%ZZ@h"])).toEqual([
      "the credentials in the NATS URL are not percent-encoded: write % as %25 and @ as %40.",
    ]);
  });

  it("checks the NATS credentials before anything starts, and says what is wrong without quoting them [G15]", () => {
    const file = join(cwd, "nats.creds");
    const url = ["--nats-url", "nats://127.0.0.1:4222"];
    const withFile = (content: string): readonly string[] => {
      writeFileSync(file, content);
      return problemsOf([...url, "--nats-creds", "nats.creds"]);
    };
    expect(problemsOf([...url, "--nats-creds", "nats.creds"])).toEqual([
      `--nats-creds names ${file}, which does not exist. Check the path.`,
    ]);
    const none = `${file} holds no credentials: it must be a creds file, a token on one line, or a user and a password on two.`;
    for (const content of ["", "\n\n", "two words", "a\nb\ngeheim", "NUL\0geheim", "geh\u00e4im"])
      expect(withFile(content)).toEqual([none]);
    expect(withFile("-----BEGIN NATS USER JWT-----\ngeheim\n")[0]).toMatch(
      /is no creds file: it must have .* and "-----BEGIN USER NKEY SEED-----"/,
    );
    writeFileSync(file, "geheim");
    expect(problemsOf(["--nats-creds", "nats.creds"])).toEqual([
      "--nats-creds needs --nats-url: it is for a NATS server of your own.",
    ]);
    const twice = problemsOf(["--nats-url", "nats://u:geheim@h:1", "--nats-creds", "nats.creds"]);
    expect(twice).toEqual(["there are credentials in the NATS URL and in --nats-creds. Leave one out."]);
    expect(configOf(url, { NATS_CREDS: "nats.creds" }).config.natsCreds).toBe(file);
  });

  it("reports every problem at once", () => {
    expect(problemsOf(["--speed", "0", "--seed", "x", "--nope"])).toHaveLength(3);
  });

  it("says where a broken file is broken", () => {
    writeFileSync(join(cwd, "bosun.json"), "{ not json");
    expect(problemsOf(["--data-dir", "."])[0]).toMatch(/bosun\.json cannot be read as JSON: .*Correct it or move it away/);
  });

  it("plays the real game when a token file is given", () => {
    const token = join(cwd, "token");
    writeFileSync(token, "secret");
    expect(configOf([], { SPACETRADERS_TOKEN_FILE: token }).config).toMatchObject({
      apiUrl: "https://api.spacetraders.io/v2",
      tokenFile: token,
    });
  });

  it("makes the help from the same table, every option with its variable", () => {
    const help = load(["--help"]);
    expect(help.result).toBe("help");
    if (help.result !== "help") return;
    for (const flag of [
      "--data-dir",
      "--seed",
      "--universe",
      "--speed",
      "--api-url",
      "--database-url",
      "--http-port",
      "--run-for",
    ])
      expect(help.text).toContain(flag);
    expect(help.text).toContain("$DATABASE_URL");
  });
});

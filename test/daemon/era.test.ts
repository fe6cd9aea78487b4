import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAgentRecord, writeAgentRecord } from "../../src/daemon/agentRecord.ts";
import { type EraOptions, enterEra } from "../../src/daemon/era.ts";
import { exitCodeOf } from "../../src/daemon/exitCodes.ts";
import { GameRefused } from "../../src/daemon/gameAnswers.ts";
import { type GameOptions, joinGame, startGameProcess } from "../../src/daemon/gameProcess.ts";
import type { Parts } from "../../src/daemon/parts.ts";
import type { Environment } from "../../src/runtime/environment.ts";
import { createSystemEnvironment } from "../../src/runtime/systemEnvironment.ts";
import { Secret } from "../../src/space-api/secret.ts";
import { wireAgent } from "../space-api/apiRig.ts";
import { type HttpStub, json, startHttpStub } from "../support/httpStub.ts";
import { silentLogger } from "../support/silentLogger.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

const OLD = "agent/2026-11-14/BOSUN";
const NEW = "agent/2026-11-21/BOSUN";
let directory: string;
let stub: HttpStub;
let parts: Parts;
let said: string[];
let waited: (string | undefined)[];
/** Tokens that the game takes, and what it is. */
let game: { resetDate: string; tokens: string[]; simulator: boolean };

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "bosun-era-"));
  stub = await startHttpStub();
  said = [];
  waited = [];
  parts = {};
  game = { resetDate: "2026-11-14", tokens: ["old-token"], simulator: false };
  stub.answer(({ method, path, headers }, response) => {
    if (path === "/")
      return json(response, 200, { resetDate: game.resetDate, ...(game.simulator ? { simulator: { speed: 60 } } : {}) });
    const token = String(headers.authorization).replace("Bearer ", "");
    if (method === "POST" && path === "/register") return register(token, response);
    if (game.tokens.includes(token)) return json(response, 200, { data: wireAgent });
    const data = { expected: game.resetDate, actual: "2026-11-14" };
    return json(response, 401, { error: { message: "Token reset_date does not match the server", code: 4113, data } });
  });
});
afterEach(async () => {
  await parts.game?.api.close();
  await stub.close();
  rmSync(directory, { recursive: true, force: true });
});

function register(token: string, response: ServerResponse): void {
  if (token !== "account-token") return json(response, 401, { error: { message: "Invalid account token", code: 4115 } });
  game.tokens = ["new-token"];
  return json(response, 201, { data: { token: "new-token", agent: wireAgent } });
}

/** Waits end at once. */
const environment: Environment = {
  ...createSystemEnvironment(silentLogger),
  clock: {
    nowMs: () => Date.now(),
    wakeAt(_dueAtMs, wake) {
      const handle = setImmediate(wake);
      return () => clearImmediate(handle);
    },
  },
};

function how(changes: Partial<GameOptions> = {}): GameOptions {
  return {
    dataDir: directory,
    apiUrl: stub.url,
    tokenFile: undefined,
    accountToken: () => undefined,
    agent: "OTHER",
    agentIsChosen: false,
    go: false,
    environment,
    protect: () => undefined,
    crashPoint: undefined,
    onEraOver: () => undefined,
    signal: new AbortController().signal,
    ...changes,
  };
}

const tokenFile = (): string => join(directory, "my.token");
const registrations = (): readonly string[] =>
  stub.requests.filter(({ path }) => path === "/register").map(({ headers, body }) => `${headers.authorization} ${body}`);

describe("joining a game", () => {
  it("never registers where nobody has allowed changes, and says how to", async () => {
    const refused = joinGame(how({ accountToken: () => new Secret("account-token") }));
    await expect(refused).rejects.toThrow(GameRefused);
    await expect(refused).rejects.toThrow(/registering OTHER would change .*give --go, or an agent's token with --token-file/);
    expect(stub.requests.filter(({ method }) => method !== "GET")).toEqual([]);
  });

  it("reads only until --go is given for the agent, in this game and no other", async () => {
    writeFileSync(tokenFile(), "old-token\n");
    const options = how({ tokenFile: tokenFile() });
    const first = await joinGame(options);
    expect(first).toMatchObject({ readOnly: true, scope: OLD });
    const refused = await first.api.orbit("BOSUN-1", { priority: "command" });
    expect(refused).toMatchObject({ outcome: "unavailable", reason: "readOnly", detail: expect.stringContaining("--go") });
    await first.api.close();
    expect(stub.requests.filter(({ method }) => method !== "GET")).toEqual([]);

    const allowed = await joinGame({ ...options, go: true });
    expect(allowed.readOnly).toBeUndefined();
    await allowed.api.close();
    writeAgentRecord(directory, { game: stub.url, scope: OLD, agent: "BOSUN", go: true });
    const later = await joinGame(options);
    expect(later.readOnly).toBeUndefined();
    await later.api.orbit("BOSUN-1", { priority: "command" });
    expect(stub.requests.at(-1)?.method).toBe("POST");
    await later.api.close();

    writeAgentRecord(directory, { game: "https://elsewhere.example/v2", scope: OLD, agent: "BOSUN", go: false });
    expect(readAgentRecord(directory)?.gone).toEqual([{ game: stub.url, agent: "BOSUN" }]);
    const elsewhere = await startHttpStub();
    elsewhere.answer((_request, response) => json(response, 200, { resetDate: "2026-11-14", data: wireAgent }));
    const there = await joinGame({ ...options, apiUrl: elsewhere.url });
    expect(there.readOnly).toBe(true);
    await there.api.close();
    await elsewhere.close();
  });

  it("holds nobody back in a game that calls itself a simulator", async () => {
    game.simulator = true;
    const joined = await joinGame(how({ accountToken: () => new Secret("account-token"), agentIsChosen: true }));
    expect(joined.readOnly).toBeUndefined();
    expect(registrations()).toEqual(['Bearer account-token {"symbol":"OTHER","faction":"COSMIC"}']);
    expect(readFileSync(join(directory, "agent.token"), "utf8")).toBe("new-token\n");
    await joined.api.close();
  });

  it("is for the user to put right when what is known of past games cannot be read: exit 3, nothing changed", async () => {
    writeFileSync(tokenFile(), "old-token\n");
    const record = join(directory, "agent.json");
    for (const damaged of ["", "{", '{"game":"simulator"}']) {
      writeFileSync(record, damaged);
      const error: unknown = await joinGame(how({ tokenFile: tokenFile() })).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(GameRefused);
      expect(error).toMatchObject({
        message: expect.stringContaining(`${record} is damaged or of another version. Move it away`),
      });
      expect(exitCodeOf(error instanceof Error ? error : undefined)).toBe(3);
      expect(readFileSync(record, "utf8")).toBe(damaged);
    }
  });

  it("says what to do when the token at a start is of an era that is over", async () => {
    writeFileSync(tokenFile(), "old-token\n");
    game = { ...game, resetDate: "2026-11-21", tokens: [] };
    const refused = joinGame(how({ tokenFile: tokenFile(), go: true }));
    await expect(refused).rejects.toThrow(/the universe was reset: .*my\.token.* --account-token-file and bosun registers anew/);
  });

  it("passes over a stored token that is rejected, and nothing else that goes wrong with it: nobody is registered then", async () => {
    const answers: Record<string, { readonly status: number; readonly body: object }> = {
      refused: { status: 422, body: { error: { message: "not today", code: 422 } } },
      malformed: { status: 200, body: { data: { symbol: 7 } } },
      rejected: { status: 401, body: { error: { message: "Token is invalid.", code: 4104 } } },
    };
    stub.answer(({ method, path, headers }, response) => {
      if (path === "/") return json(response, 200, { resetDate: "2026-11-21" });
      const token = String(headers.authorization).replace("Bearer ", "");
      if (method === "POST" && path === "/register") return register(token, response);
      const stored = answers[token];
      if (stored !== undefined) return json(response, stored.status, stored.body);
      if (token === "new-token") return json(response, 200, { data: wireAgent });
      const data = { expected: "2026-11-21", actual: "2026-11-14" };
      return json(response, 401, { error: { message: "Token reset_date does not match the server", code: 4113, data } });
    });
    writeFileSync(tokenFile(), "old-token\n");
    const options = how({ tokenFile: tokenFile(), go: true, accountToken: () => new Secret("account-token") });
    const stored = join(directory, "agent.token");
    writeFileSync(stored, "refused\n");
    await expect(joinGame(options)).rejects.toThrow(/the game refuses our agent: not today/);
    writeFileSync(stored, "malformed\n");
    await expect(joinGame(options)).rejects.toThrow(/the answer about our agent makes no sense/);
    expect(registrations()).toEqual([]);
    expect(readFileSync(stored, "utf8")).toBe("malformed\n");

    writeFileSync(stored, "rejected\n");
    const joined = await joinGame(options);
    expect(registrations()).toHaveLength(1);
    expect(readFileSync(stored, "utf8")).toBe("new-token\n");
    await joined.api.close();
  });

  it("says that the token's file is gone, and registers nobody instead", async () => {
    const refused = joinGame(how({ tokenFile: tokenFile(), go: true, accountToken: () => new Secret("account-token") }));
    await expect(refused).rejects.toThrow(GameRefused);
    await expect(refused).rejects.toThrow(/my\.token is not there any more\. Put a valid token into it\./);
    expect(stub.requests).toEqual([]);
  });
});

describe("an era that ends", () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
    parts.database = { ...database, publicUrl: database.url };
    await database.pool.query(
      `INSERT INTO bosun.actors (address, scope, kind, kind_version, generation, status, version, incarnation, input, updated_at_ms)
         SELECT scope || '/ship/BOSUN-1', scope, 'ship', 1, 0, 'active', 5, 1, '{}', 0 FROM unnest(ARRAY['${OLD}', '${NEW}']) AS s(scope)`,
    );
    await database.pool.query(
      `INSERT INTO ship_assignments (agent, ship_symbol, container_id) SELECT agent, 'BOSUN-1', agent || '/coordinator/task/1'
         FROM unnest(ARRAY['${OLD}', '${NEW}']) AS s(agent)`,
    );
    writeFileSync(tokenFile(), "old-token\n");
    await startGameProcess(parts, how({ tokenFile: tokenFile() }));
    await enterEra(parts, eraOptions({}));
    game = { ...game, resetDate: "2026-11-21", tokens: [] };
  });
  afterEach(() => database.cleanup());

  const eraOptions = (changes: Partial<GameOptions>): EraOptions => ({
    game: how({ tokenFile: tokenFile(), ...changes }),
    environment,
    say: (_level, text) => void said.push(text),
    waits: (why) => void waited.push(why),
  });
  const assignments = async (scope: string) =>
    (await database.pool.query("SELECT status, release_reason FROM ship_assignments WHERE agent = $1", [scope])).rows;

  it("is closed at once, and waits for a token that the user puts into the file", async () => {
    parts.eraOver = OLD;
    const entering = enterEra(parts, {
      ...eraOptions({}),
      say(_level, text) {
        said.push(text);
        if (!text.startsWith("the next era cannot begin")) return;
        game.tokens = ["handed-over"];
        writeFileSync(tokenFile(), "handed-over\n");
      },
    });
    await entering;
    expect(said).toEqual([
      "the era of 2026-11-14 is closed: 1 actors stopped, 0 tasks and 0 pipelines cancelled, 1 ships released",
      expect.stringMatching(/^the next era cannot begin: the universe was reset: .* bosun registers anew\.$/),
      `a new era begins: ${NEW}`,
    ]);
    expect(parts.game?.scope).toBe(NEW);
    expect(parts.eraOver).toBeUndefined();
    expect(waited).toEqual([expect.stringContaining("bosun registers anew"), undefined]);
    expect(registrations()).toEqual([]);
    expect(await assignments(OLD)).toEqual([{ status: "idle", release_reason: "universe_reset" }]);
    expect(await assignments(NEW)).toEqual([{ status: "active", release_reason: null }]);
  });

  it("is followed by a registration under the same symbol where an account's token is given and changes are allowed", async () => {
    parts.eraOver = OLD;
    await enterEra(parts, eraOptions({ go: true, accountToken: () => new Secret("account-token") }));
    expect(registrations()).toEqual(['Bearer account-token {"symbol":"BOSUN","faction":"COSMIC"}']);
    expect(parts.game).toMatchObject({ scope: NEW });
    expect(readAgentRecord(directory)).toMatchObject({ scope: NEW, gone: [{ game: stub.url, agent: "BOSUN" }] });
  });

  it("leaves what it emitted to the next to publish, in its order and before what that one emits", async () => {
    const rows = [
      [OLD, 7, "third"],
      [OLD, 3, "first"],
      [OLD, 5, "second"],
      [NEW, 4, "fourth"],
    ] as const;
    for (const [scope, commitNo, type] of rows)
      await database.pool.query(
        `INSERT INTO bosun.outbox (id, scope, address, commit_no, version, idx, event, at_ms) VALUES ($1, $2, $2, $3, 1, 0, $4, 0)`,
        [`${scope}:${commitNo}`, scope, commitNo, JSON.stringify({ type })],
      );
    parts.eraOver = OLD;
    await enterEra(parts, eraOptions({ go: true, accountToken: () => new Secret("account-token") }));
    const { rows: left } = await database.pool.query(
      "SELECT event::json->>'type' AS type, split_part(address, '/', 2) AS reset FROM bosun.outbox WHERE scope = $1 ORDER BY commit_no, idx",
      [NEW],
    );
    expect(left).toEqual([
      { type: "first", reset: "2026-11-14" },
      { type: "second", reset: "2026-11-14" },
      { type: "third", reset: "2026-11-14" },
      { type: "fourth", reset: "2026-11-21" },
    ]);
  });

  it("unseen, while no daemon ran, is closed before the next begins; another game's is not", async () => {
    game.tokens = ["old-token"];
    writeAgentRecord(directory, { game: "simulator", scope: OLD, agent: "BOSUN", go: false });
    const joinAgain = async (): Promise<void> => {
      await parts.game?.api.close();
      parts.game = await joinGame(how({ tokenFile: tokenFile() }));
      await enterEra(parts, eraOptions({}));
    };
    await joinAgain();
    expect(said).toEqual([]);
    expect(await assignments(OLD)).toEqual([{ status: "active", release_reason: null }]);
    writeAgentRecord(directory, { game: stub.url, scope: OLD, agent: "BOSUN", go: false });
    await joinAgain();
    expect(said).toEqual([expect.stringMatching(/^the era of 2026-11-14 is closed/)]);
    expect(await assignments(OLD)).toEqual([{ status: "idle", release_reason: "universe_reset" }]);
    // Once more changes nothing and says nothing.
    writeAgentRecord(directory, { game: stub.url, scope: OLD, agent: "BOSUN", go: false });
    await joinAgain();
    expect(said).toHaveLength(1);
  });

  it("is closed before the next begins, whatever other games and agents were played in between", async () => {
    const elsewhere = "agent/2026-11-18/BOSUN";
    const rival = "agent/2026-11-14/RIVAL";
    writeAgentRecord(directory, { game: stub.url, scope: rival, agent: "RIVAL", go: false });
    writeAgentRecord(directory, { game: "https://elsewhere.example/v2", scope: elsewhere, agent: "BOSUN", go: false });
    await database.pool.query(
      `INSERT INTO bosun.actors (address, scope, kind, kind_version, generation, status, version, incarnation, input, updated_at_ms)
         SELECT scope, scope, 'agent', 1, 0, 'active', 5, 1, '{}', 0 FROM unnest(ARRAY['${rival}', '${elsewhere}']) AS s(scope)`,
    );
    game.tokens = ["old-token"];
    await parts.game?.api.close();
    parts.game = await joinGame(how({ tokenFile: tokenFile() }));
    await enterEra(parts, eraOptions({}));
    expect(said).toEqual([
      expect.stringMatching(/^the era of 2026-11-14 is closed: 1 actors stopped/),
      expect.stringMatching(/^the era of 2026-11-14 is closed: 1 actors stopped/),
    ]);
    const { rows } = await database.pool.query("SELECT scope FROM bosun.actors WHERE status = 'active' ORDER BY scope");
    expect(rows).toEqual([{ scope: elsewhere }, { scope: NEW }]);
    expect(readAgentRecord(directory)).toMatchObject({
      game: stub.url,
      scope: NEW,
      others: [{ game: "https://elsewhere.example/v2", scope: elsewhere }],
    });
  });

  describe("and another under the same reset date", () => {
    const SECOND = "agent/2026-11-14.2/BOSUN";
    const withAccount = () => eraOptions({ go: true, accountToken: () => new Secret("account-token") });
    const repeats = "the game gives the reset date 2026-11-14 again: another era begins under it, 2026-11-14.2";

    beforeEach(async () => {
      game = { ...game, resetDate: "2026-11-14" };
      await database.pool.query(
        `INSERT INTO bosun.actors (address, scope, kind, kind_version, generation, status, version, incarnation, input, updated_at_ms)
           VALUES ('${OLD}', '${OLD}', 'agent', 1, 0, 'active', 5, 1, '{}', 0)`,
      );
    });

    const enterAgain = async (): Promise<void> => {
      await parts.game?.api.close();
      parts.game = await joinGame(how({ tokenFile: tokenFile() }));
      await enterEra(parts, eraOptions({}));
    };

    it("is told apart by its number, after the game was asked for a new date for a minute", async () => {
      parts.eraOver = OLD;
      await enterEra(parts, withAccount());
      expect(parts.game?.scope).toBe(SECOND);
      expect(said).toEqual([
        "the era of 2026-11-14 is closed: 2 actors stopped, 0 tasks and 0 pipelines cancelled, 1 ships released",
        expect.stringMatching(/^the next era cannot begin: the game still gives the reset date 2026-11-14, .* in 60 s$/),
        repeats,
        `a new era begins: ${SECOND}`,
      ]);
      expect(waited.at(-2)).toMatch(/still gives the reset date 2026-11-14/);
      expect(waited.at(-1)).toBeUndefined();
      expect(readAgentRecord(directory)).toMatchObject({ scope: SECOND, others: [] });
    });

    it("is the one with the new date when the game gives that in time", async () => {
      parts.eraOver = OLD;
      await enterEra(parts, {
        ...withAccount(),
        say(_level, text) {
          said.push(text);
          if (text.includes("still gives the reset date")) game = { ...game, resetDate: "2026-11-21" };
        },
      });
      expect(parts.game?.scope).toBe(NEW);
      expect(said.at(-1)).toBe(`a new era begins: ${NEW}`);
      expect(said).not.toContain(repeats);
      expect(waited.at(-1)).toBeUndefined();
    });

    it("begins at once where the game is a simulator, and goes on after a restart without another word [G8]", async () => {
      game = { ...game, simulator: true };
      parts.eraOver = OLD;
      await enterEra(parts, withAccount());
      expect(said.slice(1)).toEqual([repeats, `a new era begins: ${SECOND}`]);
      expect(waited).toEqual([undefined]);
      await database.pool.query(
        `INSERT INTO bosun.actors (address, scope, kind, kind_version, generation, status, version, incarnation, input, updated_at_ms)
           VALUES ('${SECOND}', '${SECOND}', 'agent', 1, 0, 'active', 5, 1, '{}', 0)`,
      );
      writeFileSync(tokenFile(), "new-token\n");
      said = [];
      game = { ...game, simulator: false };
      await enterAgain();
      expect(parts.game?.scope).toBe(SECOND);
      expect(said).toEqual([]);
      // And the one after it, under a date of its own, closes it.
      game = { ...game, resetDate: "2026-11-21" };
      await enterAgain();
      expect(parts.game?.scope).toBe(NEW);
      expect(said).toEqual([expect.stringMatching(/^the era of 2026-11-14\.2 is closed: 1 actors stopped/)]);
    });
  });

  it("is remembered under the game that it was played in last, as when a game has moved", async () => {
    const moved = "https://moved.example/v2";
    writeAgentRecord(directory, { game: moved, scope: OLD, agent: "BOSUN", go: false });
    expect(readAgentRecord(directory)).toMatchObject({ game: moved, scope: OLD, others: [] });
    writeFileSync(join(directory, "agent.json"), JSON.stringify({ game: moved, scope: OLD, gone: [] }));
    expect(readAgentRecord(directory)).toMatchObject({ game: moved, scope: OLD, others: [] });
  });
});

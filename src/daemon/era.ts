/**
 * One era after the other. A reset wipes the universe and kills its tokens, so everything of the old scope is closed and a new scope begins; rows keep
 * the reset date in their scope. Invariant: every era that was played is closed before the actors of a later one of the same game begin, however often
 * this is interrupted and whatever else was played between: each is remembered in agent.json, and forgotten only when a later one has been entered.
 * An era that is closed is never entered again, since nothing of it would wake: the date of its reset counts on (`eraScope.ts`).
 * A game is what its address says; two with the same reset date and call sign would share their actors, and need a data directory each.
 */
import type { FleetEvent } from "../console/view.store.ts";
import { type Database, waitForDatabase } from "../persistence/database.ts";
import { closeEra, handOverOutbox, isEraOver } from "../persistence/era.store.ts";
import type { Environment } from "../runtime/environment.ts";
import { nameOfGame, readAgentRecord, scopesOf, writeAgentRecord } from "./agentRecord.ts";
import { dateOf, eraScope, isEarlierEra, nextUnderSameDate, resetOf } from "./eraScope.ts";
import { GameRefused, pause } from "./gameAnswers.ts";
import { type GameOptions, joinGame } from "./gameProcess.ts";
import { type Game, need, type Parts } from "./parts.ts";

export interface EraOptions {
  readonly game: GameOptions;
  readonly environment: Environment;
  readonly say: (level: FleetEvent["level"], text: string, fields?: object) => void;
  /** Why the next era cannot begin yet; undefined once it can. */
  readonly waits: (why: string | undefined) => void;
}

/** Closes the eras that are over and joins the one that is not. Returns when the game of `parts` may be played. */
export async function enterEra(parts: Parts, options: EraOptions): Promise<void> {
  const { game: how } = options;
  const name = nameOfGame(how);
  const known = scopesOf(readAgentRecord(how.dataDir), name);
  const { eraOver } = parts;
  if (eraOver !== undefined) {
    await close(parts, eraOver, options);
    const old = need(parts.game, "the game");
    parts.game = await joinPatiently(options);
    await old.api.close();
    delete parts.eraOver;
  }
  const scope = await chooseScope(parts, known, options);
  parts.game = { ...need(parts.game, "the game"), scope };
  const { agentSymbol } = parts.game;
  if (eraOver !== undefined) options.say("good", `a new era begins: ${scope}`);
  const closed = known.filter((earlier) => isEarlierEra(earlier, scope));
  for (const earlier of closed) {
    await close(parts, earlier, options);
    await handOverOutbox(need(parts.database, "the database"), earlier, scope);
  }
  writeAgentRecord(how.dataDir, { game: name, scope, agent: agentSymbol, go: how.go, closed });
}

/**
 * Under the game's reset date the first era that is not closed. That date may also be the old one still, shown for a moment by what stands before
 * the game, so a real game is asked a while longer before the date counts on; a simulator's own word is never old.
 */
async function chooseScope(
  parts: Parts,
  known: readonly string[],
  { game: how, environment, say, waits }: EraOptions,
): Promise<string> {
  const database = need(parts.database, "the database");
  const { api, agentSymbol, simulator, scope: joined } = need(parts.game, "the game");
  await waitForDatabase(database, environment.logger, how.signal);
  let first = joined;
  for (let looks = 0; ; looks += 1) {
    const scope = await firstOpenEra(database, first);
    const countsOn = scope !== first && !known.includes(scope);
    if (!countsOn || simulator || looks === LOOKS) {
      if (looks > 0) waits(undefined);
      if (countsOn)
        say("warn", `the game gives the reset date ${dateOf(first)} again: another era begins under it, ${resetOf(scope)}`);
      return scope;
    }
    const why = `the game still gives the reset date ${dateOf(first)}, whose era is closed; if it gives no other, a new era begins under it in ${(LOOKS * TRY_AGAIN_MS) / 1_000} s`;
    if (looks === 0) say("bad", `the next era cannot begin: ${why}`);
    waits(why);
    await pause(environment.clock, TRY_AGAIN_MS, how.signal);
    const status = await api.status({ priority: "command", signal: how.signal });
    if (status.outcome === "ok" && status.value.resetDate !== dateOf(first))
      first = eraScope(status.value.resetDate, agentSymbol);
  }
}

async function firstOpenEra(database: Database, first: string): Promise<string> {
  let scope = first;
  while (await isEraOver(database, scope)) scope = nextUnderSameDate(scope);
  return scope;
}

async function close(parts: Parts, scope: string, { say, game, environment }: EraOptions): Promise<void> {
  const database = need(parts.database, "the database");
  await waitForDatabase(database, environment.logger, game.signal);
  const report = await closeEra(database, scope);
  if (report === undefined) return;
  const { actors, tasks, pipelines, assignments } = report;
  const ended = `${actors} actors stopped, ${tasks} tasks and ${pipelines} pipelines cancelled, ${assignments} ships released`;
  say("warn", `the era of ${resetOf(scope)} is closed: ${ended}`, { scope, ...report });
}

const TRY_AGAIN_MS = 5_000;
/** One minute: by then nobody shows an old date any more. */
const LOOKS = 12;

/** What the user must put right is waited for: the daemon goes on by itself once a token is there. */
async function joinPatiently({ game, environment, say, waits }: EraOptions): Promise<Game> {
  for (let told: string | undefined; ; ) {
    try {
      const joined = await joinGame(game);
      waits(undefined);
      return joined;
    } catch (error) {
      if (!(error instanceof GameRefused)) throw error;
      if (error.message !== told) say("bad", `the next era cannot begin: ${error.message}`);
      told = error.message;
      waits(error.message);
      await pause(environment.clock, TRY_AGAIN_MS, game.signal);
    }
  }
}

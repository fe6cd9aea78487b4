/**
 * One era after the other. A reset wipes the universe and kills its tokens, so everything of the old scope is closed and a new scope begins; rows keep
 * the reset date in their scope. Invariant: every era that was played is closed before the actors of a later one of the same game begin, however often
 * this is interrupted and whatever else was played between: each is remembered in agent.json, and forgotten only when a later one has been entered.
 * A game is what its address says; two with the same reset date and call sign would share their actors, and need a data directory each.
 */
import type { FleetEvent } from "../console/view.store.ts";
import { waitForDatabase } from "../persistence/database.ts";
import { closeEra, handOverOutbox } from "../persistence/era.store.ts";
import type { Environment } from "../runtime/environment.ts";
import { nameOfGame, readAgentRecord, scopesOf, writeAgentRecord } from "./agentRecord.ts";
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
  if (parts.eraOver !== undefined) {
    await close(parts, parts.eraOver, options);
    const old = need(parts.game, "the game");
    parts.game = await joinPatiently(options);
    await old.api.close();
    delete parts.eraOver;
    options.say("good", `a new era begins: ${parts.game.scope}`);
  }
  const game = need(parts.game, "the game");
  const name = nameOfGame(how);
  const closed = scopesOf(readAgentRecord(how.dataDir), name).filter((scope) => resetDateOf(scope) < resetDateOf(game.scope));
  for (const scope of closed) {
    await close(parts, scope, options);
    await handOverOutbox(need(parts.database, "the database"), scope, game.scope);
  }
  writeAgentRecord(how.dataDir, { game: name, scope: game.scope, agent: game.agentSymbol, go: how.go, closed });
}

async function close(parts: Parts, scope: string, { say, game, environment }: EraOptions): Promise<void> {
  const database = need(parts.database, "the database");
  await waitForDatabase(database, environment.logger, game.signal);
  const report = await closeEra(database, scope);
  if (report === undefined) return;
  const { actors, tasks, pipelines, assignments } = report;
  const ended = `${actors} actors stopped, ${tasks} tasks and ${pipelines} pipelines cancelled, ${assignments} ships released`;
  say("warn", `the era of ${resetDateOf(scope)} is closed: ${ended}`, { scope, ...report });
}

const TRY_AGAIN_MS = 5_000;

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

/** ISO dates compare as texts. */
function resetDateOf(scope: string): string {
  return scope.split("/")[1] ?? "";
}

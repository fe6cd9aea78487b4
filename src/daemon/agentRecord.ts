/**
 * `DATA_DIR/agent.json`, mode 0600: what this data directory remembers of the games it has played. Invariants: consent to change a game (`--go`)
 * is given for one agent of one game and outlives its eras; nothing else counts as consent. A scope that was played is remembered, under the game
 * that it was played in last, until a later era of that game has been entered.
 */
import { join } from "node:path";
import { z } from "zod";
import { readFileIfThere, writePrivateFile } from "../process/privateFile.ts";
import { GameRefused } from "./gameAnswers.ts";

export type AgentRecord = z.infer<typeof recordSchema>;

const recordSchema = z.object({
  /** The game played last: its address, or `simulator` for the embedded one. */
  game: z.string(),
  /** `agent/<RESET>/<SYMBOL>`, played last. */
  scope: z.string(),
  /** Others that were played and may not be closed yet, the latest first. */
  others: z.array(z.object({ game: z.string(), scope: z.string() })).default([]),
  /** Agents that may change their game. */
  gone: z.array(z.object({ game: z.string(), agent: z.string() })),
});

/** What a data directory calls the game it plays; the port of the embedded simulator may change. */
export function nameOfGame({ apiUrl }: { readonly apiUrl: string | undefined }): string {
  return apiUrl ?? "simulator";
}

/** Undefined before the first game. Throws GameRefused, naming the file, when it cannot be understood: it must not lose a consent, nor invent one. */
export function readAgentRecord(dataDir: string): AgentRecord | undefined {
  const content = readFileIfThere(pathOf(dataDir));
  if (content === undefined) return undefined;
  const parsed = recordSchema.safeParse(parseJson(content));
  if (parsed.success) return parsed.data;
  throw new GameRefused(
    `${pathOf(dataDir)} is damaged or of another version. Move it away; the game is read-only until --go is given.`,
  );
}

/** Whether `--go` was given for this agent of this game before. */
export function hasGone(record: AgentRecord | undefined, game: string, agent: string): boolean {
  return record?.gone.some((known) => known.game === game && known.agent === agent) ?? false;
}

/** The scopes of a game that are remembered, the latest first. */
export function scopesOf(record: AgentRecord | undefined, game: string): readonly string[] {
  return playedIn(record).flatMap((played) => (played.game === game ? [played.scope] : []));
}

/** Notes what is played now, and the consent if it was given. Of this game `closed` is forgotten. */
export function writeAgentRecord(
  dataDir: string,
  now: {
    readonly game: string;
    readonly scope: string;
    readonly agent: string;
    readonly go: boolean;
    readonly closed?: readonly string[];
  },
): void {
  const before = readAgentRecord(dataDir);
  const { game, scope, agent, closed = [] } = now;
  const others = playedIn(before).filter(
    (played) => played.scope !== scope && !(played.game === game && closed.includes(played.scope)),
  );
  const gone = before?.gone ?? [];
  const news = now.go && !hasGone(before, game, agent) ? [{ game, agent }] : [];
  writePrivateFile(
    pathOf(dataDir),
    `${JSON.stringify({ game, scope, others, gone: [...gone, ...news] } satisfies AgentRecord, null, 2)}\n`,
  );
}

function playedIn(record: AgentRecord | undefined): readonly { readonly game: string; readonly scope: string }[] {
  return record === undefined ? [] : [{ game: record.game, scope: record.scope }, ...record.others];
}

function pathOf(dataDir: string): string {
  return join(dataDir, "agent.json");
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

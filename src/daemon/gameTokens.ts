/** Where the agent's token comes from: a file, the embedded simulator, the data directory, or a registration. Tokens do not outlive a reset. */
import { join } from "node:path";
import { readFileIfThere, writePrivateFile } from "../process/privateFile.ts";
import { register } from "../space-api/register.ts";
import { Secret } from "../space-api/secret.ts";
import type { SimulatorFacts } from "../supervisor/sidecars/simulator.ts";
import { nameOfGame, readAgentRecord, scopesOf } from "./agentRecord.ts";
import { symbolOf } from "./eraScope.ts";
import { askWhileJoining, GameRefused } from "./gameAnswers.ts";
import type { GameOptions } from "./gameProcess.ts";

interface KnownToken {
  readonly token: Secret;
  /** The file it is in. */
  readonly from: string;
  /** The one the user means; the others are tried when it is of an earlier era. */
  readonly isFirst: boolean;
}

/** Tokens to try, in their order, each once. Throws GameRefused for a file that holds none. */
export function knownTokens(options: GameOptions, facts: SimulatorFacts | undefined): readonly KnownToken[] {
  const { tokenFile, protect } = options;
  const stored = storedTokenFile(options);
  const found = [
    { text: tokenFile === undefined ? undefined : given(tokenFile), from: tokenFile ?? "" },
    { text: facts?.agentToken, from: "simulator.json" },
    { text: readFileIfThere(stored), from: stored },
  ].flatMap(({ text, from }) => (text === undefined ? [] : [{ text: text.trim(), from }]));
  const distinct = found.filter(({ text }, index) => found.findIndex((other) => other.text === text) === index);
  return distinct.map(({ text, from }, index) => {
    const token = tokenFrom(text, from);
    protect(token);
    return { token, from, isFirst: index === 0 };
  });
}

/** Registers the agent, anew when its era is over, and stores its token. Throws GameRefused when that cannot be, or must not. */
export async function newToken(
  place: GameOptions & { readonly baseUrl: string },
  known: {
    readonly era: "current" | "over";
    readonly facts: SimulatorFacts | undefined;
    readonly mayChange: () => Promise<(agent: string) => boolean>;
  },
): Promise<Secret> {
  const { environment, signal, protect, baseUrl } = place;
  const accountToken = known.facts === undefined ? place.accountToken() : new Secret(known.facts.accountToken);
  const symbol = symbolFor(place);
  if (known.era === "over" && accountToken === undefined) throw new GameRefused(needsToken(place));
  if (!(await known.mayChange())(symbol)) {
    throw new GameRefused(
      `registering ${symbol} would change ${baseUrl}, and a game is only read until you allow more: give --go, or an agent's token with --token-file.`,
    );
  }
  if (accountToken !== undefined) protect(accountToken);
  const remedy =
    "Give the agent's token with --token-file, the account's with --account-token-file, or another symbol with --agent.";
  const registered = await askWhileJoining(`the registration of ${symbol}`, { environment, signal, remedy }, () =>
    register({ baseUrl, accountToken, environment, symbol, faction: "COSMIC" }),
  );
  if (registered.era === "over") throw new GameRefused(`the game rejects the account's token: ${registered.detail}`);
  const { agent, agentToken } = registered.value;
  storeToken(place, agentToken);
  protect(agentToken);
  environment.logger.info({ agent: agent.symbol, tokenFile: storedTokenFile(place) }, "a new agent was registered");
  return agentToken;
}

/** The account's token as the user gave it, read anew each time. Throws GameRefused for a file that holds none. */
export function accountTokenOf(config: {
  readonly accountToken: Secret | undefined;
  readonly accountTokenFile: string | undefined;
}): Secret | undefined {
  const { accountToken, accountTokenFile } = config;
  const content = accountTokenFile === undefined ? undefined : readFileIfThere(accountTokenFile);
  return accountToken ?? (content === undefined ? undefined : tokenFrom(content, accountTokenFile ?? ""));
}

/** Keeps the agent's token in the data directory, mode 0600. */
export function storeToken(options: Pick<GameOptions, "dataDir">, token: Secret): void {
  writePrivateFile(storedTokenFile(options), `${token.reveal()}\n`);
}

function symbolFor(options: GameOptions): string {
  if (options.agentIsChosen) return options.agent;
  const [last] = scopesOf(readAgentRecord(options.dataDir), nameOfGame(options));
  return last === undefined ? options.agent : symbolOf(last);
}

function needsToken(options: GameOptions): string {
  const file = options.tokenFile ?? storedTokenFile(options);
  return (
    `the universe was reset: the token in ${file} is of an era that is over. ` +
    `Register an agent and put its token into ${file}, or give the account's token with --account-token-file and bosun registers anew.`
  );
}

/** The user may be about to replace it while we wait for a token. */
function given(tokenFile: string): string {
  const text = readFileIfThere(tokenFile);
  if (text === undefined) throw new GameRefused(`${tokenFile} is not there any more. Put a valid token into it.`);
  return text;
}

function storedTokenFile({ dataDir }: Pick<GameOptions, "dataDir">): string {
  return join(dataDir, "agent.token");
}

function tokenFrom(content: string, file: string): Secret {
  try {
    return new Secret(content);
  } catch (error) {
    throw new GameRefused(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

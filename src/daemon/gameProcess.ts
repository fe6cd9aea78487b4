/**
 * Who we are in the game. The agent's token is read from its file, or taken from the embedded simulator, or got by registering; a new
 * token is in DATA_DIR/agent.token (0600) before anything else is done with it (G15). Outages are waited out (G12).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readFileIfThere, writePrivateFile } from "../process/privateFile.ts";
import type { Environment } from "../runtime/environment.ts";
import { createSpaceApi, type SpaceApiOptions } from "../space-api/client.ts";
import { register } from "../space-api/register.ts";
import { Secret } from "../space-api/secret.ts";
import type { ApiOutcome } from "../space-api/spaceApi.ts";
import type { RunningProcess } from "../supervisor/childSpec.ts";
import { readSimulatorFacts } from "../supervisor/sidecars/simulator.ts";
import type { AnyCrashPoint } from "./crashPoints.ts";
import { inProcess } from "./inProcess.ts";
import type { Redactor } from "./logging.ts";
import type { Parts } from "./parts.ts";

export interface GameOptions {
  readonly dataDir: string;
  /** Undefined: the embedded simulator. */
  readonly apiUrl: string | undefined;
  readonly tokenFile: string | undefined;
  readonly agent: string;
  readonly environment: Environment;
  readonly protect: (secret: Redactor) => void;
  readonly crashPoint: ((point: AnyCrashPoint) => void) | undefined;
  readonly onExchange?: SpaceApiOptions["onExchange"];
  readonly signal: AbortSignal;
}

/** The start cannot go on without the user: a wrong token, a symbol that is taken. */
export class GameRefused extends Error {
  override readonly name = "GameRefused";
}

/**
 * Connects to the game and finds out who and where we are. A client that is there already is kept as long as the game is where it was, since
 * the actors use it: stopping this child closes nothing, the end of the daemon does.
 */
export async function startGameProcess(parts: Parts, options: GameOptions): Promise<RunningProcess> {
  const url = options.apiUrl ?? readSimulatorFacts(options.dataDir)?.url;
  const before = parts.game;
  if (before === undefined || before.apiUrl !== url) {
    parts.game = await joinGame(options, url);
    await before?.api.close();
    if (before !== undefined) parts.onGameMoved?.(new Error(`the game moved from ${before.apiUrl} to ${url}`));
  }
  return inProcess(() => Promise.resolve(), { url: url ?? "" });
}

async function joinGame(options: GameOptions, apiUrl: string | undefined): Promise<NonNullable<Parts["game"]>> {
  const { environment } = options;
  if (apiUrl === undefined) throw new Error("the simulator has not said where it listens");
  const token = await findToken(options, apiUrl);
  const crashPoint = options.crashPoint;
  const api = createSpaceApi({
    baseUrl: apiUrl,
    token,
    environment,
    ...(crashPoint === undefined ? {} : { crashPoint }),
    ...(options.onExchange === undefined ? {} : { onExchange: options.onExchange }),
    // The simulator runs on this machine's clock.
    ...(options.apiUrl === undefined ? { serverClock: "same" as const } : {}),
  });
  try {
    const status = await answered("the game's status", options, () =>
      api.status({ priority: "command", signal: options.signal }),
    );
    const agent = await answered("our agent", options, () => api.myAgent({ priority: "command", signal: options.signal }));
    return {
      api,
      apiUrl,
      agentSymbol: agent.symbol,
      scope: `agent/${status.resetDate}/${agent.symbol}`,
      simulator: status.simulator,
      gameSpeed: status.gameSpeed,
    };
  } catch (error) {
    await api.close();
    throw error;
  }
}

async function findToken(options: GameOptions, apiUrl: string): Promise<Secret> {
  const keep = (token: Secret): Secret => {
    options.protect(token);
    return token;
  };
  if (options.tokenFile !== undefined) return keep(tokenFrom(readFileSync(options.tokenFile, "utf8"), options.tokenFile));
  const stored = join(options.dataDir, "agent.token");
  const facts = options.apiUrl === undefined ? readSimulatorFacts(options.dataDir) : undefined;
  if (facts?.agentToken !== undefined) {
    const token = keep(new Secret(facts.agentToken));
    writePrivateFile(stored, `${facts.agentToken}\n`);
    return token;
  }
  const known = readFileIfThere(stored);
  if (known !== undefined) return keep(tokenFrom(known, stored));
  return await registerAgent(options, apiUrl, { stored, accountToken: facts?.accountToken });
}

async function registerAgent(
  options: GameOptions,
  apiUrl: string,
  at: { readonly stored: string; readonly accountToken: string | undefined },
): Promise<Secret> {
  const { environment, agent } = options;
  const accountToken = at.accountToken === undefined ? undefined : new Secret(at.accountToken);
  if (accountToken !== undefined) options.protect(accountToken);
  const registered = await answered(`the registration of ${agent}`, options, () =>
    register({ baseUrl: apiUrl, accountToken, environment, symbol: agent, faction: "COSMIC" }),
  );
  writePrivateFile(at.stored, `${registered.agentToken.reveal()}\n`);
  options.protect(registered.agentToken);
  environment.logger.info({ agent: registered.agent.symbol, tokenFile: at.stored }, "a new agent was registered");
  return registered.agentToken;
}

function tokenFrom(content: string, file: string): Secret {
  try {
    return new Secret(content);
  } catch (error) {
    throw new GameRefused(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** Asks until the game answers, saying why it does not; what waiting cannot cure is thrown. */
async function answered<T>(what: string, options: GameOptions, ask: () => Promise<ApiOutcome<T>>): Promise<T> {
  const { clock, logger, random } = options.environment;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const outcome = await ask();
    switch (outcome.outcome) {
      case "ok":
        return outcome.value;
      case "refused":
        throw new GameRefused(
          `the game refuses ${what}: ${outcome.refusal.message} (${outcome.refusal.name}). ${remedy(options)}`,
        );
      case "malformed":
        throw new GameRefused(`the answer about ${what} makes no sense: ${outcome.field} ${outcome.detail}`);
      case "unknown":
        throw new GameRefused(`the outcome of ${what} is unknown: ${outcome.detail}. ${remedy(options)}`);
      case "unavailable": {
        if (outcome.reason === "tokenRejected")
          throw new GameRefused(`the game rejects our token: ${outcome.detail}. ${remedy(options)}`);
        const jitteredMs = Math.round(Math.max(outcome.retryAfterMs, waitMs) * (0.75 + random.nextSeed() / 2 ** 33));
        logger.warn(
          { reason: outcome.reason, detail: outcome.detail, retryInMs: jitteredMs },
          `${what}: the game does not answer; waiting`,
        );
        await pause(clock, jitteredMs, options.signal);
      }
    }
  }
}

function remedy(options: GameOptions): string {
  return options.tokenFile === undefined
    ? "Give the agent's token with --token-file, or another symbol with --agent."
    : `Put a valid token into ${options.tokenFile}.`;
}

function pause(clock: Environment["clock"], forMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel();
      reject(new Error("the start was abandoned"));
    };
    const cancel = clock.wakeAt(clock.nowMs() + forMs, () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}

/**
 * Who we are in the game. A new token is in DATA_DIR/agent.token (0600) before anything else is done with it (G15); outages are waited out (G12).
 * What is not the embedded simulator, and does not call itself one, is only read until the user has said `--go`.
 */
import type { Environment } from "../runtime/environment.ts";
import { createSpaceApi, type SpaceApiClient, type SpaceApiOptions } from "../space-api/client.ts";
import type { Secret } from "../space-api/secret.ts";
import type { AgentState, ServerStatus } from "../space-api/spaceApi.ts";
import type { RunningProcess } from "../supervisor/childSpec.ts";
import { readSimulatorFacts } from "../supervisor/sidecars/simulator.ts";
import { hasGone, nameOfGame, readAgentRecord } from "./agentRecord.ts";
import type { AnyCrashPoint } from "./crashPoints.ts";
import { eraScope } from "./eraScope.ts";
import { askWhileJoining, GameRefused, type JoinAnswer, TokenRejected } from "./gameAnswers.ts";
import { knownTokens, newToken, storeToken } from "./gameTokens.ts";
import { inProcess } from "./inProcess.ts";
import type { Redactor } from "./logging.ts";
import type { Game, Parts } from "./parts.ts";

export interface GameOptions {
  readonly dataDir: string;
  /** Undefined: the embedded simulator. */
  readonly apiUrl: string | undefined;
  readonly tokenFile: string | undefined;
  /** With which agents are registered; the embedded simulator has its own. */
  readonly accountToken: () => Secret | undefined;
  /** Call sign to register. */
  readonly agent: string;
  /** Whether the user has named it; else an agent that this game knew us as keeps its symbol. */
  readonly agentIsChosen: boolean;
  /** The user allows changes from now on. */
  readonly go: boolean;
  readonly environment: Environment;
  readonly protect: (secret: Redactor) => void;
  readonly crashPoint: ((point: AnyCrashPoint) => void) | undefined;
  readonly onExchange?: SpaceApiOptions["onExchange"];
  /** The game says to this client that its era is over. */
  readonly onEraOver: (api: SpaceApiClient) => void;
  readonly signal: AbortSignal;
}

/**
 * Connects to the game and finds out who and where we are. A client that is there already is kept as long as the game is where it was, since
 * the actors use it: stopping this child closes nothing, the end of the daemon does.
 */
export async function startGameProcess(parts: Parts, options: GameOptions): Promise<RunningProcess> {
  const url = options.apiUrl ?? readSimulatorFacts(options.dataDir)?.url;
  const before = parts.game;
  if (before === undefined || before.apiUrl !== url) {
    parts.game = await joinGame(options);
    await before?.api.close();
    if (before !== undefined) parts.onGameMoved?.(new Error(`the game moved from ${before.apiUrl} to ${url}`));
  }
  return inProcess(() => Promise.resolve(), { url: url ?? "" });
}

/** Joins with a token that is known, or with a new one where the known are of an earlier era. Throws GameRefused. */
export async function joinGame(options: GameOptions): Promise<Game> {
  const facts = options.apiUrl === undefined ? readSimulatorFacts(options.dataDir) : undefined;
  const baseUrl = options.apiUrl ?? facts?.url;
  if (baseUrl === undefined) throw new Error("the simulator has not said where it listens");
  const place = { ...options, baseUrl };
  let era: "current" | "over" = "current";
  for (const { token, from, isFirst } of knownTokens(options, facts)) {
    const joined = await joinAs(place, token, isFirst ? `Put a valid token into ${from}.` : undefined);
    if (joined === "rejected") continue;
    if (joined.era === "current") {
      if (options.tokenFile === undefined) storeToken(options, token);
      return joined.value;
    }
    era = "over";
    options.environment.logger.warn({ from, detail: joined.detail }, "the token is of an era that is over");
  }
  const joined = await joinAs(place, await newToken(place, { era, facts, mayChange: () => mayRegister(place) }), "");
  if (joined === "rejected" || joined.era === "over") throw new GameRefused("the game rejects the token that it has just given");
  return joined.value;
}

interface Place extends GameOptions {
  readonly baseUrl: string;
}

/** Whether an agent may be registered here; the game says without a token whether it is a simulator. */
async function mayRegister(place: Place): Promise<(agent: string) => boolean> {
  const { baseUrl, environment } = place;
  const api = createSpaceApi({ baseUrl, token: undefined, environment, mayChange: () => false });
  try {
    const answer = await askStatus(place, api, `Is ${baseUrl} a SpaceTraders v2 server?`);
    if (answer.era === "over") throw new GameRefused(`the game tells nothing without a token: ${answer.detail}`);
    return (agent) => mayChange(place, answer.value, agent);
  } finally {
    await api.close();
  }
}

function askStatus({ environment, signal }: Place, api: SpaceApiClient, remedy: string): Promise<JoinAnswer<ServerStatus>> {
  return askWhileJoining("the game's status", { environment, signal, remedy }, () => api.status({ priority: "command", signal }));
}

/** `remedy` undefined: a token that is rejected is passed over. Whatever else goes wrong says nothing of the token, and is thrown. */
async function joinAs(place: Place, token: Secret, remedy: string | undefined): Promise<JoinAnswer<Game> | "rejected"> {
  let game: Game | undefined;
  const api = createClient(place, token, () => game);
  try {
    const status = await askStatus(place, api, remedy ?? "");
    if (status.era === "over") return await left(api, status);
    const { environment, signal } = place;
    const agent = await askWhileJoining("our agent", { environment, signal, remedy: remedy ?? "" }, () =>
      api.myAgent({ priority: "command", signal }),
    );
    if (agent.era === "over") return await left(api, agent);
    game = gameOf(place, api, agent.value, status.value);
    return { era: "current", value: game };
  } catch (error) {
    await api.close();
    if (remedy === undefined && error instanceof TokenRejected) return "rejected";
    throw error;
  }
}

async function left<Answer>(api: SpaceApiClient, answer: Answer): Promise<Answer> {
  await api.close();
  return answer;
}

function createClient(place: Place, token: Secret, game: () => Game | undefined): SpaceApiClient {
  const { environment, crashPoint, onExchange } = place;
  return createSpaceApi({
    baseUrl: place.baseUrl,
    token,
    environment,
    mayChange: () => isOpen(game()),
    onEraOver: () => {
      const joined = game();
      if (joined !== undefined) place.onEraOver(joined.api);
    },
    ...(crashPoint === undefined ? {} : { crashPoint }),
    ...(onExchange === undefined ? {} : { onExchange }),
    // The simulator runs on this machine's clock.
    ...(place.apiUrl === undefined ? { serverClock: "same" as const } : {}),
  });
}

function gameOf(place: Place, api: SpaceApiClient, agent: AgentState, status: ServerStatus): Game {
  return {
    api,
    apiUrl: place.baseUrl,
    agentSymbol: agent.symbol,
    scope: eraScope(status.resetDate, agent.symbol),
    simulator: status.simulator,
    gameSpeed: status.gameSpeed,
    ...(mayChange(place, status, agent.symbol) ? {} : { readOnly: true as const }),
  };
}

/** Nobody has been found out to be anybody yet: nothing may be changed. */
function isOpen(game: Game | undefined): boolean {
  return game !== undefined && game.readOnly !== true;
}

/** Nothing in a simulator is real; anywhere else the user must have said so, now or before. */
function mayChange(options: GameOptions, status: ServerStatus, agent: string): boolean {
  if (options.apiUrl === undefined || status.simulator || options.go) return true;
  return hasGone(readAgentRecord(options.dataDir), nameOfGame(options), agent);
}

import { createHttpEdge } from "./httpEdge.ts";
import type { SpaceApiEnvironment } from "./ports.ts";
import { createRequester } from "./requester.ts";
import { createRequestScheduler } from "./requestScheduler.ts";
import { Secret } from "./secret.ts";
import { createServerClock } from "./serverClock.ts";
import type { AgentState, ApiOutcome } from "./spaceApi.ts";
import { agentOf } from "./wireMapping.ts";
import { answers } from "./wireSchemas.ts";

export interface Registration {
  readonly agentToken: Secret;
  readonly agent: AgentState;
}

/**
 * Registers a new agent. The game tells the agent's token this once: the caller must store it before anything else. An `unknown`
 * outcome may have taken the symbol with a token nobody has; the only way on is another symbol. `accountToken` is
 * left out for a simulator that asks for none.
 */
export async function register(options: {
  readonly baseUrl: string;
  readonly accountToken: Secret | undefined;
  readonly environment: SpaceApiEnvironment;
  readonly symbol: string;
  readonly faction: string;
  readonly requestTimeoutMs?: number;
}): Promise<ApiOutcome<Registration>> {
  const { environment } = options;
  const http = createHttpEdge({
    baseUrl: options.baseUrl,
    token: options.accountToken,
    connections: 1,
    timeoutMs: options.requestTimeoutMs ?? 15_000,
  });
  const requester = createRequester({
    http,
    environment,
    scheduler: createRequestScheduler({ clock: environment.clock, gameSpeed: 1, maxInFlight: 1 }),
    serverClock: createServerClock(),
    crashPoint: undefined,
  });
  try {
    return await requester.request(
      {
        name: "register",
        method: "POST",
        path: "/register",
        body: { symbol: options.symbol, faction: options.faction },
        schema: answers.registration,
        map: ({ data }) => ({ agentToken: new Secret(data.token), agent: agentOf(data.agent) }),
      },
      { priority: "command" },
    );
  } finally {
    await http.close();
  }
}

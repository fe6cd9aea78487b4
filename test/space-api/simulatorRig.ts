import { createSpaceApi, type SpaceApiClient } from "../../src/space-api/client.ts";
import type { SpaceApiEnvironment } from "../../src/space-api/ports.ts";
import { Secret } from "../../src/space-api/secret.ts";
import type { ApiOutcome } from "../../src/space-api/spaceApi.ts";
import { type Harness, type HarnessOptions, startHarness } from "../simulator/support/harness.ts";

export const COMMAND = { priority: "command" } as const;

export function valueOf<T>(outcome: ApiOutcome<T>): T {
  if (outcome.outcome !== "ok") throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

export interface SimulatorRig {
  readonly simulator: Harness;
  readonly api: SpaceApiClient;
  readonly environment: SpaceApiEnvironment;
  close(): Promise<void>;
}

/** The client against the simulator, on one clock that both share: whoever waits moves it. */
export async function startSimulatorRig(options: HarnessOptions = {}): Promise<SimulatorRig> {
  const simulator = await startHarness({ speed: 60, ...options });
  const { wall } = simulator;
  const environment: SpaceApiEnvironment = {
    clock: {
      nowMs: () => wall.nowMs(),
      wakeAt: (dueAtMs, wake) => {
        const handle = setImmediate(() => {
          wall.advanceSeconds(Math.max(0, dueAtMs - wall.nowMs()) / 1_000);
          wake();
        });
        return () => clearImmediate(handle);
      },
    },
    random: { nextSeed: () => 0 },
    ids: { nextId: () => "id" },
    logger: { debug: () => undefined, warn: () => undefined },
  };
  const token = new Secret(simulator.token);
  const api = createSpaceApi({ baseUrl: simulator.url, token, environment, gameSpeed: 1e6, serverClock: "same" });
  return {
    simulator,
    api,
    environment,
    async close() {
      await api.close();
      await simulator.close();
    },
  };
}

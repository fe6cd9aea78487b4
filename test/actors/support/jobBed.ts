import type { JobContext } from "../../../src/runtime/job.ts";
import { createSystemEnvironment } from "../../../src/runtime/systemEnvironment.ts";
import { createSpaceApi, type SpaceApiClient } from "../../../src/space-api/client.ts";
import { Secret } from "../../../src/space-api/secret.ts";
import type { ApiOutcome } from "../../../src/space-api/spaceApi.ts";
import { type Harness, startHarness } from "../../simulator/support/harness.ts";
import { silentLogger } from "../../support/silentLogger.ts";
import { SystemWall } from "./fleetRig.ts";

export const COMMAND = { priority: "command" } as const;
export const memo = { task: "p1.t1", pipeline: "p1" };
export const environment = createSystemEnvironment(silentLogger);

export interface JobBed {
  readonly simulator: Harness;
  readonly api: SpaceApiClient;
  readonly close: () => Promise<void>;
}

/** A simulated game on the wall clock and a client of it: what a job needs to run without its actor. */
export async function startJobBed(speed: number): Promise<JobBed> {
  const simulator = await startHarness({ speed, wall: new SystemWall() });
  const token = new Secret(simulator.token);
  const api = createSpaceApi({ baseUrl: simulator.url, token, environment, gameSpeed: 1e6, serverClock: "same" });
  const close = async () => {
    await api.close();
    await simulator.close();
  };
  return { simulator, api, close };
}

/** A job's context; `keep` gets the facts of its checkpoint. */
export function jobContext<Facts>(keep: (facts: Facts) => void | Promise<void> = () => {}): JobContext<Facts> {
  const { signal } = new AbortController();
  const address = "agent/2026-11-21/TESTER/ship/S";
  const checkpoint = async (facts: Facts) => await keep(facts);
  return { address, jobId: "job", attempt: 1, requestId: "job:1", signal, nowMs: () => environment.clock.nowMs(), checkpoint };
}

export function valueOf<Value>(outcome: ApiOutcome<Value>): Value {
  if (outcome.outcome !== "ok") throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

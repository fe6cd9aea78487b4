import type { StatusSource } from "../../src/console/fleetStatus.ts";
import { SCOPE, START_MS } from "./fakeRuntime.ts";

/** What a status needs beside the view, of a daemon that sails on the simulator with nothing to tell. */
export function statusSource(change: Partial<StatusSource> = {}): StatusSource {
  return {
    version: "0.1.0",
    agent: SCOPE,
    simulator: true,
    readOnly: false,
    gameSpeed: 60,
    startedAtMs: START_MS,
    phase: () => "sailing",
    boot: () => undefined,
    requestBudget: () => undefined,
    processes: () => [],
    deadLetters: () => undefined,
    ...change,
  };
}

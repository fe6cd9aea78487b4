import { join } from "node:path";
import { type RunningSimulator, startSimulator } from "../../src/simulator/simulatorProcess.ts";
import type { VirtualClock } from "./virtualClock.ts";

export interface UniverseChoice {
  /** Of a generated universe, and of the noise of a captured one. */
  readonly seed: number;
  /** File of a captured universe. */
  readonly universe: string | undefined;
  /** File of overridden constants. */
  readonly economy: string | undefined;
  /** FRESH, TEN or a file. */
  readonly fleet: string;
}

/** The simulator in this process, on the given clock at the game's own speed, behind real HTTP, with the rate limit on. */
export interface LocalUniverse extends RunningSimulator {
  readonly booksPath: string;
}

export async function startLocalUniverse(clock: VirtualClock, dataDir: string, choice: UniverseChoice): Promise<LocalUniverse> {
  const wait = (ms: number): Promise<void> => new Promise((resolve) => void clock.within.wakeAt(clock.nowMs() + ms, resolve));
  const running = await startSimulator(
    {
      ...choice,
      dataDir,
      speed: 1,
      port: 0,
      host: "127.0.0.1",
      agent: "BOSUN",
      tokenFile: undefined,
      record: undefined,
      faults: undefined,
      admin: false,
      rateLimit: true,
      help: false,
    },
    { wall: clock, wait },
  );
  return { ...running, booksPath: join(dataDir, "books.jsonl") };
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { freeLoopbackPort } from "../../process/freePort.ts";
import { readFileIfThere } from "../../process/privateFile.ts";
import type { SidecarSpec } from "../sidecar.ts";

export interface SimulatorOptions {
  readonly dataDirectory: string;
  readonly seed: number;
  readonly speed: number;
  /** Absolute path of a captured system. */
  readonly universe: string | undefined;
  /** FRESH, TEN, or the absolute path of a fleet file. */
  readonly fleet: string;
  /** Symbol of the agent to sail for. */
  readonly agent: string;
}

/** What a running simulator says of itself in `DATA_DIR/simulator/simulator.json`. The tokens are secrets (G15). */
export interface SimulatorFacts {
  readonly pid: number;
  readonly url: string;
  readonly accountToken: string;
  readonly agentToken: string | undefined;
  readonly speed: number;
  readonly resetDate: string;
}

const factsSchema = z.object({
  pid: z.number(),
  url: z.string(),
  accountToken: z.string(),
  agentToken: z
    .string()
    .nullish()
    .transform((token) => token ?? undefined),
  speed: z.number(),
  resetDate: z.string(),
});

/** The embedded universe as a process of its own, with its state in `DATA_DIR/simulator`. */
export function simulatorSidecar(options: SimulatorOptions): SidecarSpec {
  const home = simulatorHome(options.dataDirectory);
  return {
    name: "simulator",
    dataDirectory: options.dataDirectory,
    readyWithinMs: 45_000,
    silentWithinMs: 30_000,
    stopWithinMs: 5_000,
    refusalCode: 2,
    async command(previousPort) {
      const port = await freeLoopbackPort(previousPort);
      const universe = options.universe === undefined ? [] : ["--universe", options.universe];
      const choices = ["--seed", String(options.seed), "--speed", String(options.speed), "--fleet", options.fleet];
      choices.push("--agent", options.agent, ...universe);
      const program = simulatorProgram();
      return {
        command: process.execPath,
        args: [...program, "--data-dir", home, "--port", String(port), ...choices],
        cwd: options.dataDirectory,
        env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
        port,
        marker: `--data-dir ${home} --port`,
        fingerprint: JSON.stringify([program, choices]),
      };
    },
    // By the URL it wrote: had its port been taken in between, it will have moved to the next.
    probe: async (_port, identity) => {
      const facts = readSimulatorFacts(options.dataDirectory);
      return facts?.pid === identity.pid && (await answers(facts.url));
    },
  };
}

/** Undefined while no simulator has come up in this data directory. */
export function readSimulatorFacts(dataDirectory: string): SimulatorFacts | undefined {
  const text = readFileIfThere(join(simulatorHome(dataDirectory), "simulator.json"));
  return text === undefined || text === "" ? undefined : factsSchema.parse(JSON.parse(text));
}

const simulatorHome = (dataDirectory: string): string => join(dataDirectory, "simulator");

/** The built program beside this file; in development the source, through the loader that runs us. */
function simulatorProgram(): readonly string[] {
  const built = fileURLToPath(new URL("../../simulator/main.js", import.meta.url));
  if (existsSync(built)) return [built];
  return ["--import", import.meta.resolve("tsx"), fileURLToPath(new URL("../../simulator/main.ts", import.meta.url))];
}

const ANSWER_WITHIN_MS = 2_000;

/** Any HTTP answer will do: it is alive. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    await response.arrayBuffer();
    return true;
  } catch (error) {
    if (error instanceof TypeError || (error instanceof DOMException && error.name === "TimeoutError")) return false;
    throw error;
  }
}

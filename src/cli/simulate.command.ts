import { z } from "zod";
import { grouped } from "../console/figures.ts";
import { harmless, type Palette } from "../console/terminalText.ts";
import type { OptionSpec } from "../options.ts";
import { InputFault } from "../simulator/inputFault.ts";
import { type OptionLine, optionsFrom, readArguments, SIMULATOR_OPTIONS, type SimulatorOptions } from "../simulator/options.ts";
import type { RunFacts } from "../simulator/runFile.ts";
import { type RunningSimulator, startSimulator, stopOnSignal } from "../simulator/simulatorProcess.ts";
import type { Command } from "./command.ts";
import { CommandFailed, ExitCode } from "./exitCode.ts";

/** The simulator's own options and one of ours: where it is a program for people, a sidecar always speaks JSON. */
const LINES: Readonly<Record<string, OptionLine>> = {
  ...SIMULATOR_OPTIONS,
  "--output": { argument: "text|json", help: "JSON is one line, with the token", defaultText: "text", short: "o" },
};

/** A simulated universe alone, in the foreground, for any client. */
export const simulateCommand: Command = {
  name: "simulate",
  usage: "",
  help: "Serve a simulated universe for any client, without a fleet",
  options: Object.entries(LINES).map(toSpec),
  arguments: { min: 0, max: 0 },
  parsesItself: true,
  async run(call) {
    const { options, json } = read(call.arguments);
    const running = await start(options);
    const { facts, path } = running;
    if (json) call.print(JSON.stringify({ event: "listening", ...withoutAccount(facts), tokensIn: path }));
    else call.print(welcome(running, options, call.palette));
    await stopOnSignal(running);
    if (!json) call.tell("stopped; the universe is saved and goes on at the next start");
  },
};

function read(args: readonly string[]): { options: SimulatorOptions; json: boolean } {
  return orUsage(() => {
    const given = readArguments(args, LINES);
    const form = given.get("--output") ?? "text";
    if (!["text", "table", "json"].includes(form)) throw new InputFault(`--output ${form}: text or json is needed`);
    return { options: optionsFrom(given), json: form === "json" };
  });
}

async function start(options: SimulatorOptions): Promise<RunningSimulator> {
  try {
    return await startSimulator(options);
  } catch (error) {
    throw asUsage(error);
  }
}

function orUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asUsage(error);
  }
}

function asUsage(error: unknown): unknown {
  return error instanceof InputFault ? new CommandFailed(ExitCode.usage, error.message) : error;
}

/** The account's token makes agents and moves the universe; it stays in the file. */
function withoutAccount(facts: RunFacts): Omit<RunFacts, "accountToken"> {
  const { accountToken: _, ...others } = facts;
  return others;
}

function welcome({ facts, path, about }: RunningSimulator, options: SimulatorOptions, palette: Palette): string {
  const { url, agentToken } = facts;
  const limits = options.rateLimit ? "the game's rate limit" : "no rate limit";
  const lines: readonly (readonly [string, string])[] = [
    ["universe", `${harmless(facts.source)}, system ${about.system}, economy ${facts.economy}`],
    ["time", `${facts.speed} game seconds a second; ${limits}`],
    ["agent", `${facts.agent}, ${grouped(about.credits)} credits, ${about.ships} ships`],
    ["url", palette.bold(url)],
    ["token", agentToken ?? `none: the universe was reset, and POST /register makes ${facts.agent} anew`],
    ["account", `the token for POST /register${options.admin ? " and /admin" : ""} is in ${path}`],
    ["books", `bosun books --data-dir ${options.dataDir}`],
    ["stop", "Ctrl-C; the universe goes on at the next start"],
  ];
  const body = lines.map(([name, text]) => `  ${palette.dim(name.padEnd(9))} ${text}`).join("\n");
  return `${palette.bold("bosun simulate")}: the SpaceTraders v2 API with a ${palette.warn("simulated")} universe behind it. Nothing here is real.

${body}

Any client works: give it the url as its base URL and the token as its agent's token. For example:

  curl -H 'Authorization: Bearer ${agentToken ?? "TOKEN"}' ${url}/my/ships

docs/simulator.md has more.`;
}

function toSpec([name, line]: [string, OptionLine]): OptionSpec {
  const flag = name.slice(2);
  const spec = { flag, key: flag, help: line.help, schema: z.string().or(z.literal(true)) };
  return {
    ...spec,
    ...(line.argument === undefined ? {} : { argument: line.argument }),
    ...(line.defaultText === undefined ? {} : { defaultText: line.defaultText }),
    ...(line.short === undefined ? {} : { short: line.short }),
  };
}

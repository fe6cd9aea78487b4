/**
 * The daemon's configuration: flags > environment > file > defaults, one table, strict.
 * Invariant: nothing that looks like ours is ignored; an unknown flag, BOSUN_ variable or file key stops the start.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { FleetConfig } from "./actors/fleetPorts.ts";
import {
  GAME_URL,
  DAEMON_OPTIONS as OPTIONS,
  OTHER_PREFIX,
  OTHER_VARIABLES,
  DAEMON_SWITCHES as SWITCHES,
} from "./configOptions.ts";
import { type ArmedCrash, parseCrashAt } from "./daemon/crashPoints.ts";
import { NatsCredentialsRefused, natsAuthenticator } from "./messaging/natsCredentials.ts";
import { nearest } from "./nearest.ts";
import { checkOption, optionHelp, parseFlags } from "./options.ts";
import { type PolicyResult, readPolicy } from "./policy.ts";
import { Secret } from "./space-api/secret.ts";

export interface Config {
  /** Absolute. */
  readonly dataDir: string;
  /** Which universe to generate; a data directory that has one keeps it when absent. */
  readonly seed: number | undefined;
  /** Absolute path of a captured system; the simulator generates one from the seed when absent. */
  readonly universe: string | undefined;
  /** Game seconds per second in the simulator. */
  readonly speed: number;
  /** FRESH, TEN, or the absolute path of a fleet file. */
  readonly fleet: string | undefined;
  readonly apiUrl: string | undefined;
  readonly tokenFile: string | undefined;
  /** Read when an agent must be registered, so that it may come or change while the daemon runs. */
  readonly accountTokenFile: string | undefined;
  /** The account's token itself, from the environment. */
  readonly accountToken: Secret | undefined;
  /** Allows changes to a game that is no simulator. */
  readonly go: boolean;
  readonly agent: string;
  /** Whether the user has named it. */
  readonly agentIsChosen: boolean;
  readonly databaseUrl: string | undefined;
  readonly natsUrl: string | undefined;
  /** Absolute path of the credentials for it. */
  readonly natsCreds: string | undefined;
  readonly bus: "auto" | "nats" | "in-process";
  readonly httpPort: number;
  readonly runForSeconds: number | undefined;
  /** The figures of the fleet: the defaults, with what the user gave of them. */
  readonly policy: FleetConfig;
  readonly log: "auto" | "json" | "pretty";
  /** For the crash tests. */
  readonly crashAt: ArmedCrash | undefined;
}

export type ConfigResult =
  | { readonly result: "run"; readonly config: Config; readonly origins: Readonly<Record<string, string>> }
  | { readonly result: "help"; readonly text: string }
  | { readonly result: "version" }
  | { readonly result: "refused"; readonly problems: readonly string[] };

/** Reads the configuration. Never throws for what the user got wrong: that comes back as `refused`, exit 2. */
export function loadConfig(args: readonly string[], environment: NodeJS.ProcessEnv, cwd: string): ConfigResult {
  const flags = parseFlags([...OPTIONS, ...SWITCHES], args);
  if (flags.values["help"] === true) return { result: "help", text: helpText() };
  if (flags.values["version"] === true) return { result: "version" };
  const problems = [...flags.problems, ...flags.positionals.map(unexpectedWord), ...unknownVariables(environment)];
  const layers = new Map<string, { readonly value: unknown; readonly where: string }>();
  for (const option of OPTIONS) {
    const fromFlag = flags.values[option.key];
    const fromVariable = option.environment === undefined ? undefined : environment[option.environment];
    if (fromFlag !== undefined) layers.set(option.key, { value: fromFlag, where: `--${option.flag}` });
    else if (fromVariable !== undefined && fromVariable !== "")
      layers.set(option.key, { value: fromVariable, where: `$${option.environment}` });
  }
  const dataDir = resolve(cwd, textOf(layers.get("dataDir")) ?? ".bosun");
  problems.push(...addFile(layers, { dataDir, cwd }));

  const values: Record<string, unknown> = {};
  for (const option of OPTIONS) {
    const layer = layers.get(option.key);
    if (layer === undefined) continue;
    const checked = checkOption(option, layer.value, layer.where);
    if ("problem" in checked) problems.push(checked.problem);
    else values[option.key] = checked.value;
  }
  const policy = policyFrom(values["policy"], layers.get("policy")?.where ?? "", cwd);
  if ("problems" in policy) problems.push(...policy.problems);
  const crashAt = armedCrash(environment["BOSUN_CRASH_AT"]);
  if (crashAt !== undefined && "problem" in crashAt) problems.push(crashAt.problem);
  if (problems.length > 0 || "problems" in policy || (crashAt !== undefined && "problem" in crashAt))
    return { result: "refused", problems };
  const accountToken = secretFrom(environment["BOSUN_ACCOUNT_TOKEN"]);
  if (accountToken === "unusable") return { result: "refused", problems: [`BOSUN_ACCOUNT_TOKEN ${NO_TOKEN}`] };
  const config = assemble(values, {
    dataDir,
    cwd,
    crashAt,
    accountToken,
    policy: policy.policy,
    go: flags.values["go"] === true,
  });
  const contradiction = contradictionOf(config);
  if (contradiction !== undefined) return { result: "refused", problems: [contradiction] };
  return { result: "run", config, origins: Object.fromEntries([...layers].map(([key, { where }]) => [key, where])) };
}

const text = z.string().optional().catch(undefined);
const assembled = z.object({
  seed: z.number().optional(),
  universe: text,
  speed: z.number().default(60),
  fleet: text,
  apiUrl: text,
  tokenFile: text,
  accountTokenFile: text,
  agent: text,
  databaseUrl: text,
  natsUrl: text,
  natsCreds: text,
  bus: z.enum(["auto", "nats", "in-process"]).default("auto"),
  httpPort: z.number().default(4000),
  runForSeconds: z.number().optional(),
  log: z.enum(["auto", "json", "pretty"]).default("auto"),
});

/** Defaults filled in, relative paths resolved against the working directory. */
function assemble(
  values: Readonly<Record<string, unknown>>,
  at: Pick<Config, "dataDir" | "crashAt" | "accountToken" | "policy" | "go"> & { readonly cwd: string },
): Config {
  const given = assembled.parse(values);
  return {
    dataDir: at.dataDir,
    seed: given.seed,
    universe: given.universe === undefined ? undefined : resolve(at.cwd, given.universe),
    speed: given.speed,
    fleet: given.fleet === undefined || isNamedFleet(given.fleet) ? given.fleet : resolve(at.cwd, given.fleet),
    apiUrl: given.apiUrl ?? (given.tokenFile === undefined ? undefined : GAME_URL),
    tokenFile: given.tokenFile === undefined ? undefined : resolve(at.cwd, given.tokenFile),
    accountTokenFile: given.accountTokenFile === undefined ? undefined : resolve(at.cwd, given.accountTokenFile),
    accountToken: at.accountToken,
    go: at.go,
    agent: given.agent ?? "BOSUN",
    agentIsChosen: given.agent !== undefined,
    databaseUrl: given.databaseUrl,
    natsUrl: given.natsUrl,
    natsCreds: given.natsCreds === undefined ? undefined : resolve(at.cwd, given.natsCreds),
    bus: given.bus,
    httpPort: given.httpPort,
    runForSeconds: given.runForSeconds,
    policy: at.policy,
    log: given.log,
    crashAt: at.crashAt,
  };
}

const NO_TOKEN = "holds no token: it must be one word of printable ASCII characters.";

function secretFrom(variable: string | undefined): Secret | "unusable" | undefined {
  if (variable === undefined || variable === "") return undefined;
  try {
    return new Secret(variable);
  } catch {
    return "unusable";
  }
}

/** Flags and variables are always text. */
function textOf(layer: { readonly value: unknown } | undefined): string | undefined {
  return typeof layer?.value === "string" ? layer.value : undefined;
}

function isNamedFleet(fleet: string): boolean {
  return fleet === "FRESH" || fleet === "TEN";
}

function armedCrash(variable: string | undefined): ReturnType<typeof parseCrashAt> | undefined {
  return variable === undefined || variable === "" ? undefined : parseCrashAt(variable);
}

function contradictionOf(config: Config): string | undefined {
  for (const [option, file] of [
    ["--universe", config.universe],
    ["--token-file", config.tokenFile],
    ["--account-token-file", config.accountTokenFile],
    ["--nats-creds", config.natsCreds],
    ["--fleet", config.fleet === undefined || isNamedFleet(config.fleet) ? undefined : config.fleet],
  ] as const) {
    if (file !== undefined && !existsSync(file)) return `${option} names ${file}, which does not exist. Check the path.`;
  }
  if (config.bus === "in-process" && config.natsUrl !== undefined)
    return "--bus in-process and --nats-url contradict each other. Leave one out.";
  if (config.natsUrl !== undefined) return credentialsProblem(config.natsUrl, config.natsCreds);
  if (config.natsCreds !== undefined) return "--nats-creds needs --nats-url: it is for a NATS server of your own.";
  return undefined;
}

function credentialsProblem(natsUrl: string, natsCreds: string | undefined): string | undefined {
  try {
    natsAuthenticator(natsUrl, natsCreds);
    return undefined;
  } catch (error) {
    if (error instanceof NatsCredentialsRefused) return error.message;
    throw error;
  }
}

/** Adds what the configuration file says under what flags and environment say; returns problems. */
function addFile(
  layers: Map<string, { readonly value: unknown; readonly where: string }>,
  at: { readonly dataDir: string; readonly cwd: string },
): readonly string[] {
  const named = layers.get("config");
  const file = named === undefined ? join(at.dataDir, "bosun.json") : resolve(at.cwd, textOf(named) ?? "");
  if (!existsSync(file)) {
    return named === undefined ? [] : [`${named.where} names ${file}, which does not exist. Check the path.`];
  }
  const content = readJsonObject(file);
  if ("problem" in content) return [content.problem];
  const problems: string[] = [];
  const known = OPTIONS.filter((option) => option.inFile !== false);
  for (const [key, value] of Object.entries(content.object)) {
    const option = known.find((candidate) => candidate.key === key);
    if (option === undefined) {
      const guess = nearest(
        key,
        known.map((candidate) => candidate.key),
      );
      problems.push(`unknown key ${JSON.stringify(key)} in ${file}.${guess === undefined ? "" : ` Did you mean "${guess}"?`}`);
    } else if (!layers.has(key)) layers.set(key, { value, where: `"${key}" in ${file}` });
  }
  return problems;
}

/** Figures in a file of their own, or in the configuration file. */
function policyFrom(given: unknown, where: string, cwd: string): PolicyResult {
  if (given === undefined) return readPolicy({}, where);
  if (typeof given !== "string") return readPolicy(given, where);
  const file = resolve(cwd, given);
  if (!existsSync(file)) return { problems: [`${where} names ${file}, which does not exist. Check the path.`] };
  const content = readJsonObject(file, '{"floorCredits": 20000}');
  return "problem" in content ? { problems: [content.problem] } : readPolicy(content.object, file);
}

function readJsonObject(
  file: string,
  example = '{"speed": 30}',
): { readonly object: Record<string, unknown> } | { readonly problem: string } {
  try {
    const parsed = z.record(z.string(), z.unknown()).safeParse(JSON.parse(readFileSync(file, "utf8")));
    if (parsed.success) return { object: parsed.data };
    return { problem: `${file} must hold one JSON object with options, like ${example}.` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problem: `${file} cannot be read as JSON: ${reason}. Correct it or move it away.` };
  }
}

function unknownVariables(environment: NodeJS.ProcessEnv): readonly string[] {
  const known = [...OPTIONS.flatMap((option) => option.environment ?? []), ...OTHER_VARIABLES];
  return Object.keys(environment)
    .filter((name) => name.startsWith("BOSUN_") && !known.includes(name) && !name.startsWith(OTHER_PREFIX))
    .map((name) => {
      const guess = nearest(name, known);
      return `unknown environment variable ${name}.${guess === undefined ? "" : ` Did you mean ${guess}?`}`;
    });
}

function unexpectedWord(word: string): string {
  const hint = word === "status" || word === "snapshot" || word === "actors" ? ` For commands: npx bosun ${word}.` : "";
  return `unexpected argument ${JSON.stringify(word.slice(0, 60))}. The daemon takes options only.${hint}`;
}

function helpText(): string {
  return `bosun: a fleet daemon for SpaceTraders, on durable actors

Usage: npm start -- [options]     (or: node dist/main.js [options])

With nothing given it starts an embedded Postgres, a nats-server if one is on the PATH, a simulated universe and one agent.

Options:
${optionHelp([...OPTIONS, ...SWITCHES])}

Flags win over the environment, the environment over the file, the file over defaults.

Exit codes: 0 stopped as asked · 1 failed · 2 wrong options · 3 a part it needs is missing or another daemon holds the data
directory · 130 forced by a second signal
`;
}

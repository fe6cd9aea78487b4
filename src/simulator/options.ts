/** The command line of the simulator. */
import { InputFault } from "./inputFault.ts";

export interface SimulatorOptions {
  port: number;
  host: string;
  dataDir: string;
  /** Undefined when not given: then a resumed universe keeps its own. */
  seed: number | undefined;
  speed: number;
  universe: string | undefined;
  economy: string | undefined;
  fleet: string;
  agent: string;
  tokenFile: string | undefined;
  /** JSON list of faults to arm at the start. */
  faults?: string | undefined;
  /** File to record every request in, for a replay. */
  record: string | undefined;
  admin: boolean;
  rateLimit: boolean;
  help: boolean;
}

/** One line of the table of options: with `argument` it takes a value, else it is a switch. */
export interface OptionLine {
  readonly argument?: string;
  readonly help: string;
  readonly defaultText?: string;
  /** One letter, for `-o`. */
  readonly short?: string;
}

/** Reads the arguments; throws {@link InputFault} for anything it does not know, naming the nearest option. */
export function parseOptions(args: readonly string[]): SimulatorOptions {
  return optionsFrom(readArguments(args, SIMULATOR_OPTIONS));
}

/** Name by name, what was given for the options of a table; a switch is `true`. Checks names only. */
export function readArguments(args: readonly string[], known: Readonly<Record<string, OptionLine>>): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const [word, inline] = splitOnce(args[i] ?? "");
    const name = word.startsWith("--") ? word : (longName(word, known) ?? word);
    const line = known[name];
    if (line === undefined && !word.startsWith("-")) throw new InputFault(`${word.slice(0, 80)}: every option begins with --`);
    if (line === undefined) throw new InputFault(`unknown option ${word}; did you mean ${nearest(word, Object.keys(known))}?`);
    if (line.argument === undefined) {
      if (inline !== undefined) throw new InputFault(`${name} takes no value`);
      given.set(name, "true");
      continue;
    }
    const value = inline ?? args[++i];
    if (value === undefined || (inline === undefined && value.startsWith("--"))) throw new InputFault(`${name} needs a value`);
    given.set(name, value);
  }
  return given;
}

/** Checks the values. Throws {@link InputFault}. */
export function optionsFrom(given: ReadonlyMap<string, string>): SimulatorOptions {
  return {
    port: wholeNumber(given, "--port", 0, 65_535) ?? 0,
    host: given.get("--host") ?? "127.0.0.1",
    dataDir: given.get("--data-dir") ?? "simulator-data",
    seed: wholeNumber(given, "--seed", 0, Number.MAX_SAFE_INTEGER),
    speed: speedOf(given),
    universe: given.get("--universe"),
    economy: given.get("--economy"),
    fleet: given.get("--fleet") ?? "FRESH",
    agent: agentOf(given),
    tokenFile: given.get("--token-file"),
    faults: given.get("--faults"),
    record: given.get("--record"),
    admin: given.has("--admin"),
    rateLimit: !given.has("--no-rate-limit"),
    help: given.has("--help"),
  };
}

/** The known name closest to a mistyped one. */
export function nearest(name: string, known: readonly string[]): string {
  const ranked = known.map((candidate) => ({ candidate, edits: editDistance(name, candidate) }));
  return ranked.toSorted((a, b) => a.edits - b.edits)[0]?.candidate ?? "";
}

export const SIMULATOR_OPTIONS: Readonly<Record<string, OptionLine>> = {
  "--port": { argument: "N", help: "Port to listen on; 0 picks one, the last one first", defaultText: "0" },
  "--host": { argument: "ADDRESS", help: "Address to listen on", defaultText: "127.0.0.1" },
  "--data-dir": { argument: "DIR", help: "Books, snapshot and simulator.json", defaultText: "simulator-data" },
  "--seed": { argument: "N", help: "Seed of a generated universe, and of the noise", defaultText: "1" },
  "--speed": { argument: "N", help: "Game seconds per second", defaultText: "60" },
  "--universe": { argument: "FILE", help: "A captured or edited system instead of a generated one" },
  "--economy": { argument: "FILE", help: "JSON that overrides single constants of the economy" },
  "--fleet": { argument: "NAME", help: "Start of every agent: FRESH, TEN, or a JSON file", defaultText: "FRESH" },
  "--agent": { argument: "SYMBOL", help: "Agent that exists from the start", defaultText: "BOSUN" },
  "--token-file": { argument: "FILE", help: "Write that agent's token there, mode 0600" },
  "--faults": { argument: "FILE", help: "Arm a JSON list of faults" },
  "--record": { argument: "FILE", help: "Record every request there, to be replayed; an old recording goes on" },
  "--admin": { help: "Serve /admin: faults and levers" },
  "--no-rate-limit": { help: "Answer without the game's rate limit" },
  "--help": { help: "Show this and exit", short: "h" },
};

export const USAGE = `Usage: simulator [options]\n\n${linesOf(SIMULATOR_OPTIONS)}\n`;

function linesOf(options: Readonly<Record<string, OptionLine>>): string {
  const rows = Object.entries(options).map(([name, { argument, help, defaultText }]) => ({
    left: argument === undefined ? name : `${name} ${argument}`,
    right: defaultText === undefined ? help : `${help} (${defaultText})`,
  }));
  return rows.map(({ left, right }) => `  ${left.padEnd(20)}${right}`).join("\n");
}

function longName(word: string, known: Readonly<Record<string, OptionLine>>): string | undefined {
  return Object.keys(known).find((name) => `-${known[name]?.short}` === word);
}

function splitOnce(argument: string): [string, string | undefined] {
  const at = argument.indexOf("=");
  return argument.startsWith("--") && at > 0 ? [argument.slice(0, at), argument.slice(at + 1)] : [argument, undefined];
}

function wholeNumber(given: ReadonlyMap<string, string>, name: string, low: number, high: number): number | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d{1,16}$/.test(text) && value >= low && value <= high) return value;
  throw new InputFault(`${name} ${text}: a whole number from ${low} to ${high} is needed`);
}

function speedOf(given: ReadonlyMap<string, string>): number {
  const text = given.get("--speed") ?? "60";
  const speed = Number(text);
  if (text.trim() !== "" && speed >= 0.01 && speed <= 100_000) return speed;
  throw new InputFault(`--speed ${text}: a number from 0.01 to 100000 is needed`);
}

function agentOf(given: ReadonlyMap<string, string>): string {
  const symbol = (given.get("--agent") ?? "BOSUN").toUpperCase();
  if (/^[A-Z0-9_-]{3,14}$/.test(symbol)) return symbol;
  throw new InputFault(`--agent ${symbol.slice(0, 40)}: 3 to 14 letters, digits, - or _ are needed`);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

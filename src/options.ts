import { z } from "zod";
import { nearest } from "./nearest.ts";

/**
 * One option of a command: the single source of its flag, environment variable, file key, check and line of help.
 * The schema checks the text of a flag or variable as well as the JSON value of a file.
 */
export interface OptionSpec {
  /** Without dashes, e.g. `data-dir`. */
  readonly flag: string;
  /** Name in the parsed result and in a configuration file; carries the unit. */
  readonly key: string;
  readonly environment?: string;
  /** Placeholder of the value in the help; absent for a switch. */
  readonly argument?: string;
  readonly help: string;
  readonly defaultText?: string;
  readonly schema: z.ZodType;
  /** Short form, e.g. `o` for `-o`. */
  readonly short?: string;
  /** Whether a configuration file may set it; true when absent. */
  readonly inFile?: boolean;
}

export interface ParsedFlags {
  /** By option key: the text given, or `true` for a switch. */
  readonly values: Readonly<Record<string, string | true>>;
  readonly positionals: readonly string[];
  /** Sentences for the user; empty when everything was understood. */
  readonly problems: readonly string[];
}

/** Reads `--flag VALUE`, `--flag=VALUE`, `-f VALUE`, switches and positionals; `--` ends the options. Checks names only. */
export function parseFlags(options: readonly OptionSpec[], args: readonly string[]): ParsedFlags {
  const values: Record<string, string | true> = {};
  const positionals: string[] = [];
  const problems: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? "";
    if (word === "--") {
      positionals.push(...args.slice(index + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      positionals.push(word);
      continue;
    }
    const equals = word.startsWith("--") ? word.indexOf("=") : -1;
    const name = equals < 0 ? word : word.slice(0, equals);
    const option = options.find((candidate) => `--${candidate.flag}` === name || `-${candidate.short}` === name);
    if (option === undefined) {
      problems.push(unknownFlag(options, name));
      continue;
    }
    if (option.argument === undefined) {
      if (equals >= 0) problems.push(`${name} takes no value. Write just ${name}.`);
      values[option.key] = true;
      continue;
    }
    const value = equals < 0 ? args[index + 1] : word.slice(equals + 1);
    if (equals < 0) index += 1;
    if (value === undefined || (equals < 0 && value.startsWith("--"))) {
      problems.push(`${name} needs a value: ${name} ${option.argument}.`);
      if (value !== undefined) index -= 1;
      continue;
    }
    values[option.key] = value;
  }
  return { values, positionals, problems };
}

/** Checks one value; returns it parsed, or a sentence that says what, where and what to do. */
export function checkOption(
  option: OptionSpec,
  value: unknown,
  where: string,
): { readonly value: unknown } | { readonly problem: string } {
  const parsed = option.schema.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  const message = parsed.error.issues[0]?.message ?? "is not valid";
  return { problem: `${where} is ${shown(value)}, but ${message}. ${option.help}.` };
}

/** The options as lines of help, aligned. */
export function optionHelp(options: readonly OptionSpec[]): string {
  const rows = options.map((option) => ({ left: leftColumn(option), right: rightColumn(option) }));
  const width = Math.max(...rows.map((row) => row.left.length)) + 2;
  return rows.map((row) => `  ${row.left.padEnd(width)}${row.right}`).join("\n");
}

/** A number given as text or JSON, within bounds. */
export function numberOption(bounds: { min: number; max: number; integer?: boolean }): z.ZodType<number> {
  const noun = bounds.integer === true ? "a whole number" : "a number";
  const expected = `it must be ${noun} from ${bounds.min} to ${bounds.max}`;
  return z.union([z.number(), z.string()], { error: expected }).transform((given, context) => {
    const number = typeof given === "number" ? given : given.trim() === "" ? Number.NaN : Number(given);
    const fits = number >= bounds.min && number <= bounds.max && (bounds.integer !== true || Number.isInteger(number));
    if (!fits) context.addIssue({ code: "custom", message: expected });
    return number;
  });
}

/** A URL with one of the given schemes, without its colon. */
export function urlOption(...schemes: readonly string[]): z.ZodType<string> {
  const expected = `it must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(" or ")}`;
  return z.string({ error: expected }).refine(
    (text) => {
      const scheme = URL.canParse(text) ? new URL(text).protocol.slice(0, -1) : undefined;
      return scheme !== undefined && schemes.includes(scheme);
    },
    { error: expected },
  );
}

function unknownFlag(options: readonly OptionSpec[], name: string): string {
  const candidates = options.flatMap((option) =>
    option.short === undefined ? [`--${option.flag}`] : [`--${option.flag}`, `-${option.short}`],
  );
  const guess = nearest(name, candidates);
  return `unknown option ${shown(name)}.${guess === undefined ? "" : ` Did you mean ${guess}?`} --help lists them all.`;
}

/** A value as it may be shown: never user, token or password in a URL, never endless, never a control character. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  const safe = text.replace(/:\/\/[^\s"]*@/g, "://***@");
  return safe.length > 80 ? `${safe.slice(0, 77)}…` : safe;
}

function leftColumn(option: OptionSpec): string {
  const short = option.short === undefined ? "" : `-${option.short}, `;
  return `${short}--${option.flag}${option.argument === undefined ? "" : ` ${option.argument}`}`;
}

function rightColumn(option: OptionSpec): string {
  const extras = [
    option.defaultText === undefined ? undefined : `default ${option.defaultText}`,
    option.environment === undefined ? undefined : `$${option.environment}`,
  ].filter((text) => text !== undefined);
  return extras.length === 0 ? option.help : `${option.help} (${extras.join("; ")})`;
}

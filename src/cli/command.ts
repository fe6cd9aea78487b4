import { z } from "zod";
import type { Palette } from "../console/terminalText.ts";
import type { OptionSpec, ParsedFlags } from "../options.ts";

/** One command of `bosun`; the table of them makes parser and help. */
export interface Command {
  /** Words that select it, e.g. `snapshot dump`. */
  readonly name: string;
  /** Placeholders of its arguments, e.g. `[ADDRESS]`. */
  readonly usage: string;
  readonly help: string;
  readonly options: readonly OptionSpec[];
  readonly arguments: { readonly min: number; readonly max: number };
  /** Its `call.arguments` are all words after its name, options included; `options` are for the help only. */
  readonly parsesItself?: boolean;
  run(call: CommandCall): Promise<void>;
}

export interface CommandCall {
  /** Absolute. */
  readonly dataDir: string;
  readonly arguments: readonly string[];
  readonly flags: ParsedFlags["values"];
  readonly environment: NodeJS.ProcessEnv;
  readonly palette: Palette;
  /** Standard output; one call per piece of the answer. */
  readonly print: (text: string) => void;
  /** One line that the user types, asked for on standard error; undefined when nobody is there to type it. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Standard error: what is no part of the answer. */
  readonly tell: (text: string) => void;
}

/** `-o json`, for commands whose answer other programs read. */
export const outputOption: OptionSpec = {
  flag: "output",
  short: "o",
  key: "output",
  argument: "table|json",
  help: "Form of the answer; JSON is the stable one",
  defaultText: "table",
  schema: z.enum(["table", "json"], { error: "it must be table or json" }),
};

/** For lists, which otherwise show what lives. */
export const endedOption: OptionSpec = switchOption("all", "Also those that have ended");

export function switchOption(flag: string, help: string, key = flag): OptionSpec {
  return { flag, key, help, schema: z.literal(true) };
}

/** The answer in the form that was asked for. */
export function printAnswer(call: CommandCall, answer: unknown, text: (palette: Palette) => string): void {
  call.print(wantsJson(call) ? JSON.stringify(answer, null, 2) : text(call.palette));
}

export function wantsJson(call: Pick<CommandCall, "flags">): boolean {
  return call.flags["output"] === "json";
}

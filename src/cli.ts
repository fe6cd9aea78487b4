#!/usr/bin/env node
/** The `bosun` command: arguments → one command of the table → exit code. */
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import {
  actorsCommand,
  dismissCommand,
  replayCommand,
  restartCommand,
  resumeCommand,
  sendCommand,
} from "./cli/actors.commands.ts";
import { assignmentsCommand, clearAssignmentsCommand } from "./cli/assignments.commands.ts";
import { booksCommand } from "./cli/books.command.ts";
import type { Command } from "./cli/command.ts";
import { CommandFailed, ExitCode } from "./cli/exitCode.ts";
import {
  manufacturingStatusCommand,
  planCommand,
  refusalsCommand,
  startCommand,
  stopCommand,
  tasksCommand,
} from "./cli/manufacturing.commands.ts";
import { universeReplayCommand } from "./cli/replayRecording.command.ts";
import { scoutMarketsCommand } from "./cli/scout.command.ts";
import { simulateCommand } from "./cli/simulate.command.ts";
import { snapshotDumpCommand } from "./cli/snapshot.command.ts";
import { statusCommand } from "./cli/status.command.ts";
import { startTourCommand, stopTourCommand, toursCommand } from "./cli/tours.commands.ts";
import { universeCheckCommand, universeGenerateCommand } from "./cli/universe.commands.ts";
import { type Palette, paletteFor } from "./console/terminalText.ts";
import { readVersion } from "./daemon/version.ts";
import { nearest } from "./nearest.ts";
import { checkOption, type OptionSpec, optionHelp, parseFlags } from "./options.ts";

const COMMANDS: readonly Command[] = [
  statusCommand,
  manufacturingStatusCommand,
  tasksCommand,
  planCommand,
  startCommand,
  stopCommand,
  refusalsCommand,
  actorsCommand,
  clearAssignmentsCommand,
  assignmentsCommand,
  scoutMarketsCommand,
  startTourCommand,
  stopTourCommand,
  toursCommand,
  snapshotDumpCommand,
  sendCommand,
  restartCommand,
  dismissCommand,
  resumeCommand,
  replayCommand,
  simulateCommand,
  booksCommand,
  universeCheckCommand,
  universeGenerateCommand,
  universeReplayCommand,
];

const COMMON_OPTIONS: readonly OptionSpec[] = [
  {
    flag: "data-dir",
    key: "dataDir",
    environment: "BOSUN_DATA_DIR",
    argument: "DIR",
    help: "Data directory of the daemon",
    defaultText: ".bosun",
    schema: z.string().min(1, { error: "it must not be empty" }),
  },
  { flag: "help", key: "help", short: "h", help: "Show this and exit", schema: z.literal(true) },
  { flag: "version", key: "version", short: "V", help: "Show the version and exit", schema: z.literal(true) },
];

// `bosun snapshot dump | head` is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(ExitCode.ok);
});
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const palette = paletteFor(process.stdout, process.env);
  const command = selectCommand(args);
  const options = [...COMMON_OPTIONS, ...(command?.options ?? allOptions())];
  const flags = parseFlags(options, args);
  if (flags.values["version"] === true) return say(readVersion());
  if (flags.values["help"] === true || args.length === 0)
    return say(command === undefined ? helpText(flags.positionals) : commandHelp(command));
  if (command === undefined) return complain([...flags.problems, unknownCommand(flags.positionals)]);
  if (command.parsesItself === true) return await run(command, without(args, command.name), {}, palette);
  const words = flags.positionals.slice(command.name.split(" ").length);
  const problems = [...flags.problems, ...valueProblems(options, flags.values), ...countProblems(command, words)];
  if (problems.length > 0) return complain(problems);
  return await run(command, words, flags.values, palette);
}

async function run(
  command: Command,
  words: readonly string[],
  flags: Readonly<Record<string, string | true>>,
  palette: Palette,
): Promise<number> {
  try {
    await command.run({
      dataDir: resolve(String(flags["dataDir"] ?? (process.env["BOSUN_DATA_DIR"] || ".bosun"))),
      arguments: words,
      flags,
      environment: process.env,
      palette,
      ask: askUser,
      print: (text) => process.stdout.write(`${text}\n`),
      tell: (text) => process.stderr.write(`${text}\n`),
    });
    return ExitCode.ok;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`bosun: ${message}\n`);
    return error instanceof CommandFailed ? error.exitCode : ExitCode.failed;
  }
}

/** The question goes to standard error: the answer of the command is no part of it. */
async function askUser(question: string): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise((resolve) => {
      terminal.on("close", () => resolve(undefined));
      terminal.question(question, resolve);
    });
  } finally {
    terminal.close();
  }
}

function without(args: readonly string[], word: string): readonly string[] {
  const at = args.indexOf(word);
  return args.toSpliced(at, 1);
}

/** The command with the longest name that the positionals begin with. */
function selectCommand(args: readonly string[]): Command | undefined {
  const { positionals } = parseFlags([...COMMON_OPTIONS, ...allOptions()], args);
  const said = `${positionals.join(" ")} `;
  return COMMANDS.find((command) => said.startsWith(`${command.name} `));
}

function allOptions(): readonly OptionSpec[] {
  return [...new Map(COMMANDS.flatMap((command) => command.options).map((option) => [option.key, option])).values()];
}

function unknownCommand(positionals: readonly string[]): string {
  const said = positionals.slice(0, 2).join(" ").slice(0, 60);
  if (said === "") return "name a command. bosun --help lists them.";
  const names = COMMANDS.map((command) => command.name);
  const guess =
    nearest(said, names) ?? nearest(positionals[0] ?? "", names) ?? names.find((name) => name.startsWith(`${positionals[0]} `));
  return `unknown command ${JSON.stringify(said)}.${guess === undefined ? "" : ` Did you mean ${guess}?`} bosun --help lists them.`;
}

function valueProblems(options: readonly OptionSpec[], values: Readonly<Record<string, string | true>>): readonly string[] {
  return options.flatMap((option) => {
    const value = values[option.key];
    if (value === undefined) return [];
    const checked = checkOption(option, value, `--${option.flag}`);
    return "problem" in checked ? [checked.problem] : [];
  });
}

function countProblems(command: Command, words: readonly string[]): readonly string[] {
  const { min, max } = command.arguments;
  if (words.length >= min && words.length <= max) return [];
  return [`usage: bosun ${`${command.name} ${command.usage}`.trim()}`];
}

function complain(problems: readonly string[]): number {
  for (const problem of problems) process.stderr.write(`bosun: ${problem}\n`);
  return ExitCode.usage;
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return ExitCode.ok;
}

function commandHelp(command: Command): string {
  const options = command.parsesItself === true ? command.options : [...command.options, ...COMMON_OPTIONS];
  return `bosun ${`${command.name} ${command.usage}`.trim()}\n\n${command.help}.\n\nOptions:\n${optionHelp(options)}`;
}

/** Of the commands that begin with these words, like `manufacturing`; else of all. */
function helpText(words: readonly string[]): string {
  const named = words.length === 0 ? [] : COMMANDS.filter(({ name }) => name.startsWith(`${words.join(" ")} `));
  const shown = named.length === 0 ? COMMANDS : named;
  const width = Math.max(...shown.map((command) => `${command.name} ${command.usage}`.length)) + 2;
  const lines = shown.map((command) => `  ${`${command.name} ${command.usage}`.padEnd(width)}${command.help}`);
  return `bosun: asks a running fleet daemon, or serves and reads a simulated universe

Usage: bosun COMMAND [options]

Commands:
${lines.join("\n")}

Options:
${optionHelp(COMMON_OPTIONS)}

NO_COLOR turns colours off. bosun COMMAND --help says more.
Exit codes: 0 done · 1 failed · 2 wrong usage · 3 daemon or database unreachable · 4 not found · 5 refused`;
}

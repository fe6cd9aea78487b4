import { z } from "zod";
import type { Command } from "../../src/cli/command.ts";
import { CommandFailed, ExitCode } from "../../src/cli/exitCode.ts";
import { paletteFor } from "../../src/console/terminalText.ts";
import { parseFlags } from "../../src/options.ts";

const dataDirOption = { flag: "data-dir", key: "dataDir", argument: "DIR", help: "", schema: z.string() };

/** Runs a command in this process as `bosun` does, without the start of a Node: what it printed and how it ended. */
export function callCommand(command: Command, ...args: string[]) {
  return answerCommand(command, args, undefined);
}

/** The same with somebody who types this line when asked. */
export async function answerCommand(command: Command, args: readonly string[], typed: string | undefined) {
  const { values, positionals } = parseFlags([...command.options, dataDirOption], args);
  const [printed, told]: [string[], string[]] = [[], []];
  const ended = { status: 0, stderr: "" };
  try {
    await command.run({
      dataDir: String(values["dataDir"] ?? "/nonexistent"),
      arguments: positionals,
      flags: values,
      environment: {},
      palette: paletteFor({ isTTY: false }, {}),
      ask: () => Promise.resolve(typed),
      print: (text) => printed.push(text),
      tell: (text) => told.push(text),
    });
  } catch (error) {
    ended.status = error instanceof CommandFailed ? error.exitCode : ExitCode.failed;
    ended.stderr = error instanceof Error ? error.message : String(error);
  }
  return { ...ended, stdout: printed.join("\n"), told: told.join("\n") };
}

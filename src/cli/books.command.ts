import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { numberOption } from "../options.ts";
import { keepBooks } from "./books/bookkeeper.ts";
import { addsUp, booksJson } from "./books/booksJson.ts";
import { booksText } from "./books/booksText.ts";
import { readLines } from "./books/readLines.ts";
import { type Command, type CommandCall, outputOption, printAnswer } from "./command.ts";
import { CommandFailed, ExitCode } from "./exitCode.ts";

const hour = numberOption({ min: 0, max: 1e9 });

/** What a simulated universe's books say, added up anew; needs no simulator, and trusts none. */
export const booksCommand: Command = {
  name: "books",
  usage: "[FILE]",
  help: "Add up a simulator's books: credits, cargo, stock and material per game hour",
  options: [
    outputOption,
    { flag: "agent", key: "agent", argument: "SYMBOL", help: "Only this agent's credits and cargo", schema: z.string() },
    { flag: "from", key: "from", argument: "HOUR", help: "Sums begin at this game hour", defaultText: "0", schema: hour },
    { flag: "to", key: "to", argument: "HOUR", help: "Sums end before this game hour", defaultText: "now", schema: hour },
  ],
  arguments: { min: 0, max: 1 },
  async run(call) {
    const path = findBooks(call);
    const agent = call.flags["agent"];
    const report = await read(path, {
      agent: typeof agent === "string" ? agent.toUpperCase() : undefined,
      ...hoursOf(call),
    });
    if (report.lines === 0) throw new CommandFailed(ExitCode.failed, `${path} holds no finished line.`);
    if (typeof agent === "string" && report.ledgers.length === 0)
      throw new CommandFailed(ExitCode.notFound, `the books know no agent ${agent.toUpperCase().slice(0, 40)}.`);
    printAnswer(call, booksJson(report), (palette) => booksText(report, palette));
    if (addsUp(report)) return;
    const { damaged, mismatchCount } = report;
    const counts = [
      ...(damaged.length > 0 ? [`${damaged.length} damaged ${damaged.length === 1 ? "line" : "lines"}`] : []),
      ...(mismatchCount > 0 ? [`${mismatchCount} ${mismatchCount === 1 ? "place" : "places"} that do not add up`] : []),
    ];
    throw new CommandFailed(ExitCode.failed, `${path}: ${counts.join(", ")}.`);
  },
};

async function read(path: string, options: Parameters<typeof keepBooks>[1]): ReturnType<typeof keepBooks> {
  try {
    return await keepBooks(readLines(path), options);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new CommandFailed(ExitCode.failed, `cannot read ${path}: ${error.message}`);
  }
}

function hoursOf(call: CommandCall): { fromHour: number; toHour: number } {
  const fromHour = Number(call.flags["from"] ?? 0);
  const toHour = call.flags["to"] === undefined ? Number.POSITIVE_INFINITY : Number(call.flags["to"]);
  if (fromHour >= toHour) throw new CommandFailed(ExitCode.usage, `--from ${fromHour} must be before --to ${toHour}.`);
  return { fromHour, toHour };
}

/** The file or directory named, else the books of `simulate` or of the daemon's simulator below the data directory. */
function findBooks(call: CommandCall): string {
  const named = call.arguments[0];
  const tried = named === undefined ? placesIn(call) : isDirectory(named) ? below(resolve(named)) : [resolve(named)];
  const found = tried.find((path) => existsSync(path) && statSync(path).isFile());
  if (found !== undefined) return found;
  throw new CommandFailed(
    ExitCode.notFound,
    `there are no books at ${tried.join(" or ")}. Name the file, or the data directory with --data-dir.`,
  );
}

function placesIn(call: CommandCall): readonly string[] {
  const places = below(call.dataDir);
  return call.flags["dataDir"] === undefined ? [...places, resolve("simulator-data", BOOKS)] : places;
}

function below(dataDir: string): readonly string[] {
  return [join(dataDir, BOOKS), join(dataDir, "simulator", BOOKS)];
}

function isDirectory(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

const BOOKS = "books.jsonl";

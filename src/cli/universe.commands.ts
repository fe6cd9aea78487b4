import { z } from "zod";
import { harmless, type Palette } from "../console/terminalText.ts";
import { numberOption, type OptionSpec } from "../options.ts";
import { problemText } from "../simulator/fileProblem.ts";
import { economyFrom } from "../simulator/freshUniverse.ts";
import { generateWorld } from "../simulator/generateWorld.ts";
import { InputFault } from "../simulator/inputFault.ts";
import { reviewWorld } from "../simulator/reviewWorld.ts";
import { readJson } from "../simulator/startFleet.ts";
import { summarizeWorld, type WorldSummary } from "../simulator/summarizeWorld.ts";
import { readUniverseFile } from "../simulator/universeFile.ts";
import { universeFileOf } from "../simulator/writeUniverseFile.ts";
import { type Command, outputOption, wantsJson } from "./command.ts";
import { CommandFailed, ExitCode } from "./exitCode.ts";

const economyOption: OptionSpec = {
  flag: "economy",
  key: "economy",
  argument: "FILE",
  help: "JSON that overrides single constants of the economy",
  schema: z.string(),
};

/** Everything wrong with a universe file, what will surprise in it, and what is in it. */
export const universeCheckCommand: Command = {
  name: "universe check",
  usage: "FILE",
  help: "Check a universe file: every error by its path, warnings, a summary",
  options: [outputOption, economyOption],
  arguments: { min: 1, max: 1 },
  async run(call) {
    const [path = ""] = call.arguments;
    const { read, review } = orUsage(() => {
      const constants = economyFrom(fileOf(call.flags["economy"]));
      const answer = readUniverseFile(readJson(path), constants);
      if (!answer.ok) return { read: answer, review: undefined };
      const warnings = reviewWorld(answer.world, answer.file, constants);
      return { read: answer, review: { warnings, summary: summarizeWorld(answer.world, constants) } };
    });
    const problems = read.ok ? [] : read.problems;
    if (wantsJson(call)) {
      call.print(JSON.stringify({ ok: read.ok, problems, warnings: [], summary: null, ...review }, null, 2));
    } else {
      for (const problem of problems) call.print(`${call.palette.bad("error")}    ${harmless(problemText(problem))}`);
      for (const warning of review?.warnings ?? []) call.print(`${call.palette.warn("warning")}  ${harmless(warning)}`);
      if (review !== undefined) call.print(summaryText(review.summary, review.warnings.length, call.palette));
    }
    if (problems.length === 0) return;
    throw new CommandFailed(
      ExitCode.failed,
      `${path} is no universe: ${problems.length} ${problems.length === 1 ? "error" : "errors"}.`,
    );
  },
};

/** A generated system as a file to keep and to edit. */
export const universeGenerateCommand: Command = {
  name: "universe generate",
  usage: "",
  help: "Print the system of a seed as a universe file, to keep and to edit",
  options: [
    {
      flag: "seed",
      key: "seed",
      argument: "N",
      help: "Which system",
      defaultText: "1",
      schema: numberOption({ min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }),
    },
    economyOption,
  ],
  arguments: { min: 0, max: 0 },
  async run(call) {
    const seed = Number(call.flags["seed"] ?? 1);
    const constants = orUsage(() => economyFrom(fileOf(call.flags["economy"])));
    call.print(JSON.stringify(universeFileOf(generateWorld(seed, constants), seed), null, 2));
  },
};

function summaryText(summary: WorldSummary, warnings: number, palette: Palette): string {
  const { quotes, chains } = summary;
  const types = Object.entries(summary.waypoints).map(([type, count]) => `${count} ${type}`);
  const all = Object.values(summary.waypoints).reduce((sum, count) => sum + count, 0);
  const broken = chains.broken.map(({ good, missing }) => (missing.length === 0 ? good : `${good} (${missing.join(", ")})`));
  const lines: readonly (readonly [string, string])[] = [
    ["system", `${summary.system}, headquarters ${summary.headquarters}`],
    ["waypoints", `${all}: ${types.join(" · ")}`],
    [
      "markets",
      `${summary.markets}, ${summary.goods} goods: ${quotes.EXPORT} exports, ${quotes.IMPORT} imports, ${quotes.EXCHANGE} exchanged`,
    ],
    ["shipyards", summary.shipyards.map(({ waypoint, hulls }) => `${waypoint} (${hulls.join(", ")})`).join(" · ") || "none"],
    ["chains", `${chains.whole.length} whole: ${chains.whole.join(" ") || "none"}`],
    ...(broken.length === 0 ? [] : [["", `${broken.length} that run dry, for lack of: ${broken.join(" · ")}`] as const]),
    ["tick", `${summary.tickCostMs.toFixed(2)} ms on this machine, ${summary.ticksPerGameDay} ticks a game day`],
  ];
  const verdict =
    warnings === 0 ? palette.good("ok") : `${palette.good("ok")}, with ${warnings} ${warnings === 1 ? "warning" : "warnings"}`;
  return [verdict, ...lines.map(([name, text]) => `  ${palette.dim(name.padEnd(9))} ${harmless(text)}`)].join("\n");
}

function fileOf(flag: string | true | undefined): string | undefined {
  return typeof flag === "string" ? flag : undefined;
}

function orUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof InputFault ? new CommandFailed(ExitCode.usage, error.message) : error;
  }
}

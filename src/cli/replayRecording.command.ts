import { harmless, type LabelledLine, labelled, type Palette } from "../console/terminalText.ts";
import { InputFault } from "../simulator/inputFault.ts";
import { type Difference, type ReplayReport, replayRecording } from "../simulator/replay/replay.ts";
import { type Command, outputOption, printAnswer } from "./command.ts";
import { CommandFailed, ExitCode } from "./exitCode.ts";

/** Asks everything again that a simulator recorded, and says whether the same came of it. */
export const universeReplayCommand: Command = {
  name: "universe replay",
  usage: "FILE",
  help: "Replay a recording of a simulator and compare answers and universe",
  options: [outputOption],
  arguments: { min: 1, max: 1 },
  async run(call) {
    const [path = ""] = call.arguments;
    const report = replay(path);
    printAnswer(call, { ...report, difference: report.difference ?? null }, (palette) => text(report, palette));
    if (report.difference)
      throw new CommandFailed(ExitCode.failed, `${path} did not replay: line ${report.difference.line} differs.`);
  },
};

function replay(path: string): ReplayReport {
  try {
    return replayRecording(path);
  } catch (error) {
    throw error instanceof InputFault ? new CommandFailed(ExitCode.usage, error.message) : error;
  }
}

function text(report: ReplayReport, palette: Palette): string {
  const { requests, refused, lost, starts, interrupted, gameMs, hash, difference } = report;
  const rows: readonly LabelledLine[] = [
    ["asked", `${requests} requests, ${refused} of them refused; ${lost} never arrived`],
    ["starts", `${starts}`],
    ...interrupted.map(
      ({ n, happened }) => ["killed", `during request ${n}, which ${happened ? "happened" : "did not happen"}`] as const,
    ),
    ["game time", `${(gameMs / 3_600_000).toFixed(2)} h`],
    ["universe", hash],
    ["result", difference === undefined ? palette.good("the same, line by line") : palette.bad("differs")],
    ...(difference === undefined ? [] : differenceRows(difference)),
  ];
  return labelled(rows, palette);
}

function differenceRows({ line, what, at, recorded, replayed }: Difference): readonly LabelledLine[] {
  return [
    ["line", `${line}: ${harmless(at)}`],
    ["recorded", `${what} ${recorded}`],
    ["replayed", `${what} ${replayed}`],
  ];
}

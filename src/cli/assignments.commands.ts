import { z } from "zod";
import type { AssignmentLine, ClearReply } from "../console/assignments.ts";
import { harmless, type Palette, table } from "../console/terminalText.ts";
import { type Command, type CommandCall, outputOption, printAnswer, switchOption, wantsJson } from "./command.ts";
import { connectToDaemon } from "./daemonClient.ts";
import { CommandFailed, ExitCode } from "./exitCode.ts";

const linesSchema: z.ZodType<readonly AssignmentLine[]> = z.array(
  z.object({
    ship: z.string(),
    owner: z.string(),
    ownerStatus: z.string(),
    operation: z.string().nullable(),
    assignedAt: z.string(),
  }),
);

/** Who holds which ship. */
export const assignmentsCommand: Command = {
  name: "assignments",
  usage: "",
  help: "List who holds which ship, and whether the holder lives",
  options: [outputOption],
  arguments: { min: 0, max: 0 },
  async run(call) {
    const lines = await connectToDaemon(call.dataDir).get("/api/assignments", linesSchema);
    printAnswer(call, lines, (palette) => heldText(lines, palette));
    const gone = lines.filter(({ ownerStatus }) => ownerStatus === "gone").length;
    if (gone > 0 && !wantsJson(call)) call.tell(`${gone} held by nobody who lives; bosun assignments clear frees them`);
  },
};

function heldText(lines: readonly AssignmentLine[], palette: Palette): string {
  if (lines.length === 0) return "No ship is held.";
  const rows = lines.map(({ ship, ownerStatus, operation, assignedAt, owner }) => [
    ship,
    ownerStatus,
    operation ?? "-",
    assignedAt,
    owner,
  ]);
  return table(["SHIP", "HOLDER", "FOR", "SINCE", "ADDRESS"], rows, palette);
}

const clearSchema: z.ZodType<ClearReply> = z.object({
  cleared: z.array(z.object({ ship: z.string(), owner: z.string() })),
  handedOver: z.array(z.object({ ship: z.string(), owner: z.string(), done: z.boolean() })),
  refused: z.array(z.object({ ship: z.string(), detail: z.string() })),
});

/** Frees ships that nobody alive holds; with force, living holders are asked to hand theirs over. */
export const clearAssignmentsCommand: Command = {
  name: "assignments clear",
  usage: "[SHIP…]",
  help: "Free ships whose holder is gone, and say how many; never one whose holder lives, unless told with --force",
  options: [
    outputOption,
    switchOption(
      "force",
      "Ask living holders of the named ships to end: they sell what is aboard and give the ship back. Asks for the names again",
    ),
  ],
  arguments: { min: 0, max: 500 },
  async run(call) {
    const ships = call.arguments;
    const force = call.flags["force"] === true;
    if (force) await confirm(call, ships);
    const reply = await connectToDaemon(call.dataDir).post("/api/commands/assignments/clear", { ships, force }, clearSchema);
    printAnswer(call, { count: reply.cleared.length, ...reply }, () => clearText(reply));
    if (reply.refused.length > 0) throw new CommandFailed(ExitCode.refused, reply.refused.map(refusalText).join("\n"));
  },
};

async function confirm(call: CommandCall, ships: readonly string[]): Promise<void> {
  if (ships.length === 0) throw new CommandFailed(ExitCode.usage, "--force needs the names of the ships");
  const typed = await call.ask(`Work that these ships are at will be cancelled. Type ${ships.join(" ")} to go on: `);
  if (typed?.trim().split(/\s+/).join(" ") === ships.join(" ")) return;
  throw new CommandFailed(ExitCode.usage, "not confirmed; nothing was done");
}

function clearText({ cleared, handedOver }: ClearReply): string {
  const lines = cleared.map(({ ship, owner }) => `  ${ship}, held by ${owner}`);
  const handed = handedOver.map(({ ship, owner, done }) =>
    done ? `${owner} gave ${ship} back` : `${owner} sells what is aboard and then gives ${ship} back`,
  );
  const count = `${cleared.length} assignment${cleared.length === 1 ? "" : "s"} cleared${cleared.length === 0 ? "" : " (manual_cleanup)"}`;
  return [count, ...lines, ...handed].map(harmless).join("\n");
}

function refusalText({ ship, detail }: ClearReply["refused"][number]): string {
  return harmless(`${ship}: ${detail}`);
}

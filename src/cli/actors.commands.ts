import { z } from "zod";
import { naturalOrder } from "../console/naturalOrder.ts";
import { stateText } from "../console/stateText.ts";
import { type Palette, table } from "../console/terminalText.ts";
import { actorListSchema } from "./actorSchema.ts";
import { type Command, endedOption, outputOption, printAnswer, switchOption } from "./command.ts";
import { connectToDaemon } from "./daemonClient.ts";
import { CommandFailed, ExitCode } from "./exitCode.ts";

/** The durable actors, one line each; those that have ended only when asked for. An address with nobody there is not found. */
export const actorsCommand: Command = {
  name: "actors",
  usage: "[UNDER]",
  help: "List the living actors, or those under an address",
  options: [outputOption, endedOption],
  arguments: { min: 0, max: 1 },
  async run(call) {
    const under = call.arguments[0];
    const livingOnly = call.flags["all"] !== true;
    const query = `?living=${livingOnly}${under === undefined ? "" : `&under=${encodeURIComponent(under)}`}`;
    const actors = await connectToDaemon(call.dataDir).get(`/api/actors${query}`, actorListSchema);
    if (under !== undefined && actors.length === 0)
      throw new CommandFailed(
        ExitCode.notFound,
        livingOnly
          ? `no living actor is at or below ${under}. bosun actors lists them; --all also lists those that have ended.`
          : `no actor is at or below ${under}. bosun actors --all lists them.`,
      );
    printAnswer(call, actors, (palette) => actorsText(actors, palette));
  },
};

function actorsText(actors: z.infer<typeof actorListSchema>, palette: Palette): string {
  const rows = [...actors]
    .sort((left, right) => naturalOrder(left.address, right.address))
    .map((actor) => [
      actor.address,
      actor.kind,
      actor.status,
      actor.value === undefined ? "-" : stateText(actor.value),
      String(actor.version),
      String(actor.restarts),
    ]);
  return table(["ADDRESS", "KIND", "STATUS", "STATE", "VERSION", "RESTARTS"], rows, palette);
}

const receiptSchema = z.looseObject({ receipt: z.string(), messageId: z.string().optional(), outcome: z.string().optional() });

/** A message to one actor; it is durable when this ends with exit code 0. */
export const sendCommand: Command = {
  name: "send",
  usage: "ADDRESS TYPE [JSON]",
  help: "Send an event to an actor; JSON holds its fields",
  options: [
    outputOption,
    {
      flag: "id",
      key: "id",
      argument: "ID",
      help: "Makes repeating the command harmless for 7 days",
      schema: z.string().min(1, { error: "it must not be empty" }).max(200, { error: "it may have 200 characters" }),
    },
  ],
  arguments: { min: 2, max: 3 },
  async run(call) {
    const [to = "", type = "", json = "{}"] = call.arguments;
    const id = call.flags["id"];
    const body = { to, event: { ...fieldsFrom(json), type }, ...(typeof id === "string" ? { id } : {}) };
    const receipt = await connectToDaemon(call.dataDir).post("/api/commands/send", body, receiptSchema);
    const how =
      receipt.receipt === "duplicate" ? "was known already; nothing happened again" : (receipt.outcome ?? receipt.receipt);
    printAnswer(call, receipt, () => `message ${receipt.messageId ?? "?"}: ${how}`);
  },
};

const restartSchema = z.object({ outcome: z.string() });

/** An operator's restart; also lifts a quarantine. */
export const restartCommand: Command = {
  name: "restart",
  usage: "ADDRESS",
  help: "Restart an actor from its snapshot; lifts a quarantine",
  options: [switchOption("afresh", "From its first input instead of its snapshot")],
  arguments: { min: 1, max: 1 },
  async run(call) {
    const from = call.flags["afresh"] === true ? "afresh" : "snapshot";
    const body = { address: call.arguments[0], from };
    const { outcome } = await connectToDaemon(call.dataDir).post("/api/commands/restart", body, restartSchema);
    const how = `${outcome} ${call.arguments[0]} ${from === "afresh" ? "afresh" : "from its snapshot"}`;
    call.print(outcome === "restarted" ? how : `${how}: it is not done yet. See: bosun actors ${call.arguments[0]}`);
  },
};

/** The end of an actor in quarantine that nothing else would end. */
export const dismissCommand: Command = {
  name: "dismiss",
  usage: "ADDRESS",
  help: "End an actor in quarantine that nobody needs: a pipeline, a tour, or a worker whose pipeline is over or whose cargo another sells",
  options: [],
  arguments: { min: 1, max: 1 },
  async run(call) {
    const [address] = call.arguments;
    const { outcome } = await connectToDaemon(call.dataDir).post("/api/commands/dismiss", { address }, restartSchema);
    call.print(outcome === "dismissed" ? `dismissed ${address}` : `${outcome} ${address}: it is not done yet`);
  },
};

/** Wakes a fleet that started paused. */
export const resumeCommand: Command = {
  name: "resume",
  usage: "",
  help: "Wake a fleet that started paused after too many failing starts",
  options: [],
  arguments: { min: 0, max: 0 },
  async run(call) {
    const { outcome } = await connectToDaemon(call.dataDir).post("/api/commands/resume", {}, restartSchema);
    call.print(outcome === "resumed" ? "the fleet wakes up" : "the fleet was not paused");
  },
};

/** A dead letter goes to its actor once more. */
export const replayCommand: Command = {
  name: "replay",
  usage: "DEAD_LETTER_ID",
  help: "Deliver a dead letter once more (snapshot dump lists them)",
  options: [],
  arguments: { min: 1, max: 1 },
  async run(call) {
    await connectToDaemon(call.dataDir).post("/api/commands/replay", { id: call.arguments[0] }, restartSchema);
    call.print(`replayed ${call.arguments[0]}`);
  },
};

function fieldsFrom(json: string): Record<string, unknown> {
  try {
    const parsed = z.record(z.string(), z.unknown()).safeParse(JSON.parse(json));
    if (parsed.success) return parsed.data;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(ExitCode.usage, `the fields of the event are not JSON: ${reason}`);
  }
  throw new CommandFailed(ExitCode.usage, `the fields of the event must be one JSON object, like '{"claimant":"x"}'`);
}

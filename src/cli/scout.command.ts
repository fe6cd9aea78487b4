import { z } from "zod";
import { type Palette, table } from "../console/terminalText.ts";
import type { OptionSpec } from "../options.ts";
import { type Command, type CommandCall, outputOption, printAnswer } from "./command.ts";
import { connectToDaemon } from "./daemonClient.ts";
import { CommandFailed, ExitCode } from "./exitCode.ts";

/** Whoever asks gets every reason at once when the answer is no; see the reasons in domain/scouting.ts. */
const replySchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("deployed"),
    id: z.string(),
    tours: z.array(
      z.looseObject({ ship: z.string(), container: z.string(), order: z.array(z.string()), totalDistance: z.number() }),
    ),
  }),
  z.object({ outcome: z.literal("deciding"), id: z.string() }),
]);

/** Ships that keep quotes fresh, on rounds of their own. */
export const scoutMarketsCommand: Command = {
  name: "scout markets",
  usage: "--ships A,B --system S --markets W1,W2",
  help: "Divide markets among ships by distance; each flies its round until it is stopped",
  options: [
    outputOption,
    listOption("ships", "A,B", "Ships of ours: probes, or ships without work and cargo"),
    listOption("system", "S", "System of the markets"),
    listOption("markets", "W1,W2", "Waypoints with a market"),
    {
      flag: "id",
      key: "id",
      argument: "ID",
      help: "Makes repeating the command harmless",
      schema: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, { error: "it may have 1 to 64 letters, digits, _ or -" }),
    },
  ],
  arguments: { min: 0, max: 0 },
  async run(call) {
    const id = call.flags["id"];
    const order = { ships: listOf(call, "ships"), system: required(call, "system"), markets: listOf(call, "markets") };
    const body = { ...order, ...(typeof id === "string" ? { id } : {}) };
    const reply = await connectToDaemon(call.dataDir).post("/api/commands/scout", body, replySchema);
    printAnswer(call, reply, (palette) => replyText(reply, palette));
  },
};

function replyText(reply: z.infer<typeof replySchema>, palette: Palette): string {
  if (reply.outcome === "deciding")
    return `order ${reply.id} is kept and still being decided; bosun tours shows what becomes of it`;
  const rows = reply.tours.map(({ ship, order, totalDistance }) => [ship, String(totalDistance), order.join(" ")]);
  return table(["SHIP", "DISTANCE", `ROUND (order ${reply.id})`], rows, palette);
}

function listOption(key: string, argument: string, help: string): OptionSpec {
  return { flag: key, key, argument, help, schema: z.string().min(1, { error: "it must not be empty" }) };
}

function listOf(call: CommandCall, key: string): readonly string[] {
  return required(call, key)
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function required(call: CommandCall, key: string): string {
  const value = call.flags[key];
  if (typeof value === "string") return value;
  throw new CommandFailed(ExitCode.usage, `give --${key}. bosun scout markets --help says more.`);
}

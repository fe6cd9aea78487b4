import { z } from "zod";
import { groupedWithin } from "../console/figures.ts";
import { numberOption, type OptionSpec } from "../options.ts";
import { type Command, type CommandCall, endedOption, outputOption, printAnswer, switchOption } from "./command.ts";
import { connectToDaemon } from "./daemonClient.ts";
import { CommandFailed, ExitCode } from "./exitCode.ts";
import { manufacturingSchema, refusalsSchema, startedSchema, stoppedSchema, taskLinesSchema } from "./manufacturingSchema.ts";
import { manufacturingText, refusalsText, tasksText } from "./manufacturingText.ts";
import { planSchema } from "./planSchema.ts";
import { planText } from "./planText.ts";

/** At least one part, and together more than nothing. */
const GAME_TIME = /^(?=.*[1-9])(?:(\d{1,4})h)?(?:(\d{1,4})m)?(?:(\d{1,4})s)?$/;

const SYMBOL = /^[A-Za-z0-9_-]{1,64}$/;

function symbolOption(flag: string, argument: string, help: string): OptionSpec {
  return { flag, key: flag, argument, help, schema: z.string().regex(SYMBOL, { error: "it must be a symbol, like FABRICS" }) };
}

const goodOption = (help: string): OptionSpec => symbolOption("good", "GOOD", help);

const kindOption: OptionSpec = {
  flag: "kind",
  key: "kind",
  argument: "any|trade|fabricate",
  help: "Make the product, buy it, or what earns more",
  defaultText: "any",
  schema: z.enum(["any", "trade", "fabricate"], { error: "it must be any, trade or fabricate" }),
};

/** The plan of a product by the fleet's own planner. Buys nothing. */
export const planCommand: Command = {
  name: "manufacturing plan",
  usage: "--good GOOD",
  help: "What making or trading a good would take and bring, or why it cannot be done; buys nothing",
  options: [
    outputOption,
    goodOption("The product"),
    kindOption,
    symbolOption("ship", "SHIP", "Plan for this ship from where it is, instead of the fleet's best hull"),
    {
      flag: "credits",
      key: "credits",
      argument: "N",
      help: "Plan as if N credits were free",
      defaultText: "what the purse has free",
      schema: numberOption({ min: 0, max: 1e12, integer: true }),
    },
    switchOption("dry-run", "A plan never buys anything; starting is bosun manufacturing start", "dryRun"),
  ],
  arguments: { min: 0, max: 0 },
  async run(call) {
    const query = new URLSearchParams({ good: requiredGood(call) });
    for (const name of ["kind", "ship", "credits"]) {
      const value = call.flags[name];
      if (typeof value === "string") query.set(name, name === "ship" ? value.toUpperCase() : value);
    }
    const answer = await connectToDaemon(call.dataDir).get(`/api/manufacturing/plan?${query.toString()}`, planSchema);
    printAnswer(call, answer, (palette) => planText(answer, palette));
    if (answer.outcome === "planned") return;
    const hint = answer.reason === "unaffordable" ? ". --credits N plans as if N were free." : "";
    throw new CommandFailed(ExitCode.refused, `${answer.reason}: ${groupedWithin(answer.detail)}${hint}`);
  },
};

/** A pipeline by hand; durable when this ends with exit code 0. */
export const startCommand: Command = {
  name: "manufacturing start",
  usage: "[--good GOOD]",
  help: "Begin a pipeline for a good (without one: the best that pays) with the first free ship",
  options: [
    outputOption,
    goodOption("The product"),
    kindOption,
    switchOption("force", "Also what is left alone for a while, and one chain more than the fleet would have"),
  ],
  arguments: { min: 0, max: 0 },
  async run(call) {
    const good = goodOf(call) ?? null;
    const body = { good, kind: call.flags["kind"] ?? "any", force: call.flags["force"] === true };
    const answer = await connectToDaemon(call.dataDir).post("/api/commands/manufacturing/start", body, startedSchema);
    printAnswer(call, answer, () =>
      answer.outcome === "started"
        ? `pipeline ${answer.pipeline} begins. See: bosun manufacturing tasks ${answer.pipeline}`
        : `ordered, and waits: ${groupedWithin(answer.detail)}. See: bosun manufacturing status`,
    );
  },
};

/** Nothing more is bought; what is aboard is sold, and the ships are free. */
export const stopCommand: Command = {
  name: "manufacturing stop",
  usage: "PIPELINE | --good GOOD",
  help: "End a pipeline and begin none of its product: buy nothing more, sell what is aboard, free its ships; drops an order that waits",
  options: [
    outputOption,
    goodOption("Whatever is at work for this product"),
    {
      flag: "for",
      key: "for",
      argument: "TIME",
      help: "How long the fleet begins none of the product by itself, in time of the game: 2h, 90m, 1h30m",
      defaultText: "until bosun manufacturing start of it",
      schema: z.string().regex(GAME_TIME, { error: "it must be hours, minutes or seconds of the game, like 2h or 1h30m" }),
    },
  ],
  arguments: { min: 0, max: 1 },
  async run(call) {
    const [pipeline] = call.arguments;
    const good = goodOf(call);
    if ((pipeline === undefined) === (good === undefined))
      throw new CommandFailed(ExitCode.usage, "name a pipeline, as in bosun manufacturing stop p12, or a product with --good");
    const { for: time } = call.flags;
    const body = {
      ...(pipeline === undefined ? {} : { pipeline }),
      ...(good === undefined ? {} : { good }),
      ...(typeof time === "string" ? { forGameSeconds: gameSecondsOf(time) } : {}),
    };
    const answer = await connectToDaemon(call.dataDir).post("/api/commands/manufacturing/stop", body, stoppedSchema);
    printAnswer(call, answer, () => stoppedText(answer));
  },
};

export const manufacturingStatusCommand: Command = {
  name: "manufacturing status",
  usage: "",
  help: "Pipelines with phase and profit, factories, waiting orders, what is left alone, money",
  options: [outputOption],
  arguments: { min: 0, max: 0 },
  async run(call) {
    const status = await connectToDaemon(call.dataDir).get("/api/manufacturing", manufacturingSchema);
    printAnswer(call, status, (palette) => manufacturingText(status, palette));
  },
};

export const tasksCommand: Command = {
  name: "manufacturing tasks",
  usage: "[PIPELINE]",
  help: "The tasks that have not ended, or all of one pipeline: state, ship, cargo, attempts",
  options: [outputOption, endedOption],
  arguments: { min: 0, max: 1 },
  async run(call) {
    const [pipeline] = call.arguments;
    if (pipeline !== undefined && !SYMBOL.test(pipeline))
      throw new CommandFailed(ExitCode.usage, `${pipeline} is no id of a pipeline`);
    const query = new URLSearchParams({
      ended: String(call.flags["all"] === true),
      ...(pipeline === undefined ? {} : { pipeline }),
    });
    const tasks = await connectToDaemon(call.dataDir).get(`/api/manufacturing/tasks?${query.toString()}`, taskLinesSchema);
    printAnswer(call, tasks, (palette) => tasksText(tasks, palette));
  },
};

export const refusalsCommand: Command = {
  name: "manufacturing refusals",
  usage: "[--good GOOD]",
  help: "Why products are not traded or made now, why no hull is bought, and what was refused lately, with figures",
  options: [outputOption, goodOption("Of this product only")],
  arguments: { min: 0, max: 0 },
  async run(call) {
    const good = goodOf(call);
    const query = good === undefined ? "" : `?good=${encodeURIComponent(good)}`;
    const refusals = await connectToDaemon(call.dataDir).get(`/api/manufacturing/refusals${query}`, refusalsSchema);
    printAnswer(call, refusals, (palette) => refusalsText(refusals, palette));
  },
};

function gameSecondsOf(time: string): number {
  const [, hours = "0", minutes = "0", seconds = "0"] = GAME_TIME.exec(time) ?? [];
  return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

function stoppedText({ pipelines, orders, products, until }: z.infer<typeof stoppedSchema>): string {
  const ended = pipelines.map(({ pipeline, good, status, ships }) => {
    const sells = ships.length === 1 ? "still sells what it has aboard" : "still sell what they have aboard";
    const selling = ships.length === 0 ? "" : `: ${ships.join(", ")} ${sells}`;
    return `${pipeline} ${good} ${status}${status === "stopping" ? selling : ""}`;
  });
  const dropped = orders === 0 ? [] : [`${orders} waiting order${orders === 1 ? "" : "s"} dropped`];
  const lasting = products.map((good) => {
    const start = `bosun manufacturing start --good ${good}`;
    return until === null
      ? `the fleet begins no ${good} until you say: ${start}`
      : `the fleet begins no ${good} before ${until}, unless you say: ${start}`;
  });
  return [...ended, ...dropped, ...lasting].join("\n");
}

function goodOf(call: CommandCall): string | undefined {
  const good = call.flags["good"];
  return typeof good === "string" ? good.toUpperCase() : undefined;
}

function requiredGood(call: CommandCall): string {
  const good = goodOf(call);
  if (good === undefined)
    throw new CommandFailed(ExitCode.usage, "name the product: bosun manufacturing plan --good LASER_RIFLES");
  return good;
}

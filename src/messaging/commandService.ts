import { z } from "zod";
import { type Address, addressProblem } from "../runtime/address.ts";
import { isReservedEventType } from "../runtime/event.ts";
import type { IngressMessage, Receipt } from "../runtime/runtime.ts";
import type { CommandReply, CommandService } from "./bus.ts";
import { subjectsOf } from "./subjects.ts";

/** The daemon's commands: `status` and `actors.send`. A sent message is acknowledged when it is in Postgres. */
export function createCommandService(options: {
  readonly scope: Address;
  readonly version: string;
  /** The same status as the console and `bosun status` show; plain JSON. */
  readonly status: () => Promise<unknown>;
  readonly send: (message: IngressMessage) => Promise<Receipt>;
}): CommandService {
  const subjects = subjectsOf(options.scope);
  return {
    name: "bosun",
    version: options.version,
    description: `bosun, the fleet daemon of ${options.scope}`,
    endpoints: [
      {
        name: "status",
        subject: subjects.command("status"),
        help: "Credits, ships, pipelines, tasks by state, request budget, restarts, dead letters",
        example: undefined,
        handle: async () => ({ reply: "ok", body: await options.status() }),
      },
      {
        name: "actors.send",
        subject: subjects.command("actors.send"),
        help: "Sends an event to an actor; an id makes repeating it harmless",
        example: { address: `${options.scope}/coordinator`, event: { type: "coordinator.review" }, id: "any-unique-text" },
        handle: async (payload) => {
          const parsed = sendRequest.safeParse(payload);
          if (!parsed.success) return invalid(parsed.error);
          const { address, event, id, issuedAt } = parsed.data;
          const receipt = await options.send({
            to: address,
            event,
            from: "nats",
            ...(id === undefined ? {} : { id }),
            ...(issuedAt === undefined ? {} : { issuedAtMs: Date.parse(issuedAt) }),
          });
          return replyOf(receipt);
        },
      },
    ],
  };
}

const sendRequest = z.strictObject({
  address: z.string().superRefine((address, context) => {
    const problem = addressProblem(address);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  }),
  event: z.looseObject({
    type: z
      .string()
      .min(1)
      .max(200)
      .refine((type) => !isReservedEventType(type), "event types that begin with xstate. belong to the runtime"),
  }),
  id: z.string().min(1).max(200).optional(),
  issuedAt: z.iso.datetime({ offset: true }).optional(),
});

function invalid(error: z.ZodError): CommandReply {
  const issue = error.issues[0];
  const field = issue?.path.map(String).join(".") ?? "";
  const description = `${field === "" ? "the request" : field}: ${issue?.message ?? "does not fit"}`;
  return { reply: "error", code: 400, description: description.slice(0, 300) };
}

function replyOf(receipt: Receipt): CommandReply {
  if (receipt.receipt !== "refused") return { reply: "ok", body: receipt };
  return { reply: "error", code: REFUSAL_CODE[receipt.reason], description: receipt.detail, body: receipt };
}

type RefusalReason = Extract<Receipt, { receipt: "refused" }>["reason"];

const REFUSAL_CODE: Readonly<Record<RefusalReason, number>> = {
  unknownAddress: 404,
  undeclared: 400,
  invalid: 400,
  expired: 409,
  busy: 503,
  stopping: 503,
};

/**
 * What a fault on demand is, as given in a body or a file: what happens, to which requests, how often.
 *
 * Invariants: everything is checked before a fault is armed, and what is wrong is named by its field.
 */
import { z } from "zod";
import { OPERATION_NAMES } from "../gameOperations.ts";
import { InputFault } from "../inputFault.ts";
import { nearest } from "../options.ts";
import { readJson } from "../startFleet.ts";
import { resetShape } from "./reset.ts";

export type FaultSpec = z.output<typeof FaultSpec>;

/** Which requests a fault hits, and how often. Everything that is given must hold. */
const aim = {
  /** Name of the operation; any when absent. */
  operation: z
    .string()
    .superRefine((name, context) => {
      if (OPERATION_NAMES.includes(name)) return;
      context.addIssue({ code: "custom", message: `unknown; did you mean ${nearest(name.slice(0, 64), OPERATION_NAMES)}?` });
    })
    .optional(),
  /** Symbol of the ship in the path. */
  ship: z.string().min(1).max(64).optional(),
  /** Symbol of the agent of the token. */
  agent: z.string().min(1).max(64).optional(),
  /** Hits until it is used up. Absent: one; without end when there is a probability or a window. */
  count: z.int().min(1).max(1e6).optional(),
  /** Of each request that it could hit, drawn from `drawSeed` and the fault's id. */
  probability: z.number().gt(0).max(1).optional(),
  drawSeed: z.int().min(0).default(1),
  /** Game seconds since the universe began, from this instant on. */
  fromGameSeconds: z.number().min(0).optional(),
  /** Up to, not including. */
  untilGameSeconds: z.number().min(0).optional(),
};
const delayMs = z.int().min(0).max(600_000).default(1000);
const when = z.enum(["beforeWork", "afterWork"]).default("beforeWork");

/** See docs/simulator.md, "Faults". */
export const FaultSpec = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("delayRequest"), delayMs, ...aim }),
    z.strictObject({ kind: z.literal("delayResponse"), delayMs, ...aim }),
    z.strictObject({ kind: z.literal("dropRequest"), ...aim }),
    z.strictObject({ kind: z.literal("dropResponse"), ...aim }),
    z.strictObject({ kind: z.literal("badGateway"), when, ...aim }),
    z.strictObject({ kind: z.literal("unavailable"), when, ...aim }),
    z.strictObject({
      kind: z.literal("tooManyRequests"),
      retryAfterGameSeconds: z.number().gt(0).max(86_400).default(1),
      from: z.enum(["game", "proxy"]).default("game"),
      ...aim,
    }),
    z.strictObject({
      kind: z.literal("malformedBody"),
      form: z.enum(["truncated", "wrongType", "empty", "html"]),
      /** Of `wrongType`: dotted path of the value to spoil, such as `data.agent.credits`. */
      field: z.string().min(1).max(200).optional(),
      ...aim,
    }),
    z.strictObject({ kind: z.literal("connectionReset"), at: z.enum(["headers", "body"]), ...aim }),
    z.strictObject({ kind: z.literal("reset"), ...resetShape, ...aim }),
  ])
  .superRefine(({ fromGameSeconds = 0, untilGameSeconds }, context) => {
    if (untilGameSeconds === undefined || untilGameSeconds > fromGameSeconds) return;
    context.addIssue({ code: "custom", path: ["untilGameSeconds"], message: "must be after fromGameSeconds" });
  });

/** Reads a JSON list of faults. Throws {@link InputFault} naming the file, the place in the list and the field. */
export function readFaults(file: string): FaultSpec[] {
  const parsed = z.array(FaultSpec).max(1000).safeParse(readJson(file));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new InputFault(`faults file ${file}: ${issue?.path.join(".") || "(top)"}: ${issue?.message ?? "invalid"}`);
}

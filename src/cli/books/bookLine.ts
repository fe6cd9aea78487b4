/**
 * The lines of a simulator's books as this reader understands them: written down anew from docs/simulator.md, sharing nothing with the
 * program that writes them, so that one checks the other. Fields that it does not need are let through unseen.
 */
import { z } from "zod";

const Place = { seq: z.int().min(1), gameMs: z.number().min(0) };

const Hold = z.object({
  inventory: z.array(z.object({ good: z.string(), units: z.int().min(0) })),
  fuel: z.number().min(0),
});
const HoldChange = z.object({ before: Hold.nullable(), after: Hold.nullable() });
const Stand = z.object({ stock: z.number() });
const StandChange = z.object({ before: Stand.nullable(), after: Stand });
const Flow = z.object({
  produced: z.number().optional(),
  consumed: z.number().optional(),
  demanded: z.number().optional(),
  drifted: z.number().optional(),
});

/** Units by waypoint and good. */
const Stocks = z.record(z.string(), z.record(z.string(), z.number()));

const MutationLine = z.object({
  type: z.literal("mutation"),
  ...Place,
  operation: z.string(),
  agent: z.string().nullable(),
  ship: z.string().optional(),
  waypoint: z.string().optional(),
  good: z.string().optional(),
  units: z.number().optional(),
  unitPrice: z.number().optional(),
  total: z.number().optional(),
  /** Of a registration: the ships the agent begins with. */
  ships: z.array(z.string()).optional().catch(undefined),
  credits: z.object({ before: z.int().nullable(), after: z.int() }).optional(),
  cargo: HoldChange.optional(),
  otherCargo: HoldChange.extend({ ship: z.string() }).optional(),
  market: StandChange.optional(),
  hull: StandChange.optional(),
  /** Of the beginning of an era. */
  stocks: Stocks.optional(),
});

const TickLine = z.object({
  type: z.literal("tick"),
  ...Place,
  tick: z.int().min(0),
  markets: z.record(z.string(), z.record(z.string(), Flow)),
  /** Hulls that came back, by waypoint and type. */
  yards: z.record(z.string(), z.record(z.string(), z.number())).default({}),
});

const OpenedLine = z.object({
  type: z.literal("opened"),
  ...Place,
  source: z.string(),
  economy: z.string(),
  stocks: Stocks.default({}),
});

/** A line of a kind that this reader does not need or does not know. */
const OtherLine = z.object({ type: z.string(), ...Place });

export type Mutation = z.infer<typeof MutationLine>;
export type Tick = z.infer<typeof TickLine>;
export type StockFlow = z.infer<typeof Flow>;
export type HoldChange = z.infer<typeof HoldChange>;
export type BookLine =
  | Mutation
  | Tick
  | z.infer<typeof OpenedLine>
  | { type: "other"; kind: string; seq: number; gameMs: number };

/** One line of text as what it says, or in words why it says nothing. */
export function parseBookLine(text: string): { ok: true; line: BookLine } | { ok: false; problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problem: `is not JSON: ${shown(text)}` };
  }
  const place = OtherLine.safeParse(json);
  if (!place.success) return { ok: false, problem: problemOf(place.error) };
  const { type, seq, gameMs } = place.data;
  const schema = SCHEMAS[type];
  if (schema === undefined) return { ok: true, line: { type: "other", kind: type, seq, gameMs } };
  const parsed = schema.safeParse(json);
  return parsed.success ? { ok: true, line: parsed.data } : { ok: false, problem: problemOf(parsed.error) };
}

const SCHEMAS: Readonly<Record<string, z.ZodType<BookLine>>> = {
  mutation: MutationLine,
  tick: TickLine,
  opened: OpenedLine,
};

function problemOf(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join(".") || "the line"}: ${issue?.message ?? "is not understood"}`;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

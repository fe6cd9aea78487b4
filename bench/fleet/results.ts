/**
 * What has been measured, one JSON file a cell, so that a table can be put together from runs of different sittings.
 *
 * Invariant: a result counts only under the same sources, economy, configuration and universe; what was measured otherwise is never shown
 * beside it.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LogPage, VoyageRecord } from "../virtual/logbook.ts";

const BooksHour = z.object({
  hour: z.number(),
  sales: z.number(),
  purchases: z.number(),
  fuel: z.number(),
  hulls: z.number(),
  costOfSales: z.number(),
  cargoAtCost: z.number(),
});

/** One run of the fleet. */
export const FleetResult = z.object({
  economyHash: z.string(),
  booksHash: z.string(),
  booksAddUp: z.boolean(),
  books: z.array(BooksHour),
  /** By the same hours. */
  pages: z.array(LogPage),
  record: VoyageRecord,
  complaints: z.array(z.string()),
  wallMs: z.number(),
  cpuMs: z.number(),
  databaseCpuMs: z.number(),
  commits: z.number(),
  events: z.number(),
});
export type FleetResult = z.infer<typeof FleetResult>;

const ContenderResult = z.object({
  books: z.array(BooksHour),
  requests: z.number(),
  /** Sold, by hour: products of S, and of these the ones that its deliveries had brought about. */
  chainUnits: z.array(z.number()),
  fabricatedUnits: z.array(z.number()),
});

/** The reference traders and the absorption limit of one ground. */
export const ReferenceResult = z.object({
  traders: z.object({ S: ContenderResult, G1: ContenderResult, G10: ContenderResult }),
  /** A of the first so many hours, credits. */
  limits: z.array(z.object({ toHour: z.number(), credits: z.number() })),
});
export type ReferenceResult = z.infer<typeof ReferenceResult>;

/** What a result is a result of; all but the commit must be equal for it to count. */
const Origin = z.object({
  sources: z.string(),
  commit: z.string(),
  economy: z.string(),
  configuration: z.string(),
  universe: z.string(),
});
export type Origin = z.infer<typeof Origin>;

export type Kept<Result> =
  | { readonly kept: "yes"; readonly result: Result }
  | { readonly kept: "no" }
  /** Under another origin, or in another shape: in words, what is different. */
  | { readonly kept: "otherwise"; readonly because: string };

export class Results<Result> {
  readonly #directory: string;
  readonly #kind: string;
  readonly #File: z.ZodType<{ origin: Origin; result: Result }>;

  constructor(directory: string, kind: string, shape: z.ZodType<Result>) {
    this.#directory = directory;
    this.#kind = kind;
    this.#File = z.object({ origin: Origin, result: shape });
  }

  read(key: string, origin: Origin): Kept<Result> {
    const path = this.#path(key);
    if (!existsSync(path)) return { kept: "no" };
    const parsed = this.#File.safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (!parsed.success) return { kept: "otherwise", because: "written by another version of this bench" };
    const { origin: found, result } = parsed.data;
    const different = CHECKED.filter((name) => found[name] !== origin[name]);
    if (different.length === 0) return { kept: "yes", result };
    return { kept: "otherwise", because: `measured at commit ${found.commit}, with other ${different.join(", ")}` };
  }

  /** Whole or not at all. */
  keep(key: string, origin: Origin, result: Result): void {
    mkdirSync(this.#directory, { recursive: true });
    const path = this.#path(key);
    writeFileSync(`${path}.new`, JSON.stringify({ origin, result }));
    renameSync(`${path}.new`, path);
  }

  #path(key: string): string {
    return join(this.#directory, `${this.#kind}.${key}.json`);
  }
}

const CHECKED = ["sources", "economy", "configuration", "universe"] as const;

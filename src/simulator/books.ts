/**
 * The books: append-only JSON lines, one per mutation, written before the mutation is applied and answered.
 *
 * Invariants: a line is written whole or not at all (a torn last line was never answered and is cut off on opening); lines are
 * numbered without gaps; nothing is ever rewritten. Written without fsync: they survive the death of the process, not of the machine.
 */
import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import type { StockFlows } from "./tick.ts";
import type {
  AgentRecord,
  ClockState,
  HullSaleRecord,
  MarketGood,
  MarketRecord,
  ShipRecord,
  TransactionRecord,
  Universe,
  YardHull,
} from "./universe.ts";

/** A new value of one thing of the universe. Applying it again changes nothing. */
export type Put =
  | { put: "agent"; value: AgentRecord }
  | { put: "ship"; value: ShipRecord }
  | { put: "good"; waypoint: string; value: MarketGood }
  | { put: "transaction"; waypoint: string; value: TransactionRecord }
  | { put: "hull"; waypoint: string; value: YardHull }
  | { put: "hullSale"; waypoint: string; value: HullSaleRecord }
  | { put: "clock"; value: ClockState }
  | { put: "shipGone"; ship: string }
  | { put: "market"; value: MarketRecord }
  | { put: "maintenance"; value: NonNullable<Universe["maintenance"]> }
  /** The era that the maintenance promised begins, with this many ticks passed. */
  | { put: "era"; tick: number };

export interface BookLine {
  seq: number;
  type: "mutation" | "tick" | "supplyChanged" | "opened" | "closed";
  /** Game seconds since the universe began; exact milliseconds in `gameMs`. */
  gameTime: number;
  gameMs: number;
  wallTime: string;
  /** Of a mutation: what a replay has to put. */
  redo?: Put[];
  /** Of a tick: its number; of a supplyChanged: the economy tick that moved the label. */
  tick?: number;
  /** Of a tick: what it moved in the stock of each market's goods and, in hulls, of each shipyard. */
  markets?: Record<string, StockFlows>;
  yards?: Record<string, Record<string, number>>;
  waypoint?: string;
  good?: string;
  [detail: string]: unknown;
}

export class Books {
  readonly #fd: number;
  #bytes: number;

  constructor(path: string) {
    this.#fd = openSync(path, "a+", 0o600);
    this.#bytes = cutTornLine(this.#fd);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Appends lines in one write. Throws when the disk refuses; then nothing is left of them. */
  append(lines: readonly BookLine[]): void {
    if (lines.length === 0) return;
    const data = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    try {
      for (let written = 0; written < data.length; ) written += writeSync(this.#fd, data, written);
    } catch (cause) {
      ftruncateSync(this.#fd, this.#bytes);
      throw cause;
    }
    this.#bytes += data.length;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** The lines from a byte offset on, in order. A line that is no JSON ends the process with its place: books are never guessed. */
export function readBooks(path: string, fromByte: number): BookLine[] {
  if (!existsSync(path)) return [];
  const text = readFrom(path, fromByte).toString("utf8");
  const complete = text.slice(0, text.lastIndexOf("\n") + 1);
  return complete
    .split("\n")
    .filter((line) => line !== "")
    .map((line, i) => {
      try {
        // Our own lines: written by append above and by nothing else.
        return JSON.parse(line) as BookLine;
      } catch {
        throw new Error(`${path}: line ${i + 1} after byte ${fromByte} is not JSON; the books are damaged`);
      }
    });
}

/** Only the tail: the books of a long life are large. */
function readFrom(path: string, fromByte: number): Buffer {
  const fd = openSync(path, "r");
  try {
    const tail = Buffer.alloc(Math.max(0, fstatSync(fd).size - fromByte));
    let read = 0;
    while (read < tail.length) {
      const bytes = readSync(fd, tail, read, tail.length - read, fromByte + read);
      if (bytes === 0) break;
      read += bytes;
    }
    return tail.subarray(0, read);
  } finally {
    closeSync(fd);
  }
}

/** Cuts what follows the last newline; returns the size left. */
function cutTornLine(fd: number): number {
  const size = fstatSync(fd).size;
  const block = Buffer.alloc(65_536);
  for (let end = size; end > 0; end -= block.length) {
    const from = Math.max(0, end - block.length);
    const read = readSync(fd, block, 0, end - from, from);
    const newline = block.subarray(0, read).lastIndexOf(0x0a);
    if (newline < 0) continue;
    const keep = from + newline + 1;
    if (keep < size) ftruncateSync(fd, keep);
    return keep;
  }
  if (size > 0) ftruncateSync(fd, 0);
  return 0;
}

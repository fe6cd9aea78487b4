/**
 * The lines of a recording: everything that was asked of a universe, and what came of it. `docs/simulator.md` describes them.
 *
 * Invariants: no token is in it; a request's line is written before the request is answered and its answer's line after, so that a
 * request without an answer is the last one before the simulator died, and nobody knows yet whether it happened.
 */
import { createHash } from "node:crypto";
import type { Put } from "../books.ts";
import { InputFault } from "../inputFault.ts";
import { readLines } from "../lineFile.ts";
import type { Refusal } from "../refusal.ts";
import type { DeskRequest } from "../requestDesk.ts";
import type { StartFleet } from "../startFleet.ts";
import type { Bearer } from "../token.ts";
import type { NextEra, Universe } from "../universe.ts";

export const RECORDING_FORMAT = "bosun-recording/1";

/** The first line: the universe at that instant, whole but for its key, by whose fingerprint it is known again. */
export interface StartLine {
  type: "start";
  format: typeof RECORDING_FORMAT;
  gameMs: number;
  wallMs: number;
  key: string;
  universe: Omit<Universe, "secret">;
}

/** A simulator began to serve the universe: the first after the start, the others after a restart. */
export interface OpenedLine {
  type: "opened";
  gameMs: number;
  wallMs: number;
  hash: string;
  speed: number;
  /** With the rate limit on. */
  limited: boolean;
  /** What a new agent begins with. */
  fleet: StartFleet;
}

export interface RequestLine {
  type: "request";
  n: number;
  gameMs: number;
  /** Of the simulator's machine; the rate limit goes by it. */
  wallMs: number;
  method: string;
  target: string;
  address: string;
  bearer: Bearer;
  /** Absent when there was none. */
  body?: unknown;
  /** Instead of the body: why it could not be read. */
  badBody?: Refusal;
  requestId?: string;
  /** The faults on its way; those after the work changed nothing of it. */
  faults?: readonly string[];
}

export interface AnswerLine {
  type: "answer";
  n: number;
  status: number;
  /** Of a refusal. */
  code?: number;
  /** Fingerprint of the mutations that it made; absent when it made none. */
  did?: string;
  /** Of a reset: the universe that was drawn, because it may have come from a file. */
  drew?: NextEra;
}

export type RecordingLine =
  | StartLine
  | OpenedLine
  | RequestLine
  | AnswerLine
  /** A fault kept the request from arriving, or answered in the universe's place. */
  | { type: "lost"; gameMs: number; method: string; target: string; faults: readonly string[] }
  | { type: "checkpoint" | "closed"; gameMs: number; hash: string };

/** The lines of a recording, one by one. Throws {@link InputFault} for a file that is none, and for a damaged one. */
export function* readRecording(path: string): Generator<RecordingLine, void, undefined> {
  let isEmpty = true;
  const other = new InputFault(`${path} is not a recording of this version (${RECORDING_FORMAT})`);
  try {
    for (const line of readLines<RecordingLine>(path)) {
      if (isEmpty && !isStart(line)) throw other;
      isEmpty = false;
      yield line;
    }
    if (isEmpty) throw other;
  } catch (cause) {
    throw cause instanceof InputFault ? cause : new InputFault(cause instanceof Error ? cause.message : String(cause));
  }
}

export function isStart(line: RecordingLine | undefined): line is StartLine {
  return line?.type === "start" && line.format === RECORDING_FORMAT && line.universe?.format === "bosun-universe/1";
}

/**
 * Names the mutations of one request; undefined for none. Left out are the clock's state and the reset's, which know the wall, and
 * the begin of an era, which no request makes.
 */
export function fingerprint(puts: readonly Put[]): string | undefined {
  const moving = puts.filter(({ put }) => put !== "clock" && put !== "maintenance" && put !== "era");
  return moving.length === 0 ? undefined : createHash("sha256").update(JSON.stringify(moving)).digest("hex").slice(0, 16);
}

/** The body of a recorded request. */
export function bodyOf({ body, badBody }: RequestLine): DeskRequest["body"] {
  return badBody === undefined ? { ok: true, value: body } : { ok: false, refusal: badBody };
}

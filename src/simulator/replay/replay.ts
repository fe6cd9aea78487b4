/**
 * Asks everything again that a recording tells, in a universe of its own, and compares.
 *
 * Invariants: requests are executed, never their recorded effects; each at its recorded instant, whatever the machine's clock says;
 * the first difference ends the replay, because all later ones may follow from it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NextEra } from "../universe.ts";
import { type AnswerLine, type OpenedLine, type RecordingLine, type RequestLine, readRecording } from "./recording.ts";
import { type Done, ReplayedUniverse } from "./replayedUniverse.ts";

export interface ReplayReport {
  /** Requests asked again. */
  requests: number;
  /** Of these, how many the universe refused, the rate limit's refusals included. */
  refused: number;
  /** Requests that a fault kept from the universe: not asked again. */
  lost: number;
  /** Starts of the simulator; those after the first are restarts. */
  starts: number;
  /** Requests under way when the simulator died, and what became of them. */
  interrupted: { n: number; happened: boolean }[];
  gameMs: number;
  /** Of the universe where the replay ended. */
  hash: string;
  difference: Difference | undefined;
}

/** The first line of the recording whose replay came out otherwise. */
export interface Difference {
  /** Number of the line in the file, from 1. */
  line: number;
  what: "status" | "code" | "mutation" | "instant" | "hash";
  /** What was being done, for a reader. */
  at: string;
  recorded: string;
  replayed: string;
}

/** Replays a recording. Throws {@link InputFault} when it cannot be read. */
export function replayRecording(path: string): ReplayReport {
  const dir = mkdtempSync(join(tmpdir(), "bosun-replay-"));
  try {
    return new Replay(dir).run(readRecording(path));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

class Replay {
  readonly #dir: string;
  readonly #report: Omit<ReplayReport, "hash" | "gameMs"> = {
    requests: 0,
    refused: 0,
    lost: 0,
    starts: 0,
    interrupted: [],
    difference: undefined,
  };
  #world: ReplayedUniverse | undefined;
  /** The last request while its answer has not been read. It is asked when the next line tells what came of it. */
  #pending: { line: number; request: RequestLine } | undefined;
  #line = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  run(lines: Iterable<RecordingLine>): ReplayReport {
    for (const line of lines) {
      this.#line += 1;
      this.#report.difference = this.#follow(line);
      if (this.#report.difference) break;
    }
    const world = this.#there();
    const end = { hash: world.sim.hash(), gameMs: world.sim.nowGameMs() };
    world.sim.close();
    return { ...this.#report, ...end };
  }

  #follow(line: RecordingLine): Difference | undefined {
    if (line.type === "start") {
      this.#world = ReplayedUniverse.at(join(this.#dir, "0"), line);
      return undefined;
    }
    if (line.type === "opened") return this.#open(line);
    if (line.type === "answer") return this.#settle(line);
    // Its answer could not be written, or the simulator would not have gone on.
    const unanswered = this.#settle(undefined);
    if (unanswered) return unanswered;
    switch (line.type) {
      case "request":
        this.#pending = { line: this.#line, request: line };
        return undefined;
      case "lost":
        this.#report.lost += 1;
        return undefined;
      case "checkpoint":
      case "closed":
        return this.#compareHash(line.type, line.gameMs, line.hash);
    }
  }

  /** A restart: what was under way when the simulator died either happened or did not, and the universe's hash tells which. */
  #open(line: OpenedLine): Difference | undefined {
    this.#report.starts += 1;
    const interrupted = this.#pending;
    this.#pending = undefined;
    if (interrupted) {
      const { n } = interrupted.request;
      const without = this.#there().fork(join(this.#dir, `${this.#line}`));
      const happened = without.hashAt(line.gameMs) !== line.hash;
      this.#report.interrupted.push({ n, happened });
      if (happened) this.#ask(interrupted.request, undefined);
      else {
        this.#there().sim.close();
        this.#world = without;
      }
    }
    this.#there().reopen(line);
    return this.#compareHash(this.#report.starts === 1 ? "start" : "restart", line.gameMs, line.hash);
  }

  #settle(answer: AnswerLine | undefined): Difference | undefined {
    const pending = this.#pending;
    if (pending === undefined) return undefined;
    this.#pending = undefined;
    const { request } = pending;
    const done = this.#ask(request, answer?.drew);
    const body = request.body === undefined ? "" : ` ${JSON.stringify(request.body).slice(0, 200)}`;
    const at = `request ${request.n}, ${request.method} ${request.target}${body}`;
    const differs = (what: Difference["what"], recorded: Recorded, replayed: Recorded): Difference | undefined =>
      recorded === replayed ? undefined : { line: pending.line, what, at, recorded: text(recorded), replayed: text(replayed) };
    const late = differs("instant", request.gameMs, done.gameMs);
    if (late || answer === undefined) return late;
    return (
      differs("status", answer.status, done.status) ??
      differs("code", answer.code, done.code) ??
      differs("mutation", answer.did, done.did)
    );
  }

  #ask(request: RequestLine, drew: NextEra | undefined): Done {
    const done = this.#there().ask(request, drew);
    this.#report.requests += 1;
    if (done.code !== undefined) this.#report.refused += 1;
    return done;
  }

  #compareHash(at: string, gameMs: number, recorded: string): Difference | undefined {
    const replayed = this.#there().hashAt(gameMs);
    return recorded === replayed ? undefined : { line: this.#line, what: "hash", at, recorded, replayed };
  }

  #there(): ReplayedUniverse {
    if (this.#world === undefined) throw new Error("a recording begins with its universe");
    return this.#world;
  }
}

type Recorded = string | number | undefined;

function text(value: Recorded): string {
  return value === undefined ? "none" : String(value);
}

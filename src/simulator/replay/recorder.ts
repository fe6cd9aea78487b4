/** Writes down what is asked of a universe while it is asked. */
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import type { Put } from "../books.ts";
import { InputFault } from "../inputFault.ts";
import { LineFile, readLines } from "../lineFile.ts";
import type { DeskAnswer, DeskRequest } from "../requestDesk.ts";
import type { Simulation } from "../simulation.ts";
import type { StartFleet } from "../startFleet.ts";
import {
  type AnswerLine,
  fingerprint,
  isStart,
  RECORDING_FORMAT,
  type RecordingLine,
  type RequestLine,
  readRecording,
} from "./recording.ts";

export interface RecordingScene {
  fleet: StartFleet;
  limited: boolean;
}

export class Recorder {
  readonly #file: LineFile;
  readonly #sim: Simulation;
  #n = 0;
  #puts: Put[] = [];
  #isSilent = false;

  /** Begins a recording, or goes on with one of this universe. Throws {@link InputFault} for a file that cannot be used. */
  static open(path: string, sim: Simulation, scene: RecordingScene): Recorder {
    const key = createHash("sha256").update(sim.universe.secret).digest("hex");
    try {
      const lastN = lastOf(path, key);
      return sim.during(() => new Recorder(new LineFile(path), sim, scene, key, lastN));
    } catch (cause) {
      if (cause instanceof InputFault) throw cause;
      throw new InputFault(`--record ${path} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }

  private constructor(file: LineFile, sim: Simulation, scene: RecordingScene, key: string, lastN: number | undefined) {
    this.#file = file;
    this.#sim = sim;
    const { gameMs, wallMs } = sim.instant();
    const { secret: _secret, ...universe } = sim.whole();
    const { speed } = universe.clock;
    const start: RecordingLine = { type: "start", format: RECORDING_FORMAT, gameMs, wallMs, key, universe };
    const opened: RecordingLine = { type: "opened", gameMs, wallMs, hash: sim.hash(), speed, ...scene };
    file.append(lastN === undefined ? [start, opened] : [opened]);
    this.#n = lastN ?? 0;
    sim.watch((puts) => this.#puts.push(...puts));
  }

  /**
   * Records a request around its work. Throws when its line cannot be written, and then does no work: a recording with a hole would
   * be worth nothing. Work that throws has not happened, and leaves no line.
   */
  record(request: DeskRequest, faults: readonly string[], work: () => DeskAnswer): DeskAnswer {
    const before = this.#file.bytes;
    this.#file.append([this.#requestLine(request, faults)]);
    this.#puts = [];
    let done: DeskAnswer;
    try {
      done = work();
    } catch (cause) {
      this.#file.withdrawTo(before);
      throw cause;
    }
    this.#tellAnswer(done);
    return done;
  }

  /** A request that never reached the universe. */
  lost({ method, target }: Pick<DeskRequest, "method" | "target">, faults: readonly string[]): void {
    this.#tell({ type: "lost", gameMs: this.#sim.nowGameMs(), method, target, faults });
  }

  close(): void {
    this.#sim.during(() => this.#tell({ type: "closed", gameMs: this.#sim.nowGameMs(), hash: this.#sim.hash() }));
    this.#file.close();
  }

  #requestLine({ method, target, address, bearer, body, requestId }: DeskRequest, faults: readonly string[]): RequestLine {
    this.#n += 1;
    return {
      type: "request",
      n: this.#n,
      ...this.#sim.instant(),
      method,
      target,
      address,
      bearer,
      ...(body.ok ? { body: body.value } : { badBody: body.refusal }),
      ...(requestId === null ? {} : { requestId }),
      ...(faults.length === 0 ? {} : { faults }),
    };
  }

  #tellAnswer({ answer }: DeskAnswer): void {
    const did = fingerprint(this.#puts);
    const drew = this.#puts.find((put) => put.put === "maintenance")?.value.next;
    const line: AnswerLine = {
      type: "answer",
      n: this.#n,
      status: answer.status,
      ...(answer.outcome === "refused" ? { code: answer.code } : {}),
      ...(did === undefined ? {} : { did }),
      ...(drew === undefined ? {} : { drew }),
    };
    this.#tell(line);
    if (this.#n % REQUESTS_PER_CHECKPOINT === 0) {
      this.#tell({ type: "checkpoint", gameMs: this.#sim.nowGameMs(), hash: this.#sim.hash() });
    }
  }

  /** What has happened must be answered, recorded or not: a line that only helps to compare may be missing. */
  #tell(line: RecordingLine): void {
    try {
      this.#file.append([line]);
    } catch (cause) {
      if (!this.#isSilent)
        process.stderr.write(`the recording misses lines: ${cause instanceof Error ? cause.message : String(cause)}\n`);
      this.#isSilent = true;
    }
  }
}

const REQUESTS_PER_CHECKPOINT = 1000;

/** Number of the last request of a recording of the universe with this key; undefined when nothing of it is whole. */
function lastOf(path: string, key: string): number | undefined {
  if (!existsSync(path)) return undefined;
  const { text, isWhole } = beginningOf(path);
  if (!BEGINNING.startsWith(text)) throw new InputFault(`--record ${path} is there and no recording; nothing was written to it`);
  if (!isWhole) return undefined;
  let n = 0;
  for (const line of readRecording(path)) {
    if (isStart(line) && line.key !== key) throw new InputFault(`--record ${path} is the recording of another universe`);
    if (line.type === "request") n = line.n;
  }
  return n;
}

const BEGINNING = JSON.stringify({ type: "start", format: RECORDING_FORMAT }).slice(0, -1);

/** As much of the beginning as there is: a first line that was torn is still ours, and anything else is not touched. */
function beginningOf(path: string): { text: string; isWhole: boolean } {
  for (const line of readLines<RecordingLine>(path))
    return { text: JSON.stringify(line).slice(0, BEGINNING.length), isWhole: true };
  const fd = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(BEGINNING.length);
    return { text: bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0)).toString("utf8"), isWhole: false };
  } finally {
    closeSync(fd);
  }
}

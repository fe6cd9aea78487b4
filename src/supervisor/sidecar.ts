/*
 * A sidecar is a program of its own that outlives a kill -9 of the daemon. Invariants:
 * - It is recognised by pid and start time from our record, by its command line, and by an answer only it can give (`probe`).
 * - The record says "starting" with the command's marker before the spawn, so a kill in between leaves no nameless orphan.
 * - A graceful stop stops it, adopted or not; the end of this process does not. Its port is remembered beyond: whoever knew it by its
 *   address finds it there again.
 */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type DetachedCommand, endProcess, spawnDetached } from "../process/detachedProcess.ts";
import { readFileIfThere, writePrivateFile } from "../process/privateFile.ts";
import { isSameProcess, type ProcessIdentity, processCommandLine, processIdentity } from "../process/processIdentity.ts";
import type { Clock } from "../runtime/environment.ts";
import type { RunningProcess } from "./childSpec.ts";
import { withinTime } from "./deadline.ts";
import { watchDetached } from "./watchDetached.ts";

export interface SidecarSpec {
  /** Names its files in the data directory: `<name>.sidecar.json` (while it runs), `<name>.port`, `<name>.log`. */
  readonly name: string;
  readonly dataDirectory: string;
  /** What to run. `previousPort` is the one it had before, to be kept if possible. */
  command(previousPort: number | undefined): Promise<SidecarCommand>;
  /** Whether the process at this port is alive, ready, and ours. */
  probe(port: number, identity: ProcessIdentity): Promise<boolean>;
  readonly readyWithinMs: number;
  /** A running sidecar that does not pass its probe for so long is killed, and counts as failed. */
  readonly silentWithinMs: number;
  readonly stopWithinMs: number;
  /** The exit code by which it says that it was asked for something impossible: to be told to the user, not to be tried again. */
  readonly refusalCode?: number;
}

/** The sidecar cannot do what it was asked for; the message is its own sentence. */
export class SidecarRefused extends Error {
  override readonly name = "SidecarRefused";
}

export interface SidecarCommand extends Omit<DetachedCommand, "logFile"> {
  readonly port: number;
  /** A part of the command line that no other process has. */
  readonly marker: string;
  /** Changes when a running sidecar must not be adopted: other options, another version. */
  readonly fingerprint: string;
}

export interface RunningSidecar extends RunningProcess {
  readonly identity: ProcessIdentity;
  readonly port: number;
  readonly origin: "started" | "adopted";
  readonly logFile: string;
}

/** Adopts the sidecar that an earlier daemon left, or starts one. Rejects with a sentence that names the log file. */
export async function startSidecar(spec: SidecarSpec, clock: Clock, signal: AbortSignal): Promise<RunningSidecar> {
  mkdirSync(spec.dataDirectory, { recursive: true, mode: 0o700 });
  const record = readRecord(spec);
  const previousPort = record?.port ?? readPort(spec);
  const command = await spec.command(previousPort);
  const left = findLeftOver(record);
  if (
    left !== undefined &&
    record?.fingerprint === command.fingerprint &&
    (await becomesReady(spec, record.port, left, clock, signal))
  ) {
    saveRecord(spec, { ...record, process: left });
    return watch(spec, left, record.port, "adopted", clock);
  }
  if (left === undefined) return start(spec, command, clock, signal);
  await endProcess(left, { signal: "SIGTERM", withinMs: spec.stopWithinMs });
  return start(spec, await spec.command(previousPort), clock, signal);
}

const recordSchema = z.object({
  port: z.number(),
  marker: z.string(),
  fingerprint: z.string(),
  /** Absent while it is being started. */
  process: z.object({ pid: z.number(), startedAt: z.string() }).optional(),
});
type SidecarRecord = z.infer<typeof recordSchema>;

async function start(spec: SidecarSpec, command: SidecarCommand, clock: Clock, signal: AbortSignal): Promise<RunningSidecar> {
  const { port, marker, fingerprint } = command;
  const logFile = logFileOf(spec);
  saveRecord(spec, { port, marker, fingerprint });
  let onExit: (code: number | null) => void = () => undefined;
  const exited = new Promise<number | null>((resolve) => {
    onExit = resolve;
  });
  const identity = await spawnDetached({ ...command, logFile, onExit });
  saveRecord(spec, { port, marker, fingerprint, process: identity });
  writePrivateFile(portFileOf(spec), `${port}\n`);
  if (await becomesReady(spec, port, identity, clock, signal)) return watch(spec, identity, port, "started", clock);
  const alive = isSameProcess(identity);
  const { refusalCode } = spec;
  if (!alive && refusalCode !== undefined) {
    const end = await withinTime(clock, EXIT_CODE_WITHIN_MS, exited);
    if (end.outcome === "inTime" && end.value === refusalCode)
      throw new SidecarRefused(lastWords(logFile, 1).replace(`${spec.name}: `, ""));
  }
  await endProcess(identity, { signal: "SIGTERM", withinMs: spec.stopWithinMs });
  if (signal.aborted) throw new Error(`the start of ${spec.name} was abandoned`);
  throw new Error(
    `${spec.name} ${alive ? "does not become ready" : "ended while starting"}: ${lastWords(logFile, 2)} (see ${logFile})`,
  );
}

async function becomesReady(
  spec: SidecarSpec,
  port: number,
  identity: ProcessIdentity,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const giveUpAtMs = clock.nowMs() + spec.readyWithinMs;
  while (isSameProcess(identity) && !signal.aborted && clock.nowMs() <= giveUpAtMs) {
    if (await spec.probe(port, identity)) return true;
    await new Promise<void>((resolve) => clock.wakeAt(clock.nowMs() + 25, resolve));
  }
  return false;
}

const LAST_WORDS_CHARACTERS = 400;
/** It is gone already; only the notice of it is under way. */
const EXIT_CODE_WITHIN_MS = 1_000;

function lastWords(logFile: string, lines: number): string {
  return (readFileIfThere(logFile) ?? "").trimEnd().split("\n").slice(-lines).join(" ").slice(-LAST_WORDS_CHARACTERS);
}

function watch(
  spec: SidecarSpec,
  identity: ProcessIdentity,
  port: number,
  origin: RunningSidecar["origin"],
  clock: Clock,
): RunningSidecar {
  const watched = watchDetached({
    name: spec.name,
    identity,
    clock,
    answers: () => spec.probe(port, identity),
    silentWithinMs: spec.silentWithinMs,
    detail: { port, origin },
    stop: async (withinMs) => {
      await endProcess(identity, { signal: "SIGTERM", withinMs: Math.min(withinMs, spec.stopWithinMs) });
      rmSync(recordFileOf(spec), { force: true });
    },
  });
  return { ...watched, identity, port, origin, logFile: logFileOf(spec) };
}

/** The living process of an earlier daemon's record; for an interrupted start, the one whose command line has the marker. */
function findLeftOver(record: SidecarRecord | undefined): ProcessIdentity | undefined {
  if (record === undefined) return undefined;
  if (record.process !== undefined) return isSameProcess(record.process) ? record.process : undefined;
  return findByMarker(record.marker);
}

function findByMarker(marker: string): ProcessIdentity | undefined {
  if (process.platform !== "linux") return undefined;
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isSafeInteger(pid) || pid === process.pid) continue;
    if (processCommandLine(pid)?.includes(marker) === true) return processIdentity(pid);
  }
  return undefined;
}

/** A record cut short by a power cut is as good as none: its process died with the power. */
function readRecord(spec: SidecarSpec): SidecarRecord | undefined {
  const text = readFileIfThere(recordFileOf(spec));
  if (text === undefined || text.trim() === "") return undefined;
  return recordSchema.parse(JSON.parse(text));
}

function saveRecord(spec: SidecarSpec, record: SidecarRecord): void {
  writePrivateFile(recordFileOf(spec), `${JSON.stringify(record)}\n`);
}

function readPort(spec: SidecarSpec): number | undefined {
  const port = Number(readFileIfThere(portFileOf(spec)));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

const recordFileOf = (spec: SidecarSpec): string => join(spec.dataDirectory, `${spec.name}.sidecar.json`);
const portFileOf = (spec: SidecarSpec): string => join(spec.dataDirectory, `${spec.name}.port`);
const logFileOf = (spec: SidecarSpec): string => join(spec.dataDirectory, `${spec.name}.log`);

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * A process that cannot be mistaken for another one: the operating system reuses pids, but never a pid together with a start
 * time. `startedAt` is opaque; compare it for equality only.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** The identity of the living process `pid`; undefined when there is none, or only its zombie. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const startedAt = process.platform === "linux" ? startedAtFromProc(pid) : startedAtFromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether the process that `identity` was taken of is still alive. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  return processIdentity(identity.pid)?.startedAt === identity.startedAt;
}

export function isAlive(pid: number): boolean {
  return processIdentity(pid) !== undefined;
}

/** The command line of a living process, words joined by blanks; undefined when it cannot be read. */
export function processCommandLine(pid: number): string | undefined {
  if (process.platform === "linux") {
    return readIfThere(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ").trim();
  }
  return askPs(pid, "command=");
}

/** Field 22 of /proc/PID/stat (clock ticks since boot), with the id of the boot: proc(5). */
function startedAtFromProc(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  const ticks = fields[19];
  if (state === "Z" || state === "X" || ticks === undefined) return undefined;
  return `${ticks}@${bootId()}`;
}

let knownBootId: string | undefined;

function bootId(): string {
  knownBootId ??= readIfThere("/proc/sys/kernel/random/boot_id")?.trim() ?? "unknown";
  return knownBootId;
}

function startedAtFromPs(pid: number): string | undefined {
  const state = askPs(pid, "state=");
  return state === undefined || state.startsWith("Z") ? undefined : askPs(pid, "lstart=");
}

/** `ps` ends with code 1 when there is no such process: the expected answer "none". */
function askPs(pid: number, column: string): string | undefined {
  try {
    const answer = execFileSync("ps", ["-o", column, "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return answer.trim() === "" ? undefined : answer.trim();
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 1) return undefined;
    throw error;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    // ESRCH: the process ended between open and read.
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return undefined;
    throw error;
  }
}

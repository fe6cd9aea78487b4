import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFileIfThere } from "../process/privateFile.ts";
import { isAlive, type ProcessIdentity, processCommandLine, processIdentity } from "../process/processIdentity.ts";

/** What `postmaster.pid` says of the server that holds a cluster (format: Postgres, src/include/utils/pidfile.h). */
export interface PostmasterFile {
  readonly pid: number;
  /** Undefined when no such process lives: Postgres itself removes such a stale file at its next start. */
  readonly process: ProcessIdentity | undefined;
  /** `foreign`: the pid belongs to a program that does not serve this cluster (reused pid, or a copied directory). */
  readonly nature: "postgres" | "foreign";
  readonly status: "starting" | "ready" | "stopping" | "unknown";
}

export function readPostmasterFile(clusterDirectory: string): PostmasterFile | undefined {
  const text = readFileIfThere(join(clusterDirectory, "postmaster.pid"));
  const lines = text?.split("\n") ?? [];
  const pid = Number.parseInt(lines[0] ?? "", 10);
  if (!Number.isSafeInteger(pid)) return undefined;
  const commandLine = processCommandLine(pid);
  const isPostgres = commandLine === undefined || commandLine.includes(clusterDirectory);
  return {
    pid,
    process: processIdentity(pid),
    nature: isPostgres ? "postgres" : "foreign",
    status: statusOf(lines[7]?.trim()),
  };
}

/**
 * After a crash the pid in the file may belong to some other program, and Postgres then refuses to start. The file is not
 * removed, only its pid replaced by one that nobody has: so Postgres still checks the shared memory segment that
 * the file names, which tells it whether orphaned backends are still at work on the cluster.
 */
export function clearForeignLock(clusterDirectory: string): void {
  const path = join(clusterDirectory, "postmaster.pid");
  const lines = readFileIfThere(path)?.split("\n");
  if (lines === undefined) return;
  writeFileSync(path, [String(unusedPid()), ...lines.slice(1)].join("\n"));
}

function unusedPid(): number {
  let pid = 32_000;
  while (isAlive(pid)) pid -= 1;
  return pid;
}

function statusOf(text: string | undefined): PostmasterFile["status"] {
  return text === "starting" || text === "ready" || text === "stopping" ? text : "unknown";
}

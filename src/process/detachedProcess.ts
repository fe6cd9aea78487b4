import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, renameSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isSameProcess, type ProcessIdentity, processIdentity } from "./processIdentity.ts";

/** How to start a process that outlives us: its own session (setsid), no pipe to us, output appended to a log file. */
export interface DetachedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Drops root's rights to this user; only for root. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Told the exit code when it ends while we live; null when a signal ended it. */
  readonly onExit?: (code: number | null) => void;
}

const LOG_ROTATE_BYTES = 8 * 1024 * 1024;

/**
 * Starts `command` so that neither a Ctrl-C in our terminal nor a kill -9 of this process reaches it.
 * Rejects when it cannot be executed, or is gone at once.
 */
export async function spawnDetached(command: DetachedCommand): Promise<ProcessIdentity> {
  rotateLog(command.logFile);
  const log = openSync(command.logFile, "a", 0o600);
  try {
    const child = spawn(command.command, [...command.args], {
      cwd: command.cwd,
      env: { ...command.env },
      detached: true,
      stdio: ["ignore", log, log],
      ...command.user,
    });
    if (command.onExit !== undefined) child.once("exit", command.onExit);
    return await identify(child, command);
  } finally {
    closeSync(log);
  }
}

/**
 * Sends `signal`, waits until the process is gone, and after `withinMs` sends SIGKILL (or `lastSignal`).
 * Resolves to whether it ended by itself in time. Does nothing to another process that got the same pid.
 */
export async function endProcess(
  identity: ProcessIdentity,
  options: { readonly signal: NodeJS.Signals; readonly withinMs: number; readonly lastSignal?: NodeJS.Signals },
): Promise<boolean> {
  signalProcess(identity, options.signal);
  if (await waitUntilGone(identity, options.withinMs)) return true;
  signalProcess(identity, options.lastSignal ?? "SIGKILL");
  await waitUntilGone(identity, options.withinMs);
  return false;
}

async function identify(child: ChildProcess, command: DetachedCommand): Promise<ProcessIdentity> {
  // Node emits `error` instead of `spawn` when exec fails (ENOENT, EACCES); `once` rejects on it.
  await once(child, "spawn");
  child.unref();
  // The exit of a child must be reaped by us, or its zombie would look alive to others; nothing else to do about it here.
  child.on("error", () => undefined);
  const identity = child.pid === undefined ? undefined : processIdentity(child.pid);
  if (identity === undefined) throw new Error(`${command.command} ended at once; see ${command.logFile}`);
  return identity;
}

async function waitUntilGone(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + withinMs;
  while (isSameProcess(identity)) {
    if (performance.now() > giveUpAt) return false;
    await sleep(15);
  }
  return true;
}

function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isSameProcess(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    // Gone between the check and the signal.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

function rotateLog(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_ROTATE_BYTES) renameSync(logFile, `${logFile}.1`);
}

import { readdirSync, readFileSync } from "node:fs";

/** Jiffies per second of Linux' accounting, the same on every machine since long. */
const PER_SECOND = 100;

/** CPU time of a process and its children, living and ended, in milliseconds; undefined where there is no /proc. */
export function processCpuMs(pid: number): number | undefined {
  const own = statOf(pid);
  if (own === undefined) return undefined;
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat?.parent === pid);
  const jiffies = [own, ...children].reduce((sum, stat) => sum + (stat?.own ?? 0), own.ended);
  return (jiffies * 1000) / PER_SECOND;
}

interface Stat {
  readonly parent: number;
  readonly own: number;
  /** Of children that have ended. */
  readonly ended: number;
}

function statOf(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    // It has ended meanwhile, or this is not Linux.
    return undefined;
  }
  // The name in parentheses may hold anything; the fields after it are numbers: state, ppid, … utime, stime, cutime, cstime.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [parent, utime, stime, cutime, cstime] = [1, 11, 12, 13, 14].map((index) => Number(fields[index]));
  return { parent: parent ?? 0, own: (utime ?? 0) + (stime ?? 0), ended: (cutime ?? 0) + (cstime ?? 0) };
}

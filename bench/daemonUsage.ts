import { readdirSync, readFileSync } from "node:fs";

/** What a process with all its descendants has used so far. */
export interface Usage {
  readonly cpuMs: number;
  readonly rssMb: number;
}

/** Jiffies of Linux, as `getconf CLK_TCK` says on every machine we know. */
const MS_PER_TICK = 10;

/** CPU and memory of `pid` alone, from /proc. */
export function usageOf(pid: number): Usage {
  const { fields } = statOf(pid);
  const cpuMs = (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  return { cpuMs, rssMb: memoryMb(pid, "VmRSS") };
}

/** The most memory that it ever had. */
export function peakRssMb(pid: number): number {
  return memoryMb(pid, "VmHWM");
}

/** `pid` and everything below it; CPU includes that of children which have ended. Shared memory counts in each process that has it. */
export function usageOfTree(pid: number): Usage {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name): [number, number][] => {
        try {
          return [[Number(name), Number(statOf(Number(name)).fields[1])]];
        } catch (error) {
          // Ended between the listing and the reading.
          if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return [];
          throw error;
        }
      }),
  );
  const isBelow = (child: number): boolean => {
    const parent = parents.get(child);
    return child === pid || (parent !== undefined && parent > 1 && isBelow(parent));
  };
  const tree = [...parents.keys()].filter(isBelow);
  const ended = statOf(pid).fields;
  const endedMs = (Number(ended[13]) + Number(ended[14])) * MS_PER_TICK;
  return tree
    .map(usageOf)
    .reduce((sum, one) => ({ cpuMs: sum.cpuMs + one.cpuMs, rssMb: sum.rssMb + one.rssMb }), { cpuMs: endedMs, rssMb: 0 });
}

/** The fields of /proc/PID/stat after the command name, which may hold spaces; the first is the state. */
function statOf(pid: number): { readonly fields: readonly string[] } {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return { fields: text.slice(text.lastIndexOf(")") + 2).split(" ") };
}

function memoryMb(pid: number, field: "VmRSS" | "VmHWM"): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) / 1024;
}

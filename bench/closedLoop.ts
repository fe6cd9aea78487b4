import { setTimeout as sleep } from "node:timers/promises";
import { percentile, type Row, round } from "./benchReport.ts";

export interface Measurement {
  readonly eventsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerThousand: number;
  readonly rssMb: number;
}

/**
 * Drives `actors` sources, each of which sends its next event when the last one is acknowledged, for `seconds` after one of warm-up. The CPU
 * time and memory are those of this process; Postgres has its own.
 */
export async function measureClosedLoop(
  actors: number,
  seconds: number,
  send: (actor: number, n: number) => Promise<void>,
): Promise<Measurement> {
  const latencies: number[] = [];
  let measuring = false;
  let running = true;
  const drive = async (actor: number): Promise<void> => {
    for (let n = 1; running; n++) {
      const startedAt = performance.now();
      await send(actor, n);
      if (measuring) latencies.push(performance.now() - startedAt);
    }
  };
  const drivers = Promise.all(Array.from({ length: actors }, (_, actor) => drive(actor)));
  // A driver that fails ends the measurement.
  const pass = (ms: number): Promise<unknown> => Promise.race([drivers, sleep(ms)]);
  await pass(1000);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  measuring = true;
  await pass(seconds * 1000);
  measuring = false;
  const tookSeconds = (performance.now() - startedAt) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const rssMb = process.memoryUsage.rss() / 2 ** 20;
  running = false;
  await drivers;
  return {
    eventsPerSecond: latencies.length / tookSeconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    cpuMsPerThousand: (cpu.user + cpu.system) / latencies.length,
    rssMb,
  };
}

export function rowOf(way: string, actors: number, measured: Measurement): Row {
  return {
    way,
    N: actors,
    "events/s": Math.round(measured.eventsPerSecond),
    "p50 ms": round(measured.p50Ms),
    "p99 ms": round(measured.p99Ms),
    "CPU ms/1000": round(measured.cpuMsPerThousand),
    "RSS MB": Math.round(measured.rssMb),
  };
}

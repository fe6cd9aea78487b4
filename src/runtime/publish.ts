import { type Address, isWithin } from "./address.ts";
import { type Cell, cellOf, type Item } from "./cell.ts";
import type { CommitLoop } from "./commitLoop.ts";
import { encodeError } from "./encodedError.ts";
import type { HostCore } from "./hostCore.ts";
import type { JobRunner } from "./jobRunner.ts";
import { load } from "./loader.ts";
import { isOrder } from "./mailbox.ts";
import type { NoticeBoard } from "./noticeBoard.ts";
import type { InboxRow, TimerRow } from "./store.ts";
import { acquit } from "./suspects.ts";
import type { Unit } from "./unit.ts";
import type { WakeQueue } from "./wakeQueue.ts";
import { weatherMs } from "./weather.ts";

/** What acts on committed rows. */
export interface Actors {
  readonly core: HostCore;
  readonly loop: CommitLoop;
  readonly jobs: JobRunner;
  readonly wakes: WakeQueue;
  readonly notices: NoticeBoard;
}

/** Makes a committed unit true in memory and starts what it asked for, from its rows (G1). */
export function publish(actors: Actors, unit: Unit, born: ReadonlySet<Address>, atMs: number): void {
  const { core, jobs } = actors;
  const { cell } = unit;
  acquit(core, unit);
  cell.version = unit.version;
  cell.status = unit.status;
  cell.incarnation = unit.incarnation;
  cell.kindVersion = cell.kind?.kind.version ?? cell.kindVersion;
  cell.generation = unit.generation ?? cell.generation;
  cell.input = unit.input ?? cell.input;
  cell.lifecycle = unit.lifecycle;
  cell.text = unit.encoded() ?? cell.text;
  cell.snapshot = unit.snapshot;
  cell.timers = unit.timers;
  cell.jobs = unit.jobs;
  core.counters.deadLetters += unit.rows.deadLetters.length;
  cell.updatedAtMs = atMs;
  for (const row of unit.unwantedJobs) jobs.abandon(row);
  for (const row of unit.pausedJobs) jobs.pause(row);
  for (const row of unit.rows.births) if (born.has(row.address)) welcome(actors, cellOf(row, core.kinds.get(row.kind)));
  for (const row of unit.rows.inboxIn) deliver(actors, row);
  for (const row of unit.rows.timersSet.values()) armTimer(actors, cell, row);
  for (const row of unit.rows.jobsSet.values()) {
    if (!row.orphaned && row.state !== "failed" && row.state !== "settled") jobs.start(row);
  }
  if (cell.status === "backingOff") scheduleRestart(actors, cell);
  for (const { answer, receipt } of unit.receipts) answer(receipt);
  for (const { label, value } of unit.logs) {
    core.environment.logger.info({ actor: cell.address, value }, label ?? "log");
  }
  actors.notices.add(unit.notices);
}

/** A committed new row becomes a living actor. */
export function welcome(actors: Actors, cell: Cell): void {
  actors.core.cells.set(cell.address, cell);
  enqueue(actors, cell, { type: "begin" });
}

/** Puts a committed inbox row into the mailbox in memory; actors of other scopes read theirs from the table. */
export function deliver(actors: Actors, row: InboxRow): void {
  const cell = actors.core.cells.get(row.address);
  if (!isWithin(row.address, actors.core.scope)) return;
  if (cell !== undefined) enqueue(actors, cell, { type: "mail", row });
  else if (row.type === "start") void deliverToEnded(actors, row);
}

/** An ended actor may be unloaded while the order to live again is on its way. */
async function deliverToEnded(actors: Actors, row: InboxRow): Promise<void> {
  try {
    const cell = (await load(actors.core, [row.address])).get(row.address);
    if (cell !== undefined) enqueue(actors, cell, { type: "mail", row });
  } catch (error) {
    actors.core.environment.logger.error(
      { address: row.address, error: encodeError(error) },
      "the order to start an actor could not be delivered; the next boot will",
    );
  }
}

export function enqueue(actors: Actors, cell: Cell, item: Item): void {
  (isOrder(item) ? cell.orders : cell.queue).push(item);
  actors.loop.markReady(cell);
}

/** The timer's row is its message; falling due only offers it (H2). A watchdog does not count the time its jobs could not run (G4). */
export function armTimer(
  actors: Actors,
  cell: Cell,
  row: TimerRow,
  dueAtMs = row.dueAtMs,
  mark = weatherMs(actors.core, cell),
): void {
  actors.wakes.add({
    dueAtMs,
    first: row.generation,
    second: row.index,
    isLive: () => cell.timers.get(row.id)?.generation === row.generation,
    fire: () => {
      const waitedMs = row.nature === "watchdog" ? weatherMs(actors.core, cell) - mark : 0;
      if (waitedMs > 0 || (row.nature === "watchdog" && cell.weather.waiting > 0)) {
        const pauseMs = cell.weather.waiting > 0 ? Math.max(waitedMs, WEATHER_POLL_MS) : waitedMs;
        armTimer(actors, cell, row, dueAtMs + pauseMs, mark + pauseMs);
      } else enqueue(actors, cell, { type: "timer", id: row.id, generation: row.generation });
    },
  });
}

const WEATHER_POLL_MS = 250;

/** Whether nothing that was sent is under way. What has not been sent yet will not be. */
function isQuiet(actors: Actors, cell: Cell): boolean {
  const rows = [...cell.jobs.values()];
  for (const row of rows) if (row.state === "queued") actors.jobs.pause(row);
  return !rows.some((row) => row.state === "sent" && actors.jobs.isRunning(row.id));
}

/** A restart comes when its backoff is over; one afresh also waits for sent jobs, so that nothing is asked for twice (H6). */
export function scheduleRestart(actors: Actors, cell: Cell): void {
  const { backoffUntilMs = 0, restartFrom = "snapshot" } = cell.lifecycle;
  const version = cell.version;
  actors.wakes.add({
    dueAtMs: backoffUntilMs,
    first: version,
    second: 0,
    isLive: () => cell.status === "backingOff" && cell.version === version,
    fire: () => {
      if (restartFrom === "afresh" && !isQuiet(actors, cell)) {
        const dueAtMs = actors.core.environment.clock.nowMs() + WEATHER_POLL_MS;
        cell.lifecycle = { ...cell.lifecycle, backoffUntilMs: dueAtMs };
        scheduleRestart(actors, cell);
        return;
      }
      enqueue(actors, cell, { type: "restart", from: restartFrom, by: "supervision" });
    },
  });
}

import { type Cell, cellOf, type Item, isEnded } from "./cell.ts";
import { decodeSnapshot } from "./codec.ts";
import type { ChildRef, EncodedError } from "./effect.ts";
import { encodeError } from "./encodedError.ts";
import { attemptKey, type HostCore } from "./hostCore.ts";
import { load } from "./loader.ts";
import { isOrder } from "./mailbox.ts";
import { type Actors, armTimer, enqueue, scheduleRestart } from "./publish.ts";
import type { ActorSnapshot } from "./registeredKind.ts";
import type { BootReport } from "./runtime.ts";
import type { InboxRow, JobRow, ScopeRows, TimerRow } from "./store.ts";

/** What a boot found; jobs are started last, when the host is open. */
export interface Rehydrated {
  readonly report: Omit<BootReport, "epoch" | "tookMs">;
  readonly jobs: readonly JobRow[];
}

/**
 * Builds the whole tree from rows, coordinators and workers alike. Snapshots stay text until their actor is first needed. Watchdogs have
 * been moved on by the time that nobody owned the scope; overdue timers come one at a time, in due order, once the host opens.
 */
export async function rehydrate(actors: Actors, rows: ScopeRows): Promise<Rehydrated> {
  const { core } = actors;
  for (const { address, messageId, count } of rows.attempts) core.attempts.set(attemptKey(address, messageId), count);
  for (const row of rows.actors) core.cells.set(row.address, cellOf(row, core.kinds.get(row.kind)));
  // An ended actor that was ordered to live again has mail, and one whose last job still settles has facts to tell.
  await load(core, [
    ...rows.inbox.filter((row) => row.type === "start").map((row) => row.address),
    ...rows.jobs.filter((row) => row.orphaned).map((row) => row.address),
  ]);
  for (const row of rows.timers) core.cells.get(row.address)?.timers.set(row.id, row);
  for (const row of rows.jobs) if (!row.orphaned) core.cells.get(row.address)?.jobs.set(row.childId, row);
  for (const row of rows.inbox) {
    const cell = core.cells.get(row.address);
    if (cell !== undefined) waitFor(cell, { type: "mail", row });
  }
  let quarantined = 0;
  for (const cell of core.cells.values()) {
    if (cell.status === "starting" && cell.orders.length === 0) waitFor(cell, { type: "begin" });
    if (cell.status === "backingOff") scheduleRestart(actors, cell);
    if (cell.status === "quarantined") quarantined += 1;
    for (const row of cell.timers.values())
      armTimer(actors, cell, row, Math.max(row.dueAtMs, earliestWatchdogMs(core, cell, row)));
  }
  return {
    report: {
      actors: core.cells.size,
      quarantined,
      jobsResumed: rows.jobs.filter((row) => row.state === "queued").length,
      jobsReconciling: rows.jobs.filter((row) => row.state === "sent").length,
      timers: rows.timers.length,
      messages: rows.inbox.length,
    },
    jobs: rows.jobs,
  };
}

/**
 * The weather that a watchdog has sat out is known to the process alone. After a crash its job gets the time of one attempt before the
 * watchdog speaks, or an outage would fail what never had its chance (G4, G12).
 */
function earliestWatchdogMs(core: HostCore, cell: Cell, row: TimerRow): number {
  if (row.nature === "deadline") return 0;
  const jobs = cell.kind?.kind.jobs ?? {};
  const timeouts = [...cell.jobs.values()].map(({ src }) => (Object.hasOwn(jobs, src) ? (jobs[src]?.timeoutMs ?? 0) : 0));
  return timeouts.length === 0 ? 0 : core.environment.clock.nowMs() + Math.max(...timeouts);
}

function waitFor(cell: Cell, item: Item): void {
  (isOrder(item) ? cell.orders : cell.queue).push(item);
}

/** Sets everything going that was found. */
export function resume(actors: Actors, rehydrated: Rehydrated): void {
  for (const row of rehydrated.jobs) {
    const cell = actors.core.cells.get(row.address);
    // A failed job waits for the restart of its actor; the jobs of a quarantined one wait with it, unless a request has left.
    if (row.state === "failed" || (cell?.status === "quarantined" && row.state === "queued")) continue;
    actors.jobs.start(row);
  }
  for (const cell of actors.core.cells.values()) {
    if (!isEnded(cell.status) || cell.orders.length > 0) actors.loop.markReady(cell);
  }
  actors.wakes.open();
}

const VERIFY_SLICE = 100;

/** Reads every stored snapshot once, in slices between other work, so that one that is damaged is listed before it is needed. */
export function verifySnapshots(actors: Actors): void {
  const cells = [...actors.core.cells.values()];
  let next = 0;
  const slice = (): void => {
    if (actors.core.phase !== "open") return;
    const found = cells.slice(next, next + VERIFY_SLICE).map((cell) => ({ cell, children: verify(actors, cell) }));
    void mourn(actors, found);
    next += VERIFY_SLICE;
    if (next < cells.length) setImmediate(slice);
  };
  setImmediate(slice);
}

/** A child that has no row will never report back: its parent hears of its end, as of one that was given up (H5). */
async function mourn(
  actors: Actors,
  parents: readonly { readonly cell: Cell; readonly children: readonly ChildRef[] }[],
): Promise<void> {
  const { core } = actors;
  const missing = parents.flatMap(({ cell, children }) =>
    children.flatMap((child) => (core.cells.has(child.address) ? [] : [{ cell, child }])),
  );
  if (missing.length === 0) return;
  try {
    const rows = new Set((await core.store.loadActors(missing.map(({ child }) => child.address))).map(({ address }) => address));
    for (const { cell, child } of missing) {
      if (rows.has(child.address) || core.cells.has(child.address)) continue;
      core.environment.logger.error({ parent: cell.address, child: child.address }, "an actor's row is gone; its parent is told");
      enqueue(actors, cell, { type: "mail", row: obituary(core, cell, child) });
    }
  } catch (error) {
    core.environment.logger.error({ error: encodeError(error) }, "the children of actors could not be counted");
  }
}

function obituary(core: HostCore, parent: Cell, child: ChildRef): InboxRow {
  const error: EncodedError = { name: "ActorMissing", message: `no row has the address ${child.address}` };
  return {
    id: `${child.address}:${child.generation}:missing`,
    address: parent.address,
    commitNo: 0,
    index: 0,
    type: "error",
    body: JSON.stringify({ error }),
    sender: child.address,
    childId: child.id,
    generation: child.generation,
    atMs: core.environment.clock.nowMs(),
  };
}

/** The actors that it started, as its stored state names them. */
function verify(actors: Actors, cell: Cell): readonly ChildRef[] {
  if (cell.status !== "active") return [];
  const snapshot = cell.snapshot ?? decoded(cell);
  if (snapshot !== undefined) return Object.values(snapshot.children).filter(({ nature }) => nature === "actor");
  enqueue(actors, cell, { type: "verify" });
  return [];
}

function decoded(cell: Cell): ActorSnapshot | undefined {
  if (cell.kind === undefined || cell.text === undefined) return undefined;
  const stored = decodeSnapshot(cell.kind, cell.text);
  return stored.decoded === "ok" ? stored.snapshot : undefined;
}

import type { Address } from "./address.ts";
import type { Cell, SettledJob } from "./cell.ts";
import { createChore } from "./chore.ts";
import type { Commit } from "./commitNumber.ts";
import { storeMessage } from "./ingress.ts";
import { type Actors, enqueue } from "./publish.ts";
import type { RowChange } from "./readModel.ts";
import { HOST_OWNER, type JobRow } from "./store.ts";

/** A result waits in its actor's mailbox; when the actor cannot take it now it is stored, with its facts (G13). */
export function takeResult(actors: Actors, row: JobRow, settled: SettledJob): void {
  const cell = actors.core.cells.get(row.address);
  if (cell === undefined) return;
  if (cell.status === "active" || cell.status === "starting") {
    enqueue(actors, cell, { type: "settled", settled });
    return;
  }
  keepResult(actors, cell, row, settled);
}

function keepResult(actors: Actors, cell: Cell, row: JobRow, settled: SettledJob): void {
  const current = cell.jobs.get(row.childId);
  if (current === undefined || current.id !== row.id) {
    orphanSettled(actors, row, settled.facts);
    return;
  }
  const result = JSON.stringify({ outcome: settled.outcome, how: settled.how });
  const kept: JobRow = { ...current, state: "settled", result };
  const chore = createChore({
    committed: () => {
      if (cell.jobs.get(row.childId)?.id === row.id) cell.jobs.set(row.childId, kept);
      enqueue(actors, cell, { type: "settled", settled: { ...settled, facts: [] } });
    },
    rejected: (reason) => actors.core.environment.logger.error({ jobId: row.id, reason }, "a job's result could not be stored"),
  });
  chore.rows.jobsSet.set(row.id, { ...kept, owner: HOST_OWNER });
  addFacts(chore.rows.rows, settled.facts);
  actors.loop.addChore(chore);
}

/** An actor that cannot go on: what waits for it in memory alone becomes rows, and senders get their answer. */
export function parkMail(actors: Actors, cell: Cell, nextCommit: () => Commit): void {
  const waiting = cell.queue.splice(0);
  for (const item of waiting) {
    if (item.type === "ingress") storeMessage(actors, cell, item.ingress, nextCommit());
    else if (item.type === "settled") parkResult(actors, cell, item.settled);
    else cell.queue.push(item);
  }
}

function parkResult(actors: Actors, cell: Cell, settled: SettledJob): void {
  const row = cell.jobs.get(settled.childId);
  if (row?.id === settled.jobId && row.state !== "settled") keepResult(actors, cell, row, settled);
  else cell.queue.push({ type: "settled", settled });
}

/** The job of an actor that no longer wants it has ended: its facts are recorded, its row goes (G13). */
export function orphanSettled(actors: Actors, row: JobRow, facts: readonly RowChange[]): void {
  const { logger } = actors.core.environment;
  const chore = createChore({
    committed: () => logger.debug({ jobId: row.id }, "a job that nobody waits for has settled"),
    rejected: (reason) => logger.error({ jobId: row.id, reason }, "the facts of a job could not be stored"),
  });
  chore.rows.jobsOff.add(row.id);
  addFacts(chore.rows.rows, facts);
  actors.loop.addChore(chore);
}

function addFacts(rows: { readonly owner: Address; readonly change: RowChange }[], facts: readonly RowChange[]): void {
  for (const change of facts) rows.push({ owner: HOST_OWNER, change });
}

import type { Address } from "./address.ts";
import type { Cell, SettledJob } from "./cell.ts";
import { createChore } from "./chore.ts";
import type { Commit } from "./commitNumber.ts";
import { storeMessage } from "./ingress.ts";
import { jsonProblem } from "./json.ts";
import { type Actors, enqueue } from "./publish.ts";
import type { RowChange } from "./readModel.ts";
import { HOST_OWNER, type JobRow } from "./store.ts";

/** A result waits in its actor's mailbox; when the actor cannot take it now it is stored, with its facts (G13). */
export function takeResult(actors: Actors, row: JobRow, settled: SettledJob): void {
  const cell = actors.core.cells.get(row.address);
  if (cell === undefined) return;
  if (cell.status === "active" || cell.status === "starting") {
    enqueue(actors, cell, { type: "settled", settled, keepFacts: () => factsAlone(actors, row, settled.facts) });
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
    rejected: (reason) => {
      actors.core.environment.logger.error({ jobId: row.id, reason }, "a job's result could not be stored");
      if (settled.facts.length === 0 || !mayWrite(actors)) return;
      buryFacts(actors, row, { facts: settled.facts }, reason);
      keepResult(actors, cell, row, { ...settled, facts: [] });
    },
  });
  chore.rows.setJob(kept);
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
    rejected: (reason) => {
      logger.error({ jobId: row.id, reason }, "the facts of a job could not be stored");
      if (facts.length === 0 || !mayWrite(actors)) return;
      buryFacts(actors, row, { facts }, reason);
      orphanSettled(actors, row, []);
    },
  });
  chore.rows.dropJob(row.id, true);
  addFacts(chore.rows.rows, facts);
  actors.loop.addChore(chore);
}

/** Facts are written once, so a second account of what reconciliation has found already is harmless. The job's row is left to its own end. */
export function lateFacts(actors: Actors, row: JobRow, facts: readonly RowChange[]): void {
  writeFacts(actors, row, facts, "a request that was given up has taken effect after all");
}

/** What the actor makes of a result was refused, or the facts themselves were: they are written without it, or are a dead letter (G7, G13). */
function factsAlone(actors: Actors, row: JobRow, facts: readonly RowChange[]): void {
  writeFacts(
    actors,
    row,
    facts,
    "the facts of a job were stored without its actor's transition, which the database refused with them",
  );
}

function writeFacts(actors: Actors, row: JobRow, facts: readonly RowChange[], stored: string): void {
  if (facts.length === 0) return;
  const { logger } = actors.core.environment;
  const chore = createChore({
    committed: () => logger.warn({ jobId: row.id }, stored),
    rejected: (reason) => {
      logger.error({ jobId: row.id, reason }, "the facts of a job could not be stored");
      if (mayWrite(actors)) buryFacts(actors, row, { facts }, reason);
    },
  });
  addFacts(chore.rows.rows, facts);
  actors.loop.addChore(chore);
}

/** Facts that cannot be told or stored must not vanish (G13): a dead letter keeps what the job did, for a human. */
export function buryFacts(
  actors: Actors,
  row: JobRow,
  account: { readonly output: unknown } | { readonly facts: readonly RowChange[] },
  detail: string,
): void {
  const { core, notices, loop } = actors;
  const { logger, clock } = core.environment;
  logger.error({ jobId: row.id, src: row.src, detail }, "the facts of a job are a dead letter");
  const atMs = clock.nowMs();
  const id = `${row.id}:facts`;
  const problem = "output" in account && account.output !== undefined ? jsonProblem(account.output, "output") : undefined;
  const event = { type: "bosun.facts", jobId: row.id, src: row.src, ...(problem === undefined ? account : { problem }) };
  const chore = createChore({
    committed: () => {
      core.counters.deadLetters += 1;
      notices.add([{ notice: "deadLetter", id, to: row.address, reason: FACTS_LETTER, atMs }]);
    },
    rejected: (reason) => logger.error({ jobId: row.id, reason, event }, "the facts of a job could not even be a dead letter"),
  });
  chore.rows.deadLetters.push({
    owner: HOST_OWNER,
    id,
    address: row.address,
    sender: null,
    event: JSON.stringify(event),
    reason: FACTS_LETTER,
    detail,
    atMs,
  });
  loop.addChore(chore);
}

/** Reason of dead letters that are no messages: nobody can take them. */
export const FACTS_LETTER = "facts";

function mayWrite(actors: Actors): boolean {
  const { phase } = actors.core;
  return phase === "open" || phase === "stopping";
}

function addFacts(rows: { readonly owner: Address; readonly change: RowChange }[], facts: readonly RowChange[]): void {
  for (const change of facts) rows.push({ owner: HOST_OWNER, change });
}

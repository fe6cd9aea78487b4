/**
 * At each start, before anything runs: do the rows that other programs read say what the actors' states say? A row is a copy, so what
 * contradicts its actor is written anew, and what has no actor is ended. Invariants: nothing is decided from a row; every contradiction
 * is told; none keeps the fleet from starting.
 */
import { expectedRows, type ShownActor } from "../actors/expectedRows.ts";
import { fleetTables } from "../persistence/fleetTables.ts";
import { compareRows, type RowRepair, type RowVerdict, repairRow } from "../persistence/readModelCheck.store.ts";
import type { ReadModelTable, RowValue } from "../runtime/readModel.ts";
import { type BootCheckRequest, ExpectedRows, keyText, type Repair, type RowFinding, textOf } from "./expectations.ts";
import { findStrays } from "./strayRows.ts";

/** The rows that each actor's stored state calls for. */
export function showActors({ actors, kinds, scope, atMs }: BootCheckRequest): readonly ShownActor[] {
  return actors.map((actor) => expectedRows(actor, kinds.get(actor.kind), scope, atMs));
}

/** Compares, repairs, and says what it found. Throws only when the database does. */
export async function checkRows(request: BootCheckRequest, shown = showActors(request)): Promise<readonly RowFinding[]> {
  const expected = new ExpectedRows();
  for (const { actor, rows } of shown) for (const row of rows) expected.add(row, actor.status !== "active");
  const strays = await findStrays(request, expected, shown);
  const repairs: Repair[] = [...strays];
  for (const table of fleetTables) {
    const verdicts = await compareRows(request.database, table, expected.compared(table));
    repairs.push(...verdicts.flatMap((verdict) => repairOf(table, verdict, expected)));
  }
  const findings: RowFinding[] = [];
  for (const repair of repairs) findings.push(await carryOut(request, repair));
  return findings;
}

function repairOf(table: ReadModelTable, verdict: RowVerdict, expected: ExpectedRows): readonly Repair[] {
  const row = expected.whole(table, verdict.row);
  const told = { table: table.name, row: keyText(table, row) };
  const upsert: RowRepair = { table, row, how: "upsert" };
  switch (verdict.verdict) {
    case "missing":
      return [{ finding: { ...told, what: "its actor lives, the row is missing", done: "repaired" }, repair: upsert }];
    case "refused":
      return [
        { finding: { ...told, what: `its actor's state fits no row: ${verdict.reason}`, done: "left" }, repair: undefined },
      ];
    case "differs": {
      const wrong = verdict.columns.filter(({ column, found }) => !expected.isSaid(table, row, column, found));
      if (wrong.length === 0) return [];
      const what = wrong.map(({ column, found, expected: right }) => `${column} ${short(found)}, its actor says ${short(right)}`);
      return [{ finding: { ...told, what: what.join("; "), done: "repaired" }, repair: upsert }];
    }
  }
}

async function carryOut({ database, scope, epoch }: BootCheckRequest, { finding, repair }: Repair): Promise<RowFinding> {
  if (repair === undefined) return finding;
  const outcome = await repairRow(database, { scope, epoch }, repair);
  if (outcome === "repaired") return finding;
  if (outcome === "fenced") throw new Error(`another daemon has taken ${scope}`);
  return { ...finding, what: `${finding.what}; it could not be written: ${outcome.refused}`, done: "left" };
}

const SHOWN_CHARS = 60;

function short(value: RowValue): string {
  const text = textOf(value);
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
}

/** Rows that say that somebody is at work, and nobody is [R000-34] [R000-38]. Invariant: what only an unreadable actor could tell of is left. */
import { expectedRows, type ShownActor } from "../actors/expectedRows.ts";
import { ORPHANED_TASK } from "../domain/cargoReconciliation.ts";
import { shipOf } from "../machines/addresses.ts";
import type { PipelineContext } from "../machines/pipelineProtocol.ts";
import type { ShipContext } from "../machines/shipSteps.ts";
import { fleetTables } from "../persistence/fleetTables.ts";
import type { Row } from "../persistence/readModelCheck.store.ts";
import type { ReadModelTable } from "../runtime/readModel.ts";
import type { ActorRow } from "../runtime/store.ts";
import { type BootCheckRequest, type ExpectedRows, keyText, type Repair, textOf } from "./expectations.ts";

/** What to do about each of them, in an order in which no repair stands in the way of another. */
export async function findStrays(
  request: BootCheckRequest,
  expected: ExpectedRows,
  shown: readonly ShownActor[],
): Promise<readonly Repair[]> {
  const context: Context = { request, at: new Date(request.atMs).toISOString(), facts: factsOf(shown) };
  const repairs: Repair[] = [];
  const explained = new Set<string>();
  for (const rule of RULES) {
    const table = tableOf(rule.table);
    const found = await query<Row>(request, `SELECT t.* FROM public.${rule.table} t WHERE t.agent = $1 AND ${rule.where}`);
    for (const row of found) {
      if (expected.has(rule.table, row)) continue;
      const teller = rule.tellers?.(row, context).find((address) => context.facts.unreadable.has(address));
      if (teller !== undefined) {
        // The problem is told with the first row of its actor.
        repairs.push(left(table, row, teller, explained.has(teller) ? undefined : context.facts.unreadable.get(teller)));
        explained.add(teller);
        continue;
      }
      const repair = await rule.judge(row, table, context);
      if (repair !== undefined) repairs.push(repair);
    }
  }
  return repairs;
}

interface Facts {
  readonly living: ReadonlySet<string>;
  readonly pipelines: ReadonlySet<string>;
  /** Tasks of pipelines that live: their dependencies are known. */
  readonly planned: ReadonlySet<string>;
  /** Ships whose actor was given up: what they carry is held. */
  readonly lostShips: ReadonlySet<string>;
  /** Owners of ships, by symbol, as the ships say. */
  readonly holders: ReadonlyMap<string, string>;
  /** Living actors whose rows nobody can tell, and why. */
  readonly unreadable: ReadonlyMap<string, string>;
  readonly unreadablePipelines: readonly string[];
}

interface Context {
  readonly request: BootCheckRequest;
  readonly at: string;
  readonly facts: Facts;
}

interface Rule {
  readonly table: string;
  /** Which rows could be strays. */
  readonly where: string;
  /** Addresses of those who could call for the row. */
  readonly tellers?: (row: Row, context: Context) => readonly string[];
  /** What becomes of a row that no living actor calls for; undefined leaves it. */
  readonly judge: (row: Row, table: ReadModelTable, context: Context) => Repair | undefined | Promise<Repair | undefined>;
}

const UNDER_WAY = "t.status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED')";
const noActor = (address: string): string => `NOT EXISTS (SELECT 1 FROM bosun.actors a WHERE a.address = ${address})`;
const noTask = (column: string): string =>
  `NOT EXISTS (SELECT 1 FROM public.manufacturing_tasks m WHERE m.agent = t.agent AND m.id = t.${column})`;

/** Assignments first: a ship has one active row, and the right one may be missing. */
const RULES: readonly Rule[] = [
  {
    table: "ship_assignments",
    where: "t.status = 'active'",
    tellers: (row, context) => [shipIn(row, context)],
    judge: (row, table, { at, facts }) => {
      const owner = textOf(row["container_id"]);
      const why = facts.living.has(owner) ? "its ship was not granted to that owner" : "its owner does not live";
      return ended(table, row, { status: "idle", released_at: at, release_reason: "reconciled at the start" }, why);
    },
  },
  {
    table: "manufacturing_tasks",
    where: UNDER_WAY,
    tellers: (row) => [textOf(row["worker_address"])],
    judge: async (row, table, context) => {
      const isOrphan = typeof row["pipeline_id"] !== "string" || !context.facts.pipelines.has(row["pipeline_id"]);
      const reason = isOrphan ? ORPHANED_TASK : "orphaned task - no worker";
      const change = { status: "CANCELLED", error_message: reason, completed_at: context.at };
      return (await asItEnded(row, table, row["worker_address"], context)) ?? ended(table, row, change, reason);
    },
  },
  {
    table: "manufacturing_pipelines",
    where: UNDER_WAY,
    tellers: (row) => [textOf(row["address"])],
    judge: async (row, table, context) => {
      const reason = "nobody runs this pipeline";
      const change = { status: "CANCELLED", reason, completed_at: context.at };
      return (await asItEnded(row, table, row["address"], context)) ?? ended(table, row, change, reason);
    },
  },
  {
    table: "tours",
    where: "t.ended_at IS NULL",
    tellers: (row) => [textOf(row["address"])],
    judge: (row, table, { at }) =>
      ended(table, row, { status: "stopped", next_waypoint: null, ended_at: at }, "nobody flies this tour"),
  },
  {
    table: "manufacturing_task_dependencies",
    where: `(${noTask("task_id")} OR ${noTask("depends_on_id")})`,
    // The row does not name its pipeline.
    tellers: (_row, { facts }) => facts.unreadablePipelines,
    judge: (row, table) => removed(table, row, "it names a task that does not exist"),
  },
  {
    table: "manufacturing_task_dependencies",
    where: `NOT (${noTask("task_id")} OR ${noTask("depends_on_id")})`,
    judge: (row, table, { facts }) =>
      facts.planned.has(textOf(row["task_id"])) ? removed(table, row, "its task does not wait for that one") : undefined,
  },
  {
    table: "manufacturing_factory_states",
    where: noActor("t.agent || '/supply-monitor/factory/' || t.factory_symbol || ':' || t.output_good || '/' || t.pipeline_id"),
    judge: (row, table) => removed(table, row, "no such factory was ever watched"),
  },
  {
    table: "ships",
    where: noActor("t.agent || '/ship/' || t.ship_symbol"),
    judge: (row, table) => removed(table, row, "there is no such ship"),
  },
  {
    table: "cargo_holds",
    where: "true",
    tellers: (row, context) => [shipIn(row, context), context.facts.holders.get(textOf(row["ship_symbol"])) ?? ""],
    judge: (row, table, { facts }) =>
      facts.lostShips.has(textOf(row["ship_symbol"])) ? undefined : removed(table, row, "nobody holds this cargo on purpose"),
  },
];

function factsOf(shown: readonly ShownActor[]): Facts {
  const pipelines = shown.filter(({ actor }) => actor.kind === "pipeline");
  const ships = shown.filter(({ actor }) => actor.kind === "ship");
  return {
    living: new Set(shown.map(({ actor }) => actor.address)),
    pipelines: new Set(pipelines.map(({ actor }) => lastOf(actor.address))),
    // Of our own kinds' snapshots, whose shape has been checked.
    planned: new Set(
      pipelines.flatMap(({ state }) => (state === undefined ? [] : (state.context as PipelineContext).tasks.map(({ id }) => id))),
    ),
    lostShips: new Set(ships.flatMap(({ actor }) => (actor.status === "quarantined" ? [lastOf(actor.address)] : []))),
    holders: new Map(
      ships.flatMap(({ actor, state }) => {
        const claim = state === undefined ? null : (state.context as ShipContext).claim;
        return claim === null ? [] : [[lastOf(actor.address), claim.owner] as const];
      }),
    ),
    unreadable: new Map(
      shown.flatMap(({ actor, problem }) => (problem === undefined ? [] : [[actor.address, problem] as const])),
    ),
    unreadablePipelines: pipelines.flatMap(({ actor, problem }) => (problem === undefined ? [] : [actor.address])),
  };
}

function lastOf(address: string): string {
  return address.slice(address.lastIndexOf("/") + 1);
}

function shipIn(row: Row, { request }: Context): string {
  return shipOf(request.scope, textOf(row["ship_symbol"]));
}

/** Its actor has ended, and may still be able to say how. */
async function asItEnded(row: Row, table: ReadModelTable, address: unknown, context: Context): Promise<Repair | undefined> {
  const { kinds, scope, atMs } = context.request;
  const text = `SELECT address, kind, parent, status, snapshot, lifecycle FROM bosun.actors WHERE address = $2 AND scope = $1 AND status IN ('done', 'stopped')`;
  const [actor] = await query<Pick<ActorRow, "address" | "kind" | "parent" | "status" | "snapshot" | "lifecycle">>(
    context.request,
    text,
    [typeof address === "string" ? address : ""],
  );
  if (actor === undefined) return undefined;
  const key = keyText(table, row);
  const told = expectedRows(actor, kinds.get(actor.kind), scope, atMs).rows.flatMap((change) =>
    change.op === "upsert" && change.table === table.name && keyText(table, change.row) === key ? [change.row] : [],
  );
  const right = told[0];
  if (right === undefined) return undefined;
  const what = `status ${textOf(row["status"])}, its actor ended as ${textOf(right["status"])}`;
  return { finding: { table: table.name, row: key, what, done: "repaired" }, repair: { table, row: right, how: "upsert" } };
}

function ended(table: ReadModelTable, row: Row, change: Row, why: string): Repair {
  const what = `status ${textOf(row["status"])}: ${why}`;
  const finding = { table: table.name, row: keyText(table, row), what, done: "ended" } as const;
  return { finding, repair: { table, row: { ...keyOf(table, row), ...change }, how: "update" } };
}

function left(table: ReadModelTable, row: Row, teller: string, problem: string | undefined): Repair {
  const what = `the state of ${teller} cannot be read${problem === undefined ? "" : `: ${problem}`}`;
  return { finding: { table: table.name, row: keyText(table, row), what, done: "left" }, repair: undefined };
}

function removed(table: ReadModelTable, row: Row, what: string): Repair {
  const finding = { table: table.name, row: keyText(table, row), what, done: "removed" } as const;
  return { finding, repair: { table, row: keyOf(table, row), how: "delete" } };
}

function keyOf(table: ReadModelTable, row: Row): Row {
  return Object.fromEntries(table.key.map((column) => [column, row[column] ?? null]));
}

function tableOf(name: string): ReadModelTable {
  const table = fleetTables.find((known) => known.name === name);
  if (table === undefined) throw new Error(`no table ${name}`);
  return table;
}

async function query<Found extends object>(
  { database, scope }: BootCheckRequest,
  text: string,
  values: readonly string[] = [],
): Promise<readonly Found[]> {
  return (await database.pool.query<Found>(text, [scope, ...values])).rows;
}

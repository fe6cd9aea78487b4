import pg from "pg";

/** The program's account: what Postgres says at one instant, in one transaction. */
export interface OwnAccount {
  /** Of the database's clock, which runs on the same machine as the books'. */
  readonly atMs: number;
  readonly ledger: readonly LedgerRow[];
  readonly jobs: readonly JobRow[];
  /** Tasks that have not ended. */
  readonly tasks: readonly TaskRow[];
  readonly assignments: readonly { readonly ship: string; readonly owner: string }[];
  readonly cargoHolds: readonly { readonly ship: string; readonly good: string; readonly units: number }[];
  /** Addresses of actors that run, start or wait for their restart. */
  readonly living: ReadonlySet<string>;
}

export interface LedgerRow {
  readonly jobId: string;
  readonly kind: string;
  readonly ship: string;
  readonly good: string | null;
  readonly units: number;
  readonly unitPrice: number;
  readonly total: number;
  readonly waypoint: string;
}

interface JobRow {
  readonly id: string;
  readonly address: string;
  readonly src: string;
  readonly state: string;
}

interface TaskRow {
  readonly id: string;
  readonly status: string;
  readonly good: string;
  readonly ship: string | null;
  readonly affinityShip: string | null;
  readonly worker: string | null;
}

export async function readOwnAccount(databaseUrl: string, scope: string): Promise<OwnAccount> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: "bosun-audit" });
  await client.connect();
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const account = await readAll(client, scope);
    await client.query("COMMIT");
    return account;
  } finally {
    await client.end();
  }
}

async function readAll(client: pg.Client, scope: string): Promise<OwnAccount> {
  const rows = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> =>
    (await client.query<Row>(text, [scope])).rows;
  // The first statement takes the snapshot, so the time is read with it.
  const [clock] = await rows<{ at_ms: string }>("SELECT extract(epoch FROM clock_timestamp()) * 1000 AS at_ms WHERE $1 <> ''");
  const ledger = await rows<LedgerRow & { total: string }>(
    `SELECT job_id AS "jobId", kind, ship, good, units, unit_price AS "unitPrice", total_credits AS total, waypoint
       FROM ledger WHERE agent = $1`,
  );
  const jobs = await rows<JobRow>("SELECT id, address, src, state FROM bosun.jobs WHERE scope = $1");
  const tasks = await rows<TaskRow>(
    `SELECT id, status, good, assigned_ship AS ship, affinity_ship AS "affinityShip", worker_address AS worker
       FROM manufacturing_tasks WHERE agent = $1 AND status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED')`,
  );
  const assignments = await rows<{ ship: string; owner: string }>(
    "SELECT ship_symbol AS ship, container_id AS owner FROM ship_assignments WHERE agent = $1 AND status = 'active'",
  );
  const cargoHolds = await rows<{ ship: string; good: string; units: number }>(
    "SELECT ship_symbol AS ship, good, units FROM cargo_holds WHERE agent = $1",
  );
  const living = await rows<{ address: string }>(
    "SELECT address FROM bosun.actors WHERE scope = $1 AND status IN ('active', 'starting', 'backingOff')",
  );
  return {
    atMs: Number(clock?.at_ms),
    ledger: ledger.map((row) => ({ ...row, total: Number(row.total) })),
    jobs,
    tasks,
    assignments,
    cargoHolds,
    living: new Set(living.map(({ address }) => address)),
  };
}

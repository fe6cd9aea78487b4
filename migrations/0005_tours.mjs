import { sql } from "kysely";

/**
 * A tour is a stored entity of its own: a ship can have more than one (its own, and an operator's that has borrowed it), so the address is
 * the key. With it, the view `containers` tells a tour that waits for its ship from one that runs, and says the command type in the
 * configuration too, where one of the recorded queries looks for it.
 */
export async function up(db) {
  await sql`SET LOCAL search_path = public`.execute(db);
  for (const statement of [...TOURS, ...CONTAINERS]) await sql.raw(statement).execute(db);
}

const TOURS = [
  "DROP VIEW containers",
  "DELETE FROM tours WHERE address IS NULL",
  "ALTER TABLE tours DROP CONSTRAINT tours_pkey",
  // Two ships never had one tour; were it so, the later row is the true one.
  "DELETE FROM tours t USING tours later WHERE later.agent = t.agent AND later.address = t.address AND later.updated_at > t.updated_at",
  "ALTER TABLE tours ADD PRIMARY KEY (agent, address)",
  "CREATE INDEX tours_ship ON tours (agent, ship_symbol)",
  `ALTER TABLE tours ADD errands jsonb NOT NULL DEFAULT '[]', ADD tour_order jsonb NOT NULL DEFAULT '[]', ADD total_distance numeric(12, 2),
    ADD algorithm text, ADD start_waypoint text, ADD calculated_at timestamptz, ADD rounds integer NOT NULL DEFAULT 0,
    ADD ended_at timestamptz`,
  `UPDATE tours SET algorithm = 'stalest-first', status = CASE status WHEN 'ended' THEN 'completed' ELSE 'running' END,
    ended_at = CASE status WHEN 'ended' THEN updated_at END`,
];

const CONTAINERS = [
  `CREATE VIEW containers AS
    SELECT a.address AS container_id, p.id AS player_id,
      CASE WHEN a.status = 'quarantined' THEN 'FAILED'
        WHEN a.status IN ('starting', 'backingOff') THEN 'STARTING'
        WHEN a.status <> 'active' OR t.status IN ('waiting', 'leaving') THEN 'STOPPED'
        WHEN t.status = 'claiming' THEN 'STARTING' ELSE 'RUNNING' END AS status,
      k.command_type,
      jsonb_build_object('command_type', k.command_type,
        'params', jsonb_build_object('system', t.system, 'ship_symbol', t.ship_symbol, 'markets', t.markets))::text AS config,
      a.scope AS agent
    FROM bosun.actors a JOIN players p ON p.agent = a.scope LEFT JOIN tours t ON t.agent = a.scope AND t.address = a.address
    CROSS JOIN LATERAL (SELECT CASE a.kind WHEN 'tour' THEN 'ScoutTourCommand' ELSE a.kind END AS command_type) k`,
];

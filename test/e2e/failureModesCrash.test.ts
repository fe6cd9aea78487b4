import { join } from "node:path";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { createAudit } from "../chaos/audit.ts";
import { daemonBed } from "./daemonBed.ts";
import { readDaemonFile } from "./daemonProcess.ts";
import { type Market, writeSmallSystem } from "./troubledFleet.ts";

const EXECUTING =
  "SELECT id, assigned_ship AS ship, total_cost::int AS cost FROM manufacturing_tasks WHERE status = 'EXECUTING' ORDER BY id";

const COPPER = "COPPER_ORE";
const MARKETS: readonly Market[] = [
  { symbol: "X1-FM1-A1", x: 0, y: 0, goods: [{ good: COPPER, type: "EXPORT", ask: 50, bid: 40, supply: "ABUNDANT" }] },
  { symbol: "X1-FM1-B2", x: 80, y: 0, goods: [{ good: COPPER, type: "IMPORT", ask: 230, bid: 210, supply: "SCARCE" }] },
];
const HULLS = ["SHIP_COMMAND_FRIGATE", "SHIP_COMMAND_FRIGATE"];

describe("a daemon that crashes in the middle of its tasks", { timeout: 60_000 }, () => {
  const bed = daemonBed();
  const { dataDir } = bed;

  it("goes on with each of them from where its ship is, with what was bought [R002-118] [R000-01]", async () => {
    const { universe, fleet } = writeSmallSystem(dataDir, { markets: MARKETS, ships: HULLS });
    const first = await bed.sailing("--universe", universe, "--fleet", fleet);
    await first.line((line) => typeof line["msg"] === "string" && / bought \d/.test(line["msg"]));
    first.child.kill("SIGKILL");
    await first.exit;

    const { databaseUrl, agent } = readDaemonFile(dataDir);
    const database = new pg.Client(databaseUrl);
    await database.connect();
    try {
      const { rows: interrupted } = await database.query<{ id: string; ship: string; cost: number }>(EXECUTING);
      expect(interrupted.length).toBeGreaterThan(0);

      await bed.sailing();
      const ends = async () => {
        const { rows } = await database.query<{ id: string; status: string; retries: number; cost: number }>(
          "SELECT id, status, retry_count AS retries, total_cost::int AS cost FROM manufacturing_tasks WHERE id = ANY($1) ORDER BY id",
          [interrupted.map(({ id }) => id)],
        );
        return rows;
      };
      const hasEnded = (status: string): boolean => ["COMPLETED", "FAILED", "CANCELLED"].includes(status);
      await expect.poll(async () => (await ends()).every(({ status }) => hasEnded(status)), { timeout: 25_000 }).toBe(true);
      for (const [i, task] of (await ends()).entries()) {
        const costThen = interrupted[i]?.cost ?? 0;
        // A price may move past the plan while nobody is there; what was bought is sold in any case.
        expect(task).toMatchObject({ retries: 0, status: task.cost > 0 ? "COMPLETED" : "CANCELLED" });
        expect(task.cost).toBeGreaterThanOrEqual(costThen);
      }
      const booksPath = join(dataDir, "simulator", "books.jsonl");
      const report = await createAudit({ booksPath, databaseUrl, scope: agent }).run({ patienceMs: 8_000 });
      expect(report).toMatchObject({ violations: [], complete: true });
    } finally {
      await database.end();
    }
  });
});

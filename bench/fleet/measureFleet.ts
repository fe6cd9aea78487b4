import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "../../src/persistence/database.ts";
import { readBooks } from "../fleetBooks.ts";
import { keepLogbook, type Logbook, type LogPage } from "../virtual/logbook.ts";
import { type SailingFleet, START_MS, sail } from "../virtual/voyage.ts";
import { type FleetCell, fleetOfShips } from "./cell.ts";
import type { FleetResult } from "./results.ts";

/** What a result depends on. */
export const FLEET_SOURCES = [
  "package-lock.json",
  "src",
  "migrations",
  "bench/virtual",
  "bench/fleetBooks.ts",
  "bench/fleet/cell.ts",
  "bench/fleet/measureFleet.ts",
];

const HOUR_MS = 3_600_000;

/** Lets the fleet play a cell, in an empty database or on a server of its own. Rejects when it comes to a standstill. */
export async function measureFleet(cell: FleetCell, database?: Database): Promise<FleetResult> {
  const { universe, hours } = cell.ground;
  const directory = mkdtempSync(join(tmpdir(), "bosun-cell-"));
  try {
    const logbook = keepLogbook(START_MS);
    const pages: LogPage[] = [];
    const voyage = await sail({
      hours,
      seed: universe.seed,
      universe: universe.file,
      economy: fileOf(directory, "economy", cell.ground.economy.constants),
      fleet: cell.ships === undefined ? cell.ground.start : fileOf(directory, "fleet", startOf(cell.ships)),
      config: cell.config,
      ...(database === undefined ? {} : { database }),
      onNotice: logbook.onNotice,
      onRequest: logbook.onRequest,
      marks: [
        ...hourEnds(hours).map((atMs) => ({ atMs, reached: () => void pages.push(logbook.turn(atMs)) })),
        ...ordersFor(cell, logbook),
      ].toSorted((a, b) => a.atMs - b.atMs),
    });
    try {
      const { economyHash, booksHash, wallMs, cpuMs, databaseCpuMs, commits, events } = voyage;
      if (economyHash !== cell.ground.economy.hash)
        throw new Error(`the economy was ${economyHash}, not ${cell.ground.economy.hash}`);
      const books = await readBooks(voyage.booksPath, hours);
      return {
        economyHash,
        booksHash,
        booksAddUp: books.addUp,
        books: [...books.hours],
        pages,
        record: logbook.record(START_MS + hours * HOUR_MS),
        complaints: [...voyage.complaints].map(([message, times]) => `${times} × ${message}`),
        wallMs,
        cpuMs,
        databaseCpuMs,
        commits,
        events,
      };
    } finally {
      await voyage.close();
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The end of each hour; the last one may be a part of an hour. */
function hourEnds(hours: number): readonly number[] {
  return Array.from({ length: Math.ceil(hours) }, (_, hour) => START_MS + Math.min(hour + 1, hours) * HOUR_MS);
}

const ORDER_EVERY_MS = 10 * 60_000;

/** Asks again and again, since an order that cannot be planned now is refused at once. */
function ordersFor({ order: product, ground }: FleetCell, logbook: Logbook) {
  if (product === undefined) return [];
  return Array.from({ length: Math.floor((ground.hours * HOUR_MS) / ORDER_EVERY_MS) }, (_, n) => ({
    atMs: START_MS + (n + 1) * ORDER_EVERY_MS,
    reached: async ({ scope, send }: SailingFleet) => {
      if (logbook.hasBegun(product, "MODERATE")) return;
      const order = { type: "coordinator.start", order: `bench-${n}`, product, kind: "fabricate", force: true };
      const receipt = await send({ to: `${scope}/coordinator`, event: order });
      if (receipt.receipt === "refused") throw new Error(`the coordinator takes no order: ${receipt.reason}, ${receipt.detail}`);
    },
  }));
}

function startOf(ships: number): object {
  const { credits, ships: list } = fleetOfShips(ships);
  return { credits, ships: list };
}

function fileOf(directory: string, name: string, content: object): string {
  const path = join(directory, `${name}.json`);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

import { join } from "node:path";
import type { RuntimeNotice } from "../../../src/runtime/runtime.ts";
import { createAudit } from "../../chaos/audit.ts";
import { type FleetRig, SCOPE } from "./fleetRig.ts";

/** Resolves once `count` events of a type have been emitted since the start. */
export async function emitted(fleet: FleetRig, type: string, count: number, withinMs = 25_000): Promise<void> {
  const seen = () => fleet.notices.filter((notice) => notice.notice === "emitted" && notice.event.type === type).length;
  if (seen() >= count) return;
  await new Promise<void>((resolve, reject) => {
    const stop = fleet.runtime.observe((notice: RuntimeNotice) => {
      if (notice.notice !== "emitted" || seen() < count) return;
      finish();
      resolve();
    });
    const timer = setTimeout(() => {
      finish();
      reject(new Error(`${seen()} of ${count} ${type} within ${withinMs} ms`));
    }, withinMs);
    const finish = (): void => {
      stop();
      clearTimeout(timer);
    };
  });
}

/** The chaos audit of books against ledger and purse. */
export function audit(fleet: FleetRig) {
  const booksPath = join(fleet.simulator.dataDir, "books.jsonl");
  return createAudit({ booksPath, databaseUrl: fleet.database.url, scope: SCOPE }).run({ patienceMs: 8_000 });
}

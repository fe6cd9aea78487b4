/**
 * `npm run demo:crash`: a minute in the life of a fleet whose daemon is killed with SIGKILL every five seconds. The last line counts what
 * was asked, what the universe's own books show, what happened twice and what was left stranded.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuditReport, createAudit } from "./audit.ts";
import { stopSidecars } from "./sidecars.ts";
import { booksPathOf, type DaemonFacts, type Place, pause, readFacts, startVictim } from "./victim.ts";

const KILLS = 12;
const EVERY_MS = 5_000;
const READY_WITHIN_MS = 60_000;
/** After the last kill: long enough for the slowest request that was cut off to be settled. */
const REST_MS = 25_000;
const OPEN_FOR_MS = 22_000;
const PATIENCE_MS = 30_000;

async function main(): Promise<number> {
  const home = mkdtempSync(join(tmpdir(), "bosun-demo-"));
  const dataDir = join(home, "data");
  const place: Place = {
    dataDir,
    log: join(home, "daemon.log"),
    booksPath: booksPathOf(dataDir),
    options: ["--fleet", "TEN", "--bus", "in-process", "--seed", "1"],
  };
  console.log("A fleet of ten ships sails. Every five seconds its daemon is killed with kill -9 and started again.");
  try {
    for (let kill = 1; kill <= KILLS; kill += 1) await sailAndSink(place, kill);
    const { report, ended } = await sailOn(place);
    for (const { kind, detail } of report.violations) console.log(`${kind}: ${detail}`);
    if (ended !== "exit 0") console.log(`the last daemon stopped with ${ended}`);
    console.log(summary(report));
    return report.violations.length === 0 && report.complete && ended === "exit 0" ? 0 : 1;
  } finally {
    await stopSidecars(place.dataDir);
    rmSync(home, { recursive: true, force: true });
  }
}

async function sailAndSink(place: Place, number: number): Promise<void> {
  const victim = startVictim(place, undefined);
  // The first start makes the database and the universe; only then do the five seconds begin.
  if (number === 1 && (await victim.ready(READY_WITHIN_MS)) !== "ready") throw new Error("the daemon did not become ready");
  await Promise.race([pause(EVERY_MS), victim.ended]);
  if (!victim.alive()) throw new Error(`the daemon ended by itself with ${await victim.ended}`);
  const ready = readFacts(place.dataDir)?.pid === victim.pid;
  await victim.kill();
  console.log(`${String(number).padStart(2)}  kill -9 ${victim.pid}  ${ready ? "at sea" : "still in recovery"}`);
}

/** One run that is left in peace, audited and stopped. */
async function sailOn(place: Place): Promise<{ readonly report: AuditReport; readonly ended: string }> {
  const victim = startVictim(place, undefined);
  if ((await victim.ready(READY_WITHIN_MS)) !== "ready") throw new Error("the daemon did not come back");
  console.log(`    up again after ${((Date.now() - victim.startedAtMs) / 1000).toFixed(1)} s; settling what was cut off`);
  await Promise.race([pause(REST_MS), victim.ended]);
  const facts = readFacts(place.dataDir);
  if (facts === undefined) throw new Error("the daemon is gone");
  const report = await auditOf(place, facts).run({
    patienceMs: PATIENCE_MS,
    openForMs: OPEN_FOR_MS,
    alive: () => victim.alive(),
  });
  return { report, ended: await victim.stop() };
}

function auditOf(place: Place, { databaseUrl, agent: scope }: DaemonFacts): ReturnType<typeof createAudit> {
  return createAudit({ booksPath: place.booksPath, databaseUrl, scope });
}

function summary({ violations, purchasesAsked, purchasesInBooks }: AuditReport): string {
  const twice = violations.filter(({ kind }) => kind === "appliedTwice").length;
  const stranded = new Set(
    violations.filter(({ kind }) => kind === "idleWithCargo" || kind === "cargoWithoutOwner").map(({ key }) => key.split(" ")[0]),
  ).size;
  const figures = [
    `${purchasesAsked} purchases asked`,
    `${purchasesInBooks} in the books`,
    `${twice} twice`,
    `${stranded} stranded`,
  ];
  return [`${KILLS} kills`, ...figures].join(" · ");
}

process.exitCode = await main();

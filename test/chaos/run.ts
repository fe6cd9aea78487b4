/**
 * `npm run test:chaos -- --kills N [--seed S] [--keep]`: kills the real daemon again and again with SIGKILL, at random moments and at named
 * points, restarts it each time and audits it. The last line is `N kills, M violations`; exit 1 when M is not 0.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Audit, type AuditReport, createAudit, type Violation } from "./audit.ts";
import { nameOfKill, type PlannedKill, planKills } from "./killPlan.ts";
import { stopSidecars } from "./sidecars.ts";
import { booksPathOf, type Place, pause, readFacts, startVictim, type Victim } from "./victim.ts";

const READY_WITHIN_MS = 60_000;
const ARMED_WITHIN_MS = 30_000;
const PATIENCE_MS = 30_000;
/** The last run is left in peace for so long that every request that was cut off has settled. */
const LAST_REST_MS = 25_000;
const LAST_OPEN_MS = 22_000;

/** Beside what the audit finds: a daemon that ends by itself or does not come back. */
type Failing = Violation | { readonly kind: "daemonFailed"; readonly key: string; readonly detail: string };

class Campaign {
  readonly histogram = new Map<string, number>();
  readonly violations = new Map<string, Failing>();
  audits = 0;
  completeAudits = 0;
  last: AuditReport | undefined;
  #audit: Audit | undefined;
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Starts, audits, kills. False when the daemon does not come up: nothing more can be said then. */
  async suffer(number: number, kill: PlannedKill): Promise<boolean> {
    const victim = startVictim(this.#place, kill.how === "armed" ? `${kill.point}:${kill.passage}` : undefined);
    if (kill.how === "random" && kill.early) {
      await Promise.race([pause(kill.afterMs), victim.ended]);
      return this.#finish({ number, kill, victim, readyMs: undefined });
    }
    const state = await victim.ready(READY_WITHIN_MS);
    const readyMs = state === "ready" ? Date.now() - victim.startedAtMs : undefined;
    if (state === "tooSlow") return this.#notReady(victim, "was not ready in time");
    if (state === "ready") await this.audit(victim);
    if (kill.how === "random") await Promise.race([pause(kill.afterMs), victim.ended]);
    else await Promise.race([victim.ended, pause(ARMED_WITHIN_MS)]);
    return this.#finish({ number, kill, victim, readyMs });
  }

  async #finish(end: { number: number; kill: PlannedKill; victim: Victim; readyMs: number | undefined }): Promise<boolean> {
    const { number, kill, victim, readyMs } = end;
    const byItself = !victim.alive();
    if (!byItself) await victim.kill();
    const how = await victim.ended;
    if (byItself && (how !== "SIGKILL" || kill.how === "random")) return this.#notReady(victim, `ended by itself with ${how}`);
    const name = kill.how === "armed" && !byItself ? "random" : nameOfKill(kill);
    this.histogram.set(name, (this.histogram.get(name) ?? 0) + 1);
    const missed = name === nameOfKill(kill) ? "" : ` (${nameOfKill(kill)} was not reached)`;
    const lived = ((Date.now() - victim.startedAtMs) / 1000).toFixed(1);
    const ready = readyMs === undefined ? "not ready yet" : `ready in ${(readyMs / 1000).toFixed(1)} s`;
    console.log(`#${number} ${name}${missed} after ${lived} s, ${ready}, ${this.last?.deals ?? 0} deals in the books`);
    return true;
  }

  async #notReady(victim: Victim, what: string): Promise<boolean> {
    this.#report({ kind: "daemonFailed", key: `${this.histogram.size}`, detail: `the daemon ${what}; see ${this.#place.log}` });
    if (victim.alive()) await victim.kill();
    return false;
  }

  async audit(victim: Victim, openForMs?: number): Promise<void> {
    const facts = readFacts(this.#place.dataDir);
    if (facts === undefined) return;
    const { databaseUrl, agent: scope } = facts;
    this.#audit ??= createAudit({ booksPath: booksPathOf(this.#place.dataDir), databaseUrl, scope });
    const report = await this.#audit.run({
      patienceMs: PATIENCE_MS,
      ...(openForMs === undefined ? {} : { openForMs }),
      alive: () => victim.alive(),
    });
    this.last = report;
    this.audits += 1;
    if (report.complete) this.completeAudits += 1;
    for (const violation of report.violations) this.#report(violation);
  }

  #report(violation: Failing): void {
    const name = `${violation.kind} ${violation.key}`;
    if (this.violations.has(name)) return;
    this.violations.set(name, violation);
    console.log(`VIOLATION ${violation.kind}: ${violation.detail}`);
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { kills: { type: "string", default: "200" }, seed: { type: "string" }, keep: { type: "boolean", default: false } },
  });
  const kills = Number(values.kills);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed))
    throw new Error("--kills and --seed are whole numbers");
  const home = mkdtempSync(join(tmpdir(), "bosun-chaos-"));
  const place: Place = {
    dataDir: join(home, "data"),
    log: join(home, "daemon.log"),
    options: ["--fleet", "TEN", "--bus", "in-process", "--seed", String(seed)],
  };
  console.log(`${kills} kills, seed ${seed}, in ${home}`);
  const campaign = new Campaign(place);
  let done = 0;
  for (const kill of planKills(kills, seed)) {
    if (!(await campaign.suffer(done + 1, kill))) break;
    done += 1;
  }
  if (done === kills) await lastRest(campaign, place);
  await stopSidecars(place.dataDir);
  for (const [name, count] of [...campaign.histogram].toSorted(([left], [right]) => left.localeCompare(right)))
    console.log(`${String(count).padStart(5)} ${name}`);
  console.log(
    `${campaign.audits} audits, ${campaign.completeAudits} of them complete, ${campaign.last?.deals ?? 0} deals in the books`,
  );
  if (values.keep || campaign.violations.size > 0) console.log(`kept: ${home}`);
  else rmSync(home, { recursive: true, force: true });
  console.log(`${done} kills, ${campaign.violations.size} violations`);
  return campaign.violations.size === 0 && done === kills ? 0 : 1;
}

async function lastRest(campaign: Campaign, place: Place): Promise<void> {
  const victim = startVictim(place, undefined);
  if ((await victim.ready(READY_WITHIN_MS)) !== "ready") throw new Error(`the daemon did not come back; see ${place.log}`);
  await Promise.race([pause(LAST_REST_MS), victim.ended]);
  await campaign.audit(victim, LAST_OPEN_MS);
  const how = await victim.stop();
  console.log(`the last run stopped with ${how}`);
}

process.exitCode = await main();

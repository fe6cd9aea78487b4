import { type Audit, type AuditReport, createAudit, type Violation } from "./audit.ts";
import { nameOfKill, type PlannedKill } from "./killPlan.ts";
import { type Place, pause, readFacts, startVictim, type Victim } from "./victim.ts";

const ARMED_WITHIN_MS = 30_000;
/** The last run is left in peace for so long that every request that was cut off has settled. */
const LAST_REST_MS = 25_000;
const LAST_OPEN_MS = 22_000;

/** Beside what the audit finds: a daemon that ends by itself or does not come back. */
type Failing = Violation | { readonly kind: "daemonFailed"; readonly key: string; readonly detail: string };

/** How long a fleet may take; longer where answers are lost and the game asks for silence. */
export interface Limits {
  readonly readyWithinMs: number;
  /** For a finding that needs no more than messages to settle. */
  readonly patienceMs: number;
  /** For the job of a deal. */
  readonly openForMs: number;
}

/** One daemon after another in the same place, killed and audited, and what came of it. */
export class Campaign {
  readonly histogram = new Map<string, number>();
  readonly violations = new Map<string, Failing>();
  audits = 0;
  completeAudits = 0;
  last: AuditReport | undefined;
  #audit: Audit | undefined;
  readonly #place: Place;
  /** Game seconds per second. */
  readonly #speed: number;
  readonly #limits: Limits;

  constructor(place: Place, speed: number, limits: Limits) {
    this.#place = place;
    this.#speed = speed;
    this.#limits = limits;
  }

  /** What the universe says by now; undefined before the first daemon was ready. */
  get books(): ReturnType<Audit["books"]> | undefined {
    return this.#audit?.books();
  }

  /**
   * Starts, audits, kills. A daemon that dies at a random moment is left in peace until the game has come to `notBeforeGameSeconds`. False
   * when the daemon does not come up: nothing more can be said then.
   */
  async suffer(number: number, kill: PlannedKill, notBeforeGameSeconds: number): Promise<boolean> {
    const victim = startVictim(this.#place, kill.how === "armed" ? `${kill.point}:${kill.passage}` : undefined);
    if (kill.how === "random" && kill.early) {
      await Promise.race([pause(kill.afterMs), victim.ended]);
      return this.#finish({ number, kill, victim, readyMs: undefined });
    }
    const state = await victim.ready(this.#limits.readyWithinMs);
    const readyMs = state === "ready" ? Date.now() - victim.startedAtMs : undefined;
    if (state === "tooSlow") return this.#notReady(victim, "was not ready in time");
    if (state === "ready") await this.#look(victim, this.#limits.openForMs);
    if (kill.how === "random") {
      await this.peace(victim, notBeforeGameSeconds);
      await Promise.race([pause(kill.afterMs), victim.ended]);
    } else await Promise.race([victim.ended, pause(ARMED_WITHIN_MS)]);
    return this.#finish({ number, kill, victim, readyMs });
  }

  /** Leaves a daemon alone until the game has come so far. */
  async peace(victim: Victim, untilGameSeconds: number): Promise<void> {
    const restMs = ((untilGameSeconds - (this.books?.gameSeconds ?? untilGameSeconds)) * 1000) / this.#speed;
    if (restMs > 0) await Promise.race([pause(restMs), victim.ended]);
  }

  /** The last daemon: lives until the game has come so far and all has settled, is audited strictly, and stopped as a user would. */
  async lastRest(untilGameSeconds: number): Promise<void> {
    const victim = startVictim(this.#place, undefined);
    if ((await victim.ready(this.#limits.readyWithinMs)) !== "ready") {
      await this.#notReady(victim, "did not come back");
      return;
    }
    await this.peace(victim, untilGameSeconds);
    await Promise.race([pause(LAST_REST_MS), victim.ended]);
    await this.#look(victim, LAST_OPEN_MS);
    const how = await victim.stop();
    console.log(`the last run stopped with ${how}`);
    if (how !== "exit 0") this.#report({ kind: "daemonFailed", key: "last", detail: `the last daemon stopped with ${how}` });
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
    const hours = ((this.books?.gameSeconds ?? 0) / 3600).toFixed(2);
    console.log(
      `#${number} ${name}${missed} after ${lived} s, ${ready}; game hour ${hours}, ${this.last?.deals ?? 0} deals in the books`,
    );
    return true;
  }

  async #notReady(victim: Victim, what: string): Promise<boolean> {
    this.#report({ kind: "daemonFailed", key: `${this.histogram.size}`, detail: `the daemon ${what}; see ${this.#place.log}` });
    if (victim.alive()) await victim.kill();
    return false;
  }

  async #look(victim: Victim, openForMs: number): Promise<void> {
    const facts = readFacts(this.#place.dataDir);
    if (facts === undefined) return;
    const { databaseUrl, agent: scope } = facts;
    this.#audit ??= createAudit({ booksPath: this.#place.booksPath, databaseUrl, scope });
    const report = await this.#audit.run({ patienceMs: this.#limits.patienceMs, openForMs, alive: () => victim.alive() });
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

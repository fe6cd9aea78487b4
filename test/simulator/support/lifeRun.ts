/**
 * Lives a scripted life in this process and prints what became of the universe: `lifeRun.ts SEED REQUESTS STYLE [PLANT]`.
 * The styles reach the same game times in different ways; a plant makes the universe depend on what it must not depend on.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RequestDesk } from "../../../src/simulator/requestDesk.ts";
import { Simulation } from "../../../src/simulator/simulation.ts";
import { startFleet } from "../../../src/simulator/startFleet.ts";
import type { Bearer } from "../../../src/simulator/token.ts";
import { freshOf, type Step, scriptedLife } from "./scriptedLife.ts";

export type Style = "steady" | "restless" | "killed";
export type Plant = "none" | "readMovesStock" | "wallInState" | "drawnId";

export interface Life {
  hash: string;
  gameMs: number;
  /** Status of each request, in order. */
  statuses: number[];
  mutations: number;
}

export function liveLife(seed: number, requests: number, style: Style, plant: Plant = "none"): Life {
  const home = mkdtempSync(join(tmpdir(), "simulator-life-"));
  try {
    const run = new Run(home, seed, style, plant);
    const statuses = scriptedLife(seed, requests).map((step, i) => run.follow(step, i));
    return { hash: run.sim.hash(), gameMs: run.sim.nowGameMs(), statuses, mutations: run.mutations };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

class Run {
  sim: Simulation;
  mutations = 0;
  readonly #home: string;
  readonly #style: Style;
  readonly #plant: Plant;
  /** Begins anywhere: what a universe was begun at must not show. */
  #wallMs = Math.floor(Math.random() * 1e12);
  #lives = 0;
  #desk: RequestDesk;

  constructor(home: string, seed: number, style: Style, plant: Plant) {
    this.#home = home;
    this.#style = style;
    this.#plant = plant;
    this.sim = this.#open(() => freshOf(seed, style === "steady" ? 60 : 250, this.#wallMs));
    this.#desk = this.#deskOf(this.sim);
  }

  follow({ atGameMs, method, path, body, as }: Step, i: number): number {
    if (this.#style === "killed" && i % 40 === 39) this.#die();
    this.#goTo(atGameMs, i);
    const before = this.mutations;
    const bearer: Bearer =
      as === null ? { kind: "none" } : as === "account" ? { kind: "account" } : { kind: "agent", symbol: as };
    const asked = { method, target: `/v2${path}`, address: "127.0.0.1", bearer, body: { ok: true as const, value: body } };
    const { answer } = this.#desk.answer({ ...asked, requestId: this.#style === "steady" ? null : `r${i}` });
    this.#spoil(method, this.mutations > before);
    return answer.status;
  }

  #goTo(gameMs: number, i: number): void {
    const { sim } = this;
    const leftMs = () => gameMs - sim.nowGameMs();
    if (this.#style === "steady") this.#wallMs += leftMs() / sim.universe.clock.speed;
    else if (i % 5 === 0) sim.jumpTo(gameMs);
    else if (i % 5 === 1) {
      sim.pause();
      this.#wallMs += 12_345;
      sim.step(Math.floor(leftMs() / 3));
      sim.advance();
      sim.step(leftMs());
      sim.resume();
    } else {
      sim.changeSpeed([10, 60, 250, 1000][i % 4] ?? 1);
      for (let slice = 0; slice < 3 && leftMs() > 0; slice++) {
        this.#wallMs += Math.floor(leftMs() / sim.universe.clock.speed / 3);
        for (const market of [...sim.markets.keys()].slice(0, 5)) this.#look(market);
        if (slice === 0) sim.saveSnapshot();
      }
      this.sim.jumpTo(gameMs);
    }
    if (sim.nowGameMs() !== gameMs) throw new Error(`at ${sim.nowGameMs()} instead of ${gameMs}`);
  }

  #look(market: string): void {
    this.#desk.answer(publicRead(`/v2/systems/${this.sim.universe.system.symbol}/waypoints/${market}/market`));
    this.#spoil("GET", false);
  }

  /** As kill -9 leaves it: the files as they are, and a new process that finds them. */
  #die(): void {
    const from = join(this.#home, String(this.#lives));
    this.#lives += 1;
    const to = join(this.#home, String(this.#lives));
    mkdirSync(to, { recursive: true });
    for (const file of ["books.jsonl", "universe.json", "universe.start.json"]) {
      if (file !== "universe.json" || this.#lives % 2 === 0) copyFileSync(join(from, file), join(to, file));
    }
    this.sim = this.#open(() => {
      throw new Error("the universe is gone");
    });
    this.#desk = this.#deskOf(this.sim);
  }

  #open(fresh: Parameters<typeof Simulation.open>[2]): Simulation {
    const dir = join(this.#home, String(this.#lives));
    mkdirSync(dir, { recursive: true });
    const sim = Simulation.open(dir, { nowMs: () => this.#wallMs }, fresh);
    sim.watch((puts) => {
      if (puts.some(({ put }) => put !== "clock")) this.mutations += 1;
    });
    return sim;
  }

  #deskOf(sim: Simulation): RequestDesk {
    return new RequestDesk({ sim, fleet: startFleet("FRESH"), limiter: undefined, adminOperations: [] });
  }

  #spoil(method: string, hasMutated: boolean): void {
    const [market] = this.sim.markets.values();
    const [good] = market?.goods ?? [];
    const [agent] = this.sim.agents.values();
    if (good === undefined || agent === undefined) return;
    if (this.#plant === "readMovesStock" && method === "GET") good.stock += 1e-9;
    if (this.#plant === "wallInState" && hasMutated) agent.accountId = String(this.#wallMs);
    if (this.#plant === "drawnId" && hasMutated) agent.accountId = Math.random().toString(16);
  }
}

function publicRead(target: string) {
  const bearer: Bearer = { kind: "none" };
  return { method: "GET", target, address: "127.0.0.1", bearer, body: { ok: true as const, value: undefined }, requestId: null };
}

const [, program, seed, requests, style, plant] = process.argv;
if (program === import.meta.filename) {
  // Given by the test that starts this program.
  const life = liveLife(Number(seed), Number(requests), style as Style, (plant ?? "none") as Plant);
  process.stdout.write(`${JSON.stringify(life)}\n`);
}

import { mkdirSync } from "node:fs";
import { adminOperations } from "../admin/adminOperations.ts";
import { FaultPlan } from "../admin/faultPlan.ts";
import type { Put } from "../books.ts";
import { freshUniverse } from "../freshUniverse.ts";
import { RateLimiter } from "../rateLimit.ts";
import { type DeskRequest, RequestDesk } from "../requestDesk.ts";
import { Simulation } from "../simulation.ts";
import type { NextEra, Universe } from "../universe.ts";
import { bodyOf, fingerprint, type OpenedLine, type RequestLine, type StartLine } from "./recording.ts";

/** What came of a request. */
export interface Done {
  gameMs: number;
  status: number;
  code: number | undefined;
  did: string | undefined;
}

/** A universe on a virtual clock, and the desk that it is asked at. */
export class ReplayedUniverse {
  readonly sim: Simulation;
  readonly #wall: { wallMs: number };
  #desk: RequestDesk | undefined;
  #puts: Put[] = [];
  #drew: NextEra | undefined;

  static at(dir: string, { universe, wallMs }: Pick<StartLine, "universe" | "wallMs">): ReplayedUniverse {
    return new ReplayedUniverse(dir, { ...universe, secret: "of the replay" }, wallMs);
  }

  private constructor(dir: string, universe: Universe, wallMs: number) {
    this.#wall = { wallMs };
    mkdirSync(dir);
    this.sim = Simulation.open(dir, { nowMs: () => this.#wall.wallMs }, () => universe);
    this.sim.watch((puts) => this.#puts.push(...puts));
  }

  fork(dir: string): ReplayedUniverse {
    return new ReplayedUniverse(dir, structuredClone(this.sim.whole()), this.#wall.wallMs);
  }

  /** A new process: with a limiter and faults of its own. */
  reopen({ gameMs, wallMs, speed, limited, fleet }: OpenedLine): void {
    this.#wall.wallMs = wallMs;
    this.sim.during(() => {
      if (this.sim.universe.clock.speed !== speed) this.sim.changeSpeed(speed);
    }, gameMs);
    const renew = (seed: number | undefined) => this.#renewed(seed);
    this.#desk = new RequestDesk({
      sim: this.sim,
      fleet,
      limiter: limited ? new RateLimiter(speed) : undefined,
      adminOperations: adminOperations({ faults: new FaultPlan(), renew }),
    });
  }

  ask(line: RequestLine, drew: NextEra | undefined): Done {
    const { gameMs, wallMs, method, target, address, bearer, requestId = null } = line;
    const desk = this.#desk;
    if (desk === undefined) throw new Error("a recording says first that its universe was opened");
    this.#wall.wallMs = wallMs;
    this.#puts = [];
    this.#drew = drew;
    const request: DeskRequest = { method, target, address, bearer, body: bodyOf(line), requestId };
    return this.sim.during(() => {
      const instant = this.sim.nowGameMs();
      const { answer } = desk.answer(request);
      const code = answer.outcome === "refused" ? answer.code : undefined;
      return { gameMs: instant, status: answer.status, code, did: fingerprint(this.#puts) };
    }, gameMs);
  }

  hashAt(gameMs: number): string {
    return this.sim.during(() => this.sim.hash(), gameMs);
  }

  #renewed(seed: number | undefined): Universe {
    const { universe } = this.sim;
    const { secret, clock, economy } = universe;
    if (this.#drew) return { ...structuredClone(this.#drew), secret, clock, tick: 0 };
    const nowMs = this.#wall.wallMs;
    return freshUniverse({
      seed: seed ?? universe.seed,
      speed: clock.speed,
      universe: undefined,
      economy: economy.constants,
      nowMs,
    });
  }
}

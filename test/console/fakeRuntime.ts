import { isAtOrBelow } from "../../src/machines/addresses.ts";
import type { ActorView, IngressMessage, Runtime, RuntimeNotice } from "../../src/runtime/runtime.ts";

/** The Runtime interface over a plain map, for tests of what stands in front of it. */
export interface FakeRuntime extends Runtime {
  readonly actors: Map<string, ActorView>;
  readonly sent: IngressMessage[];
  readonly restarted: { address: string; from: string }[];
  notify(notice: RuntimeNotice): void;
  put(view: Partial<ActorView> & { address: string; kind: string }): ActorView;
}

export const SCOPE = "agent/2026-11-21/BOSUN";
export const START_MS = Date.UTC(2026, 10, 21, 12);

export function createFakeRuntime(): FakeRuntime {
  const actors = new Map<string, ActorView>();
  const observers = new Set<(notice: RuntimeNotice) => void>();
  const sent: IngressMessage[] = [];
  const restarted: { address: string; from: string }[] = [];
  return {
    scope: SCOPE,
    actors,
    sent,
    restarted,
    start: () => Promise.reject(new Error("not started in these tests")),
    stop: () => Promise.resolve({ settledJobs: 0, abandonedJobs: 0, tookMs: 0 }),
    spawn: () => Promise.resolve("created"),
    send(message) {
      if (!actors.has(message.to)) {
        return Promise.resolve({ receipt: "refused", reason: "unknownAddress", detail: `no actor ${message.to}` });
      }
      sent.push(message);
      return Promise.resolve({ receipt: "accepted", messageId: message.id ?? "m1", outcome: "applied" });
    },
    view: (address) => Promise.resolve(actors.get(address)),
    list: (filter) =>
      Promise.resolve(
        [...actors.values()]
          .filter((actor) => filter?.kind === undefined || actor.kind === filter.kind)
          .filter((actor) => filter?.under === undefined || isAtOrBelow(actor.address, filter.under)),
      ),
    restart(address, from) {
      const actor = actors.get(address);
      if (actor === undefined) return Promise.resolve("unknownAddress");
      restarted.push({ address, from });
      const { kind, status, lastError: error } = actor;
      const common = { address, kind, atMs: START_MS };
      setImmediate(() => {
        if (status !== "quarantined" || error === undefined) this.notify({ notice: "restarted", from, ...common });
        else this.notify({ notice: "failed", error, decision: "quarantine", afterMs: 0, ...common });
      });
      return Promise.resolve("restarting");
    },
    dismiss(address) {
      const actor = actors.get(address);
      if (actor === undefined) return Promise.resolve("unknownAddress");
      if (actor.status !== "quarantined") return Promise.resolve("notQuarantined");
      if (actor.parent === undefined || actors.has(actor.parent)) return Promise.resolve("needed");
      actors.delete(address);
      setImmediate(() => this.notify({ notice: "ended", address, kind: actor.kind, status: "stopped", atMs: START_MS }));
      return Promise.resolve("dismissing");
    },
    lookForMail: () => undefined,
    replayDeadLetter: () => Promise.resolve("unknown"),
    observe(observer) {
      observers.add(observer);
      return () => void observers.delete(observer);
    },
    stats: () => ({
      epoch: 1,
      actors: actors.size,
      events: 0,
      commits: 0,
      jobsRunning: 0,
      deadLetters: 0,
      restarts: 0,
      mailboxDepth: 0,
    }),
    notify(notice) {
      for (const observer of observers) observer(notice);
    },
    put(view) {
      const whole: ActorView = {
        parent: undefined,
        status: "active",
        version: 1,
        incarnation: 1,
        value: "resting",
        context: {},
        restarts: 0,
        lastError: undefined,
        backoffUntilMs: undefined,
        updatedAtMs: START_MS,
        ...view,
      };
      actors.set(whole.address, whole);
      return whole;
    },
  };
}

/** A ship's context as the ship machine keeps it. */
export function shipContext(symbol: string, changes: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) {
  return {
    scope: SCOPE,
    ship: {
      symbol,
      role: "HAULER",
      frame: "FRAME_LIGHT_FREIGHTER",
      system: "X1-AB12",
      waypoint: "X1-AB12-A1",
      nav: "IN_ORBIT",
      flightMode: "CRUISE",
      speed: 15,
      fuelUnits: 400,
      fuelCapacity: 600,
      cargoCapacity: 80,
      cargoUnits: 0,
      cargo: [],
      ...changes,
    },
    claim: null,
    command: null,
    ...rest,
  };
}

export function transition(
  address: string,
  kind: string,
  rest: Partial<Extract<RuntimeNotice, { notice: "transition" }>> = {},
): RuntimeNotice {
  return {
    notice: "transition",
    address,
    kind,
    version: 2,
    atMs: START_MS + 1000,
    event: { type: "ship.command" },
    value: "resting",
    context: {},
    status: "active",
    ...rest,
  };
}

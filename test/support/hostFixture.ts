import { createRuntimeStore } from "../../src/persistence/runtime.store.ts";
import type { Environment } from "../../src/runtime/environment.ts";
import { createHost } from "../../src/runtime/host.ts";
import type { HostOptions } from "../../src/runtime/hostOptions.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { ReadModelTable } from "../../src/runtime/readModel.ts";
import { createKindRegistry } from "../../src/runtime/registry.ts";
import type { ActorView, Runtime } from "../../src/runtime/runtime.ts";
import type { Supervision } from "../../src/runtime/supervision.ts";
import { createSystemEnvironment } from "../../src/runtime/systemEnvironment.ts";
import { silentLogger } from "./silentLogger.ts";
import type { TestDatabase } from "./testDatabase.ts";

export const SCOPE = "agent/2026-11-21/TEST";

/** A small ladder for tests of the host: snapshot until the count is exceeded, then afresh, then quarantine. */
export const testSupervision: Supervision = {
  decide({ spec, history, nowMs }) {
    const failuresAtMs = [...history.failuresAtMs.filter((at) => at > nowMs - spec.withinMs), nowMs];
    const restarts = history.restarts + 1;
    const afterMs = spec.backoff.initialMs;
    if (spec.type === "temporary") return { decision: "giveUp", history, reason: "temporary" };
    if (failuresAtMs.length <= spec.maxRestarts) {
      return { decision: "restart", from: "snapshot", afterMs, history: { ...history, failuresAtMs, restarts } };
    }
    if (spec.afresh && history.afreshAtMs.length === 0) {
      const next = { failuresAtMs: [], afreshAtMs: [nowMs], restarts };
      return { decision: "restart", from: "afresh", afterMs, history: next };
    }
    return { decision: "giveUp", history: { ...history, failuresAtMs }, reason: "too many failures" };
  },
};

export const quickRestart: ActorKind["restart"] = {
  type: "permanent",
  maxRestarts: 3,
  withinMs: 60_000,
  backoff: { initialMs: 1, maxMs: 10, factor: 2, jitter: 0, resetAfterMs: 60_000 },
  afresh: true,
};

function testEnvironment(overrides: Partial<Environment> = {}): Environment {
  return { ...createSystemEnvironment(silentLogger), ...overrides };
}

/** A host on the test database. Hosts of one test share nothing but the database. */
export function hostOn(
  database: TestDatabase,
  kinds: readonly ActorKind[],
  options: Partial<HostOptions> & { readonly tables?: readonly ReadModelTable[] } = {},
): Runtime {
  const { tables = [], ...rest } = options;
  return createHost({
    scope: SCOPE,
    kinds: createKindRegistry(kinds, { freeze: true }),
    store: createRuntimeStore({ url: database.url, pool: database.pool, tables, logger: silentLogger }),
    supervision: testSupervision,
    environment: testEnvironment(),
    transitionWatchdog: false,
    ...rest,
  });
}

/** Resolves with the actor's view once it passes `test`; looks again after every commit. */
export async function until(
  runtime: Runtime,
  address: string,
  test: (view: ActorView) => boolean,
  withinMs = 5_000,
): Promise<ActorView> {
  const seen = await runtime.view(address);
  if (seen !== undefined && test(seen)) return seen;
  return await new Promise((resolve, reject) => {
    const look = (): void => {
      runtime.view(address).then((view) => {
        if (view === undefined || !test(view)) return;
        finish();
        resolve(view);
      }, reject);
    };
    const stop = runtime.observe(look);
    const timer = setTimeout(() => {
      finish();
      runtime
        .view(address)
        .then((view) => reject(new Error(`${address} did not get there within ${withinMs} ms: ${JSON.stringify(view)}`)), reject);
    }, withinMs);
    const finish = (): void => {
      stop();
      clearTimeout(timer);
    };
    look();
  });
}

import { describe, expect, it } from "vitest";
import { createRecovery } from "../../src/daemon/recovery.ts";
import type { Database } from "../../src/persistence/database.ts";
import { createKindRegistry } from "../../src/runtime/registry.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import type { ActorRow } from "../../src/runtime/store.ts";
import { createSystemEnvironment } from "../../src/runtime/systemEnvironment.ts";
import { idleKinds } from "../actors/support/idleKinds.ts";
import { DrivenActor, SCOPE, shipState, T0 } from "../machines/driver.ts";
import { IRON_PLAN, IRON_WORKER } from "../machines/ironTrade.ts";
import { silentLogger } from "../support/silentLogger.ts";

const PIPELINE = `${SCOPE}/coordinator/pipeline/p1`;
const kinds = createKindRegistry(idleKinds());
const silent = { pool: { query: () => Promise.reject(new Error("no rows today")) } } as unknown as Pick<Database, "pool">;

function rowOf(kind: string, parent: string, actor: DrivenActor): ActorRow {
  return {
    address: actor.address,
    kind,
    kindVersion: 1,
    parent,
    childId: actor.address.slice(parent.length + 1),
    generation: 1,
    status: "active",
    version: 1,
    incarnation: 1,
    input: "{}",
    snapshot: actor.stored,
    lifecycle: null,
    updatedAtMs: T0,
  };
}
function worker(id: string, ship: string | null): DrivenActor {
  return new DrivenActor("task", `${PIPELINE}/task/${id}`, { ...IRON_WORKER, id: `p1.${id}`, ship });
}
const pipeline = new DrivenActor("pipeline", PIPELINE, {
  scope: SCOPE,
  id: "p1",
  plan: IRON_PLAN,
  first: null,
  patienceMs: 60_000,
  gameSecondMs: 1,
});

/** A start that finds these actors, in a database that does not show their rows. */
async function recover(actors: readonly ActorRow[], send: Runtime["send"]) {
  const lines: string[] = [];
  const { clock } = createSystemEnvironment(silentLogger);
  const tell = (level: string, text: string) => void lines.push(`${level}: ${text}`);
  const recovery = createRecovery({ database: silent, kinds, scope: SCOPE, clock, tell });
  await recovery.beforeOpen({ epoch: 1, actors, inbox: [] });
  const summary = await recovery.afterStart({ send });
  return { lines, summary };
}

describe("what a start tells of the work that it found", () => {
  it("counts pipelines, tasks, the queue and factories apart, and names each worker that has a ship [R000-15] [R002-93] [R002-97]", async () => {
    const tasks = [
      worker("t1", "S-1"),
      worker("t2", "S-2").send({ type: "ship.granted", ship: shipState({ symbol: "S-2" }) }),
      ...["t3", "t4", "t5"].map((id) => worker(id, null).send({ type: "task.makeReady" })),
      ...["t6", "t7"].map((id) => worker(id, null)),
    ];
    const monitor = `${SCOPE}/supply-monitor`;
    const factories = ["TOOLS", "FOOD", "FABRICS", "CLOTHING"].map((good) => {
      const watched = { waypoint: "X1-A-F", good, pipelineId: "p1", watcher: PIPELINE, inputs: [], maxReadingAgeMs: 1_000 };
      const input = { ...watched, supply: null, supplySeenAtMs: null };
      return rowOf("factory", monitor, new DrivenActor("factory", `${monitor}/factory/X1-A-F:${good}/p1`, input));
    });
    const actors = [
      rowOf("pipeline", `${SCOPE}/coordinator`, pipeline),
      ...tasks.map((task) => rowOf("task", PIPELINE, task)),
      ...factories,
    ];
    const { lines, summary } = await recover(actors, () => Promise.reject(new Error("there is nothing to send")));
    expect(summary).toMatchObject({ pipelines: 1, workers: 2, tasksInQueue: 3, factoryStates: 4, tasks: 7 });
    expect(lines).toEqual([
      "info: Recovering manufacturing state from database...",
      "bad: Failed to restart workers: no rows today",
      "info: Found 1 incomplete pipelines",
      "info: Found 7 incomplete tasks",
      "info: Restarted worker for task p1.t1 on ship S-1",
      "info: Restarted worker for task p1.t2 on ship S-2",
      "info: State recovery complete",
    ]);
  });

  it("goes on when what must be put right cannot be sent, and says so [R000-17]", async () => {
    const ship = new DrivenActor("ship", `${SCOPE}/ship/S-1`, { scope: SCOPE, ship: shipState(), asOfMs: T0 });
    ship.send({ type: "ship.claim", claimant: `${SCOPE}/coordinator/scout/9`, purpose: "tour" });
    const { lines, summary } = await recover([rowOf("ship", SCOPE, ship)], () => Promise.reject(new Error("the host is away")));
    expect(lines.slice(-2)).toEqual(["bad: Failed to restart workers: the host is away", "info: State recovery complete"]);
    expect(summary).toMatchObject({ pipelines: 0, workers: 0 });
  });
});

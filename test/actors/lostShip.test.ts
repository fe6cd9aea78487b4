import { expect, it } from "vitest";
import { assign, fromPromise, setup } from "xstate";
import { z } from "zod";
import { projectTask } from "../../src/actors/manufacturing.projections.ts";
import type { TaskContext } from "../../src/machines/taskSteps.ts";
import type { ActorKind, ActorState } from "../../src/runtime/kind.ts";
import { DrivenActor, loaded, SCOPE } from "../machines/driver.ts";
import { IRON_WORKER } from "../machines/ironTrade.ts";
import { useHosts } from "../support/hostBed.ts";
import { quickRestart, until } from "../support/hostFixture.ts";
import { idleKinds } from "./support/idleKinds.ts";

const ADDRESS = `${SCOPE}/coordinator/pipeline/p1/task/t1`;

/** As ship and cargo stand at a moment of the actor. */
function stateOf(actor: DrivenActor): ActorState<TaskContext> {
  return { value: actor.value, context: actor.context<TaskContext>(), status: actor.status === "done" ? "done" : "active" };
}

it("ends the assignment of a lost ship and lists its cargo, in the commit of the owner that hears of it [G9] [G10] [R003-12]", () => {
  const actor = new DrivenActor("task", ADDRESS, { ...IRON_WORKER, id: "t1", expected: null }).send({
    type: "ship.granted",
    ship: loaded("IRON", 20),
  });
  const before = stateOf(actor);
  const event = { type: "ship.lost", symbol: "S-1", destroyed: false };
  const after = stateOf(actor.send(event));
  const changes = projectTask({
    address: ADDRESS,
    agent: SCOPE,
    version: 3,
    atMs: 0,
    before,
    after,
    event: { ...event, at: 0, seed: 1 },
  });
  const key = { agent: SCOPE, ship_symbol: "S-1" };
  expect(changes).toContainEqual({
    op: "upsert",
    table: "ship_assignments",
    row: {
      ...key,
      container_id: ADDRESS,
      status: "idle",
      released_at: "1970-01-01T00:00:00.000Z",
      release_reason: "the ship is lost",
    },
  });
  expect(changes).toContainEqual({
    op: "upsert",
    table: "cargo_holds",
    row: { ...key, good: "IRON", units: 20, reason: "the ship is lost", since: "1970-01-01T00:00:00.000Z" },
  });
});

const { started, spawned } = useHosts();

it("lets an actor that is given up leave itself a message, which it hears when the quarantine is lifted [G10]", async () => {
  let broken = true;
  const never = fromPromise<unknown, unknown>(() => Promise.reject(new Error("replaced by a job")));
  const kind: ActorKind = {
    kind: "hull",
    version: 1,
    input: z.unknown(),
    events: { SAIL: z.object({}), RELEASE: z.object({}) },
    restart: { ...quickRestart, maxRestarts: 0, afresh: false },
    machine: setup({ types: { context: {} as { released: boolean } }, actors: { sail: never } }).createMachine({
      context: { released: false },
      initial: "idle",
      on: { RELEASE: { actions: assign({ released: true }) } },
      states: { idle: { on: { SAIL: "sailing" } }, sailing: { invoke: { id: "sail", src: "sail", onDone: "idle" } } },
    }),
    jobs: {
      sail: {
        retry: "safe",
        timeoutMs: 1_000,
        run: () => (broken ? Promise.reject(new Error("sunk")) : Promise.resolve({})),
      },
    },
    onGiveUp: ({ address }) => [{ to: address, event: { type: "RELEASE" } }],
  };
  const runtime = await started([kind]);
  const address = await spawned(runtime, "a", "hull");
  await runtime.send({ to: address, event: { type: "SAIL" } });
  await until(runtime, address, (view) => view.status === "quarantined");
  broken = false;
  expect(await runtime.restart(address, "snapshot")).toBe("restarting");
  await until(runtime, address, (view) => view.status === "active" && (view.context as { released: boolean }).released);
});

it("makes a ship that is given up tell its claimant and drop the claim for its own return [G9]", () => {
  const kinds = idleKinds();
  const ship = kinds.find(({ kind }) => kind === "ship");
  const address = `${SCOPE}/ship/S-1`;
  const claim = { owner: ADDRESS, purpose: "COLLECT_SELL", sinceMs: 0 };
  const last = { value: "idle", context: { ship: loaded("IRON", 20), claim }, status: "active" as const };
  const messages = ship?.onGiveUp?.({ address, parent: SCOPE, last, error: { name: "Error", message: "x" } });
  expect(messages).toEqual([
    { to: ADDRESS, event: { type: "ship.lost", symbol: loaded("IRON", 20).symbol, destroyed: false } },
    { to: address, event: { type: "ship.release", claimant: ADDRESS, reason: "the ship is lost" } },
  ]);
  const [tell = ""] = ADDRESS.split("/task/");
  const buying = { ...last, context: { ...last.context, claimEnds: { reason: "task_recovery", tell } } };
  const word = ship?.onGiveUp?.({ address, parent: SCOPE, last: buying, error: { name: "Error", message: "x" } });
  expect(word).toEqual([
    { to: tell, event: { type: "pipeline.shipFreed", child: "task/t1", hasCargo: true } },
    ...(messages ?? []),
  ]);
});

import { expect, it } from "vitest";
import { assign, setup } from "xstate";
import { z } from "zod";
import { withCountedCommits, withCountedJobs } from "../../src/daemon/countedWork.ts";
import { declaredLogic } from "../../src/machines/jobLogic.ts";
import { createRuntimeStore } from "../../src/persistence/runtime.store.ts";
import { defineActorKind, defineJob } from "../../src/runtime/kind.ts";
import { useHosts } from "../support/hostBed.ts";
import { quickRestart, until } from "../support/hostFixture.ts";
import { silentLogger } from "../support/silentLogger.ts";

const bed = useHosts();

it("counts a job that is broken off by its name, never one that ended, and every commit [R000-60]", async () => {
  const cancelled: string[] = [];
  const commits: { result: string; tookMs: number }[] = [];
  const counter = {
    cancelled: (job: string) => cancelled.push(job),
    committed: (result: string, tookMs: number) => commits.push({ result, tookMs }),
  };
  const machine = setup({
    types: { context: {} as { done: boolean } },
    actors: { quick: declaredLogic<null, null>(), endless: declaredLogic<null, null>() },
  }).createMachine({
    id: "worker",
    context: { done: false },
    initial: "short",
    states: {
      short: { invoke: { id: "quick", src: "quick", input: null, onDone: { target: "long", actions: assign({ done: true }) } } },
      long: { invoke: { id: "endless", src: "endless", input: null }, on: { "worker.goOn": "over" } },
      over: {},
    },
  });
  let began: () => void = () => undefined;
  const running = new Promise<void>((resolve) => {
    began = resolve;
  });
  const kind = defineActorKind({
    kind: "worker",
    version: 1,
    machine,
    input: z.null(),
    events: { "worker.goOn": z.object({}) },
    restart: quickRestart,
    jobs: {
      quick: defineJob<null, null>({ retry: "safe", timeoutMs: 5_000, run: () => Promise.resolve(null) }),
      endless: defineJob<null, null>({
        retry: "safe",
        timeoutMs: 5_000,
        run: (_input, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(new Error("broken off")), { once: true });
            began();
          }),
      }),
    },
  });
  const { url, pool } = bed.database();
  const store = withCountedCommits(createRuntimeStore({ url, pool, tables: [], logger: silentLogger }), counter);
  const runtime = await bed.started(withCountedJobs([kind], counter), { store });
  const address = await bed.spawned(runtime, "one", "worker");
  await running;
  expect(cancelled).toEqual([]);
  await runtime.send({ to: address, event: { type: "worker.goOn" } });
  await until(runtime, address, (view) => view.value === "over");
  expect(cancelled).toEqual(["endless"]);
  expect(commits.length).toBeGreaterThanOrEqual(3);
  expect(commits.every(({ result, tookMs }) => result === "committed" && tookMs > 0)).toBe(true);
});

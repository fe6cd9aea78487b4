import { describe, expect, it } from "vitest";
import { createProcessSupervisor } from "../../src/supervisor/processSupervisor.ts";
import { createManualClock } from "../support/manualClock.ts";
import { createBench, FAILED, NORMAL, settled, supervisorSpec } from "./supervisorBench.ts";

const never = () => new Promise<void>(() => {});

describe("starting (supervisor_SUITE: sup_start)", () => {
  it("starts the children in order, each after the one before is ready", async () => {
    let ready = () => {};
    const bench = createBench((make) => [
      make("a", { onStart: () => new Promise<void>((resolve) => (ready = resolve)) }),
      make("b"),
    ]);
    const starting = bench.supervisor.start();
    await settled();
    expect(bench.log).toEqual([]);
    ready();
    await starting;
    expect(bench.log).toEqual(["start a", "start b"]);
  });

  it("stops in reverse those already started when one does not start, and rejects with its error", async () => {
    const bench = createBench((make) => [
      make("a"),
      make("b"),
      make("c", {
        onStart: () => {
          throw new Error("no port");
        },
      }),
      make("d"),
    ]);
    await expect(bench.supervisor.start()).rejects.toThrow("no port");
    expect(bench.log).toEqual(["start a", "start b", "stop b", "stop a"]);
  });

  it("keeps a child that has nothing to run, and goes on", async () => {
    const bench = createBench((make) => [make("a", { ignore: true }), make("b")]);
    await bench.supervisor.start();
    expect(bench.states()).toEqual({ a: "ended", b: "running" });
  });

  it("gives up on a start that takes too long, and stops it should it come after all", async () => {
    let comes = () => {};
    const bench = createBench((make) => [make("slow", { onStart: () => new Promise<void>((resolve) => (comes = resolve)) })]);
    const outcome = bench.supervisor.start().catch((error: Error) => error.message);
    await bench.pass(1_000);
    await expect(outcome).resolves.toBe("root/slow did not start within 1 s");
    comes();
    await settled();
    expect(bench.log).toEqual(["start slow", "stop slow"]);
  });

  it("refuses faulty specs before anything starts", () => {
    expect(() => createBench((make) => [make("a"), make("a")])).toThrow("root/a: two children have this id");
    expect(() => createBench((make) => [make("a/b")])).toThrow(/no slash/);
    expect(() => createBench((make) => [make("a", { shutdownMs: -1 })])).toThrow(/negative/);
    expect(() => createBench((make) => [make("a")], { intensity: { maxRestarts: 1, withinMs: 0 } })).toThrow(/not positive/);
  });
});

describe("stopping (sup_stop)", () => {
  it("stops in reverse order and ends as normal", async () => {
    const bench = createBench((make) => [make("a"), make("b"), make("c")]);
    await bench.supervisor.start();
    await bench.supervisor.stop();
    expect(bench.log.slice(3)).toEqual(["stop c", "stop b", "stop a"]);
    await expect(bench.supervisor.ended).resolves.toEqual({ how: "normal" });
  });

  it("kills a child that does not stop in its time, then goes on with the next", async () => {
    const bench = createBench((make) => [make("a"), make("b", { onStop: never, shutdownMs: 300 })]);
    await bench.supervisor.start();
    const stopping = bench.supervisor.stop();
    await bench.pass(290);
    expect(bench.log.slice(2)).toEqual(["stop b"]);
    await bench.pass(20);
    await stopping;
    expect(bench.log.slice(2)).toEqual(["stop b", "kill b", "stop a"]);
  });

  it("kills without asking where shutdownMs is 0 (brutal_kill)", async () => {
    const bench = createBench((make) => [make("a", { shutdownMs: 0 })]);
    await bench.supervisor.start();
    await bench.supervisor.stop();
    expect(bench.log).toEqual(["start a", "kill a"]);
  });

  it("kills a child whose stop throws", async () => {
    const bench = createBench((make) => [
      make("a", {
        onStop: () => {
          throw new Error("stuck");
        },
      }),
    ]);
    await bench.supervisor.start();
    await bench.supervisor.stop();
    expect(bench.log).toContain("kill a");
  });

  it("caps the sum of all stops by one deadline [H16] [R000-42] [R000-43]", async () => {
    const bench = createBench((make) => [
      make("a", { onStop: never, shutdownMs: 400 }),
      make("b", { onStop: never, shutdownMs: 400 }),
      make("c", { onStop: never, shutdownMs: 400 }),
    ]);
    await bench.supervisor.start();
    const startedAtMs = bench.clock.nowMs();
    const stopping = bench.supervisor.stop({ withinMs: 500 }).then(() => bench.clock.nowMs() - startedAtMs);
    await bench.pass(2_000);
    expect(await stopping).toBeLessThanOrEqual(510);
    expect(bench.log.filter((line) => line.startsWith("kill"))).toEqual(["kill c", "kill b", "kill a"]);
  });

  it("can be hurried while it is stopping, as by a second SIGINT", async () => {
    const bench = createBench((make) => [make("a", { onStop: never }), make("b", { onStop: never })]);
    await bench.supervisor.start();
    const stopping = bench.supervisor.stop();
    await settled();
    bench.supervisor.kill?.();
    await stopping;
    expect(bench.log.slice(2)).toEqual(["stop b", "kill b", "kill a"]);
  });

  it("survives a child that ends while being stopped (stop race)", async () => {
    const bench = createBench((make) => [make("a"), make("b")]);
    await bench.supervisor.start();
    const ending = bench.end("b");
    await bench.supervisor.stop();
    await ending;
    await bench.pass(1_000);
    expect(bench.log.filter((line) => line.startsWith("start"))).toEqual(["start a", "start b"]);
    expect(bench.states()).toEqual({ a: "stopped", b: "stopped" });
  });

  it("stops at once while a start hangs", async () => {
    const bench = createBench((make) => [make("a"), make("b", { onStart: never })]);
    const outcome = bench.supervisor.start().catch((error: Error) => error.message);
    await settled();
    await bench.supervisor.stop();
    await expect(outcome).resolves.toBe("abandoned because of a stop");
    expect(bench.log).toEqual(["start a", "stop a"]);
  });
});

describe("restart types (normal, abnormal termination)", () => {
  it.each([
    { restart: "permanent", reason: NORMAL, state: "running" },
    { restart: "permanent", reason: FAILED, state: "running" },
    { restart: "transient", reason: NORMAL, state: "ended" },
    { restart: "transient", reason: FAILED, state: "running" },
    { restart: "temporary", reason: NORMAL, state: undefined },
    { restart: "temporary", reason: FAILED, state: undefined },
  ] as const)("a $restart child that ends $reason.how is then $state", async ({ restart, reason, state }) => {
    const bench = createBench((make) => [make("a", { restart }), make("bystander")]);
    await bench.supervisor.start();
    await bench.end("a", reason);
    await bench.pass(100);
    expect(bench.states()["a"]).toBe(state);
    expect(bench.log.filter((line) => line.endsWith("bystander"))).toEqual(["start bystander"]);
  });

  it("stops a temporary bystander with its siblings and does not bring it back (temporary_bystander)", async () => {
    const bench = createBench((make) => [make("a"), make("b", { restart: "temporary" }), make("c")], { strategy: "one_for_all" });
    await bench.supervisor.start();
    await bench.end("a");
    await bench.pass(100);
    expect(bench.states()).toEqual({ a: "running", c: "running" });
    expect(bench.log.slice(3)).toEqual(["stop c", "stop b", "start a", "start c"]);
  });
});

describe("strategies", () => {
  it("one_for_one restarts only the child that failed", async () => {
    const bench = createBench((make) => [make("a"), make("b"), make("c")]);
    await bench.supervisor.start();
    await bench.end("b");
    expect(bench.states()).toEqual({ a: "running", b: "backingOff", c: "running" });
    await bench.pass(20);
    expect(bench.log.slice(3)).toEqual(["start b"]);
    expect(bench.supervisor.tree().map((node) => node.restarts)).toEqual([0, 1, 0]);
  });

  it("one_for_all stops the others in reverse and starts all in order", async () => {
    const bench = createBench((make) => [make("a"), make("b"), make("c")], { strategy: "one_for_all" });
    await bench.supervisor.start();
    await bench.end("b");
    await bench.pass(20);
    expect(bench.log.slice(3)).toEqual(["stop c", "stop a", "start a", "start b", "start c"]);
  });

  it("rest_for_one stops and starts those after the one that failed", async () => {
    const bench = createBench((make) => [make("a"), make("b"), make("c")], { strategy: "rest_for_one" });
    await bench.supervisor.start();
    await bench.end("b");
    await bench.pass(20);
    expect(bench.log.slice(3)).toEqual(["stop c", "start b", "start c"]);
  });

  it.each(["one_for_all", "rest_for_one"] as const)("%s begins anew when another child fails its restart", async (strategy) => {
    const bench = createBench(
      (make) => [
        make("a"),
        make("b", {
          onStart: (nth) => {
            if (nth === 2) throw new Error("busy");
          },
        }),
        make("c"),
      ],
      { strategy },
    );
    await bench.supervisor.start();
    await bench.end("a");
    await bench.pass(200);
    expect(bench.states()).toEqual({ a: "running", b: "running", c: "running" });
    const anew =
      strategy === "one_for_all" ? ["start a", "stop a", "start a", "start b", "start c"] : ["start a", "start b", "start c"];
    expect(bench.log.slice(5)).toEqual(anew);
  });

  it("leaves a child alone that an operator stopped, when a sibling fails", async () => {
    const bench = createBench((make) => [make("a"), make("b")], { strategy: "one_for_all" });
    await bench.supervisor.start();
    await bench.supervisor.terminateChild("b");
    await bench.end("a");
    await bench.pass(100);
    expect(bench.states()).toEqual({ a: "running", b: "stopped" });
  });

  it("restarts two children that failed at the same time (multiple_restarts)", async () => {
    const bench = createBench((make) => [make("a"), make("b"), make("c")], { strategy: "rest_for_one" });
    await bench.supervisor.start();
    await Promise.all([bench.end("b"), bench.end("c")]);
    await bench.pass(100);
    expect(bench.states()).toEqual({ a: "running", b: "running", c: "running" });
    expect(bench.log.filter((line) => line === "start b")).toHaveLength(2);
    expect(bench.log.filter((line) => line === "start a")).toHaveLength(1);
  });
});

describe("intensity and escalation", () => {
  it.each(["one_for_one", "one_for_all", "rest_for_one"] as const)(
    "%s gives up after too many restarts and stops all",
    async (strategy) => {
      const bench = createBench((make) => [make("a"), make("b")], { strategy, intensity: { maxRestarts: 1, withinMs: 60_000 } });
      await bench.supervisor.start();
      await bench.end("a");
      await bench.pass(50);
      await bench.end("a");
      await expect(bench.supervisor.ended).resolves.toMatchObject({
        how: "failed",
        error: {
          name: "RestartIntensityExceeded",
          message: "root gave up after more than 1 restarts within 60 s; the last: boom",
        },
      });
      expect(bench.isRunning("b")).toBe(false);
      expect(bench.notices.at(-1)).toMatchObject({ notice: "gaveUp", path: "root" });
    },
  );

  it("forgets restarts that left the window", async () => {
    const bench = createBench((make) => [make("a")], { intensity: { maxRestarts: 1, withinMs: 1_000 } });
    await bench.supervisor.start();
    for (let failure = 0; failure < 5; failure += 1) {
      await bench.end("a");
      await bench.pass(1_100);
    }
    expect(bench.states()).toEqual({ a: "running" });
  });

  it("counts failing restarts as restarts", async () => {
    const bench = createBench((make) => [
      make("a", {
        onStart: (nth) => {
          if (nth > 1) throw new Error("port taken");
        },
      }),
    ]);
    await bench.supervisor.start();
    await bench.end("a");
    await bench.pass(1_000);
    await expect(bench.supervisor.ended).resolves.toMatchObject({ how: "failed", error: { message: /port taken/ } });
  });

  it("backs off further with each failure of a run", async () => {
    const bench = createBench((make) => [make("a")], { intensity: { maxRestarts: 10, withinMs: 60_000 } });
    await bench.supervisor.start();
    for (const waitMs of [10, 20, 40]) {
      await bench.end("a");
      expect(bench.clock.nextDueAtMs()).toBe(bench.clock.nowMs() + waitMs);
      await bench.pass(waitMs);
    }
  });

  it("escalates to the supervisor above, which restarts the whole branch (tree)", async () => {
    const bench = createBench((make) => [
      make("z"),
      { ...supervisorSpec("branch", [make("a"), make("b")]), intensity: { maxRestarts: 1, withinMs: 60_000 } },
    ]);
    await bench.supervisor.start();
    await bench.end("a");
    await bench.pass(50);
    bench.log.length = 0;
    await bench.end("a");
    await bench.pass(50);
    expect(bench.log).toEqual(["stop b", "start a", "start b"]);
    const branch = bench.supervisor.tree()[1];
    expect(branch).toMatchObject({ id: "branch", type: "supervisor", state: "running", restarts: 1, lastError: /gave up/ });
    expect(branch?.children.map((child) => child.id)).toEqual(["a", "b"]);
    await bench.supervisor.stop();
    expect(bench.log.slice(3)).toEqual(["stop b", "stop a", "stop z"]);
  });
});

describe("responsiveness (hanging_restart_loop)", () => {
  const failing = (nth: number) => {
    if (nth > 1) throw new Error("still down");
  };
  const tolerant = { intensity: { maxRestarts: 1_000, withinMs: 60_000 } };

  it("answers and starts other children while one keeps failing to start", async () => {
    const bench = createBench((make) => [make("a", { onStart: failing })], tolerant);
    await bench.supervisor.start();
    await bench.end("a");
    await bench.pass(500);
    await bench.supervisor.startChild(bench.make("b"));
    expect(bench.states()).toEqual({ a: "backingOff", b: "running" });
    expect(bench.supervisor.tree()[0]).toMatchObject({ lastError: "still down" });
  });

  it("lets an operator stop the child that keeps failing, which ends the loop", async () => {
    const bench = createBench((make) => [make("a", { onStart: failing })], tolerant);
    await bench.supervisor.start();
    await bench.end("a");
    await bench.pass(200);
    await expect(bench.supervisor.terminateChild("a")).resolves.toBe("terminated");
    expect(bench.clock.nextDueAtMs()).toBeUndefined();
    expect(bench.states()).toEqual({ a: "stopped" });
  });

  it("can be stopped in the middle of the loop", async () => {
    const bench = createBench((make) => [make("a", { onStart: failing }), make("b")], tolerant);
    await bench.supervisor.start();
    await bench.end("a");
    await bench.pass(200);
    await bench.supervisor.stop();
    expect(bench.clock.nextDueAtMs()).toBeUndefined();
    expect(bench.log.at(-1)).toBe("stop b");
  });
});

describe("administration (child_adm, delete_child, count_children)", () => {
  it("adds, stops, restarts and forgets children", async () => {
    const bench = createBench(() => []);
    await bench.supervisor.start();
    await bench.supervisor.startChild(bench.make("a"));
    await expect(bench.supervisor.startChild(bench.make("a"))).rejects.toThrow(/two children/);
    await expect(bench.supervisor.deleteChild("a")).resolves.toBe("running");
    await expect(bench.supervisor.restartChild("a")).resolves.toBe("running");
    await expect(bench.supervisor.terminateChild("a")).resolves.toBe("terminated");
    expect(bench.states()).toEqual({ a: "stopped" });
    await expect(bench.supervisor.restartChild("a")).resolves.toBe("restarted");
    await bench.supervisor.terminateChild("a");
    await expect(bench.supervisor.deleteChild("a")).resolves.toBe("deleted");
    await expect(bench.supervisor.terminateChild("a")).resolves.toBe("unknown");
    expect(bench.supervisor.tree()).toEqual([]);
  });

  it("keeps nothing of a child whose first start failed", async () => {
    const bench = createBench(() => []);
    await bench.supervisor.start();
    const broken = bench.make("a", {
      onStart: () => {
        throw new Error("no");
      },
    });
    await expect(bench.supervisor.startChild(broken)).rejects.toThrow("no");
    expect(bench.supervisor.tree()).toEqual([]);
  });

  it("forgets a temporary child once it is stopped", async () => {
    const bench = createBench((make) => [make("a", { restart: "temporary" })]);
    await bench.supervisor.start();
    await bench.supervisor.terminateChild("a");
    expect(bench.supervisor.tree()).toEqual([]);
  });

  it("refuses new children once it is stopping", async () => {
    const bench = createBench(() => []);
    await bench.supervisor.start();
    await bench.supervisor.stop();
    await expect(bench.supervisor.startChild(bench.make("a"))).rejects.toThrow("root is stopping");
  });

  it("starts and stops many children (scale)", async () => {
    const bench = createBench(() => []);
    await bench.supervisor.start();
    for (let n = 0; n < 500; n += 1) await bench.supervisor.startChild(bench.make(`c${n}`, { restart: "temporary" }));
    for (let n = 0; n < 250; n += 1) void bench.end(`c${n}`, NORMAL);
    await settled();
    expect(bench.supervisor.tree()).toHaveLength(250);
    await bench.supervisor.stop();
    expect(bench.log.at(-1)).toBe("stop c250");
  });
});

it("goes on when its observer throws", async () => {
  const errors: string[] = [];
  const supervisor = createProcessSupervisor(supervisorSpec("root", []), {
    clock: createManualClock(),
    random: { nextSeed: () => 0 },
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: (_fields, message) => errors.push(message) },
    onNotice: () => {
      throw new Error("observer");
    },
  });
  await supervisor.start();
  await supervisor.startChild({
    type: "process",
    id: "a",
    restart: "permanent",
    startWithinMs: 1_000,
    shutdownMs: 10,
    start: () => Promise.resolve({ ended: new Promise(() => {}), stop: () => Promise.resolve() }),
  });
  expect(supervisor.tree()[0]?.state).toBe("running");
  expect(errors).toEqual(["an observer of the supervisor failed"]);
});

import { describe, expect, it } from "vitest";
import { specProblems } from "../../src/supervisor/childSpec.ts";
import { type DurableNode, durableTree, fleetSupervisor } from "../../src/supervisor/fleet.supervisor.ts";
import { createProcessSupervisor } from "../../src/supervisor/processSupervisor.ts";
import { restartSpecs } from "../../src/supervisor/restartSpecs.ts";
import { createManualClock } from "../support/manualClock.ts";
import { silentLogger } from "../support/silentLogger.ts";

function record(log: string[]) {
  const part = (name: string) => () => {
    log.push(`start ${name}`);
    return Promise.resolve({
      ended: new Promise<never>(() => {}),
      stop: () => {
        log.push(`stop ${name}`);
        return Promise.resolve();
      },
    });
  };
  return fleetSupervisor({
    database: part("database"),
    bus: () => Promise.resolve(undefined),
    simulator: part("simulator"),
    requestBudget: part("requestBudget"),
    console: part("console"),
    healthMonitor: part("healthMonitor"),
    agentHost: part("fleet"),
  });
}

describe("the daemon's tree", () => {
  it("is a correct spec", () => {
    expect(specProblems(record([]))).toEqual([]);
  });

  it("starts the database before what needs it and the fleet last, and stops the fleet first [H16]", async () => {
    const log: string[] = [];
    const supervisor = createProcessSupervisor(record(log), {
      clock: createManualClock(),
      random: { nextSeed: () => 0 },
      logger: silentLogger,
    });
    await supervisor.start();
    await supervisor.stop({ withinMs: 30_000 });
    const order = ["database", "simulator", "requestBudget", "console", "healthMonitor", "fleet"];
    expect(log).toEqual([...order.map((name) => `start ${name}`), ...order.toReversed().map((name) => `stop ${name}`)]);
  });

  it("waits for a database that is away, however long, and can be stopped meanwhile [G12]", async () => {
    const clock = createManualClock();
    const spec = record([]);
    const [platform, fleet] = spec.children;
    if (platform?.type !== "supervisor" || fleet === undefined) throw new Error("the tree has changed");
    const children = platform.children.map((child) =>
      child.id === "database" ? { ...child, start: () => new Promise<never>(() => {}) } : child,
    );
    const supervisor = createProcessSupervisor(
      { ...spec, children: [{ ...platform, children }, fleet] },
      { clock, random: { nextSeed: () => 0 }, logger: silentLogger },
    );
    const outcome = supervisor.start().then(
      () => "started",
      (error: Error) => error.message,
    );
    await clock.advance(86_400_000);
    expect(supervisor.tree()[0]?.state).toBe("starting");
    await supervisor.stop();
    await expect(outcome).resolves.toMatch(/abandoned/);
  });

  it("has a place and a restart spec for every kind of durable actor [G7]", () => {
    const kinds: string[] = [];
    const visit = (node: DurableNode): void => {
      kinds.push(node.kind);
      node.children.forEach(visit);
    };
    visit(durableTree);
    expect(kinds.toSorted()).toEqual(Object.keys(restartSpecs).toSorted());
  });

  it("never begins afresh an actor that is the only memory of money or cargo under way [G10]", () => {
    for (const kind of ["treasury", "coordinator", "pipeline", "task", "ship"] as const)
      expect(restartSpecs[kind].afresh).toBe(false);
  });
});

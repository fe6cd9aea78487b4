import { expect, it } from "vitest";
import { watchActor } from "../../src/console/watchActor.ts";
import type { Clock } from "../../src/runtime/environment.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";

/** A runtime that fails to answer, and a clock; `watching` is what each still has to do for us. */
function failing(reason: unknown) {
  const watching = { observers: 0, alarms: 0 };
  const runtime: Pick<Runtime, "view" | "observe"> = {
    // What is thrown in a store need not be an Error.
    view: () => Promise.resolve().then(() => Promise.reject(reason as Error)),
    observe: () => {
      watching.observers += 1;
      return () => void (watching.observers -= 1);
    },
  };
  const clock: Clock = {
    nowMs: () => 0,
    wakeAt: () => {
      watching.alarms += 1;
      return () => void (watching.alarms -= 1);
    },
  };
  return { runtime, clock, watching };
}

it.each([
  ["an error", new Error("the database is down")],
  ["something else", "the database is down"],
])("says that an actor cannot be looked at, with %s as the reason, and watches it no longer [G12]", async (_name, reason) => {
  const { watching, ...source } = failing(reason);
  const looked = watchActor(source, "agent/x", 60_000, () => "found");
  expect(watching).toEqual({ observers: 1, alarms: 1 });
  await expect(looked).rejects.toThrow("the database is down");
  expect(watching).toEqual({ observers: 0, alarms: 0 });
});

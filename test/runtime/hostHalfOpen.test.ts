import { afterEach, describe, expect, it } from "vitest";
import { assign, emit, setup } from "xstate";
import { z } from "zod";
import { createRuntimeStore } from "../../src/persistence/runtime.store.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { useHosts } from "../support/hostBed.ts";
import { quickRestart, SCOPE, until } from "../support/hostFixture.ts";
import { silentLogger } from "../support/silentLogger.ts";
import { type VanishingWay, vanishingWay } from "../support/vanishingWay.ts";

/** Counts and says so. */
const counter: ActorKind = {
  kind: "counter",
  version: 1,
  input: z.unknown(),
  restart: quickRestart,
  jobs: {},
  machine: setup({ types: { context: {} as { n: number } } }).createMachine({
    context: { n: 0 },
    on: { ADD: { actions: [assign({ n: ({ context }) => context.n + 1 }), emit(() => ({ type: "added" }))] } },
  }),
  events: { ADD: z.object({}) },
};

const COMMIT_TIMEOUT_MS = 400;
const { started, spawned, rows, database } = useHosts();
let way: VanishingWay | undefined;
afterEach(async () => {
  await way?.close();
  way = undefined;
});

/** Its commits go over the way, its reads and its lease do not. */
async function startedOver(open: VanishingWay): Promise<Runtime> {
  const { pool } = database();
  return await started([counter], {
    store: createRuntimeStore({
      url: open.url,
      pool,
      tables: [],
      logger: silentLogger,
      commitTimeoutMs: COMMIT_TIMEOUT_MS,
    }),
  });
}

describe("a half-open commit connection", () => {
  it.each([
    ["answers", "is found written and not written again"],
    ["requests", "is found missing and written by the next epoch"],
  ] as const)("of which no more %s arrive: the commit %s [G2] [G6] [G12] [H3]", async (direction, _what) => {
    const open = await vanishingWay(database().url);
    way = open;
    const runtime = await startedOver(open);
    const address = await spawned(runtime, "a", "counter");
    expect(await runtime.send({ to: address, event: { type: "ADD" } })).toMatchObject({ receipt: "accepted" });
    const epochBefore = await epochNow();

    open.vanish(direction);
    const first = runtime.send({ id: "in flight", to: address, event: { type: "ADD" } });
    const others = Array.from({ length: 20 }, (_, index) =>
      runtime.send({ id: `n${index}`, to: address, event: { type: "ADD" } }),
    );
    const receipts = await Promise.all([first, ...others]);

    expect(open.swallowed()).toBeGreaterThan(0);
    expect(receipts.every(({ receipt }) => receipt === "accepted")).toBe(true);
    expect(await epochNow()).toBeGreaterThan(epochBefore);
    const view = await until(runtime, address, ({ context }) => (context as { n: number }).n === 22);
    expect(view.status).toBe("active");
    // Told again by a sender that heard nothing, it is known.
    expect(await runtime.send({ id: "in flight", to: address, event: { type: "ADD" } })).toMatchObject({ receipt: "duplicate" });
    expect(await rows("SELECT count(*)::int AS n FROM bosun.outbox")).toEqual([{ n: 22 }]);
    expect(await rows("SELECT count(*)::int AS n FROM bosun.journal WHERE event LIKE '%ADD%'")).toEqual([{ n: 22 }]);
    const [stored] = await rows(`SELECT version::int FROM bosun.actors WHERE address = '${SCOPE}/a'`);
    expect(stored).toEqual({ version: view.version });
    // The commit in flight is the third: which epoch's number does it bear?
    const [inFlight] = await rows(
      "SELECT (commit_no >> 32)::int AS epoch FROM bosun.journal ORDER BY commit_no, idx OFFSET 2 LIMIT 1",
    );
    const isWrittenBefore = inFlight?.["epoch"] === epochBefore;
    expect(isWrittenBefore).toBe(direction === "answers");
  });
});

async function epochNow(): Promise<number> {
  return Number((await rows("SELECT epoch FROM bosun.ownership"))[0]?.["epoch"]);
}

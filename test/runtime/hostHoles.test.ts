import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { assign, emit, fromPromise, setup } from "xstate";
import { z } from "zod";
import { sendToAddress } from "../../src/runtime/authoring.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { ReadModelTable } from "../../src/runtime/readModel.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { useHosts } from "../support/hostBed.ts";
import { quickRestart, SCOPE, until } from "../support/hostFixture.ts";

const never = fromPromise<unknown, unknown>(() => Promise.reject(new Error("replaced by a job")));
const common = { version: 1, input: z.unknown(), restart: quickRestart, jobs: {} } as const;

const { started, spawned, rows } = useHosts(["claims"]);

/** Counts; throws at BOOM; writes a claim row at CLAIM; sends at TELL; emits at SAY. */
const teller: ActorKind = {
  ...common,
  kind: "teller",
  machine: setup({ types: { context: {} as { n: number; claim: string | null } } }).createMachine({
    context: { n: 0, claim: null },
    initial: "on",
    states: {
      on: {
        on: {
          ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) },
          BOOM: {
            actions: assign(() => {
              throw new Error("boom");
            }),
          },
          CLAIM: { actions: assign({ claim: ({ event }) => String(event["ship"]) }) },
          TELL: { actions: sendToAddress(({ event }) => String(event["to"]), { type: "ADD" }) },
          LATER: { actions: sendToAddress(({ event }) => String(event["to"]), { type: "ADD" }, { id: "later", delay: 5 }) },
          SAY: { actions: emit(() => ({ type: "said", words: "hello" })) },
        },
      },
    },
  }),
  events: {
    ADD: z.object({}),
    BOOM: z.object({}),
    CLAIM: z.object({ ship: z.string() }),
    TELL: z.object({ to: z.string() }),
    LATER: z.object({ to: z.string() }),
    SAY: z.object({}),
    UNUSED: z.object({}),
  },
  project: ({ agent, address, after }) => {
    const { claim } = after.context as { claim: string | null };
    return claim === null ? [] : [{ op: "upsert", table: "claims", row: { agent, owner: address, ship: claim } }];
  },
};
const claims: ReadModelTable = { name: "claims", key: ["agent", "owner"], nature: "derived" };

async function createClaims(): Promise<void> {
  await rows(
    "CREATE TABLE public.claims (agent text, owner text, ship text, PRIMARY KEY (agent, owner)); CREATE UNIQUE INDEX ON public.claims (ship)",
  );
}

describe("a batch", () => {
  it("lets one refused row fail its actor alone [G7] [G9] [H4]", async () => {
    await createClaims();
    const runtime = await started([teller], { tables: [claims] });
    const addresses = await Promise.all(["a", "b", "c", "d"].map((id) => spawned(runtime, id, "teller")));
    const ships = ["S1", "S2", "S1", "S3"];
    const receipts = await Promise.all(
      addresses.map((to, index) => runtime.send({ to, event: { type: "CLAIM", ship: ships[index] } })),
    );
    expect(receipts.map(({ receipt }) => receipt).sort()).toEqual(["accepted", "accepted", "accepted", "refused"]);
    expect(await rows("SELECT ship FROM public.claims ORDER BY ship")).toEqual([{ ship: "S1" }, { ship: "S2" }, { ship: "S3" }]);
    const letters = await rows("SELECT reason FROM bosun.dead_letters");
    expect(letters).toEqual([{ reason: "commit" }]);
    for (const address of addresses) {
      await until(runtime, address, (view) => view.status === "active");
      expect(await runtime.send({ to: address, event: { type: "ADD" } })).toMatchObject({ receipt: "accepted" });
    }
  });

  it("writes nothing of an actor whose row has moved on, and says so [H4]", async () => {
    const runtime = await started([teller]);
    const address = await spawned(runtime, "a", "teller");
    await rows("UPDATE bosun.actors SET version = version + 5");
    const before = await rows("SELECT count(*)::int AS n FROM bosun.journal");
    expect(await runtime.send({ to: address, event: { type: "SAY" } })).toMatchObject({ receipt: "refused" });
    expect(await rows("SELECT count(*)::int AS n FROM bosun.journal")).toEqual(before);
    expect(await rows("SELECT * FROM bosun.outbox")).toEqual([]);
    expect((await runtime.view(address))?.status).toBe("quarantined");
  });

  it("goes on under a new epoch when its connection is cut [G6] [G12] [H3]", async () => {
    const runtime = await started([teller]);
    const address = await spawned(runtime, "a", "teller");
    for (let round = 0; round < 3; round++) {
      const sending = Promise.all(Array.from({ length: 20 }, () => runtime.send({ to: address, event: { type: "ADD" } })));
      await rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bosun commit loop' AND datname = current_database()",
      );
      expect((await sending).every(({ receipt }) => receipt === "accepted")).toBe(true);
    }
    expect((await runtime.view(address))?.context).toMatchObject({ n: 60 });
    expect(Number((await rows("SELECT epoch FROM bosun.ownership"))[0]?.["epoch"])).toBeGreaterThan(1);
  });
});

describe("messages", () => {
  it("reach the living and become dead letters else, replayable ones [G3] [H9]", async () => {
    const runtime = await started([teller]);
    const [a, b] = [await spawned(runtime, "a", "teller"), await spawned(runtime, "b", "teller")];
    await runtime.send({ to: a, event: { type: "TELL", to: b } });
    await runtime.send({ to: a, event: { type: "LATER", to: b } });
    await until(runtime, b, (view) => (view.context as { n: number }).n === 2);
    await runtime.send({ to: a, event: { type: "TELL", to: `${SCOPE}/late` } });
    const [letter] = await rows("SELECT id, reason, address FROM bosun.dead_letters");
    expect(letter).toMatchObject({ reason: "unknownAddress", address: `${SCOPE}/late` });
    expect(runtime.stats().deadLetters).toBe(1);
    const late = await spawned(runtime, "late", "teller");
    expect(await runtime.replayDeadLetter(String(letter?.["id"]))).toBe("replayed");
    await until(runtime, late, (view) => (view.context as { n: number }).n === 1);
    expect(await runtime.replayDeadLetter(String(letter?.["id"]))).toBe("unknown");
    expect(runtime.stats().deadLetters).toBe(0);
  });

  it("that make their actor throw are dead; it lives on without a restart counted [G7] [H8]", async () => {
    const runtime = await started([teller]);
    const address = await spawned(runtime, "a", "teller");
    const [first, boom, last] = await Promise.all([
      runtime.send({ to: address, event: { type: "ADD" } }),
      runtime.send({ to: address, event: { type: "BOOM" } }),
      runtime.send({ to: address, event: { type: "ADD" } }),
    ]);
    expect(first).toMatchObject({ receipt: "accepted" });
    expect(boom).toMatchObject({ receipt: "refused", reason: "invalid" });
    expect(last).toMatchObject({ receipt: "accepted" });
    expect(await runtime.view(address)).toMatchObject({ status: "active", context: { n: 2 }, restarts: 0 });
  });

  it("from outside are refused with a reason when they cannot be meant [G2] [H4] [H8]", async () => {
    const runtime = await started([teller]);
    const to = await spawned(runtime, "a", "teller");
    const reasonOf = async (message: Parameters<Runtime["send"]>[0]): Promise<unknown> => {
      const receipt = await runtime.send(message);
      return receipt.receipt === "refused" ? receipt.reason : receipt.receipt;
    };
    expect(await reasonOf({ to: `${SCOPE}/nobody`, event: { type: "ADD" } })).toBe("unknownAddress");
    expect(await reasonOf({ to: "agent/other/one", event: { type: "ADD" } })).toBe("unknownAddress");
    expect(await reasonOf({ to: "bad address", event: { type: "ADD" } })).toBe("invalid");
    expect(await reasonOf({ to, event: { type: "xstate.stop" } })).toBe("invalid");
    expect(await reasonOf({ to, event: { type: "" } })).toBe("invalid");
    expect(await reasonOf({ to, event: { type: "HUH" } })).toBe("undeclared");
    expect(await reasonOf({ to, event: { type: "CLAIM", ship: 4 } })).toBe("invalid");
    expect(await reasonOf({ to, event: { type: "CLAIM", ship: "a\u0000b" } })).toBe("invalid");
    expect(await reasonOf({ to, event: { type: "CLAIM", ship: "\ud800" } })).toBe("invalid");
    expect(await reasonOf({ to, event: { type: "ADD" }, id: "\u0000" })).toBe("invalid");
    expect(await reasonOf({ to, event: { type: "ADD" }, issuedAtMs: Date.now() - 8 * 86_400_000 })).toBe("expired");
    expect(await rows("SELECT * FROM bosun.dead_letters")).toEqual([]);
  });

  it("that ended the process twice are dead before they are tried again [G7] [H8]", async () => {
    const directory = mkdtempSync(join(tmpdir(), "bosun-crumb-"));
    const breadcrumbPath = join(directory, "transition");
    try {
      const first = await started([teller]);
      const address = await spawned(first, "a", "teller");
      await first.stop({ withinMs: 1_000 });
      await rows(
        `INSERT INTO bosun.inbox (id, address, scope, commit_no, idx, type, body, at_ms) VALUES ('poison', '${address}', '${SCOPE}', 1, 0, 'message', '{"type":"ADD"}', 0)`,
      );
      await rows(`INSERT INTO bosun.attempts VALUES ('${address}', 'poison', '${SCOPE}', 1, 0)`);
      writeFileSync(breadcrumbPath, `+${JSON.stringify([[address, "poison"]])}\n`);
      const second = await started([teller], { breadcrumbPath });
      await second.send({ to: address, event: { type: "ADD" } });
      expect((await second.view(address))?.context).toMatchObject({ n: 1 });
      expect(await rows("SELECT id, reason FROM bosun.dead_letters")).toEqual([{ id: "poison", reason: "poison" }]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe("a boot", () => {
  it("quarantines an actor whose snapshot is damaged; the rest sails on [G7]", async () => {
    const first = await started([teller]);
    const [bad, good] = [await spawned(first, "bad", "teller"), await spawned(first, "good", "teller")];
    await first.stop({ withinMs: 1_000 });
    await rows(`UPDATE bosun.actors SET snapshot = '{"oops' WHERE address = '${bad}'`);
    const second = await started([teller]);
    await until(second, bad, (view) => view.status === "quarantined");
    expect((await second.view(bad))?.lastError?.name).toBe("SnapshotRefused");
    expect(await second.send({ to: good, event: { type: "ADD" } })).toMatchObject({ receipt: "accepted" });
    expect((await second.list()).map(({ status }) => status).sort()).toEqual(["active", "quarantined"]);
  });

  it("quarantines an actor of a kind that this program does not have [G7]", async () => {
    const first = await started([teller]);
    const address = await spawned(first, "a", "teller");
    await first.stop({ withinMs: 1_000 });
    const second = await started([]);
    const view = await until(second, address, ({ status }) => status === "quarantined");
    expect(view.lastError?.name).toBe("UnknownKind");
  });

  it("fires an overdue timer once and moves watchdogs on by the time that nobody ran [G4] [H11]", async () => {
    const sleeper: ActorKind = {
      ...common,
      kind: "sleeper",
      machine: setup({ types: { context: {} as { fired: number } }, actors: { wait: never } }).createMachine({
        context: { fired: 0 },
        type: "parallel",
        states: {
          deadline: {
            initial: "a",
            states: {
              a: { after: { 50: { target: "b", actions: assign({ fired: ({ context }) => context.fired + 1 }) } } },
              b: {},
            },
          },
          watched: {
            initial: "a",
            states: { a: { invoke: { id: "wait", src: "wait" }, after: { 300_000: "b" } }, b: {} },
          },
        },
      }),
      events: {},
      jobs: { wait: { retry: "safe", timeoutMs: 600_000, run: () => new Promise(() => {}) } },
    };
    const first = await started([sleeper]);
    const address = await spawned(first, "s", "sleeper");
    const [before] = await rows("SELECT due_at_ms FROM bosun.timers WHERE nature = 'watchdog'");
    await first.stop({ withinMs: 0 });
    await rows("UPDATE bosun.leases SET alive_at = alive_at - interval '1 hour'");
    await rows("UPDATE bosun.timers SET due_at_ms = due_at_ms - 3600000");
    const second = await started([sleeper]);
    const view = await until(second, address, ({ context }) => (context as { fired: number }).fired === 1);
    expect(view.value).toEqual({ deadline: "b", watched: "a" });
    const [after] = await rows("SELECT due_at_ms FROM bosun.timers WHERE nature = 'watchdog'");
    expect(Number(after?.["due_at_ms"])).toBeGreaterThanOrEqual(Number(before?.["due_at_ms"]));
    expect(await rows("SELECT count(*)::int AS n FROM bosun.timers")).toEqual([{ n: 1 }]);
  });
});

describe("records", () => {
  it("of a host say what happened, with keyframes, and publications in order [H15] [H17]", async () => {
    const runtime = await started([teller], { limits: { keyframeEvery: 5 } });
    const address = await spawned(runtime, "a", "teller");
    for (let count = 0; count < 6; count++) await runtime.send({ to: address, event: { type: "ADD" } });
    await runtime.send({ to: address, event: { type: "SAY" } });
    await runtime.send({ to: address, event: { type: "SAY" } });
    await runtime.send({ to: address, event: { type: "UNUSED" } });
    const journal = await rows(
      "SELECT version::int, outcome, event, keyframe IS NOT NULL AS key FROM bosun.journal ORDER BY commit_no, idx",
    );
    expect(journal).toHaveLength(10);
    expect(journal.map((row) => row["outcome"])).toEqual(["started", ...Array.from({ length: 8 }, () => "applied"), "ignored"]);
    expect(journal.filter((row) => row["key"] === true).map((row) => row["version"])).toEqual([1, 6]);
    expect(await rows("SELECT event, version::int FROM bosun.outbox ORDER BY commit_no, idx")).toEqual([
      { event: '{"type":"said","words":"hello"}', version: 8 },
      { event: '{"type":"said","words":"hello"}', version: 9 },
    ]);
  });
});

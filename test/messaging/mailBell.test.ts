import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { assign, setup } from "xstate";
import { z } from "zod";
import type { Bus } from "../../src/messaging/bus.ts";
import { createInProcessBus } from "../../src/messaging/inProcessBus.ts";
import { createMailBell, type MailBell } from "../../src/messaging/mailBell.ts";
import { createNatsBus } from "../../src/messaging/natsBus.ts";
import { sendToAddress } from "../../src/runtime/authoring.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { hostOn, quickRestart, until } from "../support/hostFixture.ts";
import { type NatsServer, natsServerPresent, startNatsServer } from "../support/natsServer.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { busEnvironment, stateReached } from "./busRig.ts";

/** Sends HEAR to another address when told, and counts what it hears. */
const talker: ActorKind = {
  kind: "talker",
  version: 1,
  input: z.unknown(),
  restart: quickRestart,
  jobs: {},
  machine: setup({ types: { context: {} as { heard: number } } }).createMachine({
    context: { heard: 0 },
    on: {
      TELL: { actions: sendToAddress(({ event }) => String(event["to"]), { type: "HEAR" }) },
      HEAR: { actions: assign({ heard: ({ context }) => context.heard + 1 }) },
    },
  }),
  events: { TELL: z.object({ to: z.string() }), HEAR: z.object({}) },
};

const HERE = "agent/2026-11-21/HERE";
const THERE = "agent/2026-11-21/THERE";
/** Without the bell nothing would be heard within the test. */
const NO_POLL = { foreignMailPollMs: 3_600_000 };

let database: TestDatabase;
const ends: (() => Promise<unknown> | void)[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await database.pool.query("TRUNCATE bosun.ownership, bosun.leases, bosun.actors, bosun.inbox, bosun.journal, bosun.dedup");
});
afterAll(() => database.cleanup());

const heardBy = (runtime: Runtime, count: number) =>
  until(runtime, `${runtime.scope}/a`, ({ context }) => (context as { heard: number } | undefined)?.heard === count);

/** Two daemons on one database, each with its actor `a`. */
async function daemonsOver(busOf: () => Bus): Promise<{ here: Runtime; there: Runtime; rung: () => number }> {
  let rung = 0;
  const daemon = async (scope: string): Promise<Runtime> => {
    const bus = busOf();
    let bell: MailBell | undefined;
    const runtime = hostOn(database, [talker], { scope, limits: NO_POLL, onForeignMail: (to) => bell?.ring(to) });
    const heard = (): void => {
      rung += 1;
      runtime.lookForMail();
    };
    bell = createMailBell({ scope, bus, heard, logger: busEnvironment().logger });
    ends.push(() => runtime.stop({ withinMs: 1_000 }));
    await runtime.start();
    await runtime.spawn({ address: `${scope}/a`, kind: "talker", input: null });
    await until(runtime, `${scope}/a`, ({ status }) => status === "active");
    return runtime;
  };
  return { here: await daemon(HERE), there: await daemon(THERE), rung: () => rung };
}

/** Resolves with how often either bell was heard and what is left in the mailboxes. */
async function talk({ here, there, rung }: Awaited<ReturnType<typeof daemonsOver>>): Promise<{ rung: number; left: number }> {
  const tell = (from: Runtime, to: Runtime) => from.send({ to: `${from.scope}/a`, event: { type: "TELL", to: `${to.scope}/a` } });
  await tell(here, there);
  await heardBy(there, 1);
  await tell(there, here);
  await heardBy(here, 1);
  // Many at once: each is heard once, however the rings fall together.
  await Promise.all(Array.from({ length: 50 }, () => tell(here, there)));
  await heardBy(there, 51);
  const { rows } = await database.pool.query<{ n: number }>("SELECT count(*)::int AS n FROM bosun.inbox");
  return { rung: rung(), left: rows[0]?.n ?? -1 };
}

const HEARD = { rung: expect.toSatisfy((count: number) => count >= 3), left: 0 };

describe("mail for another daemon", () => {
  it("is found at once when the bell is rung within the process, not at the next poll [G3] [H10]", async () => {
    const bus = createInProcessBus(busEnvironment());
    ends.push(() => bus.close());
    expect(await talk(await daemonsOver(() => bus))).toEqual(HEARD);
  });

  it("is not lost when nobody hears the bell: the poll finds it [G2] [G12]", async () => {
    const here = hostOn(database, [talker], { scope: HERE, limits: NO_POLL });
    const there = hostOn(database, [talker], { scope: THERE, limits: { foreignMailPollMs: 20 } });
    for (const runtime of [here, there]) {
      ends.push(() => runtime.stop({ withinMs: 1_000 }));
      await runtime.start();
      await runtime.spawn({ address: `${runtime.scope}/a`, kind: "talker", input: null });
    }
    await here.send({ to: `${HERE}/a`, event: { type: "TELL", to: `${THERE}/a` } });
    expect((await heardBy(there, 1)).status).toBe("active");
  });

  it("rings once more for what was stored while a ring was on its way, and once only", async () => {
    const published: string[] = [];
    let release: (() => void)[] = [];
    const bus = {
      publish: (subject: string) => {
        published.push(subject);
        return new Promise<{ outcome: "published" }>((resolve) => release.push(() => resolve({ outcome: "published" })));
      },
      subscribe: () => () => undefined,
    };
    const bell = createMailBell({ scope: HERE, bus, heard: () => undefined, logger: busEnvironment().logger });
    for (let ring = 0; ring < 5; ring++) bell.ring(THERE);
    expect(published).toEqual(["bosun.THERE.mail"]);
    for (const rounds of [2, 2, 2]) {
      const waiting = release;
      release = [];
      for (const done of waiting) done();
      await new Promise((resolve) => setImmediate(resolve));
      expect(published).toHaveLength(rounds);
    }
    bell.ring(THERE);
    expect(published).toHaveLength(3);
  });
});

describe.skipIf(!natsServerPresent)("mail for another daemon, over a real nats-server", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.stop());

  it("is found at once when the bell is rung [G3] [H10]", async () => {
    const buses: Bus[] = [];
    const connected = (): Bus => {
      const bus = createNatsBus({ url: server.url, environment: busEnvironment() });
      buses.push(bus);
      ends.push(() => bus.close());
      return bus;
    };
    const daemons = await daemonsOver(connected);
    await Promise.all(buses.map((bus) => stateReached(bus, "connected")));
    expect(await talk(daemons)).toEqual(HEARD);
  });
});

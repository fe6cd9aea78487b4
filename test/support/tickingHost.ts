/* A process that owns the test scope on the database of its first argument: says so on stdout, ticks, and says when it is fenced. */
import { assign, setup } from "xstate";
import { z } from "zod";
import { openDatabase } from "../../src/persistence/database.ts";
import type { ActorKind } from "../../src/runtime/kind.ts";
import { hostOn, quickRestart, SCOPE } from "./hostFixture.ts";
import { silentLogger } from "./silentLogger.ts";

export const TICKING_LEASE_MS = 900;

/** Counts every 20 ms, for ever. */
export const ticker: ActorKind = {
  kind: "ticker",
  version: 1,
  input: z.unknown(),
  restart: quickRestart,
  jobs: {},
  machine: setup({ types: { context: {} as { n: number } } }).createMachine({
    context: { n: 0 },
    initial: "ticking",
    states: {
      ticking: {
        after: { 20: { target: "ticking", reenter: true, actions: assign({ n: ({ context }) => context.n + 1 }) } },
      },
    },
  }),
  events: {},
};

async function tick(url: string): Promise<void> {
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const database = openDatabase({ url, logger: silentLogger });
  const runtime = hostOn({ ...database, cleanup: () => database.close() }, [ticker], {
    limits: { leaseMs: TICKING_LEASE_MS },
    onFenced: () => say("fenced"),
  });
  await runtime.start();
  await runtime.spawn({ address: `${SCOPE}/t`, kind: "ticker", input: null });
  const stop = runtime.observe((notice) => {
    if (notice.notice !== "transition") return;
    stop();
    say("ticking");
  });
}

const url = process.argv[2];
if (process.argv[1] === import.meta.filename && url !== undefined) await tick(url);

import { expect, it } from "vitest";
import { assign, setup } from "xstate";
import { z } from "zod";
import type { ActorKind } from "../../src/runtime/kind.ts";
import { useHosts } from "../support/hostBed.ts";
import { quickRestart, until } from "../support/hostFixture.ts";

const common = { version: 1, input: z.unknown(), restart: quickRestart, jobs: {}, events: {} } as const;
const childMachine = setup({}).createMachine({ initial: "on", states: { on: {} } });
const child: ActorKind = { ...common, kind: "child", machine: childMachine };
const parent: ActorKind = {
  ...common,
  kind: "parent",
  machine: setup({ types: { context: {} as { missed: string | null } }, actors: { child: childMachine } }).createMachine({
    context: { missed: null },
    initial: "waiting",
    states: {
      waiting: {
        invoke: {
          id: "kid",
          src: "child",
          onDone: "waiting",
          onError: { target: "told", actions: assign({ missed: ({ event }) => (event.error as Error).message }) },
        },
      },
      told: {},
    },
  }),
};

const { started, spawned, rows } = useHosts();

it("tells a parent at the start that the row of its child is gone, instead of letting it wait for ever [H5] [G7]", async () => {
  const first = await started([child, parent]);
  const address = await spawned(first, "p", "parent");
  const kid = `${address}/kid`;
  await until(first, kid, (view) => view.status === "active");
  await first.stop({ withinMs: 1_000 });
  await rows(`DELETE FROM bosun.actors WHERE address = '${kid}'`);

  const second = await started([child, parent]);
  const view = await until(second, address, ({ value }) => value === "told");
  expect(view.context).toEqual({ missed: `no row has the address ${kid}` });
  await second.stop({ withinMs: 1_000 });

  const third = await started([child, parent]);
  expect((await third.view(address))?.version).toBe(view.version);
});

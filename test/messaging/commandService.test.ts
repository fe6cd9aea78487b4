import { expect, it } from "vitest";
import { createCommandService } from "../../src/messaging/commandService.ts";
import { createInProcessBus } from "../../src/messaging/inProcessBus.ts";
import type { IngressMessage, Receipt } from "../../src/runtime/runtime.ts";
import { busEnvironment } from "./busRig.ts";

const SCOPE = "agent/2026-11-21/BOSUN";

async function rig(receipt: Receipt = { receipt: "accepted", messageId: "m1", outcome: "applied" }) {
  const sent: IngressMessage[] = [];
  const bus = createInProcessBus(busEnvironment());
  const service = createCommandService({
    scope: SCOPE,
    version: "0.1.0",
    status: async () => ({ credits: 175_000 }),
    send: async (message) => {
      sent.push(message);
      return receipt;
    },
  });
  await bus.serve(service);
  return {
    sent,
    ask: (name: string, payload?: unknown) => bus.request(`bosun.BOSUN.cmd.${name}`, payload, { timeoutMs: 1_000 }),
  };
}

it("answers status from its provider, with an empty request", async () => {
  const { ask } = await rig();
  expect(await ask("status")).toEqual({ reply: "ok", body: { credits: 175_000 } });
});

it("sends an event to an actor and answers with the receipt [G2]", async () => {
  const { ask, sent } = await rig();
  const request = {
    address: `${SCOPE}/ship/BOSUN-1`,
    event: { type: "RELEASE", reason: "x" },
    id: "cmd-1",
    issuedAt: "2026-11-21T10:00:00Z",
  };
  expect(await ask("actors.send", request)).toEqual({
    reply: "ok",
    body: { receipt: "accepted", messageId: "m1", outcome: "applied" },
  });
  expect(sent).toEqual([
    { to: request.address, event: request.event, id: "cmd-1", issuedAtMs: Date.parse("2026-11-21T10:00:00Z"), from: "nats" },
  ]);
});

it("turns a refused receipt into an error reply that carries it", async () => {
  const refused: Receipt = { receipt: "refused", reason: "unknownAddress", detail: "no such actor" };
  const { ask } = await rig(refused);
  const reply = await ask("actors.send", { address: `${SCOPE}/nobody`, event: { type: "X" } });
  expect(reply).toEqual({ reply: "error", code: 404, description: "no such actor", body: refused });
});

it.each([
  [undefined, "the request"],
  [{ address: "a b", event: { type: "X" } }, "address"],
  [{ address: SCOPE, event: {} }, "event.type"],
  [{ address: SCOPE, event: { type: "xstate.stop" } }, "xstate"],
  [{ address: SCOPE, event: { type: "X" }, surprise: 1 }, "surprise"],
])("refuses %j and sends nothing", async (payload, mentioned) => {
  const { ask, sent } = await rig();
  const reply = await ask("actors.send", payload);
  expect(reply).toMatchObject({ reply: "error", code: 400, description: expect.stringContaining(mentioned) as string });
  expect(sent).toEqual([]);
});

import { connect } from "nats";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Bus, BusEvent, CommandService } from "../../src/messaging/bus.ts";
import { createInProcessBus } from "../../src/messaging/inProcessBus.ts";
import { createNatsBus } from "../../src/messaging/natsBus.ts";
import { subjectsOf } from "../../src/messaging/subjects.ts";
import { type NatsServer, natsServerPresent, startNatsServer } from "../support/natsServer.ts";
import { busEnvironment, stateReached } from "./busRig.ts";

const SCOPE = "agent/2026-11-21/BOSUN";
const subjects = subjectsOf(SCOPE);

const echo: CommandService = {
  name: "bosun",
  version: "0.1.0",
  description: "a test",
  endpoints: [
    {
      name: "actors.echo",
      subject: subjects.command("actors.echo"),
      help: "Answers what it was told",
      example: { hello: "world" },
      handle: async (payload) => {
        if (payload === undefined) return { reply: "error", code: 404, description: "nothing said", body: { reason: "empty" } };
        if (payload === "throw") throw new Error("no good");
        return { reply: "ok", body: { heard: payload } };
      },
    },
  ],
};

describe.each(["in-process", "nats"] as const)("the %s bus", (transport) => {
  const skipped = transport === "nats" && !natsServerPresent;
  let server: NatsServer | undefined;
  let bus: Bus;
  beforeAll(async () => {
    if (skipped) return;
    server = transport === "nats" ? await startNatsServer() : undefined;
    const environment = busEnvironment();
    bus =
      server === undefined
        ? createInProcessBus(environment)
        : createNatsBus({ url: server.url, environment, keep: subjects.keep });
    await stateReached(bus, "connected");
  });
  afterAll(async () => {
    if (skipped) return;
    await bus.close();
    await server?.stop();
  });

  it.skipIf(skipped)("delivers what is published to those whose pattern fits, with its id", async () => {
    const first = new Promise<BusEvent>((resolve) => bus.subscribe("bosun.*.lifecycle.>", resolve));
    const never: BusEvent[] = [];
    bus.subscribe("bosun.OTHER.>", (event) => never.push(event));
    const outcome = await bus.publish(subjects.event("lifecycle", "started"), { ship: "Ø-1" }, { id: "a:1:0" });
    expect(outcome).toEqual({ outcome: "published" });
    expect(await first).toEqual({ subject: "bosun.BOSUN.lifecycle.started", payload: { ship: "Ø-1" }, id: "a:1:0" });
    expect(never).toEqual([]);
  });

  it.skipIf(skipped)("refuses to publish what could not be stored or read", async () => {
    const lone = await bus.publish("bosun.BOSUN.event.x", { name: "\ud800" });
    const nul = await bus.publish("bosun.BOSUN.event.x", { "a\u0000": 1 });
    const large = await bus.publish("bosun.BOSUN.event.x", "x".repeat(1_100_000));
    expect([lone.outcome, nul.outcome, large.outcome]).toEqual(["refused", "refused", "refused"]);
  });

  it.skipIf(skipped)("answers commands, and makes an error reply of a failing one", async () => {
    await bus.serve(echo);
    const ask = (payload: unknown) => bus.request(subjects.command("actors.echo"), payload, { timeoutMs: 2_000 });
    await expect.poll(() => ask({ hello: "world" })).toEqual({ reply: "ok", body: { heard: { hello: "world" } } });
    expect(await ask(undefined)).toEqual({ reply: "error", code: 404, description: "nothing said", body: { reason: "empty" } });
    expect(await ask("throw")).toMatchObject({ reply: "error", code: 500, description: "no good" });
    expect(await bus.request("bosun.BOSUN.cmd.nobody", {}, { timeoutMs: 500 })).toMatchObject({ reply: "error", code: 503 });
  });
});

const servers: NatsServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function ownServer(options?: Parameters<typeof startNatsServer>[0]): Promise<NatsServer> {
  const server = await startNatsServer(options);
  servers.push(server);
  return server;
}

describe("a bus that is down", () => {
  it.skipIf(!natsServerPresent)("is a state: it connects when the server comes, and again after losing it [G12]", async () => {
    const server = await ownServer();
    await server.kill();
    const environment = busEnvironment();
    const bus = createNatsBus({ url: server.url, environment, keep: subjects.keep });
    const heard: unknown[] = [];
    bus.subscribe("bosun.>", (event) => heard.push(event.payload));
    await bus.serve(echo);
    expect(bus.state().state).toBe("disconnected");
    expect(await bus.publish("bosun.BOSUN.event.x", 1)).toEqual({ outcome: "unavailable" });

    await server.restart();
    await stateReached(bus, "connected");
    expect(bus.state()).toMatchObject({ jetStream: true });
    expect(await bus.publish("bosun.BOSUN.event.x", 2)).toEqual({ outcome: "published" });

    await server.kill();
    await stateReached(bus, "disconnected");
    expect(await bus.publish("bosun.BOSUN.event.x", 3)).toEqual({ outcome: "unavailable" });
    await server.restart();
    await stateReached(bus, "connected");
    await expect.poll(() => bus.publish("bosun.BOSUN.event.x", 4)).toEqual({ outcome: "published" });
    await expect.poll(() => heard).toEqual([2, 4]);
    const reply = await bus.request(subjects.command("actors.echo"), "again", { timeoutMs: 2_000 });
    expect(reply).toEqual({ reply: "ok", body: { heard: "again" } });
    await bus.close();
    expect(bus.state()).toEqual({ state: "closed" });
  });

  it("closes at once while it never found a server", async () => {
    const bus = createNatsBus({ url: "nats://user:hush@127.0.0.1:1", environment: busEnvironment() });
    await bus.close();
    expect(bus.state()).toEqual({ state: "closed" });
  });

  it("never logs the password of its URL [G15]", async () => {
    const environment = busEnvironment();
    const bus = createNatsBus({ url: "nats://user:hush@127.0.0.1:1", environment });
    await expect.poll(() => environment.lines.join()).toContain("trying on");
    await bus.close();
    expect(environment.lines.join()).not.toContain("hush");
  });
});

describe("what other NATS clients see", () => {
  it.skipIf(!natsServerPresent)("lists bosun as a micro service with help and example, and keeps an event once", async () => {
    const server = await ownServer();
    const bus = createNatsBus({ url: server.url, environment: busEnvironment(), keep: subjects.keep });
    await bus.serve(echo);
    await stateReached(bus, "connected");
    for (let time = 0; time < 2; time += 1) await bus.publish(subjects.event("event", "SOLD"), { units: 3 }, { id: "x:7:0" });

    const other = await connect({ servers: server.url });
    const infos = [];
    for await (const info of await other.services.client().info("bosun")) infos.push(info);
    expect(infos[0]).toMatchObject({
      name: "bosun",
      version: "0.1.0",
      endpoints: [
        { subject: "bosun.BOSUN.cmd.actors.echo", metadata: { help: "Answers what it was told", example: '{"hello":"world"}' } },
      ],
    });
    const stream = await (await other.jetstreamManager()).streams.info("BOSUN_BOSUN");
    expect(stream.state.messages).toBe(1);
    await other.close();
    await bus.close();
  });

  it.skipIf(!natsServerPresent)("works with a server without JetStream", async () => {
    const server = await ownServer({ jetStream: false });
    const bus = createNatsBus({ url: server.url, environment: busEnvironment(), keep: subjects.keep });
    await stateReached(bus, "connected");
    expect(bus.state()).toMatchObject({ jetStream: false });
    expect(await bus.publish(subjects.event("event", "SOLD"), {}, { id: "x:7:0" })).toEqual({ outcome: "published" });
    await bus.close();
  });
});

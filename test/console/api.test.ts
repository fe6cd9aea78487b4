import { request } from "node:http";
import { createWebSocketReceiver } from "@statelyai/inspect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { createMachine } from "xstate";
import type { AssignmentsDesk } from "../../src/console/assignments.ts";
import { type ConsoleServer, startConsoleServer } from "../../src/console/consoleServer.ts";
import { createFakeRuntime, type FakeRuntime, SCOPE, shipContext, transition } from "./fakeRuntime.ts";
import { startTestConsole, type TestConsole } from "./testConsole.ts";

const OPERATOR_TOKEN = "operator-token-of-the-test";
const SHIP = `${SCOPE}/ship/BOSUN-1`;

let runtime: FakeRuntime;
let console_: TestConsole;
let server: ConsoleServer;
let assignments: AssignmentsDesk | undefined;

beforeEach(async () => {
  runtime = createFakeRuntime();
  runtime.put({ address: SCOPE, kind: "agent" });
  runtime.put({ address: SHIP, kind: "ship", parent: SCOPE, context: shipContext("BOSUN-1") });
  assignments = undefined;
  console_ = await startTestConsole({
    runtime,
    operatorToken: OPERATOR_TOKEN,
    kinds: [{ kind: "ship", machine: shipMachine }],
    assignments: () => assignments,
  });
  server = console_.server;
});
afterEach(() => console_.stop());

const shipMachine = createMachine({
  id: "ship",
  initial: "resting",
  states: { resting: { entry: function tellIdle() {}, on: { "ship.command": "flying" } }, flying: {} },
});

function command(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/api/commands/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

describe("the console's HTTP API", () => {
  it("serves metrics in Prometheus' text form", async () => {
    const response = await fetch(`${server.url}/metrics`);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toContain('spacetraders_daemon_ships{activity="waiting"} 1');
  });

  it("answers status, tree and one actor", async () => {
    const status = await (await fetch(`${server.url}/api/status`)).json();
    expect(status).toMatchObject({ agent: SCOPE, simulator: true, ships: [{ symbol: "BOSUN-1", activity: "waiting" }] });
    const tree: unknown = await (await fetch(`${server.url}/api/tree`)).json();
    expect(tree).toMatchObject({
      children: [{ id: "platform" }, { id: SCOPE, children: [{ id: SHIP, label: "ship/BOSUN-1" }] }],
    });
    const actor = await (await fetch(`${server.url}/api/actors/${SHIP}`)).json();
    expect(actor).toMatchObject({ address: SHIP, context: { ship: { symbol: "BOSUN-1" } } });
    expect((await fetch(`${server.url}/api/actors/nobody`)).status).toBe(404);
    expect((await fetch(`${server.url}/api/actors?living=true&limit=1`)).status).toBe(200);
    for (const query of ["living=maybe", "limit=0", "limit=many"])
      expect((await fetch(`${server.url}/api/actors?${query}`)).status).toBe(400);
  });

  it("is healthy while the process answers, ready only when every part is", async () => {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    console_.breakDatabase();
    const ready = await fetch(`${server.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain("[-]database");
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  it("refuses foreign Host and Origin headers", async () => {
    expect(await statusWithHeaders("/api/status", { host: "evil.example" })).toBe(421);
    expect(await statusWithHeaders("/api/status", { origin: "https://evil.example" })).toBe(421);
    expect(await statusWithHeaders("/api/status", { origin: server.url })).toBe(200);
  });

  it("serves the page with a policy that forbids foreign scripts, and nothing outside its list", async () => {
    const page = await fetch(server.url);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
    const html = await page.text();
    for (const [, file] of html.matchAll(/(?:src|href)="([^"]+)"/g))
      expect((await fetch(`${server.url}/${file}`)).status).toBe(200);
    for (const path of ["/..%2fapi.ts", "/api.ts", "/constructor", "/page%2f..%2f..%2fmain.ts"])
      expect((await fetch(`${server.url}${path}`)).status).toBe(404);
  });

  it("sends to an actor only for the operator [G15]", async () => {
    const body = { to: SHIP, event: { type: "ship.release", claimant: "x" }, id: "cmd-1" };
    expect((await command("send", body, { authorization: "Bearer wrong" })).status).toBe(401);
    expect(runtime.sent).toEqual([]);
    const answer = await command("send", body);
    expect(await answer.json()).toMatchObject({ receipt: "accepted", messageId: "cmd-1" });
    expect(runtime.sent).toEqual([{ ...body, from: "cli" }]);
    expect((await command("send", { ...body, to: "nobody" })).status).toBe(409);
  });

  it.each([
    ["no JSON", "{", 400],
    ["no event type", { to: SHIP, event: {} }, 400],
    ["an unknown field", { to: SHIP, event: { type: "x" }, too: 1 }, 400],
    ["too many bytes", { to: SHIP, event: { type: "x", text: "y".repeat(300_000) } }, 413],
  ])("refuses a command with %s", async (_, body, status) => {
    expect((await command("send", body)).status).toBe(status);
    expect(runtime.sent).toEqual([]);
  });

  it("restarts an actor for the operator", async () => {
    expect((await command("restart", { address: SHIP, from: "snapshot" })).status).toBe(200);
    expect(runtime.restarted).toEqual([{ address: SHIP, from: "snapshot" }]);
    expect((await command("restart", { address: "nobody", from: "afresh" })).status).toBe(404);
  });

  it("clears assignments for the operator while a fleet runs, and lists them always [G9] [R003-16]", async () => {
    const wish = { ships: ["BOSUN-1"], force: false };
    const without = await command("assignments/clear", wish);
    expect(without.status).toBe(503);
    expect(await without.json()).toEqual({ error: "the fleet is paused, starting or stopping" });
    expect((await fetch(`${server.url}/api/assignments`)).status).toBe(200);
    const clear = vi.fn<AssignmentsDesk["clear"]>().mockResolvedValue({ cleared: [], handedOver: [], refused: [] });
    assignments = { clear };
    expect((await command("assignments/clear", wish, { authorization: "Bearer wrong" })).status).toBe(401);
    expect((await command("assignments/clear", { ...wish, ships: [], force: true })).status).toBe(400);
    expect(clear).not.toHaveBeenCalled();
    expect((await command("assignments/clear", wish)).status).toBe(200);
    expect(clear).toHaveBeenCalledWith(wish);
  });

  it("streams everything once, then only what changed", async () => {
    const events = await readEvents(server.url);
    const welcome = await events.next();
    expect(welcome).toMatchObject({ name: "welcome", data: { status: { agent: SCOPE }, tree: { id: "root" } } });
    runtime.notify(transition(SHIP, "ship", { version: 9, value: "flying", context: shipContext("BOSUN-1") }));
    const changes = await events.nextNamed("changes");
    expect(changes.data).toMatchObject({ nodes: [{ id: SHIP, version: 9, state: "flying", parent: SCOPE }] });
    events.stop();
    await vi.waitFor(() => expect(console_.feed.readers()).toBe(0));
  });

  it("takes the next free port and says so", async () => {
    const taken = Number(new URL(server.url).port);
    const second = await startConsoleServer(console_.app, taken);
    expect(second.moved).toBe(true);
    expect(Number(new URL(second.url).port)).toBeGreaterThan(taken);
    await second.stop();
  });
});

describe("the inspection WebSocket", () => {
  it("introduces every actor to the published receiver, parents first, then follows transitions", async () => {
    const received: unknown[] = [];
    createWebSocketReceiver({ server: `${server.url.replace("http", "ws")}/inspect` }).subscribe((event) => received.push(event));
    await vi.waitFor(() => expect(received).toHaveLength(2));
    expect(received).toMatchObject([
      { type: "@xstate.actor", sessionId: SCOPE, rootId: SCOPE, _version: "0.7.2" },
      { type: "@xstate.actor", sessionId: SHIP, parentId: SCOPE, snapshot: { status: "active", value: "resting" } },
    ]);
    const definition = JSON.parse((received[1] as { definition: string }).definition);
    expect(definition).toMatchObject({ id: "ship", states: { resting: { entry: { type: "tellIdle" } } } });

    runtime.notify(transition(SHIP, "ship", { value: "flying", event: { type: "ship.command" }, context: { fuel: 3 } }));
    await vi.waitFor(() => expect(received).toHaveLength(4));
    expect(received.slice(2)).toMatchObject([
      { type: "@xstate.event", sessionId: SHIP, event: { type: "ship.command" } },
      { type: "@xstate.snapshot", sessionId: SHIP, snapshot: { status: "active", value: "flying", context: { fuel: 3 } } },
    ]);
  });

  it("refuses pages of other origins", async () => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/inspect`, { origin: "https://evil.example" });
    const status = await new Promise((resolve) =>
      socket.on("unexpected-response", (_, response) => resolve(response.statusCode)),
    );
    expect(status).toBe(403);
  });
});

/** fetch() forbids a Host header; node:http does not. */
function statusWithHeaders(path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject).end();
  });
}

async function readEvents(url: string) {
  const aborter = new AbortController();
  const response = await fetch(`${url}/api/events`, { signal: aborter.signal });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  async function next(): Promise<{ name: string; data: unknown }> {
    for (;;) {
      const end = text.indexOf("\n\n");
      if (end >= 0) {
        const [, name = "", data = ""] = /^event: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
        text = text.slice(end + 2);
        return { name, data: JSON.parse(data) };
      }
      const read = await reader?.read();
      if (read === undefined || read.done) throw new Error("the stream ended");
      text += read.value;
    }
  }
  return {
    next,
    async nextNamed(name: string) {
      for (;;) {
        const event = await next();
        if (event.name === name) return event;
      }
    },
    stop: () => aborter.abort(),
  };
}

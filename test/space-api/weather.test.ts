import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSpaceApi } from "../../src/space-api/client.ts";
import { register } from "../../src/space-api/register.ts";
import { Secret } from "../../src/space-api/secret.ts";
import { json } from "../support/httpStub.ts";
import { type ApiRig, startApiRig, wireAgent, wireTrade } from "./apiRig.ts";

const COMMAND = { priority: "command" } as const;

describe("weather", () => {
  let rig: ApiRig;
  beforeEach(async () => {
    rig = await startApiRig({ requestTimeoutMs: 400 });
  });
  afterEach(() => rig.close());

  it("repeats a read over 5xx and broken connections until it succeeds [G12]", async () => {
    rig.stub.answer((_request, response) => {
      const count = rig.stub.requests.length;
      if (count === 1) response.writeHead(500).end("oops");
      else if (count === 2) response.destroy();
      else json(response, 200, { data: wireAgent });
    });
    expect(await rig.api.myAgent(COMMAND)).toMatchObject({ outcome: "ok", value: { credits: 1_000 } });
    expect(rig.stub.requests).toHaveLength(3);
  });

  it("gives up repeating a read after four attempts and says how long to wait", async () => {
    rig.stub.answer((_request, response) => response.writeHead(500).end());
    const outcome = await rig.api.myAgent(COMMAND);
    expect(outcome).toMatchObject({ outcome: "unavailable", reason: "server" });
    expect(outcome.outcome === "unavailable" && outcome.retryAfterMs).toBeGreaterThan(0);
    expect(rig.stub.requests).toHaveLength(4);
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ["a 500", (response: ServerResponse) => response.writeHead(500).end()],
    ["a broken connection", (response: ServerResponse) => response.destroy()],
    [
      "a response that stops in its middle",
      (response: ServerResponse) => {
        response.writeHead(200, { "content-length": "1000" });
        response.write("{");
        response.destroy();
      },
    ],
    ["silence", () => undefined],
  ])("calls the outcome of a mutation unknown after %s and sends it once [G5]", async (_name, fail) => {
    rig.stub.answer((_request, response) => {
      fail(response);
    });
    expect(await rig.api.purchase("BOSUN-1", "IRON", 1, COMMAND)).toMatchObject({ outcome: "unknown" });
    expect(rig.stub.requests).toHaveLength(1);
  });

  it("knows that a refused connection, a 429 and maintenance processed nothing [G12]", async () => {
    const nobody = createSpaceApi({ baseUrl: "http://127.0.0.1:1", token: new Secret("x"), environment: rig.environment });
    expect(await nobody.sell("BOSUN-1", "IRON", 1, COMMAND)).toMatchObject({ outcome: "unavailable", reason: "network" });
    await nobody.close();
    rig.stub.answer((_request, response) =>
      json(response, 429, { error: { message: "limit", code: 429 } }, { "retry-after": "2" }),
    );
    expect(await rig.api.sell("BOSUN-1", "IRON", 1, COMMAND)).toMatchObject({
      outcome: "unavailable",
      reason: "rateLimited",
      retryAfterMs: 2_000,
    });
    expect(rig.api.budget().rateLimited).toBe(1);
    // Being asked to wait is an answer; silence is what somebody should hear of.
    const warned = rig.lines.filter((line) => line.startsWith("warn: "));
    expect(warned).toEqual([expect.stringContaining("no usable answer")]);
    expect(warned.join()).toContain('"reason":"network"');
    expect(rig.lines.some((line) => line.startsWith("the game asks us to wait"))).toBe(true);
  });

  it("waits for the end of maintenance as weather, for mutations too [G12]", async () => {
    rig.stub.answer((_request, response) => json(response, 503, { error: { message: "reset", code: 3100 } }));
    expect(await rig.api.sell("BOSUN-1", "IRON", 1, COMMAND)).toMatchObject({ outcome: "unavailable", reason: "maintenance" });
    rig.stub.answer((_request, response) => response.writeHead(503).end("proxy"));
    expect(await rig.api.sell("BOSUN-1", "IRON", 1, COMMAND)).toMatchObject({ outcome: "unknown" });
  });

  it("says after the effect of a mutation that its answer was malformed", async () => {
    rig.stub.answer((_request, response) => json(response, 201, { data: { ...wireTrade.data, cargo: null } }));
    expect(await rig.api.purchase("BOSUN-1", "IRON", 1, COMMAND)).toMatchObject({
      outcome: "malformed",
      operation: "purchase",
      field: "data.cargo",
    });
  });

  it("gives the place back when the signal aborts in the queue, and ignores it once beforeSend ran", async () => {
    const aborted = rig.api.myAgent({ ...COMMAND, signal: AbortSignal.abort(new Error("no longer wanted")) });
    await expect(aborted).rejects.toThrow("no longer wanted");
    const control = new AbortController();
    rig.stub.answer((_request, response) => json(response, 201, wireTrade));
    const beforeSend = async (): Promise<void> => control.abort();
    const sent = await rig.api.purchase("BOSUN-1", "IRON", 1, { ...COMMAND, signal: control.signal, beforeSend });
    expect(sent).toMatchObject({ outcome: "ok", value: { transaction: { totalCredits: 1_700 } } });
  });

  it("calls the crash point after the server's work and before the body is read", async () => {
    const seen: string[] = [];
    const api = createSpaceApi({
      baseUrl: rig.stub.url,
      token: new Secret("x"),
      environment: rig.environment,
      crashPoint: (point) => seen.push(`${point} ${rig.stub.requests.length}`),
    });
    rig.stub.answer((request, response) => json(response, 200, request.method === "GET" ? { data: wireAgent } : wireTrade));
    await api.myAgent(COMMAND);
    await api.sell("BOSUN-1", "IRON", 1, COMMAND);
    expect(seen).toEqual(["api.afterWork 2"]);
    await api.close();
  });

  it("registers with the account token and hands over the agent's as a Secret [G15]", async () => {
    rig.stub.answer((_request, response) => json(response, 201, { data: { token: "fresh-agent-token", agent: wireAgent } }));
    const outcome = await register({
      baseUrl: rig.stub.url,
      accountToken: new Secret("account-token"),
      environment: rig.environment,
      symbol: "BOSUN",
      faction: "COSMIC",
    });
    expect(rig.stub.requests[0]).toMatchObject({ path: "/register", body: '{"symbol":"BOSUN","faction":"COSMIC"}' });
    expect(rig.stub.requests[0]?.headers.authorization).toBe("Bearer account-token");
    expect(outcome.outcome === "ok" && outcome.value.agentToken.reveal()).toBe("fresh-agent-token");
    expect(JSON.stringify([outcome, rig.lines])).not.toMatch(/fresh-agent-token|account-token/);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentToken } from "../../src/simulator/token.ts";
import { type Harness, startHarness, text } from "./support/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ speed: 60 });
});
afterAll(() => harness.close());

describe("tokens", () => {
  it("are needed under /my, optional for public reads, and of the right kind for registering", async () => {
    const { call, accountToken, sim, token } = harness;
    const system = `/systems/${sim.universe.system.symbol}`;
    const foreign = agentToken({ secret: "another", resetDate: sim.universe.resetDate }, "TESTER");
    const cases = [
      ["GET", "/my/agent", null, 401, 4103],
      ["GET", "/my/agent", "rubbish", 401, 4104],
      ["GET", "/my/agent", foreign, 401, 4104],
      ["GET", "/my/agent", accountToken, 401, 4104],
      ["GET", "/my/agent", agentToken(sim.universe, "NOBODY"), 401, 4107],
      ["GET", "/market/supply-chain", null, 401, 4103],
      ["POST", "/register", null, 401, 4116],
      ["POST", "/register", token, 401, 4115],
      ["GET", system, null, 200, undefined],
      ["GET", "/", null, 200, undefined],
    ] as const;
    for (const [method, path, bearer, status, code] of cases) {
      const answer = await call(method, path, method === "POST" ? { symbol: "OTHER", faction: "COSMIC" } : undefined, bearer);
      expect([path, answer.status, answer.body["error"]?.["code"]]).toEqual([path, status, code]);
    }
  });

  it("of an earlier reset are refused with 4113 and both dates", async () => {
    const { call, sim } = harness;
    const old = agentToken({ secret: sim.universe.secret, resetDate: "2025-12-21" }, "TESTER");
    const answer = await call("GET", "/my/agent", undefined, old);
    expect(answer.status).toBe(401);
    expect(answer.body["error"]).toMatchObject({ code: 4113, data: { expected: "2026-01-01", actual: "2025-12-21" } });
  });

  it("register an agent with its ships once; the symbol is taken from then on", async () => {
    const { call, accountToken, sim } = harness;
    const answer = await call("POST", "/register", { symbol: "second-1", faction: "VOID" }, accountToken);
    expect(answer.status).toBe(201);
    expect(answer.body["data"]).toMatchObject({
      agent: { symbol: "SECOND-1", credits: 175_000, shipCount: 2, headquarters: sim.universe.headquarters },
      ships: [{ registration: { role: "COMMAND" } }, { registration: { role: "SATELLITE" } }],
      contract: { type: "PROCUREMENT", accepted: false },
    });
    const mine = await call("GET", "/my/agent", undefined, text(answer.body["data"]?.["token"]));
    expect(mine.body["data"]).toMatchObject({ symbol: "SECOND-1" });
    expect((await call("POST", "/register", { symbol: "SECOND-1", faction: "VOID" }, accountToken)).body["error"]).toMatchObject({
      code: 4111,
    });
    expect((await call("GET", "/my/ships/TESTER-1", undefined, text(answer.body["data"]?.["token"]))).status).toBe(404);
  });
});

describe("lists", () => {
  it("are paged with meta, filtered by type and traits, and whole when put together", async () => {
    const { call, sim } = harness;
    const path = `/systems/${sim.universe.system.symbol}/waypoints`;
    const symbols: string[] = [];
    for (let page = 1; ; page++) {
      const answer = await call("GET", `${path}?page=${page}&limit=20`);
      expect(answer.body["meta"]).toEqual({ total: sim.universe.waypoints.length, page, limit: 20 });
      symbols.push(...[...(answer.body["data"] ?? [])].map((waypoint) => text(waypoint["symbol"])));
      if (page * 20 >= sim.universe.waypoints.length) break;
    }
    expect(symbols).toEqual(sim.universe.waypoints.map((waypoint) => waypoint.symbol));
    expect((await call("GET", `${path}?traits=SHIPYARD`)).body["meta"]).toMatchObject({ total: 3 });
    expect((await call("GET", `${path}?traits=MARKETPLACE&type=ASTEROID_BASE`)).body["meta"]).toMatchObject({ total: 2 });
    for (const query of ["limit=21", "limit=0", "page=0", "page=x", "limit=1e1"]) {
      const answer = await call("GET", `${path}?${query}`);
      expect([query, answer.status]).toEqual([query, 422]);
    }
  });
});

describe("an empty body with a JSON content type", () => {
  it("is no body: what needs none succeeds [SIM-RULES]", async () => {
    const empty = await harness.call("POST", "/my/ships/TESTER-1/dock", "", undefined, { "Content-Type": "application/json" });
    expect(empty.status).toBe(200);
  });
});

describe("faults on demand", () => {
  it("drop the answer after the work is done and in the books", async () => {
    const { call, accountToken, mutations, sim } = harness;
    await call("POST", "/admin/faults", { kind: "dropResponse", operation: "purchaseCargo", count: 1 }, accountToken);
    const credits = sim.agents.get("TESTER")?.credits ?? 0;
    await expect(
      call("POST", "/my/ships/TESTER-1/purchase", { symbol: "FUEL", units: 2 }, undefined, { "x-request-id": "lost:1" }),
    ).rejects.toThrow("fetch failed");
    expect(mutations().at(-1)).toMatchObject({ operation: "purchase", requestId: "lost:1", units: 2 });
    expect(sim.agents.get("TESTER")?.credits).toBe(credits - 144);
    expect((await call("POST", "/my/ships/TESTER-1/purchase", { symbol: "FUEL", units: 1 })).status).toBe(201);
  });

  it("reset the connection, or answer 503, before any work", async () => {
    const { call, accountToken, mutations } = harness;
    await call("POST", "/admin/faults", { kind: "dropRequest", operation: "sellCargo", count: 1 }, accountToken);
    await call("POST", "/admin/faults", { kind: "unavailable", operation: "jettison", count: 2 }, accountToken);
    const lines = mutations().length;
    await expect(call("POST", "/my/ships/TESTER-1/sell", { symbol: "FUEL", units: 1 })).rejects.toThrow("fetch failed");
    for (let i = 0; i < 2; i++)
      expect((await call("POST", "/my/ships/TESTER-1/jettison", { symbol: "FUEL", units: 1 })).status).toBe(503);
    expect(mutations()).toHaveLength(lines);
    expect((await call("POST", "/my/ships/TESTER-1/jettison", { symbol: "FUEL", units: 1 })).status).toBe(200);
    const faults = await call("GET", "/admin/faults", undefined, accountToken);
    expect([...(faults.body["data"] ?? [])].map((fault) => [fault["kind"], fault["hits"]])).toEqual([
      ["dropResponse", 1],
      ["dropRequest", 1],
      ["unavailable", 2],
    ]);
  });

  it("hold the answer back after the work, so that a client can be killed in between", async () => {
    const { call, accountToken, mutations } = harness;
    await call("POST", "/admin/faults", { kind: "delayResponse", operation: "orbitShip", delayMs: 700 }, accountToken);
    let answered = false;
    const answer = call("POST", "/my/ships/TESTER-1/orbit").finally(() => {
      answered = true;
    });
    await expect.poll(() => mutations().at(-1)?.["operation"], { interval: 10, timeout: 5000 }).toBe("orbit");
    expect(answered).toBe(false);
    expect((await answer).status).toBe(200);
  });
});

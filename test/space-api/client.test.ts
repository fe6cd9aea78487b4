import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RequestReport } from "../../src/space-api/requester.ts";
import { json } from "../support/httpStub.ts";
import { type ApiRig, startApiRig, TOKEN, wireAgent, wireNav, wireShip, wireTrade } from "./apiRig.ts";

const COMMAND = { priority: "command" } as const;

describe("the typed client", () => {
  let rig: ApiRig;
  beforeEach(async () => {
    rig = await startApiRig();
  });
  afterEach(() => rig.close());

  it("maps purchasePrice to ask and sellPrice to bid, and absence of prices to no quotes [R002-39]", async () => {
    const goods = { exports: [{ symbol: "IRON" }], imports: [], exchange: [] };
    rig.stub.answer((request, response) => {
      const near = request.path.endsWith("X1-A-B2/market");
      const tradeGoods = [
        { symbol: "IRON", type: "EXPORT", tradeVolume: 60, supply: "HIGH", activity: "WEAK", purchasePrice: 85, sellPrice: 41 },
      ];
      json(response, 200, { data: { symbol: "X1-A-B2", ...goods, ...(near ? { tradeGoods, transactions: [] } : {}) } });
    });
    const near = await rig.api.market("X1-A-B2", COMMAND);
    const far = await rig.api.market("X1-A-B3", COMMAND);
    expect(rig.stub.requests[0]?.path).toBe("/v2/systems/X1-A/waypoints/X1-A-B2/market");
    expect(near).toMatchObject({ outcome: "ok", value: { quotes: [{ good: "IRON", askCredits: 85, bidCredits: 41 }] } });
    expect(far).toMatchObject({ outcome: "ok", value: { quotes: [], listing: { exports: ["IRON"] } } });
  });

  it("reads all pages, and one unreadable ship does not spoil the others [field 36] [R000-12]", async () => {
    rig.stub.answer((request, response) => {
      const page = Number(new URL(request.path, rig.stub.url).searchParams.get("page"));
      const ships = Array.from({ length: page === 1 ? 20 : 3 }, (_, index) => wireShip(`BOSUN-${page}-${index}`));
      if (page === 2) ships[1] = { ...wireShip("BOSUN-BAD"), fuel: { current: "much", capacity: 1 } };
      json(response, 200, { data: ships, meta: { total: 23, page, limit: 20 } });
    });
    const outcome = await rig.api.myShips(COMMAND);
    expect(outcome).toMatchObject({ outcome: "ok", unreadable: [{ index: 21, field: "fuel.current" }] });
    expect(outcome.outcome === "ok" && outcome.value.length).toBe(22);
    expect(rig.stub.requests.map((request) => request.path)).toEqual([
      "/v2/my/ships?limit=20&page=1",
      "/v2/my/ships?limit=20&page=2",
    ]);
  });

  it("names operation and field of a malformed answer", async () => {
    rig.stub.answer((_request, response) => json(response, 200, { data: { ...wireAgent, credits: "12" } }));
    expect(await rig.api.myAgent(COMMAND)).toMatchObject({ outcome: "malformed", operation: "myAgent", field: "data.credits" });
    rig.stub.answer((_request, response) => response.writeHead(200).end("<html>"));
    expect(await rig.api.myAgent(COMMAND)).toMatchObject({ outcome: "malformed", operation: "myAgent", field: "$" });
    rig.stub.answer((_request, response) => json(response, 200, { data: { ...wireAgent, symbol: "A\u0000B" } }));
    expect(await rig.api.myAgent(COMMAND)).toMatchObject({ outcome: "malformed", field: "data.symbol" });
  });

  it("sends no body and no content type when there is nothing to say, else JSON that is not empty", async () => {
    rig.stub.answer((request, response) => {
      if (request.path.endsWith("/refuel")) {
        return json(response, 200, {
          data: { agent: wireAgent, fuel: { current: 1, capacity: 2 }, transaction: { totalPrice: 7 } },
        });
      }
      json(response, 200, { data: { nav: wireNav, fuel: { current: 1, capacity: 2 } } });
    });
    await rig.api.dock("BOSUN-1", COMMAND);
    await rig.api.orbit("BOSUN-1", COMMAND);
    await rig.api.refuel("BOSUN-1", undefined, COMMAND);
    await rig.api.refuel("BOSUN-1", 100, COMMAND);
    await rig.api.navigate("BOSUN-1", "X1-A-B2", COMMAND);
    await rig.api.setFlightMode("BOSUN-1", "BURN", COMMAND);
    const typed = rig.stub.requests.filter((request) => request.headers["content-type"] !== undefined);
    expect(typed).toEqual(rig.stub.requests.filter((request) => request.body !== ""));
    expect(rig.stub.requests.map((request) => request.body)).toEqual([
      "",
      "",
      "",
      '{"units":100}',
      '{"waypointSymbol":"X1-A-B2"}',
      '{"flightMode":"BURN"}',
    ]);
  });

  it("carries the request id of the job on a mutation and none on a read [G5]", async () => {
    rig.stub.answer((request, response) => json(response, 200, request.method === "GET" ? { data: wireAgent } : wireTrade));
    await rig.api.purchase("BOSUN-1", "IRON", 20, { ...COMMAND, requestId: "job-7:2" });
    await rig.api.sell("BOSUN-1", "IRON", 20, COMMAND);
    await rig.api.myAgent({ ...COMMAND, requestId: "job-8:1" });
    expect(rig.stub.requests.map((request) => request.headers["x-request-id"])).toEqual(["job-7:2", "generated:1", undefined]);
  });

  it("awaits beforeSend just before the socket write, and a rejection sends nothing [G5] [H6]", async () => {
    let requestsAtCheckpoint = -1;
    rig.stub.answer((_request, response) => json(response, 201, wireTrade));
    const beforeSend = async (): Promise<void> => {
      await Promise.resolve();
      requestsAtCheckpoint = rig.stub.requests.length;
    };
    await rig.api.purchase("BOSUN-1", "IRON", 20, { ...COMMAND, beforeSend });
    expect(requestsAtCheckpoint).toBe(0);
    expect(rig.stub.requests).toHaveLength(1);
    const fenced = rig.api.purchase("BOSUN-1", "IRON", 20, { ...COMMAND, beforeSend: () => Promise.reject(new Error("fenced")) });
    await expect(fenced).rejects.toThrow("fenced");
    expect(rig.stub.requests).toHaveLength(1);
  });

  it("tells a refusal with its name and data, and says whether to read the state again [G11]", async () => {
    const data = { shipSymbol: "BOSUN-1", tradeSymbol: "IRON", cargoUnits: 3, unitsToRemove: 20 };
    rig.stub.answer((_request, response) => json(response, 400, { error: { message: "too few", code: 4219, data } }));
    const refused = await rig.api.sell("BOSUN-1", "IRON", 20, COMMAND);
    expect(refused).toEqual({
      outcome: "refused",
      refusal: { operation: "sell", status: 400, code: 4219, name: "cargoUnitsMissing", message: "too few", data, restate: true },
    });
    rig.stub.answer((_request, response) => json(response, 400, { error: { message: "?", code: 4288 } }));
    expect(await rig.api.dock("BOSUN-1", COMMAND)).toMatchObject({ refusal: { name: "unlisted", restate: true } });
    rig.stub.answer((_request, response) => response.writeHead(404).end("gone"));
    expect(await rig.api.ship("BOSUN-9", COMMAND)).toMatchObject({ refusal: { code: 404, name: "unlisted", restate: false } });
  });

  it("calls the era over on 4113 and tells of it, the token rejected on other 401s, and repeats neither [G12]", async () => {
    const told: string[] = [];
    const other = await startApiRig({ onEraOver: () => told.push("era") });
    const data = { expected: "2026-11-21", actual: "2026-11-14" };
    other.stub.answer((_request, response) => json(response, 401, { error: { message: `bad ${TOKEN}`, code: 4113, data } }));
    expect(await other.api.myAgent(COMMAND)).toMatchObject({ outcome: "unavailable", reason: "eraOver" });
    expect(await other.api.orbit("BOSUN-1", COMMAND)).toMatchObject({ outcome: "unavailable", reason: "eraOver" });
    expect(other.stub.requests).toHaveLength(2);
    expect(told).toEqual(["era", "era"]);
    other.stub.answer((_request, response) => json(response, 401, { error: { message: "no", code: 4104 } }));
    expect(await other.api.myAgent(COMMAND)).toMatchObject({ outcome: "unavailable", reason: "tokenRejected" });
    expect(other.stub.requests).toHaveLength(3);
    expect(told).toHaveLength(2);
    await other.close();
  });

  it("sends nothing that changes the game while it may not, and asks before each", async () => {
    let mayChange = false;
    const reports: RequestReport[] = [];
    const guarded = await startApiRig({ mayChange: () => mayChange, onExchange: (report) => reports.push(report) });
    guarded.stub.answer((_request, response) => json(response, 200, { data: { nav: wireNav } }));
    const beforeSend = () => Promise.reject(new Error("must not be called"));
    const refused = await guarded.api.orbit("BOSUN-1", { ...COMMAND, beforeSend });
    expect(refused).toMatchObject({ outcome: "unavailable", reason: "readOnly", detail: expect.stringContaining("--go") });
    expect(guarded.stub.requests).toEqual([]);
    expect(reports).toEqual([{ operation: "orbit", outcome: "readOnly" }]);
    mayChange = true;
    expect(await guarded.api.orbit("BOSUN-1", COMMAND)).toMatchObject({ outcome: "ok" });
    expect(guarded.stub.requests).toHaveLength(1);
    await guarded.close();
  });

  it("never shows the token, also when the server or a failure quotes it [G15]", async () => {
    rig.stub.answer((_request, response) =>
      json(response, 400, { error: { message: `bad ${TOKEN}`, code: 1, data: { got: TOKEN } } }),
    );
    const refused = await rig.api.myAgent(COMMAND);
    rig.stub.answer((_request, response) => response.destroy());
    const broken = await rig.api.purchase("BOSUN-1", "IRON", 1, COMMAND);
    expect(rig.stub.requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(JSON.stringify([refused, broken, rig.lines])).not.toContain(TOKEN);
    expect(JSON.stringify(refused)).toContain("[secret]");
  });

  it("tells of each exchange what came of it, repeats included", async () => {
    const reports: { readonly operation: string; readonly outcome: string }[] = [];
    const counted = await startApiRig({ onExchange: ({ operation, outcome }) => reports.push({ operation, outcome }) });
    let asked = 0;
    counted.stub.answer((_request, response) => {
      asked += 1;
      if (asked === 1) json(response, 429, { error: { message: "slower", code: 429 } }, { "retry-after": "0" });
      else if (asked === 2) json(response, 503, { error: { message: "reset", code: 3100 } });
      else json(response, 200, { data: wireAgent });
    });
    await counted.api.myAgent(COMMAND);
    counted.stub.answer((_request, response) => response.destroy());
    await counted.api.purchase("BOSUN-1", "IRON", 1, COMMAND);
    counted.stub.answer((_request, response) => json(response, 400, { error: { message: "no", code: 4600 } }));
    await counted.api.purchase("BOSUN-1", "IRON", 1, COMMAND);
    counted.stub.answer((_request, response) => json(response, 201, { data: {} }));
    await counted.api.purchase("BOSUN-1", "IRON", 1, COMMAND);
    expect(reports.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
      "myAgent rateLimited",
      "myAgent weather",
      "myAgent ok",
      "purchase unclear",
      "purchase refused",
      "purchase malformed",
    ]);
    await counted.close();
  });

  it("adopts the speed of our simulator for its request windows", async () => {
    const other = await startApiRig();
    rig.stub.answer((_request, response) => json(response, 200, { resetDate: "2026-11-21", simulator: { speed: 20 } }));
    const { createSpaceApi } = await import("../../src/space-api/client.ts");
    const { Secret } = await import("../../src/space-api/secret.ts");
    const api = createSpaceApi({ baseUrl: rig.stub.url, token: new Secret("x"), environment: rig.environment });
    expect(api.budget().perSecondLimit).toBe(2);
    expect(await api.status(COMMAND)).toMatchObject({ value: { resetDate: "2026-11-21", gameSpeed: 20, simulator: true } });
    expect(api.budget().perSecondLimit).toBe(40);
    await api.close();
    await other.close();
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { FaultPlan } from "../../src/simulator/admin/faultPlan.ts";
import { FaultSpec, readFaults } from "../../src/simulator/admin/faultSpec.ts";
import { type Harness, type Response, text } from "./support/harness.ts";
import { startedHarness } from "./support/startedHarness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await startedHarness({ speed: 60 });
});

const SHIP = "/my/ships/TESTER-1";
const BUY = { symbol: "FUEL", units: 2 };

async function arm(fault: object): Promise<Response> {
  const answer = await harness.call("POST", "/admin/faults", fault, harness.accountToken);
  expect(answer.status).toBe(201);
  return answer;
}

/** A request whose answer may be anything. */
async function raw(method: string, path: string, body?: unknown): Promise<{ status: number; headers: Headers; text: string }> {
  const response = await fetch(`${harness.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${harness.token}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const purchase = () => raw("POST", `${SHIP}/purchase`, BUY);
const purchases = () => harness.mutations().filter(({ operation }) => operation === "purchase").length;

/** The same over a bare socket: everything that came, and how it ended. */
function rawPurchase(): Promise<{ text: string; end: string | undefined }> {
  const { hostname, port } = new URL(harness.url);
  const body = JSON.stringify(BUY);
  const head = [
    `POST /v2${SHIP}/purchase HTTP/1.1`,
    "Host: x",
    `Authorization: Bearer ${harness.token}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
  ];
  return new Promise((resolve) => {
    let received = "";
    const socket = connect(Number(port), hostname);
    socket.setEncoding("utf8").on("data", (chunk) => {
      received += String(chunk);
    });
    socket.on("end", () => resolve({ text: received, end: undefined }));
    socket.on("error", (cause: NodeJS.ErrnoException) => resolve({ text: received, end: cause.code }));
    socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  });
}

describe("faults that come before the work", () => {
  it("a dropped request is a connection closed without an answer, and nothing is in the books [SIM-FAULTS]", async () => {
    await arm({ kind: "dropRequest", operation: "purchaseCargo" });
    await expect(purchase()).rejects.toThrow("fetch failed");
    expect(purchases()).toBe(0);
    expect((await purchase()).status).toBe(201);
  });

  it.each([
    ["badGateway", 502, "502 Bad Gateway"],
    ["unavailable", 503, "503 Service Unavailable"],
  ] as const)(
    "a burst of %s is a proxy's page, as many times as asked, without any work [SIM-FAULTS]",
    async (kind, status, title) => {
      await arm({ kind, operation: "purchaseCargo", count: 3 });
      for (let i = 0; i < 3; i++) {
        const answer = await purchase();
        expect([answer.status, answer.headers.get("content-type"), answer.headers.get("x-ratelimit-type")]).toEqual([
          status,
          "text/html",
          null,
        ]);
        expect(answer.text).toContain(`<title>${title}</title>`);
      }
      expect(purchases()).toBe(0);
      expect((await purchase()).status).toBe(201);
    },
  );

  it("a storm of 429 has the game's headers and body, with seconds of the wall [SIM-FAULTS]", async () => {
    await arm({ kind: "tooManyRequests", count: 2, retryAfterGameSeconds: 15 });
    const answer = await harness.call("POST", `${SHIP}/purchase`, BUY);
    expect(answer.status).toBe(429);
    const headers = Object.fromEntries([...answer.headers].filter(([name]) => /^(x-ratelimit|retry)/.test(name)));
    const reset = new Date(harness.wall.nowMs() + 250).toISOString();
    expect(headers).toEqual({
      "retry-after": "0.250",
      "x-ratelimit-type": "Account",
      "x-ratelimit-limit-burst": "30",
      "x-ratelimit-limit-per-second": "2",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": reset,
    });
    expect(answer.body["error"]).toEqual({
      message: "You have reached your API limit.",
      code: 429,
      data: { type: "Account", retryAfter: 0.25, limitBurst: 30, limitPerSecond: 2, remaining: 0, reset },
      requestId: expect.any(String),
    });
    const anonymous = await harness.call("GET", "/", undefined, null);
    expect([anonymous.status, anonymous.headers.get("x-ratelimit-type")]).toEqual([429, "IP Address"]);
    expect(purchases()).toBe(0);
    await arm({ kind: "tooManyRequests", retryAfterGameSeconds: 120 });
    expect((await harness.call("GET", "/my/agent")).headers.get("retry-after")).toBe("2");
  });

  it("a 429 of a proxy has neither headers nor envelope [SIM-FAULTS]", async () => {
    await arm({ kind: "tooManyRequests", from: "proxy" });
    const answer = await purchase();
    expect([answer.status, answer.headers.get("retry-after"), answer.headers.get("x-ratelimit-reset")]).toEqual([
      429,
      null,
      null,
    ]);
    expect(answer.text).toContain("429 Too Many Requests");
  });

  it("a delayed request is worked on only after its delay [SIM-FAULTS]", async () => {
    await arm({ kind: "delayRequest", operation: "purchaseCargo", delayMs: 250 });
    const startedAt = performance.now();
    const answer = purchase();
    // Another request, sent later, is through before.
    expect((await raw("GET", "/my/agent")).status).toBe(200);
    expect(purchases()).toBe(0);
    expect((await answer).status).toBe(201);
    expect(performance.now() - startedAt).toBeGreaterThan(240);
    expect(purchases()).toBe(1);
  });
});

describe("faults that come after the work", () => {
  it("a dropped response leaves the work done and in the books [SIM-FAULTS]", async () => {
    await arm({ kind: "dropResponse", operation: "purchaseCargo" });
    await expect(purchase()).rejects.toThrow("fetch failed");
    expect(harness.mutations().at(-1)).toMatchObject({ operation: "purchase", units: 2 });
    expect(harness.sim.ships.get("TESTER-1")?.cargo).toEqual([{ good: "FUEL", units: 2 }]);
  });

  it("a delayed response is held back while the work is in the books [SIM-FAULTS]", async () => {
    await arm({ kind: "delayResponse", operation: "purchaseCargo", delayMs: 400 });
    let answered = false;
    const answer = purchase().finally(() => {
      answered = true;
    });
    await expect.poll(purchases, { interval: 5, timeout: 5000 }).toBe(1);
    expect(answered).toBe(false);
    expect((await answer).status).toBe(201);
  });

  it("a gateway may fail after the work too [SIM-FAULTS]", async () => {
    await arm({ kind: "badGateway", when: "afterWork", operation: "purchaseCargo" });
    expect((await purchase()).status).toBe(502);
    expect(purchases()).toBe(1);
  });

  it("a truncated body is as long as it says and no JSON, with the proper status [SIM-FAULTS]", async () => {
    await arm({ kind: "malformedBody", form: "truncated", operation: "purchaseCargo" });
    const answer = await purchase();
    expect([answer.status, answer.headers.get("content-type")]).toEqual([201, "application/json; charset=utf-8"]);
    expect(Number(answer.headers.get("content-length"))).toBe(Buffer.byteLength(answer.text));
    expect(answer.text).toMatch(/^\{"data":\{"agent"/);
    expect(() => JSON.parse(answer.text)).toThrow(SyntaxError);
    expect(purchases()).toBe(1);
  });

  it("a body of the wrong type differs in one value: the one named, else the first number [SIM-FAULTS]", async () => {
    const proper = JSON.parse((await raw("GET", "/my/agent")).text);
    await arm({ kind: "malformedBody", form: "wrongType" });
    const first = JSON.parse((await raw("GET", "/my/agent")).text);
    expect(first).toEqual({ data: { ...proper.data, credits: String(proper.data.credits) } });
    await arm({ kind: "malformedBody", form: "wrongType", field: "data.symbol" });
    expect(JSON.parse((await raw("GET", "/my/agent")).text)).toEqual({ data: { ...proper.data, symbol: 0 } });
    await arm({ kind: "malformedBody", form: "wrongType", field: "data.0.cargo" });
    const ships = JSON.parse((await raw("GET", "/my/ships")).text);
    expect(ships.data.map(({ cargo }: { cargo: unknown }) => typeof cargo)).toEqual(["number", "object"]);
    await arm({ kind: "malformedBody", form: "wrongType", field: "data.no.such" });
    expect(JSON.parse((await raw("GET", "/my/agent")).text)).toEqual(first);
  });

  it("a body may be empty or a page with the status of success, also where there should be none [SIM-FAULTS]", async () => {
    await arm({ kind: "malformedBody", form: "empty", count: 2 });
    const empty = await raw("GET", "/my/agent");
    expect([empty.status, empty.text, empty.headers.get("content-length")]).toEqual([200, "", "0"]);
    expect((await raw("GET", `${SHIP}/cooldown`)).status).toBe(200);
    await arm({ kind: "malformedBody", form: "html", operation: "purchaseCargo" });
    const page = await purchase();
    expect([page.status, page.headers.get("content-type")]).toEqual([201, "text/html"]);
    expect(page.text).toMatch(/^<html>/);
    expect(purchases()).toBe(1);
  });

  it.each(["headers", "body"] as const)(
    "the connection is reset in the middle of the %s, the work being done [SIM-FAULTS]",
    async (at) => {
      await arm({ kind: "connectionReset", at, operation: "purchaseCargo" });
      const { text: sent, end } = await rawPurchase();
      // A connection that is only closed would end without an error.
      expect(end).toBe("ECONNRESET");
      const [head = "", half] = sent.split("\r\n\r\n");
      expect(head).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
      const length = Number(/Content-Length: (\d+)/.exec(head)?.[1]);
      const told = { headers: [undefined, Number.NaN], body: [length >> 1, expect.any(Number)] };
      expect([half?.length, length]).toEqual(told[at]);
      expect(purchases()).toBe(1);
      expect((await purchase()).status).toBe(201);
    },
  );
});

describe("the aim of a fault", () => {
  it("is an operation, a ship, an agent, or all of them together [SIM-FAULTS]", async () => {
    const { call, accountToken } = harness;
    const other = await call("POST", "/register", { symbol: "OTHER", faction: "COSMIC" }, accountToken);
    const token = text(other.body["data"]?.["token"]);
    await arm({ kind: "unavailable", operation: "getMyShip", ship: "TESTER-2", count: 100 });
    await arm({ kind: "badGateway", agent: "OTHER", count: 100 });
    const status = async (path: string, bearer?: string) => (await call("GET", path, undefined, bearer)).status;
    expect(await status("/my/ships/TESTER-1")).toBe(200);
    expect(await status("/my/ships/TESTER-2/nav")).toBe(200);
    expect(await status("/my/ships/TESTER-2")).toBe(503);
    expect(await status("/my/agent")).toBe(200);
    expect(await status("/my/agent", token)).toBe(502);
    expect(await status("/nowhere", token)).toBe(404);
  });

  it("is a window of game time, to whose end it hits every request [SIM-FAULTS] [SIM-CLOCK]", async () => {
    const { call, wall } = harness;
    await arm({ kind: "unavailable", fromGameSeconds: 600, untilGameSeconds: 1200 });
    const status = async () => (await call("GET", "/my/agent")).status;
    expect(await status()).toBe(200);
    wall.advanceSeconds(10);
    expect([await status(), await status(), await status()]).toEqual([503, 503, 503]);
    wall.advanceSeconds(9.999);
    expect(await status()).toBe(503);
    wall.advanceSeconds(0.001);
    expect(await status()).toBe(200);
  });

  it("is a probability, drawn from its seed: the same requests are hit each time [SIM-FAULTS] [SIM-DETERMINISM]", () => {
    const drawn = (seed: number) => {
      const plan = new FaultPlan();
      plan.arm(FaultSpec.parse({ kind: "dropRequest", probability: 0.2, drawSeed: seed }));
      const target = { operation: "getMyAgent", ship: undefined, agent: "A", gameSeconds: 0 };
      return Array.from({ length: 2000 }, () => plan.strike(target).end !== undefined);
    };
    const hits = drawn(7).filter(Boolean).length;
    expect(hits).toBeGreaterThan(320);
    expect(hits).toBeLessThan(480);
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
  });

  it("hits with one ending fault at a time: the first armed, then the next; delays add up to it [SIM-FAULTS]", async () => {
    await arm({ kind: "badGateway", count: 1 });
    await arm({ kind: "unavailable", count: 1 });
    await arm({ kind: "delayRequest", delayMs: 60, count: 2 });
    await arm({ kind: "delayResponse", delayMs: 60_000, count: 1, operation: "getMyAgent" });
    const startedAt = performance.now();
    expect([(await raw("GET", "/my/agent")).status, (await raw("GET", "/my/agent")).status]).toEqual([502, 503]);
    expect(performance.now() - startedAt).toBeGreaterThan(110);
    const { body } = await harness.call("GET", "/admin/faults", undefined, harness.accountToken);
    expect([...(body["data"] ?? [])].map((fault) => [fault["kind"], fault["left"], fault["hits"]])).toEqual([
      ["badGateway", 0, 1],
      ["unavailable", 0, 1],
      ["delayRequest", 0, 2],
      ["delayResponse", 1, 0],
    ]);
  });

  it("is told in the books when it is armed and when all are cleared, and never touches the admin path [SIM-FAULTS] [SIM-BOOKS]", async () => {
    const { call, accountToken, mutations } = harness;
    await arm({ kind: "dropRequest", probability: 1 });
    expect(mutations().at(-1)).toMatchObject({ operation: "adminFaults", armed: { kind: "dropRequest", probability: 1 } });
    await expect(raw("GET", "/my/agent")).rejects.toThrow("fetch failed");
    expect((await call("GET", "/admin/faults", undefined, accountToken)).body["data"]).toMatchObject([{ left: null, hits: 1 }]);
    await call("POST", "/admin/faults/clear", undefined, accountToken);
    expect(mutations().at(-1)).toMatchObject({ operation: "adminFaultsClear", disarmed: 1 });
    expect((await raw("GET", "/my/agent")).status).toBe(200);
  });
});

describe("a file of faults", () => {
  const dir = mkdtempSync(join(tmpdir(), "simulator-faults-"));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const file = (content: string) => {
    const path = join(dir, "faults.json");
    writeFileSync(path, content);
    return path;
  };

  it("is a list of faults as the admin path takes them, or a fault of input that names the field [SIM-FAULTS] [SIM-CLI]", () => {
    const two = [
      { kind: "delayResponse", operation: "sellCargo" },
      { kind: "reset", fromGameSeconds: 60, untilGameSeconds: 120 },
    ];
    expect(readFaults(file(JSON.stringify(two)))).toEqual([
      { kind: "delayResponse", operation: "sellCargo", delayMs: 1000, drawSeed: 1 },
      { kind: "reset", fromGameSeconds: 60, untilGameSeconds: 120, maintenanceGameSeconds: 300, drawSeed: 1 },
    ]);
    const wrong = {
      "{}": "faults.json: (top): ",
      "[1]": "faults.json: 0: ",
      '[{"kind":"dropRequest"},{"kind":"boom"}]': "faults.json: 1.kind: ",
      '[{"kind":"dropRequest","operation":"sellcargo"}]': "0.operation: unknown; did you mean sellCargo?",
      '[{"kind":"malformedBody","form":"odd"}]': "0.form: ",
      '[{"kind":"dropRequest","often":1}]': '"often"',
      '[{"kind":"connectionReset","at":"tail"}]': "0.at: ",
      "[": "is not JSON",
    };
    for (const [content, message] of Object.entries(wrong)) expect(() => readFaults(file(content))).toThrow(message);
  });
});

/** Whatever is sent: the documented envelope with the right status, never a 500, and the universe as it was. */
import { statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gameOperations } from "../../src/simulator/gameOperations.ts";
import { startFleet } from "../../src/simulator/startFleet.ts";
import { type Harness, startHarness, text } from "./support/harness.ts";
import { type RawAnswer, type RawRequest, rawBytes, rawRequest } from "./support/rawHttp.ts";
import { stateText } from "./support/state.ts";

let all: Harness;
let origin: string;
let before: string;
let booksBytes: number;

beforeAll(async () => {
  all = await startHarness({ fleet: "TEN", speed: 60, seed: 5 });
  origin = new URL(all.url).origin;
  await all.call("POST", "/my/ships/TESTER-1/purchase", { symbol: "FUEL", units: 5 });
  await all.call("POST", "/my/ships/TESTER-2/orbit");
  before = stateText(all.sim);
  booksBytes = sizeOfBooks();
});
afterAll(() => all.close());

const OPERATIONS = gameOperations(startFleet("FRESH"));
const WRITES = OPERATIONS.filter(({ method }) => method !== "GET");
const RUNS = { seed: 20_261_121, numRuns: 30 };

/** A body of each operation that takes one. Each field is needed; none of them, as given here, may change anything. */
const BODIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  navigateShip: { waypointSymbol: "X1-NO1-WHERE" },
  patchShipNav: { flightMode: "CRUISE" },
  purchaseCargo: { symbol: "FUEL", units: 181 },
  sellCargo: { symbol: "FUEL", units: 181 },
  jettison: { symbol: "FUEL", units: 6 },
  transferCargo: { tradeSymbol: "FUEL", units: 6, shipSymbol: "TESTER-3" },
  purchaseShip: { shipType: "SHIP_NONE", waypointSymbol: "X1-NO1-WHERE" },
  register: { symbol: "TESTER", faction: "COSMIC" },
};

const NOT_TEXT = [null, true, 0, 1.5, -1, [], ["FUEL"], {}, { toString: 1 }, ""] as const;
const NOT_UNITS = [
  null,
  false,
  0,
  -1,
  -0,
  0.5,
  1e308,
  2 ** 53,
  1_000_001,
  "1",
  "NaN",
  "0x10",
  "Infinity",
  "１",
  [],
  [1],
  {},
] as const;
const STRANGE = [
  "\u0000",
  "FUEL\u0000",
  "💥",
  "\ud800",
  "\udc00\ud800",
  "\u202eLEUF",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "../../etc/passwd",
  "%00",
  "' OR 1=1 --",
  "-1",
  "A".repeat(65),
  "A".repeat(10_240),
  " FUEL",
  "fuel",
];

/** Any text that JSON can carry, halves of surrogate pairs too. */
const utf16 = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1 }).map((units) => String.fromCharCode(...units));

describe("a body of the wrong shape", () => {
  it.each(Object.keys(BODIES))("to %s is 422 and names the field [SIM-FUZZ]", async (name) => {
    const fields = Object.keys(BODIES[name] ?? {});
    const wrong = fc.constantFrom(...fields).chain((field) => {
      const values = field === "units" ? NOT_UNITS : field === "flightMode" ? [...NOT_TEXT, "WARP"] : NOT_TEXT;
      return fc.record({ field: fc.constant(field), value: fc.constantFrom(...values, undefined) });
    });
    await fc.assert(
      fc.asyncProperty(wrong, fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }), async ({ field, value }, extra) => {
        const answer = await send(name, { ...extra, ...BODIES[name], [field]: value });
        expect([errorOf(answer).code, Object.keys(errorOf(answer).data ?? {})]).toEqual([422, [field]]);
        expect(answer.status).toBe(422);
      }),
      RUNS,
    );
    expectUnchanged();
  });

  it.each(Object.keys(BODIES))(
    "to %s that is no object at all is 422, also empty with a JSON content type [SIM-FUZZ]",
    async (name) => {
      for (const body of ["", "null", "[]", '"text"', "42", "true", "[{}]", `${"[".repeat(30_000)}${"]".repeat(30_000)}`]) {
        const answer = await send(name, body);
        expect([body.slice(0, 9), answer.status, errorOf(answer).code]).toEqual([body.slice(0, 9), 422, 422]);
      }
      expectUnchanged();
    },
  );

  it.each(Object.keys(BODIES))("with strange texts, and keys of prototypes, is refused by %s [SIM-FUZZ]", async (name) => {
    const texts = Object.entries(BODIES[name] ?? {}).flatMap(([field, value]) => (typeof value === "string" ? [field] : []));
    // A symbol is free text only in names of things that are; a random new agent would be a right one.
    const random = name === "register" ? fc.constantFrom("é", "no") : utf16;
    const anyText = fc.oneof(fc.constantFrom(...STRANGE), random);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...texts), anyText, fc.boolean(), async (field, strange, polluted) => {
        const body = JSON.stringify({ ...BODIES[name], [field]: strange });
        const keys = `"__proto__":{"units":1,"isAdmin":true},"constructor":{"prototype":{}},`;
        const answer = await send(name, polluted ? `{${keys}${body.slice(1)}` : body);
        expect([field, strange, answer.status]).toEqual([field, strange, expect.toBeOneOf([400, 404, 409, 422])]);
        expect(errorOf(answer).code).toBeTypeOf("number");
      }),
      RUNS,
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
    expectUnchanged();
  });
});

describe("a body that cannot be read", () => {
  const unreadable = [
    ["broken JSON", '{"symbol":"FUEL"', {}, 400, 3000],
    ["a trailing comma", '{"units":1,}', {}, 400, 3000],
    ["NaN", '{"units":NaN}', {}, 400, 3000],
    ["a byte order mark and nothing", Buffer.from([0xef, 0xbb, 0xbf]), {}, 400, 3000],
    ["no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), {}, 400, 3000],
    ["a form", "units=1&symbol=FUEL", { "Content-Type": "application/x-www-form-urlencoded" }, 415, 5000],
    ["text", "{}", { "Content-Type": "text/plain" }, 415, 5000],
    ["an empty content type's worth of noise", "{}", { "Content-Type": "\u00ff;;,=" }, 415, 5000],
    ["70 kB of JSON", `{"units":${"1".repeat(70_000)}}`, {}, 413, 3001],
    ["a megabyte of nothing", " ".repeat(1_048_576), {}, 413, 3001],
  ] as const;

  it.each(unreadable)(
    "because it is %s is refused by every operation that reads one [SIM-FUZZ]",
    async (_, body, headers, status, code) => {
      for (const { name } of WRITES) {
        const answer = await send(name, body, headers);
        expect([name, answer.status, errorOf(answer).code]).toEqual([name, status, code]);
      }
      expectUnchanged();
    },
  );

  it("is not looked at by an operation that only reads [SIM-FUZZ]", async () => {
    const answer = await ask({
      method: "GET",
      path: "/v2/my/agent",
      headers: { ...bearer(all.token), "Content-Length": "7" },
      body: "{broken",
    });
    expect(answer.status).toBe(200);
  });

  it("because the client went away in its middle leaves nothing behind [SIM-FUZZ]", async () => {
    const head = `POST /v2/my/ships/TESTER-1/jettison HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${all.token}\r\n`;
    const body = JSON.stringify({ symbol: "FUEL", units: 1 });
    const received = await rawBytes(
      origin,
      `${head}Content-Type: application/json\r\nContent-Length: ${body.length + 1}\r\n\r\n${body}`,
    );
    expect(received).not.toContain("200 OK");
    expectUnchanged();
  });
});

describe("a path", () => {
  const garbage = [
    "%",
    "%zz",
    "%E0%A4%A",
    "%00",
    "%2e%2e%2f",
    "..",
    ".",
    "__proto__",
    "%F0%9F%92%A5",
    "%ED%A0%80",
    "A".repeat(5000),
    "-1",
    "*",
    "~",
  ];

  it.each(OPERATIONS.filter(({ path }) => path.includes(":")))(
    "of $name with garbage in it is 404 [SIM-FUZZ]",
    async ({ method, path, name }) => {
      const word = fc.oneof(fc.constantFrom(...garbage), fc.string({ minLength: 1 }).map(encodeURIComponent));
      await fc.assert(
        fc.asyncProperty(word, async (strange) => {
          const body = BODIES[name] === undefined ? {} : { body: JSON.stringify(BODIES[name]) };
          const answer = await ask({
            method,
            path: `/v2${path.replaceAll(/:\w+/g, strange)}`,
            headers: bearer(all.token),
            ...body,
          });
          expect([strange.slice(0, 20), answer.status, errorOf(answer).code]).toEqual([strange.slice(0, 20), 404, 404]);
        }),
        { ...RUNS, numRuns: 20 },
      );
      expectUnchanged();
    },
  );

  it("that nobody serves is 404, with or without a token [SIM-FUZZ]", async () => {
    for (const path of [
      "/v2/",
      "/v2//",
      "/v2/my",
      "/v2/my/ships/",
      "/v3/my/agent",
      "/v2/my/ships/TESTER-1/fly",
      "/v2/\\",
      "/admin/none",
      "*",
    ]) {
      for (const headers of [bearer(all.token), {}]) {
        const answer = await ask({ method: "GET", path, headers });
        expect([path, answer.status]).toEqual([path, expect.toBeOneOf(path === "/v2/" ? [200, 404] : [401, 404])]);
      }
    }
    expectUnchanged();
  });

  it("with a method that it does not have is 405 [SIM-FUZZ]", async () => {
    const served = (path: string) =>
      OPERATIONS.filter((operation) => operation.path === path).map(({ method }) => method as string);
    for (const { path, name } of OPERATIONS) {
      for (const method of ["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "PROPFIND", "TRACE"]) {
        if (served(path).includes(method)) continue;
        const answer = await ask({ method, path: pathOf(name), headers: bearer(all.token) });
        expect([method, path, answer.status, errorOf(answer).code]).toEqual([method, path, 405, 405]);
      }
      const head = await ask({ method: "HEAD", path: pathOf(name), headers: bearer(all.token) });
      expect([head.status, head.text]).toEqual([405, ""]);
    }
    expectUnchanged();
  });

  it("with garbage for a query is 422 where it asks for a page, and otherwise as without it [SIM-FUZZ]", async () => {
    const number = fc.constantFrom(
      "-1",
      "0",
      "1e9",
      "1000000000",
      "NaN",
      "",
      "0x1",
      "1.5",
      "%00",
      "%EF%BC%91",
      "999999999999999999999",
      "null",
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("page", "limit"), number, fc.webQueryParameters(), async (key, value, rest) => {
        const answer = await ask({ method: "GET", path: `/v2/my/ships?${key}=${value}&${rest}`, headers: bearer(all.token) });
        expect([key, value, answer.status]).toEqual([key, value, 422]);
        const other = await ask({
          method: "GET",
          path: `/v2/my/agent?${rest}&${key}=${value}&%zz=%`,
          headers: bearer(all.token),
        });
        expect(other.status).toBe(200);
      }),
      RUNS,
    );
    expectUnchanged();
  });
});

describe("a token", () => {
  it("that is missing or garbage is 401 wherever one is needed [SIM-FUZZ]", async () => {
    const [head = "", payload = "", signature = ""] = all.token.split(".");
    const forged = Buffer.from(JSON.stringify({ identifier: "TESTER", sub: "agent-token" })).toString("base64url");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    const garbage = [
      {},
      { Authorization: "" },
      { Authorization: "Bearer" },
      { Authorization: "Bearer " },
      { Authorization: "Bearer a.b.c" },
      { Authorization: `Bearer ${"x".repeat(8000)}` },
      { Authorization: `Basic ${all.token}` },
      { Authorization: `Bearer ${head}.${forged}.${signature}` },
      { Authorization: `Bearer ${none}.${payload}.` },
      { Authorization: `Bearer ${head}.${payload}.${signature.slice(1)}` },
      { Authorization: `Bearer ${all.token} ${all.token}` },
      { Authorization: `Bearer ${all.token}\u00ff` },
    ];
    for (const { name, method, token } of OPERATIONS) {
      if (token === "none") continue;
      for (const headers of garbage) {
        if (token === "public" && Object.keys(headers).length === 0) continue;
        const answer = await ask({ method, path: pathOf(name), headers });
        expect([name, headers, answer.status]).toEqual([name, headers, 401]);
        expect(errorOf(answer).code).toBeOneOf([4103, 4104, 4115, 4116]);
      }
    }
    expectUnchanged();
  });
});

describe("the admin path", () => {
  it("refuses every wrong body with 422, every wrong token with 401, and changes nothing [SIM-FUZZ]", async () => {
    const listed = await all.call("GET", "/admin", undefined, all.accountToken);
    const levers = [...(listed.body["data"] ?? [])].map((lever) => ({
      method: text(lever["method"]),
      path: text(lever["path"]),
    }));
    expect(levers.length).toBeGreaterThan(15);
    const wrong = fc.oneof(
      fc.jsonValue().filter((value) => typeof value !== "object" || value === null || Array.isArray(value)),
      fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }).map((fields) => ({ ...fields, nonsense: STRANGE })),
    );
    for (const { method, path } of levers) {
      for (const headers of [{}, bearer(all.token), bearer("rubbish")]) {
        expect([path, (await ask({ method, path, headers })).status]).toEqual([path, 401]);
      }
      if (method === "GET") continue;
      await fc.assert(
        fc.asyncProperty(wrong, async (body) => {
          const headers = { ...bearer(all.accountToken), "Content-Type": "application/json" };
          const answer = await ask({ method, path, headers, body: JSON.stringify(body) });
          expect([path, answer.status, errorOf(answer).code]).toEqual([path, 422, 422]);
        }),
        { ...RUNS, numRuns: 10 },
      );
    }
    expectUnchanged();
  });
});

describe("what is no HTTP", () => {
  const lines = [
    "",
    "\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "GET /v2/my/agent\r\n\r\n",
    "hello\r\n\r\n",
    "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc",
    "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    "POST /v2/register HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "POST /v2/register HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n",
    `GET /v2/${"a".repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(40_000)}\r\n\r\n`,
    "CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nExpect: nothing\r\nConnection: close\r\n\r\n",
    "GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\nrubbish after it\r\n\r\n",
  ];

  it("is answered in the envelope where it can be, and the server goes on [SIM-FUZZ]", async () => {
    const bytes = fc.oneof(fc.constantFrom(...lines), fc.uint8Array({ maxLength: 300 }), fc.string());
    for (const line of lines) expectWireEnvelopes(await rawBytes(origin, line));
    await fc.assert(
      fc.asyncProperty(bytes, async (garbage) => expectWireEnvelopes(await rawBytes(origin, garbage))),
      { ...RUNS, numRuns: 60 },
    );
    expect((await all.call("GET", "/my/agent")).status).toBe(200);
    expectUnchanged();
  });

  it("says 431 to headers that are too long and 400 to the rest [SIM-FUZZ]", async () => {
    expect(await rawBytes(origin, lines[9] ?? "")).toMatch(/^HTTP\/1\.1 431 [^]*\{"error":\{"message":"[^"]+","code":3001/);
    expect(await rawBytes(origin, "hello\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 [^]*\{"error":\{"message":"[^"]+","code":3001/);
  });
});

/** Everything that came back over a socket is whole answers: success or the envelope, never a 5xx. */
function expectWireEnvelopes(received: string): void {
  const statuses = [...received.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
  expect(statuses.every((status) => status < 500)).toBe(true);
  const refused = statuses.filter((status) => status >= 400).length;
  expect([received.slice(0, 300), received.match(/\{"error":\{"message":/g)?.length ?? 0]).toEqual([
    received.slice(0, 300),
    refused,
  ]);
}

function expectUnchanged(): void {
  expect(sizeOfBooks()).toBe(booksBytes);
  expect(stateText(all.sim) === before).toBe(true);
}

/** A body to an operation as those who may: in the shape it is given, on a ship where its right body would change nothing. */
function send(name: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  const { method, token } = OPERATIONS.find((operation) => operation.name === name) ?? { method: "GET", token: "agent" };
  return ask({
    method,
    path: pathOf(name),
    headers: { ...bearer(token === "account" ? all.accountToken : all.token), "Content-Type": "application/json", ...headers },
    body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
}

async function ask(request: RawRequest): Promise<RawAnswer> {
  const answer = await rawRequest(origin, request);
  if (answer.status >= 500) throw new Error(`${request.method} ${request.path}: ${answer.status} ${answer.text}`);
  return answer;
}

/** The error in the envelope; throws when it is not one. */
function errorOf({ contentType, text: body }: RawAnswer): { code: number; data?: Readonly<Record<string, unknown>> } {
  const { error } = JSON.parse(body) as {
    error?: { message?: unknown; code?: unknown; requestId?: unknown; data?: Readonly<Record<string, unknown>> };
  };
  const { message, code, requestId, data } = error ?? {};
  const isEnvelope = typeof message === "string" && typeof code === "number" && /^[0-9a-f-]{36}$/.test(String(requestId));
  if (!isEnvelope || contentType !== "application/json; charset=utf-8") throw new Error(`no envelope: ${contentType} ${body}`);
  return { code, ...(data === undefined ? {} : { data }) };
}

/** With things that are: TESTER-2 is in orbit, TESTER-1 docked with a full tank. */
function pathOf(name: string): string {
  const operation = OPERATIONS.find((candidate) => candidate.name === name);
  const ship = ["orbitShip", "navigateShip"].includes(name) ? "TESTER-2" : "TESTER-1";
  const { system, headquarters } = all.sim.universe;
  const path = (operation?.path ?? "").replace(":system", system.symbol).replace(":waypoint", headquarters);
  return `/v2${path.replace(":ship", ship).replace(":agent", "TESTER")}`;
}

function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

function sizeOfBooks(): number {
  return statSync(join(all.dataDir, "books.jsonl")).size;
}

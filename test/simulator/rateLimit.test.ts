import { describe, expect, it } from "vitest";
import { RateLimiter } from "../../src/simulator/rateLimit.ts";
import { startHarness } from "./support/harness.ts";

describe("the rate limit", () => {
  it("passes 2 of the static pool and 30 of the burst pool, then refuses until the static window ends", () => {
    const limiter = new RateLimiter(1);
    const passed = Array.from({ length: 40 }, () => limiter.take("a", "x", 1000).allowed);
    expect(passed.filter(Boolean)).toHaveLength(32);
    expect(passed.slice(32)).not.toContain(true);
    expect(limiter.take("a", "x", 1999).allowed).toBe(false);
    expect(limiter.take("a", "x", 2000).allowed).toBe(true);
    expect(limiter.take("a", "x", 2000).allowed).toBe(true);
    expect(limiter.take("a", "x", 2000).allowed).toBe(false);
  });

  it("has fixed windows that begin with the first request and refill whole", () => {
    const limiter = new RateLimiter(1);
    limiter.take("a", undefined, 500);
    limiter.take("a", undefined, 1400);
    // The static window ran from 500 to 1500: two more pass without touching the burst pool.
    const after = [limiter.take("a", undefined, 1500), limiter.take("a", undefined, 1501)];
    expect(after.map((state) => state.remaining)).toEqual([31, 30]);
    limiter.take("a", undefined, 1502);
    expect(limiter.take("a", undefined, 3000).remaining).toBe(30);
    // The burst window began at 1502 and is full again 60 s later, not before.
    expect(limiter.take("a", undefined, 61_501).remaining).toBe(30);
    expect(limiter.take("a", undefined, 62_503).remaining).toBe(31);
  });

  it("lets exactly 150 requests of a greedy client through in a minute: 2.5 a second", () => {
    const limiter = new RateLimiter(1);
    let passed = 0;
    for (let ms = 0; ms < 60_000; ms += 10) if (limiter.take("a", "x", ms).allowed) passed++;
    expect(passed).toBe(150);
  });

  it("scales its windows with the speed", () => {
    const limiter = new RateLimiter(60);
    let passed = 0;
    for (let ms = 0; ms < 1000; ms += 0.25) if (limiter.take("a", "x", ms).allowed) passed++;
    expect(passed).toBe(150);
  });

  it("counts per address and per account: another address of the same account is refused, another account elsewhere is not", () => {
    const limiter = new RateLimiter(1);
    for (let i = 0; i < 32; i++) limiter.take("a", "x", 0);
    const refused = limiter.take("b", "x", 10);
    expect(refused).toMatchObject({ allowed: false, type: "Account" });
    expect(limiter.take("a", undefined, 10)).toMatchObject({ allowed: false, type: "IP Address" });
    expect(limiter.take("b", "y", 10).allowed).toBe(true);
    // What was refused for the account took nothing from the address b: 31 were left to it before, 30 after its own.
    expect(limiter.take("b", undefined, 10).remaining).toBe(30);
  });

  it("answers 429 with headers and data, and passes again when it said it would", async () => {
    const { call, wall, close, mutations } = await startHarness({ limited: true });
    try {
      const lines = mutations().length;
      const answers = [];
      for (let i = 0; i < 33; i++) answers.push(await call("GET", "/my/agent"));
      expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(32);
      expect(answers[0]?.headers.get("x-ratelimit-remaining")).toBe("31");
      wall.advanceSeconds(0.25);
      const refused = await call("POST", "/my/ships/TESTER-1/orbit");
      expect(refused.status).toBe(429);
      expect(refused.headers.get("retry-after")).toBe("1");
      expect(
        Object.fromEntries(
          ["type", "limit-burst", "limit-per-second", "remaining"].map((name) => [
            name,
            refused.headers.get(`x-ratelimit-${name}`),
          ]),
        ),
      ).toEqual({
        type: "IP Address",
        "limit-burst": "30",
        "limit-per-second": "2",
        remaining: "0",
      });
      expect(refused.body["error"]).toMatchObject({
        code: 429,
        message: "You have reached your API limit.",
        data: {
          type: "IP Address",
          retryAfter: 0.75,
          limitBurst: 30,
          limitPerSecond: 2,
          remaining: 0,
          reset: new Date(wall.nowMs() + 750).toISOString(),
        },
      });
      expect(mutations()).toHaveLength(lines);
      wall.advanceSeconds(Number(refused.body["error"]?.["data"]?.["retryAfter"]));
      expect((await call("POST", "/my/ships/TESTER-1/orbit")).status).toBe(200);
    } finally {
      await close();
    }
  });

  it("tells Retry-After in whole game seconds, divided by the speed, and never too early [SIM-RULES]", async () => {
    for (const [speed, waitedSeconds, retryAfter] of [
      [1, 0.25, "1"],
      [4, 0.1, "0.250"],
      [60, 0.001, "0.017"],
    ] as const) {
      const { call, wall, close } = await startHarness({ limited: true, speed });
      for (let i = 0; i < 32; i++) await call("GET", "/my/agent");
      wall.advanceSeconds(waitedSeconds);
      const refused = await call("GET", "/my/agent");
      expect([speed, refused.status, refused.headers.get("retry-after")]).toEqual([speed, 429, retryAfter]);
      wall.advanceSeconds(Number(retryAfter));
      expect((await call("GET", "/my/agent")).status).toBe(200);
      await close();
    }
  });

  it("counts registrations for the account too, as it does its agents' requests [SIM-RULES]", async () => {
    const { call, accountToken, close } = await startHarness({ limited: true });
    for (let i = 0; i < 32; i++) await call("POST", "/register", {}, accountToken);
    const refused = await call("POST", "/register", {}, accountToken);
    expect([refused.status, refused.headers.get("x-ratelimit-type")]).toEqual([429, "IP Address"]);
    const first = await startHarness({ limited: true });
    expect((await first.call("POST", "/register", {}, first.accountToken)).headers.get("x-ratelimit-type")).toBe("Account");
    expect((await first.call("GET", "/", undefined, null)).headers.get("x-ratelimit-type")).toBe("IP Address");
    await first.close();
    await close();
  });
});

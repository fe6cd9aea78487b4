import fc from "fast-check";
import { expect, it } from "vitest";
import { decode, encode } from "../../src/messaging/codec.ts";
import { subjectMatches, subjectsOf, subjectToken } from "../../src/messaging/subjects.ts";

it("brings every JSON value back unless it refuses it, and never throws", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const encoded = encode(value);
      const back = encoded.ok ? decode(encoded.bytes) : { ok: true, value };
      expect(back).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) as unknown });
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(typeof decode(bytes).ok).toBe("boolean");
    }),
  );
});

it("refuses NUL, lone surrogates, bad UTF-8, deep nesting, cycles and __proto__ in both directions", () => {
  const text = (json: string): Uint8Array => new TextEncoder().encode(json);
  const deep = `${"[".repeat(100)}${"]".repeat(100)}`;
  const received = [
    text('"a\\u0000"'),
    text('{"\\ud800":1}'),
    text('{"__proto__":{}}'),
    text(deep),
    Uint8Array.of(0x22, 0xff, 0x22),
  ];
  expect(received.map((bytes) => decode(bytes).ok)).toEqual([false, false, false, false, false]);
  const cycle: unknown[] = [];
  cycle.push(cycle);
  expect([encode("\u0000"), encode(["\udfff"]), encode(cycle), encode(undefined), encode(1n)].map(({ ok }) => ok)).toEqual(
    Array.from({ length: 5 }, () => false),
  );
});

it("makes one harmless token of any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(subjectToken(text)).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    }),
  );
  expect(subjectsOf("agent/2026-11-21/A.B>").event("event", "a b")).toBe("bosun.A_B_.event.a_b");
  expect(subjectsOf("agent/2026-11-21/BOSUN").event("event", "trade.bought..")).toBe("bosun.BOSUN.event.trade.bought._._");
  expect(subjectsOf("agent/2026-11-21/BOSUN").command("actors.send")).toBe("bosun.BOSUN.cmd.actors.send");
});

it("matches subjects as NATS does", () => {
  expect(subjectMatches("bosun.*.event.>", "bosun.A.event.x.y")).toBe(true);
  expect(subjectMatches("bosun.*.event.>", "bosun.A.event")).toBe(false);
  expect(subjectMatches("bosun.*", "bosun.A.event")).toBe(false);
  expect(subjectMatches(">", "a")).toBe(true);
});

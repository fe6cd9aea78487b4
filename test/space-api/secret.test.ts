import { inspect } from "node:util";
import pino from "pino";
import { expect, it } from "vitest";
import { Secret } from "../../src/space-api/secret.ts";

it("cannot be printed in any ordinary way [G15]", () => {
  const secret = new Secret("hush-hush\n");
  const lines: string[] = [];
  pino({ level: "debug" }, { write: (line) => lines.push(line) }).info({ secret, nested: { secret } }, "a log line");
  const printed = [
    `${secret.toString()} ${[secret].join()}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect(secret, { showHidden: true, depth: 9 }),
    inspect({ deep: { secret } }),
    new Error("failed", { cause: secret }).stack,
    Object.entries(secret).join(),
    ...lines,
  ];
  for (const text of printed) expect(text).not.toContain("hush-hush");
  expect(secret.reveal()).toBe("hush-hush");
});

it("refuses what cannot be a header without quoting it", () => {
  expect(() => new Secret("two words")).toThrow(/^(?!.*two words)/);
  expect(() => new Secret("")).toThrow(TypeError);
});

it("knows its like by the value alone", () => {
  const secret = new Secret("hush-hush");
  expect(secret.equals(new Secret(" hush-hush\n"))).toBe(true);
  expect(secret.equals(new Secret("hush"))).toBe(false);
  expect(secret.equals("hush-hush")).toBe(false);
});

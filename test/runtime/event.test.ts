import { describe, expect, it } from "vitest";
import { payloadOf, stampedEvent, withoutStamp } from "../../src/runtime/event.ts";

describe("an event from outside", () => {
  const event = JSON.parse('{"type":"ADD","at":1,"seed":2,"n":3,"toString":"x","__proto__":{"n":4}}');

  it("keeps every field of its own when it is stamped, and only the runtime says when [H17]", () => {
    const stamped = stampedEvent("ADD", event, { at: 10, seed: 20 });
    expect(Object.entries(stamped)).toEqual([
      ["type", "ADD"],
      ["at", 10],
      ["seed", 20],
      ["n", 3],
      ["toString", "x"],
      ["__proto__", { n: 4 }],
    ]);
    expect(Object.getPrototypeOf(stamped)).toBe(Object.prototype);
  });

  it("is shown to its schema without what the runtime adds, and to the journal without the stamp [H17]", () => {
    expect(Object.keys(payloadOf(event))).toEqual(["n", "toString", "__proto__"]);
    expect(JSON.stringify(withoutStamp(event))).toBe('{"type":"ADD","n":3,"toString":"x","__proto__":{"n":4}}');
  });
});

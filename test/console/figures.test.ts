import { describe, expect, it } from "vitest";
import { grouped, oneDecimal } from "../../src/console/figures.ts";

describe("figures for people", () => {
  it("show a loss too small to count as nothing, never as minus nothing", () => {
    expect([-0.3, -0, 0.3, -1.2].map(grouped)).toEqual(["0", "0", "0", "-1"]);
    expect([-0.04, -0, 0.04, -0.16].map(oneDecimal)).toEqual(["0.0", "0.0", "0.0", "-0.2"]);
  });

  it("are grouped by thousands the same in every locale", () => {
    expect([231_900.4, -1_234_567].map(grouped)).toEqual(["231,900", "-1,234,567"]);
  });
});

import { describe, expect, it } from "vitest";
import { grouped, groupedWithin, oneDecimal } from "../../src/console/figures.ts";

describe("figures for people", () => {
  it("show a loss too small to count as nothing, never as minus nothing", () => {
    expect([-0.3, -0, 0.3, -1.2].map(grouped)).toEqual(["0", "0", "0", "-1"]);
    expect([-0.04, -0, 0.04, -0.16].map(oneDecimal)).toEqual(["0.0", "0.0", "0.0", "-0.2"]);
  });

  it("are grouped by thousands the same in every locale", () => {
    expect([231_900.4, -1_234_567].map(grouped)).toEqual(["231,900", "-1,234,567"]);
  });

  it("are grouped within a sentence, where they are figures", () => {
    const said = (text: string) => groupedWithin(text);
    expect(said("ties up 231900 credits, 1234567 available")).toBe("ties up 231,900 credits, 1,234,567 available");
    expect(said("earns -45210 (-3.1 %), 12345.67 of 9999.")).toBe("earns -45,210 (-3.1 %), 12,345.67 of 9,999.");
    const kept = "950 at X1-AB1234-5678 by BOSUN-1234 of p1234, since 2026-11-21T12:00:00.1234Z; 0.12345 of 231,900";
    expect(said(kept)).toBe(kept);
  });
});

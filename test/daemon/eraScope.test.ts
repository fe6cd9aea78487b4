import { expect, it } from "vitest";
import { eraScope, isEarlierEra, nextUnderSameDate } from "../../src/daemon/eraScope.ts";

const first = eraScope("2026-11-21", "BOSUN");

it("counts the eras under one reset date, all before those of the next date [G8]", () => {
  const eras = [first];
  while (eras.length < 11) eras.push(nextUnderSameDate(eras.at(-1) ?? ""));
  expect(eras.slice(0, 3)).toEqual(["agent/2026-11-21/BOSUN", "agent/2026-11-21.2/BOSUN", "agent/2026-11-21.3/BOSUN"]);
  eras.push(eraScope("2026-11-22", "BOSUN"));
  for (const [index, era] of eras.entries())
    expect(eras.map((other) => isEarlierEra(era, other))).toEqual(eras.map((_other, at) => index < at));
});

it("compares eras, whoever plays them", () => {
  expect(isEarlierEra(first, eraScope("2026-11-28", "RIVAL"))).toBe(true);
  expect(isEarlierEra(first, eraScope("2026-11-21", "RIVAL"))).toBe(false);
});

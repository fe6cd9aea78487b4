import { expect, it } from "vitest";
import { nameOfKill, planKills } from "./killPlan.ts";

it("plans half of the kills at random moments and every point at least ten times in 200", () => {
  const counts = new Map<string, number>();
  for (const kill of planKills(200, 7)) counts.set(nameOfKill(kill), (counts.get(nameOfKill(kill)) ?? 0) + 1);
  expect(Object.fromEntries(counts)).toEqual({
    random: 100,
    "job.beforeSend": 20,
    "api.afterWork": 20,
    "job.afterResponse": 20,
    "commit.during": 20,
    "boot.recovering": 20,
  });
});

it("repeats itself for the same seed only, and never lets two boots in a row die early by plan", () => {
  expect(planKills(50, 1)).toEqual(planKills(50, 1));
  expect(planKills(50, 1)).not.toEqual(planKills(50, 2));
  const diesInBoot = planKills(1_000, 3).map((kill) => (kill.how === "random" ? kill.early : kill.point === "boot.recovering"));
  expect(diesInBoot.some((dies) => dies)).toBe(true);
  expect(diesInBoot.some((dies, index) => dies && diesInBoot[index + 1] === true)).toBe(false);
});

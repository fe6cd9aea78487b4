import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_FLEET_CONFIG, fleetSettings } from "../../src/actors/fleetPorts.ts";
import { loadConfig } from "../../src/config.ts";
import { sellScore } from "../../src/domain/sellScore.ts";
import { supplyLimit } from "../../src/domain/tradeSize.ts";
import { readPolicy } from "../../src/policy.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "bosun-policy-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function fileOf(name: string, content: unknown): string {
  const path = join(cwd, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}
function policyOf(given: unknown) {
  const read = readPolicy(given, "the test");
  if ("problems" in read) throw new Error(read.problems.join("\n"));
  return read.policy;
}
function problemsOf(given: unknown): readonly string[] {
  const read = readPolicy(given, "the test");
  return "problems" in read ? read.problems : [];
}

describe("the figures of the fleet", () => {
  it("come from an object in bosun.json, or from a file of their own, which wins", () => {
    const config = fileOf("bosun.json", { policy: { floorCredits: 7_000, fleetPolicy: { maxTraders: 3 } } });
    const loaded = loadConfig(["--config", config], {}, cwd);
    expect(loaded).toMatchObject({
      result: "run",
      config: { policy: { floorCredits: 7_000, fleetPolicy: { maxTraders: 3, maxScouts: 4 } } },
    });
    fileOf("mine.json", { floorCredits: 9_000 });
    const named = loadConfig(["--config", config, "--policy", "mine.json"], {}, cwd);
    expect(named).toMatchObject({ result: "run", config: { policy: { floorCredits: 9_000, fleetPolicy: { maxTraders: 12 } } } });
    expect(loadConfig([], {}, cwd)).toMatchObject({ config: { policy: DEFAULT_FLEET_CONFIG } });
  });

  it("hold the intervals of ships and work, on the clock of the universe [R002-70]", () => {
    const policy = policyOf({ discoveryGameSeconds: 30, dispatchGameSeconds: 120, supplyPollGameSeconds: 300 });
    const { timing } = fleetSettings({ config: policy, gameTime: { speed: 10 } });
    expect(timing).toMatchObject({ discoveryMs: 3_000, dispatchMs: 12_000, supplyPollMs: 30_000 });
  });

  it("read ships every 120 s by default, and look for opportunities and assign every 60 s, in the real game [R002-70]", () => {
    const { timing } = fleetSettings({ config: policyOf({}), gameTime: { speed: 1 } });
    expect(timing).toMatchObject({ discoveryMs: 120_000, dispatchMs: 60_000 });
  });

  it("hold each constant of trade size, sell score and attempts [R002-25] [R002-32] [R002-56]", () => {
    const { opportunities, work } = policyOf({
      work: { maxRetries: 5, maxLossShare: 0.1 },
      opportunities: {
        plan: {
          leg: { tradeSize: { supplyShare: { HIGH: 1 } } },
          sellScore: { creditsPerPoint: 100, weights: { price: 1, activity: 0, supply: 0, depth: 0 } },
        },
      },
    });
    expect(supplyLimit(30, "HIGH", opportunities.plan.leg.tradeSize)).toBe(30);
    expect(supplyLimit(30, "SCARCE", opportunities.plan.leg.tradeSize)).toBe(3);
    expect(sellScore({ bidCredits: 5_000, activity: "WEAK", supply: "HIGH" }, 3, opportunities.plan.sellScore)).toBe(50);
    expect(fleetSettings({ config: { ...DEFAULT_FLEET_CONFIG, work, opportunities }, gameTime: { speed: 1 } }).work).toEqual({
      maxRetries: 5,
      maxLossShare: 0.1,
      tradeSize: opportunities.plan.leg.tradeSize,
    });
  });

  it.each([
    [{ dispatchGameSecond: 5 }, 'unknown key "dispatchGameSecond" in the test. Did you mean "dispatchGameSeconds"?'],
    [{ minMargin: 0.1 }, 'unknown key "minMargin" in the test. Did you mean "opportunities.plan.minMargin"?'],
    [
      { fleetPolicy: { maxTrips: 3 } },
      'unknown key "fleetPolicy.maxTrips" in the test. Did you mean "opportunities.plan.maxTrips"?',
    ],
    [{ work: { maxRetry: 1 } }, 'unknown key "work.maxRetry" in the test. Did you mean "work.maxRetries"?'],
    [{ dispatchGameSeconds: 0 }, '"dispatchGameSeconds" of the test is 0, but it must be above 0.'],
    [{ dispatchGameSeconds: "5" }, '"dispatchGameSeconds" of the test is "5", but it must be a number.'],
    [{ floorCredits: -1 }, '"floorCredits" of the test is -1, but it must not be negative.'],
    [{ work: { maxRetries: 1.5 } }, '"work.maxRetries" of the test is 1.5, but it must be a whole number from 1.'],
    [{ maxFabrications: -1 }, '"maxFabrications" of the test is -1, but it must be a whole number from 0.'],
    [{ work: { maxLossShare: 5 } }, '"work.maxLossShare" of the test is 5, but it must be from 0 to 1.'],
    [
      { opportunities: { plan: { selection: "luck" } } },
      '"opportunities.plan.selection" of the test is "luck", but it must be one of profit, seed.',
    ],
    [
      { opportunities: { inputsFrom: ["SOME"] } },
      '"opportunities.inputsFrom" of the test is ["SOME"], but it must be a list of SCARCE, LIMITED, MODERATE, HIGH, ABUNDANT.',
    ],
    [{ opportunities: { plan: { leg: { route: { allowBurn: 1 } } } } }, "it must be true or false"],
    [{ fleetPolicy: 5 }, '"fleetPolicy" of the test is 5, but it must be an object with figures of the fleet.'],
    ["all", 'the test is "all", but it must be an object with figures of the fleet.'],
  ])("are refused where they cannot be: %j", (given, problem) => {
    expect(problemsOf(given).join("\n")).toContain(problem);
  });

  it("report every problem at once, and take negative margins for what they are", () => {
    expect(problemsOf({ floorCredits: -1, tradeFrom: "HIGH", fleetPolicy: { maxTraders: 0.5 } })).toHaveLength(3);
    expect(policyOf({ opportunities: { plan: { minMargin: -1, minProfitCredits: -5 } } }).opportunities.plan).toMatchObject({
      minMargin: -1,
      minProfitCredits: -5,
    });
  });

  it("stop the start, in flag, environment and file alike", () => {
    const bad = fileOf("bad.json", { floorCredit: 1 });
    const said = (args: string[], environment = {}) => {
      const loaded = loadConfig(args, environment, cwd);
      return loaded.result === "refused" ? loaded.problems.join("\n") : loaded.result;
    };
    expect(said(["--policy", bad])).toContain('Did you mean "floorCredits"?');
    expect(said([], { BOSUN_POLICY: bad })).toContain('Did you mean "floorCredits"?');
    expect(said(["--config", fileOf("b.json", { policy: { floorCredit: 1 } })])).toContain('"policy" in');
    expect(said(["--policy", "none.json"])).toContain("does not exist");
    expect(said(["--policy", fileOf("broken.json", "{")])).toContain("cannot be read as JSON");
    expect(said(["--config", fileOf("c.json", { policy: 5 })])).toContain("a path, or an object");
    expect(said(["--polcy", bad])).toContain("Did you mean --policy?");
  });

  it("can each be set to its default, so that none is out of its own bounds", () => {
    expect(policyOf(JSON.parse(JSON.stringify(DEFAULT_FLEET_CONFIG)))).toEqual(DEFAULT_FLEET_CONFIG);
  });
});

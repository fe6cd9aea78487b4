import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  manufacturingStatusCommand,
  planCommand,
  refusalsCommand,
  startCommand,
  stopCommand,
  tasksCommand,
} from "../../src/cli/manufacturing.commands.ts";
import type { ManufacturingDesk } from "../../src/console/manufacturing.ts";
import type { Quote } from "../../src/domain/market.ts";
import { DEFAULT_OPPORTUNITY_POLICY } from "../../src/domain/opportunity.ts";
import { answerPlan } from "../../src/domain/planAnswer.ts";
import { createFakeRuntime, SCOPE } from "../console/fakeRuntime.ts";
import { startTestConsole, type TestConsole } from "../console/testConsole.ts";
import { bookOf, quote, worldOf } from "../domain/fixtures/builders.ts";
import { LASER_CHAIN, laserBook } from "../domain/fixtures/laserRifles.ts";
import { callCommand } from "./callCommand.ts";

/** A desk over the seed's example; what was asked of it is kept. */
function deskOf(asked: unknown[], world = worldOf(laserBook(), { chain: LASER_CHAIN })): ManufacturingDesk {
  return {
    plan(question) {
      asked.push(question);
      const { product, kind, credits } = question;
      const funded = credits === undefined ? world : { ...world, creditsAvailable: credits };
      return Promise.resolve(
        answerPlan({ product, kind, world: funded, policy: DEFAULT_OPPORTUNITY_POLICY, freshForMs: 600_000 }),
      );
    },
    start(wish) {
      asked.push(wish);
      if (wish.product === "GOLD")
        return Promise.resolve({ outcome: "refused", reason: "unaffordable", detail: "ties up 9000 credits" });
      if (wish.product === null) return Promise.resolve({ outcome: "waiting", order: "o1", detail: "no empty ship is free" });
      return Promise.resolve({ outcome: "started", order: "o1", pipeline: "p7" });
    },
    stop(which) {
      asked.push(which);
      if (which.pipeline === "p8") {
        const container_id = `${SCOPE}/coordinator/pipeline/p8`;
        const last = { container_id, status: "stopping" as const, pipeline: "p8", good: "GOLD", ships: ["S-3"] };
        return Promise.resolve({
          outcome: "stopped",
          orders: 0,
          pipelines: [last],
          products: ["GOLD"],
          until: "2026-11-21T12:02:00.000Z",
        });
      }
      if (which.pipeline === "p9") return Promise.resolve({ outcome: "notRunning", detail: "no pipeline p9 is at work" });
      const stopped = { container_id: `${SCOPE}/coordinator/pipeline/p7`, pipeline: "p7", good: "FOOD" };
      const pipelines = [{ ...stopped, status: "stopping" as const, ships: ["S-1", "S-2"] }];
      return Promise.resolve({ outcome: "stopped", orders: 1, pipelines, products: ["FOOD"], until: null });
    },
    status: () => Promise.resolve(STATUS),
    tasks(filter) {
      asked.push(filter);
      if (filter.pipeline === "p99999") return Promise.resolve(undefined);
      return Promise.resolve([
        TASK,
        { ...TASK, id: "p7.t2", status: "COMPLETED", dependsOn: ["p7.t1"], attempts: 1, error: "late" },
      ]);
    },
    refusals(product) {
      asked.push(product);
      if (product === "NOPE") return Promise.resolve(undefined);
      return Promise.resolve({
        products: [{ good: "FOOD", kind: "fabricate", reason: "marginTooLow", detail: "earns 12", profitCredits: 12 }],
        hulls: [{ type: "SHIP_PROBE", waypoint: "X1-Y", reason: "enoughScouts", detail: "4 for 25 markets" }],
        recent: [
          { at: "2026-11-21T12:00:00.000Z", by: "treasury", good: "FOOD", reason: "belowFloor", detail: "90000 asked, 1 free" },
        ],
      });
    },
  };
}

/** Silicon gains next to nothing by itself, and WORKS is short of it. */
function shortWorks() {
  const book = bookOf(
    quote("MINE", "SILICON_CRYSTALS", "EXPORT", { supply: "HIGH", tradeVolume: 60, askCredits: 40 }),
    quote("WORKS", "SILICON_CRYSTALS", "IMPORT", { supply: "SCARCE", tradeVolume: 60, bidCredits: 45 }),
    quote("WORKS", "ELECTRONICS", "EXPORT", { supply: "LIMITED", askCredits: 2_800 }),
    quote("CITY", "ELECTRONICS", "IMPORT", { supply: "SCARCE", bidCredits: 2_900 }),
  );
  const hull = { speed: 36, fuelCapacity: 400, cargoCapacity: 40 };
  return worldOf(book, { chain: { ELECTRONICS: ["SILICON_CRYSTALS"], SILICON_CRYSTALS: [] }, hull });
}

const PIPELINE = {
  id: "p7",
  good: "FOOD",
  status: "EXECUTING",
  phase: "producing",
  tasks: 3,
  tasksDone: 2,
  costCredits: 1_000,
  revenueCredits: 400,
  fuelCredits: 72,
  profitCredits: -672,
  expectedProfitCredits: 5_000,
  feedWorthCredits: 0,
  sellMarket: "X1-A",
  reason: null,
  createdAt: "2026-11-21T12:00:00.000Z",
  completedAt: null,
} as const;
const EARNED = { operatingProfitCredits: 12_000, hullsCredits: 300_000 };
const STATUS = {
  pipelines: [PIPELINE],
  factories: [
    { waypoint: "X1-F", good: "FOOD", pipeline: "p7", supply: "MODERATE", readyForCollection: false, reason: "supplyLow" },
  ],
  orders: [{ order: "o1", good: null, kind: "any", placedAt: "2026-11-21T12:00:00.000Z", waitsFor: "no ship for 1250 credits" }],
  leftAlone: [
    { good: "GOLD", kind: "trade", until: "2026-11-21T12:10:00.000Z", because: "it came to nothing, or lost money" },
    { good: "FUEL", kind: "any", until: null, because: "stopped by hand" },
  ],
  held: [],
  money: {
    credits: 90_000,
    floorCredits: 5_000,
    reservedCredits: 1_000,
    earmarkedCredits: 4_000,
    availableCredits: 80_000,
    ...EARNED,
  },
};
const TASK = {
  id: "p7.t1",
  pipeline: "p7",
  type: "ACQUIRE_DELIVER",
  status: "EXECUTING",
  good: "FERTILIZERS",
  units: 40,
  actualUnits: 35,
  source: "X1-E",
  target: "X1-F",
  ship: "S-1",
  priority: 10,
  attempts: 0,
  cargoAboard: true,
  error: null,
  dependsOn: [],
};

describe("bosun manufacturing", () => {
  let dataDir: string;
  let fleet: TestConsole;
  let desk: ManufacturingDesk | undefined;
  let asked: unknown[] = [];
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "bosun-cli-"));
    fleet = await startTestConsole({
      runtime: createFakeRuntime(),
      operatorToken: "secret",
      kinds: [],
      manufacturing: () => desk,
    });
    const file = { pid: process.pid, version: "1", agent: SCOPE, databaseUrl: "", natsUrl: null, apiUrl: "" };
    writeFileSync(join(dataDir, "daemon.json"), JSON.stringify({ ...file, httpUrl: fleet.server.url, operatorToken: "secret" }));
  });
  afterAll(async () => {
    await fleet.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  beforeEach(() => {
    asked = [];
    desk = deskOf(asked);
  });
  afterEach(() => {
    desk = undefined;
  });
  const at = () => ["--data-dir", dataDir];

  it("plan prints tree, task graph, money, time, requests and every road not taken", async () => {
    const { stdout, status } = await callCommand(
      planCommand,
      "--good",
      "laser_rifles",
      "--kind",
      "fabricate",
      "--dry-run",
      ...at(),
    );
    expect(status).toBe(0);
    expect(asked).toEqual([{ product: "LASER_RIFLES", kind: "fabricate", ship: undefined, credits: undefined }]);
    expect(stdout).toContain("LASER_RIFLES  FABRICATE at A\n├─ DIAMONDS  BUY at C1 (raw)");
    expect(stdout).toContain("└─ ADVANCED_CIRCUITRY  FABRICATE at B\n   ├─ ELECTRONICS  BUY at C3 (supply)");
    expect(stdout).toMatch(/t6:COLLECT +LASER_RIFLES +12 +A +t1…t2:DELIVER t5:DELIVER +HIGH supply +-[\d,]+/);
    for (const line of [/^cost +[\d,]+ \+ \d+ fuel/m, /^revenue +[\d,]+/m, /^profit +[\d,]+ \(/m, /critical path/, /cr\/request/])
      expect(stdout).toMatch(line);
    expect(stdout).toMatch(/^PLATINUM +A +importMarket +imports PLATINUM/m);
    expect(stdout).toContain("no price known of: COPPER SILICON_CRYSTALS");
  });

  it("plan's tree says of which input the factory has enough, and stops there", async () => {
    const quotes = Object.values(laserBook().quotes).flatMap((goods) => Object.values(goods));
    const fed = (one: Quote) => one.waypoint === "A" && one.type === "IMPORT" && one.good === "ADVANCED_CIRCUITRY";
    const book = bookOf(...quotes.map((one) => (fed(one) ? { ...one, supply: "ABUNDANT" as const } : one)));
    desk = deskOf(asked, worldOf(book, { chain: LASER_CHAIN }));
    const { stdout } = await callCommand(planCommand, "--good", "LASER_RIFLES", "--kind", "fabricate", ...at());
    expect(stdout).toContain("└─ ADVANCED_CIRCUITRY  not delivered: A has enough (ABUNDANT)\n\nPHASE");
    expect(stdout).toMatch(/^ELECTRONICS +C3 +notDelivered +A has enough ADVANCED_CIRCUITRY \(ABUNDANT\)$/m);
  });

  it("plan says what a trade of little gain is worth to the factory that it feeds", async () => {
    desk = deskOf(asked, shortWorks());
    const { stdout } = await callCommand(planCommand, "--good", "SILICON_CRYSTALS", "--kind", "trade", ...at());
    const worth = /^worth +worth to the factory at WORKS: \+([\d,]+), in the rate, not in the profit$/m.exec(stdout)?.[1];
    expect(Number(worth?.replaceAll(",", ""))).toBeGreaterThan(DEFAULT_OPPORTUNITY_POLICY.plan.minProfitCredits);
    expect(stdout).toContain(`profit and ${worth} worth to the factory in`);
    expect(stdout).toMatch(/^buy at MINE +\d+ .* would do: worth to the factory at WORKS: \+[\d,]+$/m);
  });

  it("plan of the impossible says why, with exit code 5, and as JSON is the whole answer", async () => {
    const refused = await callCommand(planCommand, "--good", "UNOBTAINIUM", ...at());
    expect(refused).toMatchObject({ status: 5, stderr: expect.stringContaining("unknownGood") });
    expect(refused.stdout).toContain("UNOBTAINIUM: no plan — unknownGood");
    const { stdout } = await callCommand(planCommand, "--good", "LASER_RIFLES", "--ship", "s-1", "-o", "json", ...at());
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: "planned",
      product: "LASER_RIFLES",
      plan: { phases: expect.any(Array) },
    });
    expect(asked).toContainEqual({ product: "LASER_RIFLES", kind: "any", ship: "S-1", credits: undefined });
  });

  it("plan asks for the plan of a purse with so much free, and says so when it refuses for lack of money", async () => {
    const poor = await callCommand(planCommand, "--good", "LASER_RIFLES", "--kind", "fabricate", "--credits", "10", ...at());
    expect(poor).toMatchObject({
      status: 5,
      stderr: expect.stringMatching(
        /^unaffordable: one unit costs \d{1,3}(,\d{3})+, 10 credits available.*--credits N plans as if N were free\.$/,
      ),
    });
    const rich = await callCommand(planCommand, "--good", "LASER_RIFLES", "--kind", "fabricate", "--credits", "9000000", ...at());
    expect(rich).toMatchObject({ status: 0, stdout: expect.stringContaining("LASER_RIFLES: make") });
    expect(asked).toMatchObject([{ credits: 10 }, { credits: 9_000_000 }]);
  });

  it("plan without a good, or with one that is no symbol, is wrong usage", async () => {
    expect(await callCommand(planCommand, ...at())).toMatchObject({ status: 2 });
    expect(await callCommand(planCommand, "--good", "a b", ...at())).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("it must be a symbol"),
    });
    expect(asked).toEqual([]);
  });

  it("start begins, waits or is refused, and says which [R002-126]", async () => {
    const started = await callCommand(startCommand, "--good", "FOOD", "--force", ...at());
    expect(started).toMatchObject({ status: 0, stdout: "pipeline p7 begins. See: bosun manufacturing tasks p7" });
    expect(asked).toEqual([{ product: "FOOD", kind: "any", force: true }]);
    expect(await callCommand(startCommand, "--good", "GOLD", ...at())).toMatchObject({
      status: 5,
      stderr: "unaffordable: ties up 9,000 credits",
    });
    expect(await callCommand(startCommand, ...at())).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("no empty ship is free"),
    });
  });

  it("stop names the container and its state, and the ships that still sell [R003-08]", async () => {
    const { stdout } = await callCommand(stopCommand, "p7", "-o", "json", ...at());
    expect(JSON.parse(stdout)).toMatchObject({
      pipelines: [{ container_id: `${SCOPE}/coordinator/pipeline/p7`, status: "stopping" }],
    });
    const text = await callCommand(stopCommand, "--good", "FOOD", ...at());
    const untilStart = "the fleet begins no FOOD until you say: bosun manufacturing start --good FOOD";
    expect(text.stdout).toBe(
      `p7 FOOD stopping: S-1, S-2 still sell what they have aboard\n1 waiting order dropped\n${untilStart}`,
    );
    expect(asked).toEqual([
      { pipeline: "p7", product: undefined, forGameSeconds: undefined },
      { pipeline: undefined, product: "FOOD", forGameSeconds: undefined },
    ]);
    const one = await callCommand(stopCommand, "p8", "--for", "1h30m", ...at());
    expect(one.stdout).toBe(
      "p8 GOLD stopping: S-3 still sells what it has aboard\n" +
        "the fleet begins no GOLD before 2026-11-21T12:02:00.000Z, unless you say: bosun manufacturing start --good GOLD",
    );
    expect(asked.at(-1)).toMatchObject({ forGameSeconds: 5_400 });
    for (const time of ["2", "0h", "1m2h", "", "soon"])
      expect(await callCommand(stopCommand, "p8", "--for", time, ...at())).toMatchObject({ status: 2 });
    expect(await callCommand(stopCommand, "p9", ...at())).toMatchObject({ status: 4, stderr: expect.stringContaining("p9") });
    expect(await callCommand(stopCommand, ...at())).toMatchObject({ status: 2 });
    expect(await callCommand(stopCommand, "p7", "--good", "FOOD", ...at())).toMatchObject({ status: 2 });
  });

  it("status shows pipelines with phase and profit, factories, orders, what is left alone, and money [R002-126]", async () => {
    const { stdout } = await callCommand(manufacturingStatusCommand, ...at());
    expect(stdout).toContain("credits 90,000 · floor 5,000 · reserved 1,000 · counted on 4,000 · free for plans 80,000");
    expect(stdout).toContain("earned 12,000 · ships bought for 300,000");
    expect(stdout).toMatch(/^p7 +FOOD +producing +2\/3 +1,000 +400 +72 +-672 +5,000$/m);
    for (const line of [
      /X1-F +FOOD +p7 +MODERATE +supplyLow/,
      /the best +any +\S+ +no ship for 1,250 credits/,
      /GOLD +trade +2026-11-21T12:10/,
      /FUEL +any +it is started +stopped by hand/,
    ])
      expect(stdout).toMatch(line);
    const json = await callCommand(manufacturingStatusCommand, "-o", "json", ...at());
    expect(JSON.parse(json.stdout)).toEqual(STATUS);
  });

  it("status says of a pipeline that pays little what it is worth to the factory that it feeds", async () => {
    const feeding = { ...PIPELINE, expectedProfitCredits: 5, feedWorthCredits: 2_412 };
    const pipelines = [feeding, { ...feeding, id: "p8", reason: "realised loss of 1250 credits" }];
    desk = { ...deskOf(asked), status: () => Promise.resolve({ ...STATUS, pipelines }) };
    const { stdout } = await callCommand(manufacturingStatusCommand, ...at());
    expect(stdout).toMatch(/^p7 .* 5 +worth to the factory at X1-A: \+2,412$/m);
    expect(stdout).toMatch(/^p8 .* 5 +realised loss of 1,250 credits$/m);
  });

  it("tasks shows state, ship, cargo, what it waits for and failed attempts [R002-126]", async () => {
    const { stdout } = await callCommand(tasksCommand, "p7", "--all", ...at());
    expect(stdout).toMatch(/^p7\.t1 +ACQUIRE_DELIVER +EXECUTING +FERTILIZERS +35\/40 aboard +X1-E +X1-F +S-1 +10 +-$/m);
    expect(stdout).toMatch(/^p7\.t2 .*COMPLETED .*35\/40 +X1-E .* t1 +attempt 2: late$/m);
    expect(asked).toEqual([{ pipeline: "p7", ended: true }]);
  });

  it("tasks shows of stranded cargo what is aboard, where it goes, and what was sold [R002-126]", async () => {
    const stranded = { ...TASK, id: "liquidate/1", pipeline: null, type: "LIQUIDATE", source: null, actualUnits: 0 };
    const lines = [stranded, { ...stranded, actualUnits: 20 }, { ...stranded, actualUnits: 40, status: "COMPLETED" }];
    desk = { ...deskOf(asked), tasks: () => Promise.resolve(lines) };
    const { stdout } = await callCommand(tasksCommand, ...at());
    for (const said of [
      "EXECUTING +FERTILIZERS +40 aboard",
      "EXECUTING +FERTILIZERS +20/40 sold",
      "COMPLETED +FERTILIZERS +40/40 sold",
    ])
      expect(stdout).toMatch(new RegExp(`LIQUIDATE +${said} +- +X1-F `));
  });

  it("refusals shows every reason with its figures", async () => {
    const { stdout } = await callCommand(refusalsCommand, "--good", "food", ...at());
    expect(asked).toEqual(["FOOD"]);
    expect(stdout).toMatch(/^FOOD +fabricate +12 +marginTooLow +earns 12$/m);
    expect(stdout).toMatch(/^SHIP_PROBE +X1-Y +enoughScouts +4 for 25 markets$/m);
    expect(stdout).toMatch(/treasury +FOOD +belowFloor +90,000 asked, 1 free$/m);
  });

  it("finds no tasks of a pipeline, and no refusals of a product, that there is not, with exit code 4", async () => {
    expect(await callCommand(tasksCommand, "p99999", ...at())).toMatchObject({
      status: 4,
      stdout: "",
      stderr: "no pipeline has the id p99999. bosun manufacturing status lists them.",
    });
    expect(await callCommand(refusalsCommand, "--good", "nope", ...at())).toMatchObject({
      status: 4,
      stdout: "",
      stderr: "NOPE is in no supply chain and at no market",
    });
  });

  it("says that no fleet runs while it is paused or starting", async () => {
    desk = undefined;
    for (const call of [callCommand(manufacturingStatusCommand, ...at()), callCommand(startCommand, "--good", "FOOD", ...at())])
      expect(await call).toMatchObject({ status: 1, stderr: "the fleet is paused, starting or stopping" });
  });

  it("starts and stops nothing without the operator's token", async () => {
    for (const path of ["start", "stop"]) {
      const body = JSON.stringify({ good: "FOOD" });
      const answer = await fetch(`${fleet.server.url}/api/commands/manufacturing/${path}`, { method: "POST", body });
      expect(answer.status).toBe(401);
    }
    expect(asked).toEqual([]);
  });

  it("refuses what is no symbol, no kind, or names both or neither", async () => {
    const post = async (path: string, body: unknown) =>
      await fetch(`${fleet.server.url}/api/commands/manufacturing/${path}`, {
        method: "POST",
        headers: { authorization: "Bearer secret" },
        body: JSON.stringify(body),
      });
    const wrong = [
      await post("start", { good: "A B" }),
      await post("start", { good: "FOOD", kind: "steal" }),
      await post("stop", {}),
      await post("stop", { good: "FOOD", pipeline: "p1" }),
      await fetch(`${fleet.server.url}/api/manufacturing/plan`),
      await fetch(`${fleet.server.url}/api/manufacturing/plan?good=%3Cscript%3E`),
    ];
    expect(wrong.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 400]);
    expect(asked).toEqual([]);
  });
});

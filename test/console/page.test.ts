import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ManufacturingStatus } from "../../src/console/manufacturing.ts";
import { putDemoFleet } from "./demoFleet.ts";
import { deskThatTells, manufacturingStatus } from "./demoManufacturing.ts";
import { chartContext, tourLine } from "./demoTours.ts";
import { createFakeRuntime, type FakeRuntime, SCOPE, shipContext, transition } from "./fakeRuntime.ts";
import { startTestConsole, type TestConsole } from "./testConsole.ts";

const CHROMIUM = "/usr/bin/chromium";
const isMissing = !existsSync(CHROMIUM);
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

it("has a browser where the services are required", () => {
  expect(isMissing && process.env["BOSUN_REQUIRE_SERVICES"] === "1", `${CHROMIUM} is missing`).toBe(false);
});

describe.skipIf(isMissing)("the page in a browser", { timeout: 30_000 }, () => {
  const profile = mkdtempSync(join(tmpdir(), "bosun-page-"));
  const shipAddress = `${SCOPE}/ship/BOSUN-4`;
  let browser: BrowserContext;
  let runtime: FakeRuntime;
  let fleet: TestConsole;
  let page: Page;
  let problems: string[];
  let manufacturing: () => ManufacturingStatus;

  beforeAll(async () => {
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      args: ARGUMENTS,
      viewport: { width: 1280, height: 900 },
    });
    runtime = createFakeRuntime();
    putDemoFleet(runtime, Date.now());
    runtime.put({ address: `${SCOPE}/universe/chart`, kind: "chart", context: chartContext("X1-AB12") });
    const tours = [
      tourLine({ ship: "BOSUN-2", container: `${SCOPE}/scouting/k1/tour/BOSUN-2` }),
      tourLine({ ship: "BOSUN-2", container: `${SCOPE}/tour/BOSUN-2`, status: "waiting", order: [], algorithm: "stalest-first" }),
    ];
    const desk = deskThatTells(() => manufacturing());
    fleet = await startTestConsole({ runtime, operatorToken: "t", kinds: [], tours, manufacturing: () => desk });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await fleet.stop();
    rmSync(profile, { recursive: true, force: true });
  });
  beforeEach(async () => {
    problems = [];
    manufacturing = manufacturingStatus;
    page = await browser.newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await page.goto(fleet.server.url);
    await page.locator("#link[data-state=live]").waitFor();
    return async () => {
      if (problems.length > 0) throw new Error(`the page complained: ${problems.join("; ")}`);
      await page.close();
    };
  });

  const cells = (row: Locator) => row.locator("td").allTextContents();
  const node = (address: string) => page.locator(`li[data-id="${address}"] > .node`);

  it("shows credits, ships and the whole tree", async () => {
    await expect.poll(() => page.locator("#credits").textContent()).toBe("231,900");
    expect(await page.locator("#ships tbody tr").count()).toBe(10);
    expect(await page.locator("#mode").textContent()).toBe("SIMULATOR ×60");
    for (const address of [SCOPE, shipAddress, `${SCOPE}/coordinator/pipeline/7f3a/task/1`, "database"])
      expect(await node(address).isVisible()).toBe(true);
    expect(await node(`${SCOPE}/coordinator/pipeline/7f3a/task/0`).isVisible()).toBe(false);
  });

  it("shows each pipeline's phase, tasks and money with what was expected, those at work first", async () => {
    const rows = page.locator("#pipelines tbody tr");
    await expect.poll(() => rows.count()).toBe(12);
    expect(await cells(rows.nth(0))).toEqual(["p285", "MICROPROCESSORS", "feeding", "1 of 3", "0", "18,883"]);
    expect((await cells(rows.nth(1)))[2]).toBe("winding upSHIP_PLATING still not HIGH at X1-AB12-K19");
    expect((await cells(rows.nth(2)))[2]).toBe("tradingworth to the factory at J27: +26,743");
    expect(await cells(rows.nth(3))).toEqual(["p200", "LIQUID_HYDROGEN", "completed", "1 of 1", "-240", "18,883"]);
    expect(await page.locator("#pipeline-note").textContent()).toBe("3 at work · 210,000 cr free for plans");
  });

  it("shows each factory that is fed, the label of what it makes, and what is missing", async () => {
    const rows = page.locator("#factories tbody tr");
    await expect.poll(() => rows.count()).toBe(3);
    const missing = "missing SILICON_CRYSTALS 37/75, COPPER 0/20";
    expect(await cells(rows.nth(0))).toEqual(["X1-AB12-D7", "MICROPROCESSORS", "p285", "MODERATE", missing]);
    expect((await cells(rows.nth(1)))[4]).toBe("all inputs in, not HIGH yet");
    expect((await cells(rows.nth(2))).slice(3)).toEqual(["HIGH", "ready to collect"]);
  });

  it("keeps pipelines up to date, and never hides one that is at work", async () => {
    const rows = page.locator("#pipelines tbody tr");
    await expect.poll(() => rows.count()).toBe(12);
    const told = manufacturingStatus();
    manufacturing = () => ({
      ...told,
      pipelines: told.pipelines.map((line) => ({ ...line, status: "EXECUTING" })),
      factories: [],
    });
    await expect.poll(() => rows.count(), { timeout: 8_000 }).toBe(16);
    expect(await page.locator("#factories").textContent()).toContain("No factory is fed now.");
  });

  it("lists the tours and draws the round of each over the markets of the system [R004-14]", async () => {
    await expect.poll(() => page.locator("#tour-count").textContent()).toBe("1 of 2 running");
    expect(await page.locator("#tours tbody tr").count()).toBe(2);
    const rounds = page.locator("#map .round");
    const [first, second] = await Promise.all([rounds.nth(0).getAttribute("points"), rounds.nth(1).getAttribute("points")]);
    const points = first?.split(" ") ?? [];
    expect(points).toHaveLength(3);
    expect(points[0]).toBe(points[2]);
    expect(second).toBe("");
    expect(await page.locator("#map .market").count()).toBe(10);
    await page.locator("#tours tbody tr").nth(1).hover();
    await expect.poll(() => rounds.nth(0).getAttribute("class")).toContain("faint");
  });

  it.each([
    { width: 1920, height: 1080 },
    { width: 1400, height: 1000 },
    { width: 1310, height: 900 },
    { width: 900, height: 900 },
    { width: 390, height: 844 },
    { width: 360, height: 800 },
  ])("cuts no cell of a table at $width px, and has no sideways scrolling", async (size) => {
    await page.setViewportSize(size);
    await page.locator("#factories tbody tr").nth(2).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")).toBe(0);
    const outside = `[...document.querySelectorAll("td")].filter((cell) => {
      const panel = cell.closest(".panel").getBoundingClientRect();
      const range = document.createRange();
      range.selectNodeContents(cell);
      const text = range.getBoundingClientRect();
      return text.width === 0 || text.left < panel.left || text.right > panel.right;
    }).map((cell) => cell.textContent)`;
    expect(await page.evaluate(outside)).toEqual([]);
  });

  it("says on a telephone what each figure of a row is", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator("#factories tbody tr").nth(2).waitFor();
    const labels = await page.evaluate(
      `[...document.querySelector("#pipelines tbody tr").cells].map((cell) => [cell.dataset.label, getComputedStyle(cell, "::before").content !== "none"])`,
    );
    const shown = [
      ["Tasks", true],
      ["Profit", true],
      ["Expected", true],
    ];
    expect(labels).toEqual([["Pipeline", false], ["Good", false], ["Phase", false], ...shown]);
  });

  it("leaves no half of the page empty: both columns end together", async () => {
    await page.setViewportSize({ width: 1400, height: 1000 });
    await page.locator("#factories tbody tr").nth(2).waitFor();
    const ends = await page.evaluate(
      `[...document.querySelectorAll(".column > .panel:last-child")].map((panel) => Math.round(panel.getBoundingClientRect().bottom))`,
    );
    expect(ends).toEqual([expect.any(Number), (ends as number[])[0]]);
  });

  it("shows an actor fail, back off and heal before one's eyes", async () => {
    const atMs = Date.now();
    const error = { name: "Error", message: "boom" };
    runtime.notify({ notice: "failed", address: shipAddress, kind: "ship", error, decision: "snapshot", afterMs: 900, atMs });
    await page.locator(`li[data-id="${shipAddress}"][data-status=backingOff]`).waitFor();
    expect(await node(shipAddress).getAttribute("class")).toContain("hurt");
    runtime.notify({ notice: "restarted", address: shipAddress, kind: "ship", from: "snapshot", atMs: atMs + 900 });
    await page.locator(`li[data-id="${shipAddress}"][data-status=active]`).waitFor();
    expect(await node(shipAddress).getAttribute("class")).toContain("healed");
    expect(await node(shipAddress).textContent()).toContain("1 restart");
    expect(await page.locator("#events").textContent()).toContain("ship/BOSUN-4 is back from its snapshot");
  });

  it("flashes a transition and shows the actor's context on a click", async () => {
    const context = shipContext("BOSUN-4", { waypoint: "X1-NEW" });
    runtime.notify(transition(shipAddress, "ship", { version: 77, value: "docking", context }));
    await expect.poll(() => node(shipAddress).textContent()).toContain("docking");
    await node(shipAddress).click();
    await expect.poll(() => page.locator("#detail-json").textContent()).toContain('"symbol": "BOSUN-4"');
    expect(page.url()).toContain(encodeURIComponent(shipAddress));
  });

  it("never runs what a name brings along [G7]", async () => {
    const evil = `<img src=x onerror="document.title='owned'">`;
    const context = shipContext(evil, { waypoint: evil, cargo: [{ good: evil, units: 1 }], cargoUnits: 1 });
    runtime.notify(transition(shipAddress, "ship", { version: 78, value: evil, context }));
    runtime.notify({
      notice: "emitted",
      address: shipAddress,
      version: 78,
      index: 0,
      event: { type: "ship.lost", symbol: evil },
      atMs: Date.now(),
    });
    await expect.poll(() => page.locator("#events").textContent()).toContain("<img src=x");
    await expect.poll(() => page.locator("#ships").textContent()).toContain("<img src=x");
    expect(await page.locator("main img").count()).toBe(0);
    expect(await page.title()).not.toBe("owned");
  });

  it("carries a ship's name of markup, NUL, direction overrides or 10 kB without harm [G7]", async () => {
    const names = [`<script>document.title="owned"</script>`, `BO\0SUN\u202eX`, "A".repeat(10_000), "\ud800", "__proto__"];
    for (const [index, name] of names.entries()) {
      const address = `${SCOPE}/ship/BOSUN-${index + 5}`;
      runtime.notify(transition(address, "ship", { version: 90, context: shipContext(name, { waypoint: name, nav: name }) }));
    }
    const ships = page.locator("#ships");
    await expect.poll(() => ships.textContent()).toContain("<script>document.title");
    await expect.poll(() => ships.textContent()).toContain("AAAAAAAAAA");
    expect(await page.locator("#ships tbody tr").count()).toBe(10);
    expect(await page.locator("main script").count()).toBe(0);
    expect(await page.title()).not.toBe("owned");
    const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    expect(overflow).toBe(0);
    // The page is alive: the next change still arrives.
    const healed = shipContext("BOSUN-4", { waypoint: "X1-AFTERWARDS" });
    runtime.notify(transition(shipAddress, "ship", { version: 91, context: healed }));
    await expect.poll(() => ships.textContent()).toContain("X1-AFTERWARDS");
  });

  it("filters the tree to what matches and what is above it", async () => {
    await page.locator("#filter").fill("task/3");
    await expect.poll(() => page.locator("#tree li:visible").count()).toBe(4);
    expect(await node(shipAddress).isVisible()).toBe(false);
  });

  it("lets arrow keys walk the tree, where the Tab key stops once", async () => {
    const coordinator = `${SCOPE}/coordinator`;
    const pipeline = `${coordinator}/pipeline/7f3a`;
    const shown = await page
      .locator("#tree li:visible")
      .evaluateAll((items) => items.map((item) => item.getAttribute("data-id")));
    const focused = () => page.evaluate("document.activeElement.closest('#tree li')?.dataset.id");
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
      return await focused();
    };
    await page.locator("#filter").focus();
    expect(await press("Tab", "Tab")).toBe(shown[0]);
    expect(await press("Tab")).toBe(undefined);
    expect(await press("Shift+Tab", "ArrowDown")).toBe(shown[1]);
    expect(await press("ArrowUp", "ArrowUp")).toBe(shown[0]);
    expect(await press("End")).toBe(shown.at(-1));
    expect(await press("ArrowDown")).toBe(shown.at(-1));
    expect(await press("Home")).toBe(shown[0]);
    await node(`${pipeline}/task/1`).focus();
    expect(await press("ArrowLeft")).toBe(pipeline);
    expect(await press("ArrowLeft", "ArrowLeft", "ArrowLeft")).toBe(SCOPE);
    await node(pipeline).focus();
    expect(await press("ArrowRight")).toBe(`${pipeline}/task/1`);
    expect(await press("ArrowRight")).toBe(`${pipeline}/task/1`);
    await press("Enter");
    await expect.poll(() => page.locator("#detail-title").textContent()).toBe(`${pipeline}/task/1`);
    expect(await page.getByRole("tree", { name: "Supervision tree" }).getByRole("treeitem").count()).toBe(shown.length);
  });

  it("keeps the focus in the tree when its node goes", async () => {
    const pipeline = `${SCOPE}/coordinator/pipeline/7f3a`;
    const task = `${pipeline}/task/2`;
    const focused = () => page.evaluate("document.activeElement.closest('#tree li')?.dataset.id");
    await node(task).focus();
    runtime.notify({ notice: "ended", address: task, kind: "task", status: "done", atMs: Date.now() });
    await expect.poll(() => node(task).isVisible()).toBe(false);
    expect(await focused()).toBe(pipeline);
  });

  it("has no sideways scrolling on a telephone", async () => {
    await page.setViewportSize({ width: 360, height: 800 });
    const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    expect(overflow).toBe(0);
  });
});

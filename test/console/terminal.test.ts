import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { feedView } from "../../src/console/feedView.ts";
import { fleetStatus } from "../../src/console/fleetStatus.ts";
import { createTerminalView } from "../../src/console/terminal.ts";
import { paletteFor } from "../../src/console/terminalText.ts";
import { createViewStore } from "../../src/console/view.store.ts";
import { createManualClock } from "../support/manualClock.ts";
import { putDemoFleet } from "./demoFleet.ts";
import { createFakeRuntime, SCOPE, START_MS, shipContext, transition } from "./fakeRuntime.ts";
import { statusSource } from "./statusSource.ts";

const SUMMARY = "credits 231,900 · 412 k/h · 61 cr/request · 10 ships: 7 flying 2 trading 1 waiting";
const HALF_A_GAME_HOUR_MS = 30_000;

/** Ten ships on a terminal that remembers every byte, and what a person sees of it: lines, the last one redrawn in place. */
async function terminalOf(columns?: number) {
  const runtime = createFakeRuntime();
  const clock = createManualClock(START_MS);
  const store = createViewStore();
  feedView(runtime, store);
  putDemoFleet(runtime, START_MS);
  const command = { kind: "sell", waypoint: "X1-AB12-J9", good: "FABRICS", units: 36 };
  runtime.put({
    address: `${SCOPE}/ship/BOSUN-9`,
    kind: "ship",
    value: "selling",
    context: shipContext("BOSUN-9", { nav: "DOCKED" }, { command }),
  });
  const purse = (liveCredits: number) => ({ purse: { liveCredits, reservations: [], floorCredits: 0 } });
  runtime.put({ address: `${SCOPE}/treasury`, kind: "treasury", value: "open", context: purse(25_900) });
  store.trigger.loaded({ actors: await runtime.list(), atMs: START_MS });
  let written = "";
  const status = () =>
    fleetStatus(
      store.getSnapshot().context,
      statusSource({
        requestBudget: () => ({ queued: 0, sent: 3_377, rateLimited: 0, perSecondLimit: 2, usedLastMinute: 80 }),
      }),
      clock.nowMs(),
    );
  const view = createTerminalView({
    output: {
      write: (text) => {
        written += text;
      },
      ...(columns === undefined ? {} : { columns }),
    },
    store,
    status,
    clock,
    palette: paletteFor({ isTTY: false }, {}),
  });
  return {
    runtime,
    clock,
    view,
    raw: () => written,
    lines: () => written.split("\n").map((line) => line.split("\r\u001b[2K").at(-1) ?? ""),
    earn: async () => {
      await clock.advance(HALF_A_GAME_HOUR_MS);
      runtime.notify(
        transition(`${SCOPE}/treasury`, "treasury", { version: 9, value: "open", context: purse(231_900), atMs: clock.nowMs() }),
      );
      await turn();
    },
    emit: async (event: { type: string } & Record<string, unknown>) => {
      runtime.notify({ notice: "emitted", address: `${SCOPE}/coordinator`, version: 3, index: 0, event, atMs: clock.nowMs() });
      await turn();
    },
  };
}

describe("the live view of a terminal", () => {
  it("keeps one summary line of credits, earnings and what the ships do at the bottom", async () => {
    const terminal = await terminalOf();
    expect(terminal.raw()).toBe("");
    terminal.view.showSummary();
    expect(terminal.lines()).toEqual(["credits 25,900 · 0 cr/request · 10 ships: 7 flying 2 trading 1 waiting"]);
    await terminal.earn();
    await terminal.clock.advance(0);
    terminal.view.say("info", "so far");
    await terminal.clock.advance(500);
    expect(terminal.lines().length).toBe(2);
    expect(terminal.lines().at(-1)).toMatch(/^credits 231,900 · 40\d k\/h · 61 cr\/request/);
  });

  it("draws the line of the guide, figure by figure", async () => {
    const terminal = await terminalOf();
    await terminal.earn();
    terminal.view.showSummary();
    expect(terminal.lines()).toEqual([SUMMARY]);
  });

  it("tells deeds in words above the summary line, and redraws it below", async () => {
    const terminal = await terminalOf();
    await terminal.earn();
    terminal.view.showSummary();
    const factory = "X1-AB12-F5";
    await terminal.emit({
      type: "task.delivered",
      good: "FABRICS",
      units: 36,
      output: "CLOTHING",
      supplyAfter: "MODERATE",
      factory,
    });
    await terminal.emit({ type: "factory.supplyChanged", good: "CLOTHING", from: "MODERATE", to: "HIGH", factory, ours: true });
    await terminal.emit({
      type: "trade.sold",
      ship: "BOSUN-9",
      units: 40,
      good: "CLOTHING",
      waypoint: "X1-AB12-J9",
      totalCredits: 91_240,
    });
    await terminal.emit({ type: "something.newer" });
    expect(terminal.lines().map((line) => line.replace(/^\d\d:\d\d:\d\d /, ""))).toEqual([
      "FABRICS 36 delivered → CLOTHING (MODERATE) at X1-AB12-F5",
      "CLOTHING MODERATE → HIGH at X1-AB12-F5 (our units)",
      "BOSUN-9 sold 40 CLOTHING at X1-AB12-J9 for 91,240 cr",
      SUMMARY,
    ]);
  });

  it("lets no name move the cursor, and shortens the summary to the width of the terminal", async () => {
    const terminal = await terminalOf(40);
    await terminal.earn();
    terminal.view.showSummary();
    expect(terminal.lines()).toEqual([`${SUMMARY.slice(0, 38)}…`]);
    const before = terminal.raw().length;
    const symbol = "EVIL\u001b[2J\u001b[H\u0000\u009b31m\u202eNOSUB\r\n";
    await terminal.emit({ type: "ship.lost", symbol: symbol + "A".repeat(10_000) });
    const added = terminal.raw().slice(before);
    expect(added.length).toBeLessThan(400);
    const sentence = added.replace("\r\u001b[2K", "").split("\n");
    expect(sentence).toHaveLength(2);
    expect(sentence[0]).toMatch(/EVIL +\[2J +\[H +31m +NOSUB +A+ is gone: the game no longer knows it$/);
    expect(sentence[0]).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  it("leaves the last summary on the screen when it stops, and draws no more", async () => {
    const terminal = await terminalOf();
    await terminal.earn();
    terminal.view.showSummary();
    terminal.view.stop();
    const end = terminal.raw();
    expect(end.endsWith(`${SUMMARY}\n`)).toBe(true);
    await terminal.clock.advance(5_000);
    await terminal.emit({ type: "ship.lost", symbol: "BOSUN-1" });
    expect(terminal.raw()).toBe(end);
  });
});

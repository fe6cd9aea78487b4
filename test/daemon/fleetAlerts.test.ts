import { beforeEach, describe, expect, it } from "vitest";
import { createViewStore } from "../../src/console/view.store.ts";
import { createFleetAlerts, type FleetAlerts } from "../../src/daemon/fleetAlerts.ts";
import type { HeldShip } from "../../src/persistence/assignments.store.ts";
import { SCOPE, START_MS, shipContext, transition } from "../console/fakeRuntime.ts";

const MINUTE_MS = 60_000;
const SHIP = `${SCOPE}/ship/BOSUN-1`;
const TASK = `${SCOPE}/coordinator/task/1`;

let store: ReturnType<typeof createViewStore>;
let alerts: FleetAlerts;
let said: string[];
let nowMs: number;
let held: readonly HeldShip[];
let atWork: boolean;
let version = 0;

beforeEach(() => {
  store = createViewStore();
  said = [];
  nowMs = START_MS;
  held = [];
  atWork = true;
  alerts = createFleetAlerts({
    view: () => store.getSnapshot().context,
    gameSpeed: 1,
    isAtWork: () => atWork,
    heldShips: () => Promise.resolve(held),
    nowMs: () => nowMs,
    say: (level, text) => void said.push(`${level} ${text}`),
  });
});

/** The ship as its actor shows it, working for `owner`. */
function showShip(changes: Record<string, unknown> = {}, owner: string | null = TASK): void {
  const claim = owner === null ? null : { owner, purpose: "COLLECT_SELL", sinceMs: START_MS };
  store.trigger.noticed({
    notices: [
      transition(SHIP, "ship", { atMs: nowMs, version: (version += 1), context: shipContext("BOSUN-1", changes, { claim }) }),
    ],
  });
}

function showTask(address: string, status: string, ship: string): void {
  const task = { id: "1", type: "COLLECT_SELL", status, good: "IRON", units: 10, assignedShip: ship };
  store.trigger.noticed({ notices: [transition(address, "task", { atMs: nowMs, context: { task } })] });
}

/** Looks every minute, as the game goes on answering. */
async function pass(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    nowMs += MINUTE_MS;
    alerts.answered();
    await alerts.look();
  }
}

describe("alerts", () => {
  it("name a held ship that stands still for ten minutes, once, and say when it goes on [R003-17]", async () => {
    showShip();
    await alerts.look();
    await pass(10);
    expect(alerts.current()).toEqual([]);
    await pass(2);
    const [alert] = alerts.current();
    expect(alert).toMatchObject({ alert: "noProgress", subject: "BOSUN-1", since: new Date(START_MS).toISOString() });
    expect(alert?.text).toMatch(/^BOSUN-1 makes no progress for coordinator\/task\/1: waiting at /);
    // Being told of something is no progress.
    showShip();
    await pass(3);
    expect(said).toEqual([`warn alert: ${alert?.text}`]);
    showShip({ cargoUnits: 5, cargo: [{ good: "IRON", units: 5 }] });
    await pass(1);
    expect(alerts.current()).toEqual([]);
    expect(said.at(-1)).toBe("good BOSUN-1 makes progress again, or is free");
  });

  it("leave a long flight alone until it should have arrived, and an idle ship for ever [R003-17]", async () => {
    showShip({ nav: "IN_TRANSIT", arrivalAtMs: nowMs + 180 * MINUTE_MS });
    await pass(189);
    expect(said).toEqual([]);
    await pass(2);
    expect(alerts.current()).toMatchObject([{ alert: "noProgress", since: new Date(START_MS + 180 * MINUTE_MS).toISOString() }]);
    showShip({ nav: "DOCKED" }, null);
    await pass(60);
    expect(alerts.current()).toEqual([]);
  });

  it("let a probe rest between looks, as long as its tour goes on", async () => {
    const tour = `${SCOPE}/tour/BOSUN-1`;
    for (let look = 0; look < 5; look += 1) {
      store.trigger.noticed({ notices: [transition(tour, "tour", { atMs: nowMs, version: look + 1 })] });
      showShip({ cargoCapacity: 0 }, tour);
      await pass(25);
    }
    expect(said).toEqual([]);
    await pass(7);
    expect(alerts.current()).toMatchObject([{ alert: "noProgress", subject: "BOSUN-1" }]);
  });

  it("name a ship that two workers believe to have, unless one of them is just being told [R003-17]", async () => {
    showTask(TASK, "EXECUTING", "BOSUN-1");
    showTask(`${SCOPE}/coordinator/task/2`, "ASSIGNED", "BOSUN-1");
    await alerts.look();
    await pass(2);
    expect(said).toEqual([]);
    await pass(1);
    expect(alerts.current()).toMatchObject([
      { alert: "severalOwners", text: "BOSUN-1 has several owners: coordinator/task/1 and coordinator/task/2" },
    ]);
    showTask(`${SCOPE}/coordinator/task/2`, "READY", "");
    await pass(1);
    expect(said.at(-1)).toBe("good BOSUN-1 has one owner again");
  });

  it("count refusals, and speak when they grow, not when there are some [R003-17]", async () => {
    const refuse = (times: number): void => {
      for (let count = 0; count < times; count += 1)
        alerts.noticed(transition(TASK, "task", { atMs: nowMs, event: { type: "ship.refused", symbol: "BOSUN-1" } }));
    };
    refuse(4);
    await pass(1);
    expect(alerts.current()).toEqual([]);
    await pass(11);
    refuse(8);
    await pass(1);
    expect(alerts.current()).toEqual([]);
    refuse(1);
    await pass(1);
    expect(alerts.current()).toMatchObject([
      { alert: "moreRefusals", text: expect.stringContaining("9 times lately, 4 times before") },
    ]);
    await pass(15);
    expect(alerts.current()).toEqual([]);
  });

  it("name a ship whose owner is gone, when it is so at two looks", async () => {
    held = [{ ship: "BOSUN-3", owner: TASK, ownerStatus: "gone", operation: "COLLECT_SELL", assignedAtMs: START_MS }];
    await pass(1);
    expect(alerts.current()).toEqual([]);
    await pass(1);
    expect(alerts.current()).toMatchObject([
      { alert: "ownerGone", subject: "BOSUN-3", text: expect.stringContaining("bosun assignments clear") },
    ]);
    held = [];
    await pass(1);
    expect(alerts.current()).toEqual([]);
  });

  it("blame the game, not the ships, while it gives no answer; and nobody while the fleet may not act [G12]", async () => {
    showShip();
    await pass(3);
    for (let minute = 0; minute < 40; minute += 1) {
      nowMs += MINUTE_MS;
      await alerts.look();
    }
    expect(alerts.current()).toMatchObject([{ alert: "gameSilent", subject: null }]);
    await pass(9);
    expect(said).toEqual(["warn alert: the game gives no usable answer; the fleet waits", "good the game answers again"]);
    await pass(3);
    expect(alerts.current()).toMatchObject([{ alert: "noProgress" }]);
    atWork = false;
    await pass(30);
    expect(alerts.current()).toEqual([]);
  });
});

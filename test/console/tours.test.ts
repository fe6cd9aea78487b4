import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scoutMarketsCommand } from "../../src/cli/scout.command.ts";
import { startTourCommand, stopTourCommand, toursCommand } from "../../src/cli/tours.commands.ts";
import { callCommand } from "../cli/callCommand.ts";
import { chartContext, tourLine } from "./demoTours.ts";
import { createFakeRuntime, type FakeRuntime, SCOPE, START_MS, transition } from "./fakeRuntime.ts";
import { startTestConsole, type TestConsole } from "./testConsole.ts";

const PATROL = `${SCOPE}/scouting/k1/tour/BOSUN-2`;
const LENT = tourLine({ ship: "BOSUN-2", container: `${SCOPE}/tour/BOSUN-2`, containerStatus: "STOPPED", status: "waiting" });
const ROUND = tourLine({ ship: "BOSUN-2", container: PATROL });
const FAILED = tourLine({
  ship: "BOSUN-3",
  container: `${SCOPE}/scouting/k2/tour/BOSUN-3`,
  containerStatus: "FAILED",
  status: "failed",
});

let runtime: FakeRuntime;
let console_: TestConsole;
let dataDir: string;

beforeEach(async () => {
  runtime = createFakeRuntime();
  runtime.put({ address: `${SCOPE}/universe/chart`, kind: "chart", context: chartContext("X1-AB12") });
  runtime.put({ address: `${SCOPE}/universe`, kind: "universe", context: { seenAtMs: { "X1-AB12-A1": 1_000 } } });
  runtime.put({ address: PATROL, kind: "tour" });
  console_ = await startTestConsole({ runtime, operatorToken: "secret", kinds: [], tours: [LENT, ROUND, FAILED] });
  dataDir = mkdtempSync(join(tmpdir(), "bosun-tours-"));
  const file = { pid: process.pid, version: "1", agent: SCOPE, databaseUrl: "", natsUrl: null, apiUrl: "" };
  writeFileSync(join(dataDir, "daemon.json"), JSON.stringify({ ...file, httpUrl: console_.server.url, operatorToken: "secret" }));
});
afterEach(async () => {
  await console_.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const get = async (path: string) => {
  const response = await fetch(`${console_.server.url}${path}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const ORDER = ["--ships", "BOSUN-2,BOSUN-4", "--system", "X1-AB12", "--markets", "X1-AB12-A1, X1-AB12-B2"];
const scout = (...args: string[]) => callCommand(scoutMarketsCommand, ...ORDER, "--data-dir", dataDir, ...args);
/** The order's actor decides as soon as it is begun. */
function decide(verdict: object): unknown[] {
  const asked: unknown[] = [];
  runtime.spawn = (request) => {
    asked.push(request);
    runtime.put({ address: request.address, kind: "scouting", context: { verdict } });
    return Promise.resolve("created");
  };
  return asked;
}

describe("the tours' API", () => {
  it("answers the earlier visualizer in the form that it knows [R004-14]", async () => {
    expect(await get("/api/bot/tours/X1-AB12?player_id=1")).toEqual({
      status: 200,
      body: {
        tours: expect.arrayContaining([
          {
            system: "X1-AB12",
            markets: ["X1-AB12-A1", "X1-AB12-B2"],
            algorithm: "nearest-neighbour-2opt",
            start_waypoint: "X1-AB12-A1",
            tour_order: ["X1-AB12-A1", "X1-AB12-B2", "X1-AB12-A1"],
            total_distance: 34.14,
            calculated_at: "2026-11-21T12:00:00.000Z",
            ship_symbol: "BOSUN-2",
            daemon_id: PATROL,
            player_id: 1,
          },
        ]),
      },
    });
    expect((await get("/api/bot/tours/X1-AB12?player_id=2")).body).toEqual({ tours: [] });
  });

  it("knows no tours of a system without a chart, and no player called otherwise than by a number", async () => {
    expect((await get("/api/bot/tours/X1-NONE?player_id=1")).status).toBe(404);
    expect((await get("/api/systems/X1-NONE")).status).toBe(404);
    expect((await get("/api/bot/tours/X1-AB12?player_id=me")).status).toBe(400);
  });

  it("gives the map of a system with the age of what is known", async () => {
    const { body } = await get("/api/systems/X1-AB12");
    expect(body).toMatchObject({ system: "X1-AB12" });
    expect(body["waypoints"]).toContainEqual({
      symbol: "X1-AB12-A1",
      type: "PLANET",
      x: 0,
      y: 0,
      isMarket: true,
      seenAt: "1970-01-01T00:00:01.000Z",
    });
  });

  it("takes orders from the operator only", async () => {
    const response = await fetch(`${console_.server.url}/api/commands/scout`, { method: "POST", body: "{}" });
    expect(response.status).toBe(401);
  });
});

it("tells the end of every claim in the words that operators look for [R003-04]", async () => {
  const event = { type: "ship.released", ship: "BOSUN-2", owner: PATROL, reason: "stopped" };
  runtime.notify({ notice: "emitted", address: `${SCOPE}/ship/BOSUN-2`, version: 2, index: 0, event, atMs: START_MS });
  const told = () => console_.store.getSnapshot().context.events.map(({ text }) => text);
  await expect.poll(told).toEqual(["Released ship assignment for BOSUN-2: stopped"]);
});

describe("bosun scout markets", () => {
  it("begins an order and shows each ship's round [R004-15]", async () => {
    const tours = [
      { ship: "BOSUN-2", container: PATROL, order: ["X1-AB12-A1"], totalDistance: 0, algorithm: "nearest-neighbour-2opt" },
    ];
    const asked = decide({ outcome: "deployed", tours });
    const { status, stdout } = await scout("--id", "k1");
    expect(status).toBe(0);
    expect(stdout).toMatch(/BOSUN-2 +0 +X1-AB12-A1/);
    const order = { ships: ["BOSUN-2", "BOSUN-4"], system: "X1-AB12", markets: ["X1-AB12-A1", "X1-AB12-B2"] };
    expect(asked).toEqual([{ address: `${SCOPE}/scouting/k1`, kind: "scouting", input: { scope: SCOPE, order } }]);
  });

  it("says every reason why not, each with what it is about", async () => {
    const refusals = [
      { reason: "unknownShip", subject: "BOSUN-4", detail: "we have no ship of this name" },
      { reason: "noMarket", subject: "X1-AB12-B2", detail: "this ASTEROID has no market" },
    ];
    decide({ outcome: "refused", refusals });
    const { status, stderr } = await scout();
    expect(status).toBe(5);
    expect(stderr).toBe("BOSUN-4: we have no ship of this name\nX1-AB12-B2: this ASTEROID has no market");
    const reply = await fetch(`${console_.server.url}/api/commands/scout`, {
      method: "POST",
      headers: { authorization: "Bearer secret" },
      body: JSON.stringify({ ships: ["S"], system: "X", markets: ["W"] }),
    });
    expect(reply.status).toBe(409);
    expect(await reply.json()).toMatchObject({ outcome: "refused", refusals });
  });

  it("repeated with its id changes nothing and hears the same, and an id of another order is refused", async () => {
    const order = { ships: ["BOSUN-2", "BOSUN-4"], system: "X1-AB12", markets: ["X1-AB12-A1", "X1-AB12-B2"] };
    runtime.spawn = () => Promise.resolve("exists");
    const context = { order, verdict: { outcome: "deployed", tours: [] } };
    runtime.put({ address: `${SCOPE}/scouting/k1`, kind: "scouting", context });
    expect((await scout("--id", "k1", "-o", "json")).stdout).toContain('"deployed"');
    runtime.put({
      address: `${SCOPE}/scouting/k1`,
      kind: "scouting",
      context: { ...context, order: { ...order, ships: ["X"] } },
    });
    expect(await scout("--id", "k1")).toMatchObject({ status: 5, stderr: expect.stringContaining("given before") });
  });

  it("hears of a decision that comes after the order has begun", async () => {
    runtime.view = (address) => {
      const verdict = { outcome: "deployed", tours: [] };
      queueMicrotask(() => runtime.notify(transition(address, "scouting", { context: { verdict } })));
      return Promise.resolve(undefined);
    };
    expect((await scout("-o", "json")).stdout).toContain('"deployed"');
  });

  it("names what is missing", async () => {
    const { status, stderr } = await callCommand(scoutMarketsCommand, "--ships", "A", "--data-dir", dataDir);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining("give --system") });
  });
});

describe("bosun tours", () => {
  it("lists who keeps what in sight, and how far each is", async () => {
    const { stdout } = await callCommand(toursCommand, "--data-dir", dataDir);
    expect(stdout).toMatch(/BOSUN-2 +waiting/);
    expect(stdout).toMatch(/BOSUN-2 +running +X1-AB12-B2 +2 +5 +2 +34\.14 +nearest-neighbour-2opt +scouting\/k1\/tour\/BOSUN-2/);
  });

  it("stops the tour that has the ship, not the one that waits for it, and answers when it has ended [R003-08]", async () => {
    runtime.put({ address: PATROL, kind: "tour", status: "done" });
    const stopped = await callCommand(stopTourCommand, "BOSUN-2", "-o", "json", "--data-dir", dataDir);
    expect(runtime.sent).toMatchObject([{ to: PATROL, event: { type: "tour.stop" } }]);
    expect(JSON.parse(stopped.stdout)).toEqual({ container_id: PATROL, ship_symbol: "BOSUN-2", status: "stopped" });
  });

  it("stops a probe's own tour and names the way back, which begins it again", async () => {
    runtime.put({ address: LENT.container, kind: "tour", status: "done" });
    const stopped = await callCommand(stopTourCommand, "tour/BOSUN-2", "--data-dir", dataDir);
    expect(stopped.stdout).toContain("BOSUN-2 is free. Its own tour begins again with: bosun tours start BOSUN-2");
    const start = async (ship: string) => await callCommand(startTourCommand, ship, "--data-dir", dataDir);
    runtime.put({ address: SCOPE, kind: "agent", context: { tours: ["BOSUN-2"], tourless: [] } });
    expect(await start("BOSUN-2")).toMatchObject({ status: 5, stderr: expect.stringContaining("has not ended") });
    expect(await start("BOSUN-1")).toMatchObject({ status: 4, stderr: expect.stringContaining("no probe") });
    runtime.put({ address: SCOPE, kind: "agent", context: { tours: ["BOSUN-2"], tourless: ["BOSUN-2"] } });
    runtime.put({ address: LENT.container, kind: "tour" });
    expect(await start("bosun-2")).toMatchObject({ status: 0, stdout: "BOSUN-2 goes on its own tour again. See: bosun tours" });
    expect(runtime.sent.at(-1)).toMatchObject({ to: SCOPE, event: { type: "agent.tourWanted", symbol: "BOSUN-2" } });
  });

  it("takes the id that the list shows, and refuses what does not run or has been given up", async () => {
    runtime.put({ address: LENT.container, kind: "tour", status: "done" });
    await callCommand(stopTourCommand, "tour/BOSUN-2", "--data-dir", dataDir);
    expect(runtime.sent).toMatchObject([{ to: LENT.container }]);
    const unknown = await callCommand(stopTourCommand, "BOSUN-9", "--data-dir", dataDir);
    expect(unknown).toMatchObject({ status: 4, stderr: expect.stringContaining("no tour of BOSUN-9") });
    const failed = await callCommand(stopTourCommand, "BOSUN-3", "--data-dir", dataDir);
    expect(failed).toMatchObject({ status: 5, stderr: expect.stringContaining("bosun restart") });
  });
});

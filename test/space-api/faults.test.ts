import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { register } from "../../src/space-api/register.ts";
import { Secret } from "../../src/space-api/secret.ts";
import { COMMAND, type SimulatorRig, startSimulatorRig, valueOf } from "./simulatorRig.ts";

let rig: SimulatorRig;
beforeEach(async () => {
  rig = await startSimulatorRig();
});
afterEach(() => rig.close());

const SHIP = "TESTER-1";

async function arm(fault: object): Promise<void> {
  const { call, accountToken } = rig.simulator;
  expect((await call("POST", "/admin/faults", fault, accountToken)).status).toBe(201);
}

async function hits(): Promise<number[]> {
  const { call, accountToken } = rig.simulator;
  const armed = (await call("GET", "/admin/faults", undefined, accountToken)).body["data"];
  return [...(armed ?? [])].map((fault) => Number(fault["hits"]));
}

const purchases = () => rig.simulator.mutations().filter(({ operation }) => operation === "purchase").length;
const buyFuel = () => rig.api.purchase(SHIP, "FUEL", 2, { ...COMMAND, requestId: "job-1:1" });

describe("the client, when the simulator spoils the body", () => {
  it.each([
    ["truncated", "$"],
    ["empty", "$"],
    ["html", "$"],
    ["wrongType", "data.credits"],
  ])("of a read (%s), calls it malformed with operation and field, and does not repeat it [SIM-FAULTS]", async (form, field) => {
    await arm({ kind: "malformedBody", form, operation: "getMyAgent", count: 2 });
    expect(await rig.api.myAgent(COMMAND)).toMatchObject({ outcome: "malformed", operation: "myAgent", field });
    expect(await hits()).toEqual([1]);
  });

  it("of a purchase, names the field after the effect, which the next read shows [SIM-FAULTS] [G11]", async () => {
    await arm({ kind: "malformedBody", form: "wrongType", field: "data.cargo.units", operation: "purchaseCargo" });
    expect(await buyFuel()).toMatchObject({ outcome: "malformed", operation: "purchase", field: "data.cargo.units" });
    expect(purchases()).toBe(1);
    expect(valueOf(await rig.api.ship(SHIP, COMMAND)).cargo).toEqual([{ good: "FUEL", units: 2 }]);
  });
});

describe("the client, when the simulator breaks the connection", () => {
  it.each([
    ["the answer is dropped", { kind: "dropResponse" }, 1],
    ["it is reset in a header", { kind: "connectionReset", at: "headers" }, 1],
    ["it is reset in the body", { kind: "connectionReset", at: "body" }, 1],
    ["the request is dropped", { kind: "dropRequest" }, 0],
  ])(
    "calls the outcome of a purchase unknown when %s, sends it once, and the ship tells [SIM-FAULTS] [G5]",
    async (_, fault, done) => {
      await arm({ ...fault, operation: "purchaseCargo", count: 2 });
      expect(await buyFuel()).toMatchObject({ outcome: "unknown" });
      expect([await hits(), purchases()]).toEqual([[1], done]);
      const units = valueOf(await rig.api.ship(SHIP, COMMAND)).cargoUnits;
      expect(units).toBe(2 * done);
    },
  );

  it("repeats a read until it comes through [SIM-FAULTS] [G12]", async () => {
    await arm({ kind: "dropResponse", operation: "getMyAgent" });
    await arm({ kind: "connectionReset", at: "body", operation: "getMyAgent" });
    await arm({ kind: "dropRequest", operation: "getMyAgent" });
    expect(valueOf(await rig.api.myAgent(COMMAND)).symbol).toBe("TESTER");
    expect(await hits()).toEqual([1, 1, 1]);
  });
});

describe("the client, when the simulator is overloaded or away", () => {
  it("waits out a storm of 429 by what each answer says, then gets its answer [SIM-FAULTS] [G12] [R002-119]", async () => {
    const { wall } = rig.simulator;
    await arm({ kind: "tooManyRequests", count: 3, retryAfterGameSeconds: 120, operation: "getMyAgent" });
    const startedAtMs = wall.nowMs();
    expect(valueOf(await rig.api.myAgent(COMMAND)).symbol).toBe("TESTER");
    expect(rig.api.budget().rateLimited).toBe(3);
    expect(wall.nowMs() - startedAtMs).toBeGreaterThanOrEqual(6_000);
    expect(wall.nowMs() - startedAtMs).toBeLessThan(12_000);
  });

  it("hands a 429 of a purchase back as certainly not done, with the wait; a proxy's 429 too [SIM-FAULTS] [G5]", async () => {
    await arm({ kind: "tooManyRequests", retryAfterGameSeconds: 180 });
    expect(await buyFuel()).toMatchObject({ outcome: "unavailable", reason: "rateLimited", retryAfterMs: 3_000 });
    await arm({ kind: "tooManyRequests", from: "proxy" });
    expect(await buyFuel()).toMatchObject({ outcome: "unavailable", reason: "rateLimited" });
    expect(purchases()).toBe(0);
    expect(valueOf(await buyFuel()).transaction.units).toBe(2);
  });

  it("falls silent for minutes after a 502, for everybody, and comes through after the burst [SIM-FAULTS] [G12]", async () => {
    const { wall } = rig.simulator;
    await arm({ kind: "badGateway", count: 2, operation: "getMyAgent" });
    const startedAtMs = wall.nowMs();
    expect(await rig.api.myAgent(COMMAND)).toMatchObject({ outcome: "unavailable", reason: "server", retryAfterMs: 120_000 });
    valueOf(await rig.api.myShips(COMMAND));
    expect(wall.nowMs() - startedAtMs).toBeGreaterThanOrEqual(120_000);
    expect(await rig.api.myAgent(COMMAND)).toMatchObject({ outcome: "unavailable" });
    expect(valueOf(await rig.api.myAgent(COMMAND)).symbol).toBe("TESTER");
    expect(wall.nowMs() - startedAtMs).toBeGreaterThanOrEqual(240_000);
  });

  it("calls a purchase unknown after a 502 or a 503, whether it was done or not [SIM-FAULTS] [G5]", async () => {
    await arm({ kind: "badGateway", operation: "purchaseCargo" });
    await arm({ kind: "unavailable", when: "afterWork", operation: "purchaseCargo" });
    expect(await buyFuel()).toMatchObject({ outcome: "unknown" });
    expect(purchases()).toBe(0);
    expect(await buyFuel()).toMatchObject({ outcome: "unknown" });
    expect(purchases()).toBe(1);
  });

  it("repeats a read over a burst of 503 [SIM-FAULTS] [G12]", async () => {
    await arm({ kind: "unavailable", count: 3, operation: "getMyAgent" });
    expect(valueOf(await rig.api.myAgent(COMMAND)).symbol).toBe("TESTER");
    expect(await hits()).toEqual([3]);
  });

  it("waits as weather for a reset to end, hears that its token is dead, and registers anew [SIM-FAULTS] [G12]", async () => {
    const { simulator, api, environment } = rig;
    const { call, wall, accountToken } = simulator;
    expect(valueOf(await api.status(COMMAND)).resetDate).toBe("2026-01-01");
    await call("POST", "/admin/reset", { maintenanceGameSeconds: 36_000 }, accountToken);
    expect(await buyFuel()).toMatchObject({ outcome: "unavailable", reason: "maintenance" });
    expect(await api.myAgent(COMMAND)).toMatchObject({ outcome: "unavailable", reason: "maintenance" });
    wall.advanceSeconds(600);
    expect(await api.myAgent(COMMAND)).toMatchObject({ outcome: "unavailable", reason: "eraOver" });
    expect(await buyFuel()).toMatchObject({ outcome: "unavailable", reason: "eraOver" });
    expect(valueOf(await api.status(COMMAND)).resetDate).toBe("2026-01-02");
    const account = new Secret(accountToken);
    const again = await register({
      baseUrl: simulator.url,
      accountToken: account,
      environment,
      symbol: "TESTER",
      faction: "COSMIC",
    });
    expect(valueOf(again).agentToken.reveal()).not.toBe(simulator.token);
  });
});

import { beforeEach, describe, expect, it, vi } from "vitest";
import type { CoordinatorContext, DispatchAnswer, DispatchInput } from "../../src/machines/coordinatorProtocol.ts";
import type { TradeInput } from "../../src/machines/shipProtocol.ts";
import type { ShipContext } from "../../src/machines/shipSteps.ts";
import type { TreasuryContext } from "../../src/machines/treasuryProtocol.ts";
import { fleetTables } from "../../src/persistence/fleetTables.ts";
import { type ActorKind, defineJob } from "../../src/runtime/kind.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { createSupervision } from "../../src/supervisor/ladder.ts";
import { quote, SCOPE, shipState } from "../machines/driver.ts";
import { IRON_PLAN } from "../machines/ironTrade.ts";
import { useHosts } from "../support/hostBed.ts";
import { until } from "../support/hostFixture.ts";
import { idleKinds } from "./support/idleKinds.ts";

const { started, rows } = useHosts();

beforeEach(() => rows("TRUNCATE ship_assignments, manufacturing_pipelines, manufacturing_tasks"));

const [SHIP, COORDINATOR, TREASURY] = [`${SCOPE}/ship/S-1`, `${SCOPE}/coordinator`, `${SCOPE}/treasury`];
const PIPELINE = `${COORDINATOR}/pipeline/p1`;
const options = { tables: fleetTables, supervision: createSupervision() };

/** The fleet's kinds with a market of one ship and one trade: each job's answer, by its name; every other one hangs. */
function oneTrade(work = trade) {
  const asked: DispatchInput[] = [];
  let refuse = (): void => {};
  const refused = new Promise<unknown>((resolve) => {
    const refusal = { name: "goodNotSoldHere", message: "it is sold no more" };
    refuse = () => resolve({ result: "refused", refusal });
  });
  const breaking = { isOn: false };
  const answers: Readonly<Record<string, (input: never, nowMs: number) => unknown>> = {
    readAgent: (_input, sentAtMs) => {
      return { credits: 100_000, headquarters: "X1-A-1", ships: [shipState()], unread: [], sentAtMs };
    },
    observe: (_input, atMs) => {
      const quotes = [quote({ askCredits: 25, bidCredits: 20, observedAtMs: atMs })];
      return { waypoint: "X1-A-1", listing: undefined, quotes, hulls: undefined, atMs };
    },
    dock: (input: { readonly ship: object }, sentAtMs) => {
      return { result: "ok", value: { ship: { ...input.ship, nav: "DOCKED" } }, sentAtMs };
    },
    readShip: ({ ship }: { readonly ship: object }, sentAtMs) => ({ found: true, ship, sentAtMs }),
    purchase: ({ memo }: TradeInput) => (memo.pipeline === "p1" ? refused : undefined),
    dispatch: (input: DispatchInput) => {
      asked.push(input);
      return work(input);
    },
  };
  const kinds = idleKinds().map((kind): ActorKind => {
    const jobs = Object.keys(kind.jobs).map((name) => {
      const run = (input: never, context: { nowMs(): number }) =>
        Promise.resolve(answers[name]?.(input, context.nowMs()) ?? new Promise(() => {}));
      return [name, defineJob({ retry: "safe", timeoutMs: 60_000, run })] as const;
    });
    const project: ActorKind["project"] = (args) => {
      if (breaking.isOn && kind.kind === "pipeline") throw new Error("nobody can show it");
      return kind.project?.(args) ?? [];
    };
    const restart = kind.kind === "pipeline" ? { ...kind.restart, maxRestarts: 0 } : kind.restart;
    return { ...kind, jobs: Object.fromEntries(jobs), project, restart };
  });
  return { kinds, asked, refuse, breaking };
}

/** The first idle ship gets the trade, where nobody is at it. */
function trade({ idle, activeProducts }: DispatchInput): DispatchAnswer {
  const [ship] = idle;
  const plan = IRON_PLAN as unknown as DispatchAnswer["pipelines"][number]["plan"];
  const pipelines = ship === undefined || activeProducts.length > 0 ? [] : [{ plan, task: "t1", ship: ship.symbol }];
  const demand = { creditsPerHour: 0, referenceLift: 1, idleTraders: 0, markets: 0 };
  return { assignments: [], pipelines, scouts: [], yields: [], orders: [], demand };
}

/** The first idle ship is sent to look at a market, where none is on its way. */
function look({ idle, scouting }: DispatchInput): DispatchAnswer {
  const scouts = scouting.length > 0 ? [] : idle.map(({ symbol }) => ({ ship: symbol, waypoint: "X1-A-9" }));
  return { ...trade({ idle: [] } as unknown as DispatchInput), scouts };
}

const contextOf = async <Context>(runtime: Runtime, address: string) => (await runtime.view(address))?.context as Context;
const reserved = async (runtime: Runtime) =>
  (await contextOf<TreasuryContext>(runtime, TREASURY)).purse.reservations.map(({ id }) => id);
const ownerOf = async (runtime: Runtime) => (await contextOf<ShipContext>(runtime, SHIP)).claim?.owner;
const living = async (runtime: Runtime) =>
  (await runtime.list({ living: true })).map(({ address }) => address).filter((address) => address.startsWith(PIPELINE));

const UNREADABLE = `UPDATE bosun.actors SET snapshot = '{"oops' WHERE address = '${PIPELINE}'`;
const LATE_TIMER = `INSERT INTO bosun.timers (scope, address, id, generation, idx, due_at_ms, nature, event)
  VALUES ('${SCOPE}', '${PIPELINE}', 'late', 1, 0, 0, 'deadline', '{"type":"pipeline.taskPending","task":"p1.t1"}')`;

/** Up to the purchase, which does not come back. */
async function buying(kinds: readonly ActorKind[]): Promise<Runtime> {
  const runtime = await started(kinds, options);
  await runtime.spawn({ address: SCOPE, kind: "agent", input: { symbol: "TEST" } });
  await until(runtime, SHIP, ({ value }) => value === "purchasing", 10_000);
  expect(await reserved(runtime)).toEqual([`${PIPELINE}/task/t1`]);
  return runtime;
}

describe("a pipeline in quarantine whose coordinator lives", () => {
  it.each([
    ["broke at its work", false],
    ["left a state that nobody can read, and workers that live on", true],
  ])(
    "is dismissed when it %s: nothing points to it, and its product may be begun again [G9] [G10] [R004-02]",
    async (_how, isUnreadable) => {
      const { kinds, asked, refuse, breaking } = oneTrade();
      let runtime = await buying(kinds);
      expect(await runtime.dismiss(PIPELINE)).toBe("notQuarantined");
      await runtime.stop({ withinMs: 500 });
      breaking.isOn = true;
      await rows(isUnreadable ? UNREADABLE : LATE_TIMER);
      runtime = await started(kinds, options);
      await until(runtime, PIPELINE, ({ status }) => status === "quarantined", 10_000);
      breaking.isOn = false;
      await vi.waitFor(async () => expect(await runtime.dismiss(PIPELINE)).toBe("dismissing"), { timeout: 5_000 });
      await until(runtime, PIPELINE, ({ status }) => status === "stopped");
      await expect.poll(() => living(runtime)).toEqual([]);
      refuse();

      const again = `${COORDINATOR}/pipeline/p2`;
      await until(runtime, again, ({ status }) => status === "active", 10_000);
      expect(await runtime.dismiss(PIPELINE)).toBe("unknownAddress");
      expect(Object.keys((await contextOf<CoordinatorContext>(runtime, COORDINATOR)).pipelines)).toEqual(["p2"]);
      expect(asked.some(({ idle, activeProducts }) => idle.length === 1 && activeProducts.length === 0)).toBe(true);
      await expect.poll(() => ownerOf(runtime)).toBe(`${again}/task/t1`);
      expect((await reserved(runtime)).filter((id) => id.startsWith(PIPELINE))).toEqual([]);

      const [shown] = await rows(
        `SELECT status, reason, completed_at FROM manufacturing_pipelines WHERE address = '${PIPELINE}'`,
      );
      expect(shown).toMatchObject({ status: "FAILED", reason: expect.any(String), completed_at: expect.any(Date) });
      const tasks = await rows(`SELECT status, completed_at FROM manufacturing_tasks WHERE worker_address LIKE '${PIPELINE}/%'`);
      expect(tasks).toMatchObject([{ status: "CANCELLED", completed_at: expect.any(Date) }]);
      const claims = await rows(`SELECT status, release_reason FROM ship_assignments WHERE container_id LIKE '${PIPELINE}/%'`);
      expect(claims).toMatchObject([{ status: "idle", release_reason: expect.any(String) }]);
    },
  );
});

it("a scout tour in quarantine whose coordinator lives is dismissed: its ship looks there again on another [G9] [G10] [R004-02]", async () => {
  const { kinds } = oneTrade(look);
  const scout = (number: number) => `${COORDINATOR}/scout/${number}`;
  const first = await started(kinds, options);
  await first.spawn({ address: SCOPE, kind: "agent", input: { symbol: "TEST" } });
  await until(first, scout(1), ({ value }) => value === "travelling", 10_000);
  await first.stop({ withinMs: 500 });
  await rows(UNREADABLE.replace(PIPELINE, scout(1)));
  const runtime = await started(kinds, options);
  await until(runtime, scout(1), ({ status }) => status === "quarantined");
  await vi.waitFor(async () => expect(await runtime.dismiss(scout(1))).toBe("dismissing"), { timeout: 5_000 });
  await until(runtime, scout(1), ({ status }) => status === "stopped");
  await until(runtime, scout(2), ({ value }) => value === "travelling", 10_000);
  expect(await ownerOf(runtime)).toBe(scout(2));
  expect((await contextOf<CoordinatorContext>(runtime, COORDINATOR)).scouts).toEqual({ "scout/2": "X1-A-9" });
  const claims = await rows("SELECT container_id, status FROM ship_assignments ORDER BY container_id");
  expect(claims).toEqual([
    { container_id: scout(1), status: "idle" },
    { container_id: scout(2), status: "active" },
  ]);
});

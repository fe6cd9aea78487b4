import { expect, it } from "vitest";
import { unaccountedTrade } from "../../src/actors/unaccountedTrade.ts";
import type { ShipContext } from "../../src/machines/shipSteps.ts";
import { DrivenActor, loaded, SCOPE, shipState, T0 } from "../machines/driver.ts";

const OWNER = `${SCOPE}/coordinator/pipeline/p1/task/t1`;
const SHIP = `${SCOPE}/ship/S-1`;
const memo = { task: "p1.t1", pipeline: "p1" };
const command = { kind: "purchase", commandId: "1", waypoint: "X1-A-1", good: "IRON", units: 20, memo };

const fact = { kind: "unaccounted", units: 20, total_credits: 0, task: "p1.t1" };

it.each([
  ["what the cargo shows of it", loaded("IRON", 20, { nav: "DOCKED" }), [{ table: "ledger", row: fact }]],
  ["nothing where the cargo has not changed", shipState({ nav: "DOCKED" }), []],
])("records of a trade that nobody can prove %s [G13]", (_name, found, rows) => {
  const actor = new DrivenActor("ship", SHIP, { scope: SCOPE, ship: shipState({ nav: "DOCKED" }), asOfMs: T0 });
  actor.send({ type: "ship.claim", claimant: OWNER, purpose: "COLLECT_SELL" });
  actor.send({ type: "ship.command", claimant: OWNER, command }).fail("purchase", "OutcomeUnknown");
  actor.fire(actor.timers()[0]?.event.type ?? "");
  const state = () => ({ value: actor.value, context: actor.context<ShipContext>(), status: "active" as const });
  const before = state();
  actor.finish("readShip", { found: true, ship: found, sentAtMs: T0 + 1 });
  const event = { type: "xstate.done.actor.readShip", at: T0, seed: 1 };
  const changes = unaccountedTrade({ address: SHIP, agent: SCOPE, version: 9, atMs: T0, before, after: state(), event });
  expect(changes).toHaveLength(rows.length);
  expect(changes).toMatchObject(rows);
  expect(actor.sent("ship.commandFailed")).toMatchObject([{ to: OWNER, reason: "outcomeUnknown" }]);
});

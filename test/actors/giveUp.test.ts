import { expect, it } from "vitest";
import { loaded, SCOPE } from "../machines/driver.ts";
import { idleKinds } from "./support/idleKinds.ts";

const kinds = idleKinds();
const [COORDINATOR, ORDER] = [`${SCOPE}/coordinator`, `${SCOPE}/scouting/k1`];

it.each([
  ["task", `${SCOPE}/coordinator/pipeline/p1/task/t1`],
  ["pipeline", `${SCOPE}/coordinator/pipeline/p1`],
  ["coordinator", `${SCOPE}/coordinator`],
  ["tour", `${SCOPE}/tour/S-2`],
])("frees what a %s held whose last state nobody can read [G9] [G10] [R003-02]", (name, address) => {
  const kind = kinds.find((candidate) => candidate.kind === name);
  const error = { name: "Error", message: "the snapshot does not fit" };
  const messages = kind?.onGiveUp?.({ address, parent: SCOPE, last: undefined, error });
  const reason = name === "task" ? { reason: "task_recovery", tell: SCOPE } : {};
  expect(messages).toEqual([{ to: SCOPE, event: { type: "agent.actorsGone", address, ...reason } }]);
});

it.each([
  ["had no ship yet", null, 0, [0]],
  ["has bought", 20, 20, [20]],
  ["may just be buying", 0, 0, [null]],
])(
  "tells its pipeline what became of its work when the worker %s [R000-20] [R000-22] [R000-23]",
  (_name, aboard, actualUnits, told) => {
    const kind = kinds.find((candidate) => candidate.kind === "task");
    const parent = `${SCOPE}/coordinator/pipeline/p1`;
    const address = `${parent}/task/t1`;
    const task = { id: "p1.t1", good: "IRON", actualUnits, fuelCredits: 72 };
    const ship = aboard === null ? null : loaded("IRON", aboard);
    const last = { value: "executing", status: "active" as const, context: { task, ship } };
    const messages = kind?.onGiveUp?.({ address, parent, last, error: { name: "Error", message: "x" } }) ?? [];
    const lost = messages.filter(({ event }) => event.type === "pipeline.workerLost");
    const message = (unitsAboard: number | null) => ({ child: "task/t1", unitsAboard, task: { fuelCredits: 72 } });
    expect(lost).toMatchObject(told.map((unitsAboard) => ({ to: parent, event: message(unitsAboard) })));
    const asks = told[0] === null ? { tell: parent } : {};
    expect(messages.at(-1)).toEqual({
      to: SCOPE,
      event: { type: "agent.actorsGone", address, reason: "task_recovery", ...asks },
    });
  },
);

it("lets a worker for stranded cargo be dismissed, which gives back what it may still hold, and no worker of a pipeline [G7] [G10]", () => {
  const dismissed = (address: string) =>
    kinds.find(({ kind }) => kind === "task")?.onDismissed?.({ address, parent: address.slice(0, address.lastIndexOf("/")) });
  const address = `${SCOPE}/coordinator/liquidate/3`;
  const event = { type: "agent.actorsGone", address, reason: "dismissed" };
  expect(dismissed(address)).toEqual([{ to: SCOPE, event }]);
  expect(dismissed(`${SCOPE}/coordinator/pipeline/p1/task/t1`)).toBeUndefined();
});

it.each([
  ["pipeline", "coordinator/pipeline/p1", COORDINATOR, []],
  ["tour", "coordinator/scout/7", COORDINATOR, []],
  ["tour", "tour/P-1", SCOPE, [{ to: SCOPE, event: { type: "agent.tourDismissed", symbol: "P-1" } }]],
  ["tour", "scouting/k1/tour/P-1", ORDER, [{ to: ORDER, event: { type: "scouting.tourDismissed", symbol: "P-1" } }]],
  ["tour", "scouting/k1/tour/P-1", undefined, []],
  ["scouting", "scouting/k1", undefined, []],
])("lets a %s (%s) be dismissed, and tells who counts it, if they live [G9] [G10]", (name, at, parent, told) => {
  const address = `${SCOPE}/${at}`;
  const gone = { to: SCOPE, event: { type: "agent.actorsGone", address, reason: "dismissed" } };
  expect(kinds.find(({ kind }) => kind === name)?.onDismissed?.({ address, parent })).toEqual([gone, ...told]);
});

it("shows no task as under way whose worker was given up, and leaves one alone that had ended [R000-03]", () => {
  const kind = kinds.find((candidate) => candidate.kind === "task");
  const address = `${SCOPE}/coordinator/pipeline/p1/task/t1`;
  const task = { id: "p1.t1", type: "ACQUIRE", good: "IRON", createdAtMs: 0 };
  const rowsOf = (status: string) =>
    kind?.projectEnded?.({
      address,
      agent: SCOPE,
      atMs: 0,
      how: "givenUp",
      because: "it broke",
      last: { value: "executing", status: "active", context: { task: { ...task, status }, ship: null } },
    });
  expect(rowsOf("EXECUTING")).toMatchObject([
    { op: "upsert", row: { agent: SCOPE, id: "p1.t1", status: "FAILED", error_message: "it broke", worker_address: address } },
  ]);
  expect(rowsOf("COMPLETED")).toEqual([]);
});

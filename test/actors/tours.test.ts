import { describe, expect, it } from "vitest";
import { createMarketBook, followCommits, hydrateMarketBook } from "../../src/actors/marketBook.store.ts";
import { projectTour, projectTourEnded } from "../../src/actors/tour.projection.ts";
import type { ShipState } from "../../src/domain/ship.ts";
import type { TourContext } from "../../src/machines/tourProtocol.ts";
import type { ActorState } from "../../src/runtime/kind.ts";
import type { RowChange } from "../../src/runtime/readModel.ts";
import type { RuntimeNotice } from "../../src/runtime/runtime.ts";
import { DrivenActor, quote, SCOPE, shipState, T0 } from "../machines/driver.ts";
import { idleKinds } from "./support/idleKinds.ts";

const ADDRESS = `${SCOPE}/scouting/k1/tour/P-1`;
const PATROL = {
  system: "X1-A",
  order: ["X1-A-1", "X1-A-2", "X1-A-1"],
  totalDistance: 20,
  algorithm: "nearest-neighbour-2opt",
  calculatedAtMs: T0,
  revisitMs: 1_000,
};
const probe = (symbol: string): ShipState => shipState({ symbol, cargoCapacity: 0, fuelCapacity: 0, fuelUnits: 0 });
const stateOf = (actor: DrivenActor): ActorState<TourContext> => ({
  value: actor.value,
  context: actor.context<TourContext>(),
  status: actor.status === "done" ? "done" : "active",
});
const begin = (input: object, address = ADDRESS) =>
  new DrivenActor("tour", address, { scope: SCOPE, ship: "P-1", stops: null, pauseMs: 10, ...input });
const SILENCE = "xstate.after.silence.tour.claiming";
const granted = { type: "ship.granted", ship: probe("P-1") };

/** The rows of the commit of `event`, by table. */
function rowsOf(actor: DrivenActor, event: { readonly type: string } & Readonly<Record<string, unknown>>) {
  const before = stateOf(actor);
  const after = stateOf(event.type === SILENCE ? actor.fire(SILENCE) : actor.send(event));
  const stamped = { ...event, at: T0, seed: 1 };
  return byTable(projectTour({ address: actor.address, agent: SCOPE, version: 2, atMs: T0, before, after, event: stamped }));
}
function byTable(changes: readonly RowChange[]) {
  const of = (table: string) => changes.filter((change) => change.table === table);
  return { tours: of("tours"), claims: of("ship_assignments") };
}

describe("the rows of a tour", () => {
  it("show its round and how far it is, and that it is claiming only at first [R004-12] [R004-14]", () => {
    const { tours } = rowsOf(begin({ patrol: PATROL }), granted);
    expect(tours).toMatchObject([
      {
        op: "upsert",
        row: {
          address: ADDRESS,
          ship_symbol: "P-1",
          markets: ["X1-A-1", "X1-A-2"],
          tour_order: PATROL.order,
          total_distance: 20,
          algorithm: "nearest-neighbour-2opt",
          start_waypoint: "X1-A-1",
          status: "running",
          next_waypoint: "X1-A-1",
          ended_at: null,
        },
      },
    ]);
  });

  it("end claim and tour in one commit, with the reason, before the ship has heard of it [R003-03] [R004-02]", () => {
    const { tours, claims } = rowsOf(begin({ patrol: PATROL }).send(granted), { type: "tour.stop" });
    expect(tours).toMatchObject([{ row: { status: "leaving" } }]);
    expect(claims).toMatchObject([{ row: { container_id: ADDRESS, status: "idle", release_reason: "stopped" } }]);
    const lent = begin({}, `${SCOPE}/tour/P-1`).send(granted);
    const handed = rowsOf(lent, { type: "tour.lend", to: `${SCOPE}/scouting/k1` });
    expect(handed.tours).toMatchObject([{ row: { status: "waiting", tour_order: [], algorithm: "stalest-first" } }]);
    expect(handed.claims).toMatchObject([{ row: { container_id: `${SCOPE}/tour/P-1`, release_reason: "transferred" } }]);
  });

  it("end a claim that the ship may have shown meanwhile, and make none up, when the ship did not answer [R004-02] [R004-14]", () => {
    const actor = begin({ patrol: PATROL });
    for (const _silent of [1, 2]) actor.fire(SILENCE);
    const { tours, claims } = rowsOf(actor, { type: SILENCE });
    expect(tours).toMatchObject([{ row: { status: "leaving" } }]);
    const where = { agent: SCOPE, ship_symbol: "P-1", container_id: ADDRESS, status: "active" };
    expect(claims).toMatchObject([{ op: "update", where, set: { status: "idle", release_reason: "unanswered" } }]);
    // Written anew after a start.
    const after = stateOf(actor);
    const event = { type: "bosun.checked", at: T0, seed: 0 };
    const anew = byTable(projectTour({ address: ADDRESS, agent: SCOPE, version: 0, atMs: T0, before: undefined, after, event }));
    expect(anew.claims).toMatchObject([{ op: "update", where }]);
    expect(rowsOf(actor, { type: "ship.released", symbol: "P-1" }).tours).toMatchObject([
      { row: { status: "unanswered", ended_at: expect.any(String) } },
    ]);
  });

  it("keep how an ordered tour ended, and nothing of a look at a few stops", () => {
    const ordered = begin({ patrol: PATROL }).send(granted).send({ type: "tour.stop" });
    expect(rowsOf(ordered, { type: "ship.released", symbol: "P-1" }).tours).toMatchObject([
      { op: "upsert", row: { status: "stopped", ended_at: expect.any(String) } },
    ]);
    const look = begin({ stops: [] }).send(granted);
    expect(rowsOf(look, { type: "ship.released", symbol: "P-1" }).tours).toEqual([
      { op: "delete", table: "tours", key: { agent: SCOPE, address: ADDRESS } },
    ]);
  });

  it("say failed, and free the claim, when the tour is given up [R003-02] [R003-03]", () => {
    const last = stateOf(begin({ patrol: PATROL }).send(granted));
    const ended = projectTourEnded({ address: ADDRESS, agent: SCOPE, atMs: T0, how: "givenUp", because: "it broke", last });
    expect(byTable(ended)).toMatchObject({
      tours: [{ row: { status: "failed", next_waypoint: null } }],
      claims: [{ row: { status: "idle", release_reason: "failed" } }],
    });
  });
});

describe("what the fleet knows of tours", () => {
  const book = createMarketBook();
  const kinds = idleKinds({ marketBook: book });
  const kindOf = (name: string, among = kinds) => among.find(({ kind }) => kind === name);
  const run = async (kind: string, job: string, input: unknown, among = kinds): Promise<unknown> => {
    const logic = kindOf(kind, among)?.jobs[job] as unknown as { run(input: unknown, context: object): Promise<unknown> };
    return await logic.run(input, { nowMs: () => T0 });
  };

  it("keeps an order waiting while the system is not charted [G12]", async () => {
    const order = { ships: ["P-1"], system: "X1-A", markets: ["X1-A-1"] };
    await expect(run("scouting", "planScouting", { order, agentSymbol: "P" })).rejects.toMatchObject({ name: "JobWaiting" });
  });

  it("leaves to the other probes what no ordered tour keeps in sight, until that ends", async () => {
    book.trigger.charted(CHART);
    for (const symbol of ["P-1", "P-2"]) book.trigger.shipMoved({ ship: probe(symbol) });
    let tell: (notice: RuntimeNotice) => void = () => {};
    const stop = followCommits(book, { observe: (observer) => ((tell = observer), () => {}) });
    const shareOf = async (symbol: string) =>
      ((await run("tour", "pickStop", { ship: probe(symbol) })) as { readonly share: readonly string[] }).share;
    expect((await shareOf("P-2")).length).toBeLessThan(4);

    const patrol = begin({ patrol: PATROL });
    const view = { address: ADDRESS, kind: "tour", value: patrol.value, context: patrol.context(), status: "active" as const };
    await hydrateMarketBook(
      book,
      { list: ({ kind } = {}) => Promise.resolve(kind === "tour" ? [{ ...view, ...BLANK }] : []) },
      [],
    );
    expect(await shareOf("P-2")).toEqual(["X1-A-3", "X1-A-4"]);
    tell({ notice: "ended", address: ADDRESS, kind: "tour", status: "stopped", atMs: T0 });
    expect((await shareOf("P-2")).length).toBeLessThan(4);
    stop();
  });

  it("sends a probe first where a pipeline waits for a factory, even before markets that nobody has seen [R002-79]", async () => {
    const marketBook = createMarketBook();
    marketBook.trigger.charted(CHART);
    const seen = ["X1-A-1", "X1-A-4"].map((waypoint) => quote({ waypoint, observedAtMs: T0 - 3_600_000 }));
    marketBook.trigger.quoted({ quotes: seen });
    const among = idleKinds({ marketBook });
    const pick = () => run("tour", "pickStop", { ship: probe("P-1") }, among);
    expect(await pick()).toMatchObject({ waypoint: "X1-A-2" });
    marketBook.trigger.watchedChanged({ watched: ["X1-A-4"] });
    expect(await pick()).toMatchObject({ waypoint: "X1-A-4" });
  });

  it("takes over tours of the first version, each where it was [G8]", () => {
    const { commands: _, ...old } = { ...begin({}).context<TourContext>(), commands: 7, ship: probe("P-1") };
    const migrate = kindOf("tour")?.migrations?.[1];
    const migrated = migrate?.({ value: "travelling", context: { ...old, commands: 7 } });
    expect(migrated).toMatchObject({ value: "travelling", context: { commandId: "7", holding: "ship", patrol: null } });
    expect(migrated?.context).not.toHaveProperty("commands");
    const refused = migrate?.({ value: "refused", context: { ...old, ship: null, commands: 0 } });
    expect(refused).toMatchObject({ value: "waiting", context: { commandId: null, holding: "without" } });
  });
});

const waypoints = ["X1-A-1", "X1-A-2", "X1-A-3", "X1-A-4"].map((symbol, index) => {
  return { symbol, system: "X1-A", type: "PLANET", x: index * 10, y: 0, traits: ["MARKETPLACE"] };
});
const listings = waypoints.map(({ symbol }) => ({ waypoint: symbol, exports: [], imports: [], exchange: [] }));
const CHART = { waypoints, chain: {}, listings };

const BLANK = {
  parent: undefined,
  version: 1,
  incarnation: 1,
  restarts: 0,
  lastError: undefined,
  backoffUntilMs: undefined,
  updatedAtMs: T0,
};

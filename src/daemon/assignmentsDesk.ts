/**
 * Claims as an operator sees and frees them. Invariants: a claim whose owner lives is never cut; its owner is asked to end, sells what
 * is aboard and gives the ship back by the same way as ever (G9, G10). Only a fleet that runs can clear: whether a claim is more than its row
 * is known by the ships alone, and a row is written under their host's epoch (G6). What is freed by hand has the reason `manual_cleanup`.
 */
import type { AssignmentLine, AssignmentsDesk, ClearReply } from "../console/assignments.ts";
import { factsOf } from "../console/facts.ts";
import { shipOf } from "../machines/addresses.ts";
import { endAssignment, type HeldShip, listHeldShips } from "../persistence/assignments.store.ts";
import type { Database } from "../persistence/database.ts";
import type { Environment } from "../runtime/environment.ts";
import type { Runtime } from "../runtime/runtime.ts";

export interface AssignmentsDeskParts {
  readonly runtime: Pick<Runtime, "send" | "view" | "stats">;
  readonly database: Database;
  /** The agent's. */
  readonly scope: string;
  readonly environment: Pick<Environment, "clock">;
}

const MANUAL_CLEANUP = "manual_cleanup";

export function createAssignmentsDesk(parts: AssignmentsDeskParts): AssignmentsDesk {
  return { clear: (wish) => clear(parts, wish) };
}

/** Who holds which ship, from the rows: whether a fleet runs or not. */
export async function listAssignments(database: Database, scope: string): Promise<readonly AssignmentLine[]> {
  const held = await listHeldShips(database, scope);
  return held.map(({ ship, owner, ownerStatus, operation, assignedAtMs }) => ({
    ship,
    owner,
    ownerStatus,
    operation: operation ?? null,
    assignedAt: new Date(assignedAtMs).toISOString(),
  }));
}

async function clear(
  parts: AssignmentsDeskParts,
  { ships, force }: { readonly ships: readonly string[]; readonly force: boolean },
): Promise<ClearReply> {
  const held = await listHeldShips(parts.database, parts.scope);
  const named = held.filter(({ ship }) => ships.length === 0 || ships.includes(ship));
  const zombies = named.filter(({ ownerStatus }) => ownerStatus === "gone");
  const living = named.filter((one) => !zombies.includes(one));
  const cleared = await mapInOrder(zombies, (zombie) => free(parts, zombie));
  const asked = force ? await mapInOrder(living, (one) => askOwner(parts, one)) : [];
  await settled(parts, [...zombies, ...asked.flatMap((answer) => ("asked" in answer ? [answer.asked] : []))]);
  const left = await listHeldShips(parts.database, parts.scope);
  const isLeft = ({ ship, owner }: HeldShip): boolean => left.some((one) => one.ship === ship && one.owner === owner);
  return {
    cleared,
    handedOver: asked.flatMap((answer) =>
      "asked" in answer ? [{ ship: answer.asked.ship, owner: answer.asked.owner, done: !isLeft(answer.asked) }] : [],
    ),
    refused: [
      ...asked.flatMap((answer) => ("asked" in answer ? [] : [answer])),
      ...(force ? [] : living.filter(({ ship }) => ships.includes(ship)).map(heldByLiving)),
      ...ships.filter((ship) => !held.some((one) => one.ship === ship)).map((ship) => ({ ship, detail: "nobody holds it" })),
    ],
  };
}

/** The ship ends a claim that it knows of, with whatever else its owner held; a row that no ship knows of is ended here. */
async function free(
  parts: AssignmentsDeskParts,
  { ship, owner }: HeldShip,
): Promise<{ readonly ship: string; readonly owner: string }> {
  const { scope } = parts;
  const address = shipOf(scope, ship);
  const view = await parts.runtime.view(address);
  const facts = view === undefined ? undefined : factsOf("ship", address, view.context, view.value);
  const isClaimed = facts?.facts === "ship" && facts.owner === owner;
  if (isClaimed) {
    const event = { type: "agent.actorsGone", address: owner, reason: MANUAL_CLEANUP };
    const receipt = await parts.runtime.send({ to: scope, event, from: "operator" });
    if (receipt.receipt === "refused") throw new Error(`${ship} cannot be freed: ${receipt.reason}, ${receipt.detail}`);
  }
  // A ship that cannot act will hear of it when it is back.
  if (!isClaimed || view?.status === "quarantined") {
    const { epoch } = parts.runtime.stats();
    const outcome = await endAssignment(parts.database, { scope, epoch }, { ship, owner, reason: MANUAL_CLEANUP });
    if (outcome === "fenced") throw new Error(`${ship} cannot be freed: the fleet does not own ${scope} at this moment`);
  }
  return { ship, owner };
}

type Asked = { readonly asked: HeldShip } | ClearReply["refused"][number];

async function askOwner(parts: AssignmentsDeskParts, held: HeldShip): Promise<Asked> {
  const { ship, owner, ownerStatus } = held;
  const kind = (await parts.runtime.view(owner))?.kind;
  const event = endingOf(kind);
  if (event === undefined) return { ship, detail: `its owner, ${owner}, ends by itself when the cargo is sold` };
  if (ownerStatus === "quarantined") {
    return { ship, detail: `its owner, ${owner}, is quarantined and hears nothing; bosun restart ${owner} lifts that` };
  }
  const receipt = await parts.runtime.send({ to: owner, event, from: "operator" });
  if (receipt.receipt === "refused")
    return { ship, detail: `${owner} does not take the order: ${receipt.reason}, ${receipt.detail}` };
  return { asked: held };
}

/** How an owner of this kind is asked to end. */
function endingOf(kind: string | undefined): ({ readonly type: string } & Readonly<Record<string, unknown>>) | undefined {
  if (kind === "task") return { type: "task.cancel", reason: MANUAL_CLEANUP, stopped: true };
  return kind === "tour" ? { type: "tour.stop" } : undefined;
}

function heldByLiving({ ship, owner, ownerStatus }: HeldShip): ClearReply["refused"][number] {
  return { ship, detail: `its owner lives (${ownerStatus}): ${owner}. With --force it is asked to give the ship back.` };
}

/** What is asked is durable; the answer only waits a while to be able to say that it is done. */
const SETTLE_WITHIN_MS = 3_000;
const LOOK_EVERY_MS = 100;

async function settled({ database, scope, environment }: AssignmentsDeskParts, ended: readonly HeldShip[]): Promise<void> {
  const { clock } = environment;
  const untilMs = clock.nowMs() + SETTLE_WITHIN_MS;
  while (ended.length > 0 && clock.nowMs() < untilMs) {
    const left = await listHeldShips(database, scope);
    if (!left.some(({ ship, owner }) => ended.some((one) => one.ship === ship && one.owner === owner))) return;
    await new Promise<void>((resolve) => {
      clock.wakeAt(clock.nowMs() + LOOK_EVERY_MS, resolve);
    });
  }
}

async function mapInOrder<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await map(item));
  return results;
}

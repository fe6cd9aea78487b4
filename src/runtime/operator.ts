import type { Address } from "./address.ts";
import { type Cell, isEnded, snapshotOf } from "./cell.ts";
import { createChore } from "./chore.ts";
import type { Commit } from "./commitNumber.ts";
import { FACTS_LETTER } from "./jobResults.ts";
import { isStorableText } from "./json.ts";
import { load, unload } from "./loader.ts";
import { type Actors, deliver, enqueue } from "./publish.ts";
import type { InboxRow } from "./store.ts";

/** Restarts an actor in any living status; also lifts a quarantine. */
export async function restartActor(
  actors: Actors,
  address: Address,
  from: "snapshot" | "afresh",
): Promise<"restarting" | "unknownAddress"> {
  const cell = (await load(actors.core, [address])).get(address);
  if (cell === undefined) return "unknownAddress";
  if (isEnded(cell.status)) {
    unload(actors.core, cell);
    return "unknownAddress";
  }
  enqueue(actors, cell, { type: "restart", from, by: "operator" });
  return "restarting";
}

export type Dismissal = "dismissing" | "unknownAddress" | "notQuarantined" | "needed";

/**
 * Ends an actor in quarantine whose parent has ended: nothing else would. With a living parent, or as a root, one ends whose kind says
 * that it may (`onDismissed`), once its parent has heard that it was given up. All others are needed.
 */
export async function dismissActor(actors: Actors, address: Address): Promise<Dismissal> {
  const cell = (await load(actors.core, [address])).get(address);
  if (cell === undefined) return "unknownAddress";
  if (isEnded(cell.status)) {
    unload(actors.core, cell);
    return "unknownAddress";
  }
  if (cell.status !== "quarantined") return "notQuarantined";
  const parent = cell.parent === undefined ? undefined : (await load(actors.core, [cell.parent])).get(cell.parent);
  if (isNeeded(cell, parent)) return "needed";
  if (parent !== undefined) unload(actors.core, parent);
  enqueue(actors, cell, { type: "dismiss" });
  return "dismissing";
}

function isNeeded(cell: Cell, parent: Cell | undefined): boolean {
  if (cell.parent !== undefined && (parent === undefined || isEnded(parent.status))) return false;
  if (cell.kind?.kind.onDismissed?.({ address: cell.address, parent: cell.parent }) === undefined) return true;
  return parent !== undefined && !hasForgotten(parent, cell);
}

/** A parent that still counts it would start it again, or waits for it. */
function hasForgotten(parent: Cell, { childId }: Cell): boolean {
  const state = snapshotOf(parent);
  return state.found === "snapshot" && childId !== undefined && !(childId in state.snapshot.children);
}

type Replayed = "replayed" | "unknown";

/** Replays that are under way: whoever asks for one of them shares its answer, or the letter would be delivered twice (G2). */
const underWay = new WeakMap<Actors, Map<string, Promise<Replayed>>>();

/** Puts a dead letter back into its receiver's mailbox, in the commit that takes it off the list. */
export async function replayDeadLetter(actors: Actors, id: string, nextCommit: () => Commit): Promise<Replayed> {
  const replays = underWay.get(actors) ?? new Map<string, Promise<Replayed>>();
  underWay.set(actors, replays);
  const replay = replays.get(id) ?? putBack(actors, id, nextCommit).finally(() => replays.delete(id));
  replays.set(id, replay);
  return await replay;
}

async function putBack(actors: Actors, id: string, nextCommit: () => Commit): Promise<Replayed> {
  if (!isStorableText(id)) return "unknown";
  const letter = await actors.core.store.deadLetter(id);
  if (letter === undefined || letter.reason === FACTS_LETTER) return "unknown";
  const cell = (await load(actors.core, [letter.address])).get(letter.address);
  if (cell === undefined || isEnded(cell.status)) return "unknown";
  const commit = nextCommit();
  const row: InboxRow = {
    id: letter.id,
    address: letter.address,
    commitNo: commit.number,
    index: commit.nextIndex(),
    type: "message",
    body: letter.event,
    sender: letter.sender,
    childId: null,
    generation: null,
    atMs: actors.core.environment.clock.nowMs(),
  };
  actors.core.attempts.delete(`${letter.address} ${letter.id}`);
  return await new Promise((resolve, reject) => {
    const chore = createChore({
      committed: () => {
        actors.core.counters.deadLetters -= 1;
        deliver(actors, row);
        resolve("replayed");
      },
      rejected: (reason) => reject(new Error(reason)),
    });
    chore.rows.inboxIn.push({ ...row, owner: chore.rows.owner });
    chore.rows.deadLettersOff.push({ id: letter.id, owner: chore.rows.owner });
    actors.loop.addChore(chore);
  });
}

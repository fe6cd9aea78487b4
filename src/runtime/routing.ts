import type { Address } from "./address.ts";
import { type Cell, isEnded } from "./cell.ts";
import type { Commit } from "./commitNumber.ts";
import type { HostCore } from "./hostCore.ts";
import { load } from "./loader.ts";
import type { ActorRow, InboxRow } from "./store.ts";
import type { PendingSend, PendingStart, Unit } from "./unit.ts";

/**
 * Decides, just before the commit, where each message of a batch goes (H9): to the mailbox of a living actor, in whatever state, or to the
 * dead letters. Actors come before the messages to them; whoever is not in memory is looked up.
 */
export async function route(core: HostCore, units: readonly Unit[], commit: Commit): Promise<void> {
  const wanted = new Set<Address>();
  for (const unit of units) {
    for (const { address } of unit.starts) wanted.add(address);
    for (const { address } of unit.stops) wanted.add(address);
    for (const { to } of unit.sends) wanted.add(to);
  }
  if (wanted.size === 0) return;
  const known = await load(core, wanted);
  const arriving = new Set<Address>();
  for (const unit of units) {
    for (const stop of unit.stops) {
      const cell = known.get(stop.address);
      if (cell === undefined || isEnded(cell.status)) continue;
      const { id, index, childId, generation, atMs } = stop;
      post(unit, commit, { id, index, address: stop.address, type: "stop", body: "null", childId, generation, atMs });
    }
    for (const start of unit.starts) {
      arriving.add(start.address);
      startActor(core, unit, start, known.get(start.address), commit);
    }
  }
  for (const unit of units) {
    for (const send of unit.sends) deliver(unit, send, known.get(send.to), arriving, commit);
  }
}

/** The body of an inbox row of type `start`; without an input the stored one stays. */
export interface StartOrder {
  readonly kind: string;
  readonly input?: unknown;
}

function startActor(core: HostCore, unit: Unit, start: PendingStart, existing: Cell | undefined, commit: Commit): void {
  if (existing !== undefined) {
    // The address has lived before: its row goes on, with the next version and incarnation.
    if (start.onlyIfEnded && !isEnded(existing.status)) return;
    const { id, index, childId, generation, atMs } = start;
    const order: StartOrder = { kind: start.kind, ...(start.input === undefined ? {} : { input: JSON.parse(start.input) }) };
    const body = JSON.stringify(order);
    post(unit, commit, { id, index, address: start.address, type: "start", body, childId, generation, atMs });
    return;
  }
  const row: ActorRow = {
    address: start.address,
    kind: start.kind,
    kindVersion: core.kinds.get(start.kind)?.kind.version ?? 1,
    parent: unit.address,
    childId: start.childId,
    generation: start.generation,
    status: "starting",
    version: 0,
    incarnation: 1,
    input: start.input ?? "null",
    snapshot: null,
    lifecycle: null,
    updatedAtMs: start.atMs,
  };
  unit.rows.births.push({ ...row, owner: unit.address });
}

function deliver(
  unit: Unit,
  send: PendingSend,
  receiver: Cell | undefined,
  arriving: ReadonlySet<Address>,
  commit: Commit,
): void {
  if (arriving.has(send.to) || (receiver !== undefined && !isEnded(receiver.status))) {
    const { id, index, type, body, childId, generation, atMs } = send;
    post(unit, commit, { id, index, address: send.to, type, body, childId, generation, atMs });
    return;
  }
  // A completion that nobody waits for any more is no message.
  if (send.type !== "message") return;
  const reason = receiver === undefined ? "unknownAddress" : "ended";
  const detail = receiver === undefined ? `no actor has the address ${send.to}` : `the actor ${send.to} is ${receiver.status}`;
  unit.rows.deadLetters.push({
    owner: unit.address,
    id: send.id,
    address: send.to,
    sender: unit.address,
    event: send.body,
    reason,
    detail,
    atMs: send.atMs,
  });
  unit.notices.push({ notice: "deadLetter", id: send.id, to: send.to, reason, atMs: send.atMs });
}

function post(unit: Unit, commit: Commit, row: Omit<InboxRow, "commitNo" | "sender">): void {
  unit.rows.inboxIn.push({ ...row, commitNo: commit.number, sender: unit.address, owner: unit.address });
}

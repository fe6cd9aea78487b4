import { type Address, isWithin, scopeOf } from "./address.ts";
import { type Cell, isEnded, snapshotOf } from "./cell.ts";
import type { Commit } from "./commitNumber.ts";
import type { HostCore } from "./hostCore.ts";
import { load, unload } from "./loader.ts";
import type { ActorRow, InboxRow } from "./store.ts";
import type { PendingSend, PendingStart, PendingStop, Unit } from "./unit.ts";

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
    for (const order of ordersOf(unit)) {
      const existing = known.get(order.address);
      if (order.type === "stop") stopActor(unit, order, existing, arriving, commit);
      else startActor(core, unit, order, existing, arriving, commit);
    }
  }
  for (const unit of units) {
    for (const send of unit.sends) deliver(core, unit, send, known.get(send.to), arriving, commit);
  }
  for (const cell of known.values()) if (!arriving.has(cell.address)) unload(core, cell);
}

/** The other scopes whose actors the unit wrote to. */
export function foreignScopes(core: HostCore, unit: Unit): ReadonlySet<Address> {
  const scopes = new Set<Address>();
  for (const { address } of unit.rows.inboxIn) if (!isWithin(address, core.scope)) scopes.add(scopeOf(address, core.scope));
  return scopes;
}

type Order = (PendingStart & { readonly type: "start" }) | (PendingStop & { readonly type: "stop" });

/** In the order of the events that gave them: one unit may start, stop and start a child again. */
function ordersOf(unit: Unit): readonly Order[] {
  if (unit.starts.length === 0 && unit.stops.length === 0) return [];
  const orders: Order[] = [
    ...unit.stops.map((stop) => ({ ...stop, type: "stop" as const })),
    ...unit.starts.map((start) => ({ ...start, type: "start" as const })),
  ];
  return orders.sort((a, b) => a.index - b.index);
}

function stopActor(
  unit: Unit,
  stop: PendingStop,
  existing: Cell | undefined,
  arriving: ReadonlySet<Address>,
  commit: Commit,
): void {
  if (!arriving.has(stop.address) && (existing === undefined || isEnded(existing.status))) return;
  const { id, index, address, childId, generation, atMs } = stop;
  post(unit, commit, { id, index, address, type: "stop", body: "null", childId, generation, atMs });
}

/** The body of an inbox row of type `start`; without an input the stored one stays. */
export interface StartOrder {
  readonly kind: string;
  readonly input?: unknown;
}

function startActor(
  core: HostCore,
  unit: Unit,
  start: PendingStart,
  existing: Cell | undefined,
  arriving: Set<Address>,
  commit: Commit,
): void {
  if (start.revives && existing !== undefined) {
    if (hasCompletionWaiting(unit, start)) return;
    if (existing.status === "done" && existing.generation === start.generation) {
      tellAgain(unit, start, existing, commit);
      return;
    }
    if (!isEnded(existing.status) && existing.status !== "quarantined") return;
  }
  if (existing !== undefined || arriving.has(start.address)) {
    // The address has lived before: its row goes on, with the next version and incarnation.
    arriving.add(start.address);
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
  arriving.add(start.address);
  unit.rows.births.push({ ...row, owner: unit.address });
}

/** The child ended or gave up while its parent could not hear it; starting it again would do its work twice. */
function hasCompletionWaiting(unit: Unit, { childId, generation }: PendingStart): boolean {
  return unit.cell.queue.some(
    (item) =>
      item.type === "mail" &&
      (item.row.type === "done" || item.row.type === "error") &&
      item.row.childId === childId &&
      item.row.generation === generation,
  );
}

/** A child that is done did its work once; its parent, back from a snapshot that waits for it, hears of its end again. */
function tellAgain(unit: Unit, start: PendingStart, child: Cell, commit: Commit): void {
  const stored = snapshotOf(child);
  const output = stored.found === "snapshot" ? stored.snapshot.output : undefined;
  const { id, index, childId, generation, atMs } = start;
  const body = JSON.stringify({ output });
  post(unit, commit, { id, index, address: unit.address, type: "done", body, childId, generation, atMs });
}

function deliver(
  core: HostCore,
  unit: Unit,
  send: PendingSend,
  receiver: Cell | undefined,
  arriving: ReadonlySet<Address>,
  commit: Commit,
): void {
  const isFull = send.type === "message" && receiver !== undefined && overflows(core, receiver);
  if (!isFull && (arriving.has(send.to) || (receiver !== undefined && !isEnded(receiver.status)))) {
    const { id, index, type, body, childId, generation, atMs } = send;
    post(unit, commit, { id, index, address: send.to, type, body, childId, generation, atMs });
    return;
  }
  // A completion that nobody waits for any more is no message.
  if (send.type !== "message") return;
  const reason = receiver === undefined ? "unknownAddress" : isFull ? "mailboxFull" : "ended";
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

/** The mailbox of an actor that does not go on by itself is bounded; the rest is listed, and can be replayed. */
function overflows(core: HostCore, receiver: Cell): boolean {
  return receiver.status === "quarantined" && receiver.queue.length >= core.limits.maxMailbox;
}

function post(unit: Unit, commit: Commit, row: Omit<InboxRow, "commitNo" | "sender">): void {
  unit.rows.inboxIn.push({ ...row, commitNo: commit.number, sender: unit.address, owner: unit.address });
}

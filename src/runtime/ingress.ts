import { type Address, addressProblem, isWithin } from "./address.ts";
import { type Cell, cellOf, type Ingress, isEnded } from "./cell.ts";
import { createChore } from "./chore.ts";
import type { Commit } from "./commitNumber.ts";
import { isReservedEventType, payloadOf } from "./event.ts";
import { isStorableText, jsonProblem } from "./json.ts";
import { load, unload } from "./loader.ts";
import { type Actors, deliver, enqueue, welcome } from "./publish.ts";
import type { IngressMessage, Receipt, SpawnRequest } from "./runtime.ts";
import { type ActorRow, dedupKey, type InboxRow } from "./store.ts";

const MAX_ID_LENGTH = 256;

/**
 * The only way in from outside (G2, H8). Whatever is wrong with a message is its receipt, never an exception and never a row. To an
 * active actor there is one commit, the one that applies the message; else it is stored in the mailbox.
 */
export async function sendMessage(actors: Actors, message: IngressMessage, nextCommit: () => Commit): Promise<Receipt> {
  const { core } = actors;
  if (core.phase !== "open") return refused("stopping", "the host does not take messages now");
  const problem = messageProblem(message);
  if (problem !== undefined) return refused("invalid", problem);
  const nowMs = core.environment.clock.nowMs();
  if (message.issuedAtMs !== undefined && message.issuedAtMs < nowMs - core.limits.dedupHorizonMs) {
    return refused("expired", "it is older than ids are remembered, so a repeat could not be told from the first");
  }
  // Nobody waits for what is in memory: an await would cost each message a turn.
  const cell = core.cells.get(message.to) ?? (await receiver(actors, message.to));
  if (cell === undefined || isEnded(cell.status)) {
    return refused(
      "unknownAddress",
      cell === undefined ? `no actor has the address ${message.to}` : `the actor is ${cell.status}`,
    );
  }
  const undeclared = declarationProblem(cell, message);
  if (undeclared !== undefined) return undeclared;
  if (cell.queue.length >= core.limits.maxMailbox) return refused("busy", `${cell.queue.length} messages wait for it already`);
  const messageId = message.id ?? core.environment.ids.nextId();
  return await new Promise<Receipt>((answer) => {
    const ingress = { message, messageId, remembered: message.id !== undefined, atMs: nowMs, answer };
    if (cell.status === "active") enqueue(actors, cell, { type: "ingress", ingress });
    else storeMessage(actors, cell, ingress, nextCommit());
  });
}

function refused(reason: Extract<Receipt, { receipt: "refused" }>["reason"], detail: string): Receipt {
  return { receipt: "refused", reason, detail };
}

function messageProblem(message: IngressMessage): string | undefined {
  const event: unknown = message.event;
  if (typeof event !== "object" || event === null || !("type" in event) || typeof event.type !== "string")
    return "an event is an object with a text `type`";
  if (event.type.length === 0) return "the type of an event is not empty";
  if (isReservedEventType(event.type)) return `events of type ${event.type.slice(0, 60)} are the runtime's own`;
  const address = typeof message.to === "string" ? addressProblem(message.to) : "an address is text";
  if (address !== undefined) return address;
  if (message.id !== undefined && (message.id.length === 0 || message.id.length > MAX_ID_LENGTH || !isStorableText(message.id)))
    return `a message id is storable text of 1 to ${MAX_ID_LENGTH} characters`;
  if (message.from !== undefined && !isStorableText(message.from)) return "the sender's name cannot be stored";
  return jsonProblem(event, "event");
}

function declarationProblem(cell: Cell, message: IngressMessage): Receipt | undefined {
  const kind = cell.kind?.kind;
  if (kind === undefined) return undefined;
  const { type } = message.event;
  const schema = Object.hasOwn(kind.events, type) ? kind.events[type] : undefined;
  if (schema === undefined) return refused("undeclared", `the kind ${kind.kind} declares no event ${type.slice(0, 60)}`);
  const parsed = schema.safeParse(payloadOf(message.event));
  return parsed.success ? undefined : refused("invalid", `the payload of ${type} does not fit: ${parsed.error.message}`);
}

async function receiver(actors: Actors, address: Address): Promise<Cell | undefined> {
  if (!isWithin(address, actors.core.scope)) return undefined;
  const loaded = (await load(actors.core, [address])).get(address);
  if (loaded !== undefined) unload(actors.core, loaded);
  return loaded;
}

/** For an actor that cannot take it now: the row waits in its mailbox. */
export function storeMessage(actors: Actors, cell: Cell, ingress: Ingress, commit: Commit): void {
  const { message, messageId, atMs, answer } = ingress;
  const row: InboxRow = {
    // External ids are unique for one receiver only; a key with a space cannot be an internal id.
    id: dedupKey(cell.address, messageId),
    address: cell.address,
    commitNo: commit.number,
    index: commit.nextIndex(),
    type: "message",
    body: JSON.stringify(message.event),
    sender: message.from ?? null,
    childId: null,
    generation: null,
    atMs,
  };
  const chore = createChore({
    committed(result) {
      if (result.duplicates.has(dedupKey(cell.address, messageId))) {
        answer({ receipt: "duplicate", messageId });
        return;
      }
      deliver(actors, row);
      answer({ receipt: "accepted", messageId, outcome: "stored" });
    },
    rejected: (reason) => answer(refused("invalid", reason)),
  });
  chore.rows.inboxIn.push({ ...row, owner: chore.rows.owner });
  chore.rows.dedup.push({ owner: chore.rows.owner, address: cell.address, messageId, atMs });
  actors.loop.addChore(chore);
}

/** Creates a root actor. Rejects for an unknown kind, a bad address or an input that does not fit. */
export async function spawnActor(actors: Actors, request: SpawnRequest): Promise<"created" | "exists"> {
  const { core } = actors;
  if (core.phase !== "open") throw new Error("the host does not take new actors now");
  const problem = addressProblem(request.address);
  if (problem !== undefined) throw new TypeError(problem);
  if (!isWithin(request.address, core.scope)) throw new TypeError(`${request.address} is not within the scope ${core.scope}`);
  const kind = core.kinds.get(request.kind);
  if (kind === undefined) throw new TypeError(`no actor kind "${request.kind}" is registered`);
  const input = kind.kind.input.safeParse(request.input);
  if (!input.success) throw new TypeError(`the input of ${request.kind} does not fit: ${input.error.message}`);
  const unstorable = request.input === undefined ? undefined : jsonProblem(request.input, "input");
  if (unstorable !== undefined) throw new TypeError(unstorable);
  if ((await load(core, [request.address])).has(request.address)) return "exists";
  const row: ActorRow = {
    address: request.address,
    kind: request.kind,
    kindVersion: kind.kind.version,
    parent: null,
    childId: null,
    generation: 0,
    status: "starting",
    version: 0,
    incarnation: 1,
    input: JSON.stringify(request.input ?? null),
    snapshot: null,
    lifecycle: null,
    updatedAtMs: core.environment.clock.nowMs(),
  };
  return await new Promise((resolve, reject) => {
    const chore = createChore({
      committed(result, afterUnknown) {
        const created = result.born.has(request.address) || (afterUnknown && !core.cells.has(request.address));
        if (created) welcome(actors, cellOf(row, kind));
        resolve(created ? "created" : "exists");
      },
      rejected: (reason) => reject(new Error(`${request.address} could not be stored: ${reason}`)),
    });
    chore.rows.births.push({ ...row, owner: chore.rows.owner });
    actors.loop.addChore(chore);
  });
}

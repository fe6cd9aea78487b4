import type { AnyActorLogic, AnyActorScope } from "xstate";
import type { Address } from "./address.ts";

/**
 * The ActorScope in which a durable transition is computed (H1). Invariants: nothing runs, nothing is started, nothing is scheduled;
 * whatever would need a live actor throws with advice instead of doing something else than it says.
 */

/** An action as XState hands it to the executor; `params` may be patched until the transition has returned, so read it afterwards. */
export interface CollectedAction {
  readonly type: string;
  readonly params: unknown;
  /** XState sends to the actor itself when the target of a `sendTo` is undefined; nobody asked for that. */
  readonly fellBackToSelf: boolean;
}

/** A scope for one transition of the actor at `address`; actions are appended to `collected`. */
export function createScope(address: Address, parent: Address | undefined, collected: CollectedAction[]): AnyActorScope {
  let latest: SelfRef | undefined;
  const parentRef = { address: parent ?? noParentAddress(address) };
  const scope = {
    id: address,
    sessionId: address,
    system: SYSTEM,
    // Each read is a new object: so the reference that an action was given can be told from the one that XState falls back to.
    get self() {
      latest = new SelfRef(address, parentRef);
      return latest;
    },
    logger: nothing,
    emit: nothing,
    stopChild: nothing,
    defer() {
      throw new Error("`spawn` inside assign starts nothing in a durable actor: use spawnChild(src, { id, input })");
    },
    actionExecutor(action: { type: string; params: unknown; info: { self: unknown } }) {
      const to = action.type === "xstate.sendTo" ? targetOf(action.params) : undefined;
      const fellBackToSelf = to !== undefined && to === latest && to !== action.info.self && !namesInternal(action.params);
      collected.push({ type: action.type, params: action.params, fellBackToSelf });
    },
  };
  // XState's scope type asks for a live Actor as `self`; the test of XState's shapes proves that this subset is what it uses.
  return scope as unknown as AnyActorScope;
}

/** Where messages to the parent of an actor without one go: nobody lives there, so they become dead letters that name their sender. */
function noParentAddress(address: Address): Address {
  return `${address}/@no-parent`;
}

/** The id that XState gives to an actor spawned without one; '?' cannot be part of an address, so it is never mistaken for a real id. */
export const UNNAMED_CHILD = "?";

/** What replaces every actor source of a hosted machine: a child never runs inside its parent's transition. */
export const STUB_LOGIC: AnyActorLogic = {
  transition: (snapshot) => snapshot,
  getInitialSnapshot: () => STUB_SNAPSHOT,
  getPersistedSnapshot: (snapshot) => snapshot,
};

const STUB_SNAPSHOT = Object.freeze({ status: "active" as const, output: undefined, error: undefined });

/** The actor as its own machine sees it. */
export class SelfRef {
  readonly id: Address;
  readonly sessionId: Address;
  readonly address: Address;
  readonly system = SYSTEM;
  readonly _parent: { readonly address: Address };

  constructor(address: Address, parent: { readonly address: Address }) {
    this.id = address;
    this.sessionId = address;
    this.address = address;
    this._parent = parent;
  }

  get ref(): this {
    return this;
  }

  getSnapshot(): never {
    throw new Error("self.getSnapshot() is not available in a durable transition: use the context given to the action");
  }

  send(): never {
    throw new Error("self.send() is not available in a durable transition: use raise or sendToAddress");
  }
}

const nothing = (): void => {};

const refuseSystem = (): never => {
  throw new Error("`system` is not available in a durable actor: keep addresses in context and use sendToAddress");
};

// The part of ActorSystem that XState touches while computing a transition and constructing a stubbed child.
const SYSTEM = Object.freeze({
  _bookId: () => UNNAMED_CHILD,
  _register: (sessionId: string) => sessionId,
  _unregister: nothing,
  _sendInspectionEvent: nothing,
  _logger: nothing,
  _set() {
    throw new Error("`systemId` is not supported in a durable actor: children have addresses, <parent>/<child id>");
  },
  _relay: refuseSystem,
  get: refuseSystem,
  getAll: refuseSystem,
  inspect: refuseSystem,
});

function targetOf(params: unknown): unknown {
  return typeof params === "object" && params !== null && "to" in params ? params.to : undefined;
}

function namesInternal(params: unknown): boolean {
  return typeof params === "object" && params !== null && "targetId" in params && params.targetId === "#_internal";
}

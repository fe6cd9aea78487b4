/** The supervision tree as nested nodes: processes of the platform beside the durable actors. */
import type { Address } from "../runtime/address.ts";
import type { ProcessLine } from "./fleetStatus.ts";
import { naturalOrder } from "./naturalOrder.ts";
import type { ActorSummary, FleetView } from "./view.store.ts";

export interface TreeNode {
  /** The address of an actor; the bare name of a process or group. */
  readonly id: string;
  readonly label: string;
  readonly kind: string;
  readonly status: string;
  readonly state: string;
  readonly restarts: number;
  readonly version: number;
  readonly lastError: string | null;
  readonly backoffUntil: string | null;
  readonly updatedAt: string | null;
  readonly children: readonly TreeNode[];
}

/** Builds the tree. An actor whose parent is not known hangs below the nearest known address above it, else at the root. */
export function supervisionTree(view: FleetView, processes: readonly ProcessLine[]): TreeNode {
  const below = new Map<Address | undefined, ActorSummary[]>();
  for (const actor of view.actors.values()) {
    const parent = nearestParent(actor, view.actors);
    const siblings = below.get(parent);
    if (siblings === undefined) below.set(parent, [actor]);
    else siblings.push(actor);
  }
  const platform = group("platform", processes.map(processNode));
  return group("root", [platform, ...nodesBelow(undefined, below)]);
}

/** One actor as a node without children; what a delta of the tree carries. */
export function actorNode(
  actor: ActorSummary,
  parent: Address | undefined,
): Omit<TreeNode, "children"> & { parent: string | null } {
  return {
    id: actor.address,
    label: parent === undefined ? actor.address : actor.address.slice(commonPath(actor.address, parent)),
    kind: actor.kind,
    status: actor.status,
    state: actor.state,
    restarts: actor.restarts,
    version: actor.version,
    lastError: actor.lastError ?? null,
    backoffUntil: actor.backoffUntilMs === undefined ? null : new Date(actor.backoffUntilMs).toISOString(),
    updatedAt: new Date(actor.updatedAtMs).toISOString(),
    parent: parent ?? null,
  };
}

/** The actor that supervises this one, as far as the view knows it. */
export function nearestParent(actor: ActorSummary, actors: ReadonlyMap<Address, ActorSummary>): Address | undefined {
  if (actor.parent !== undefined && actors.has(actor.parent)) return actor.parent;
  let end = actor.address.lastIndexOf("/");
  while (end > 0) {
    const above = actor.address.slice(0, end);
    if (actors.has(above)) return above;
    end = above.lastIndexOf("/");
  }
  return undefined;
}

function nodesBelow(parent: Address | undefined, below: ReadonlyMap<Address | undefined, readonly ActorSummary[]>): TreeNode[] {
  const actors = [...(below.get(parent) ?? [])].sort((left, right) => naturalOrder(left.address, right.address));
  return actors.map((actor) => {
    const { parent: _, ...node } = actorNode(actor, parent);
    return { ...node, children: nodesBelow(actor.address, below) };
  });
}

function processNode(line: ProcessLine): TreeNode {
  return { ...group(line.name, []), kind: "process", status: line.status, state: line.detail, restarts: line.restarts };
}

function group(id: string, children: readonly TreeNode[]): TreeNode {
  return {
    id,
    label: id,
    kind: "supervisor",
    status: "active",
    state: "",
    restarts: 0,
    version: 0,
    lastError: null,
    backoffUntil: null,
    updatedAt: null,
    children,
  };
}

function commonPath(address: Address, parent: Address): number {
  return address.startsWith(`${parent}/`) ? parent.length + 1 : 0;
}

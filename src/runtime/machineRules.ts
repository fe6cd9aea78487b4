import type { AnyStateMachine } from "xstate";
import { customActionAdvice } from "./actions.ts";
import type { ActorKind } from "./kind.ts";

/**
 * The closed list of constructs of a durable machine (H14), checked on the machine's structure at registration. What XState computes only
 * during a transition (`enqueueActions`, targets and ids given as functions) is checked there, with the same advice.
 */

export interface MachineExamination {
  readonly problems: string[];
  /** Actor sources named in the configuration, each with the place where it was first seen. */
  readonly sources: ReadonlyMap<string, string>;
  readonly watchdogs: ReadonlySet<string>;
  readonly invokeIds: ReadonlySet<string>;
}

/** Looks at every state of the kind's machine. Each problem names kind, state and construct, and says what to do instead. */
export function examineMachine(kind: ActorKind): MachineExamination {
  const findings: Findings = {
    kind,
    machine: kind.machine,
    problems: [],
    sources: new Map(),
    watchdogs: new Set(),
    invokeIds: new Set(),
  };
  checkKind(findings);
  checkImplementations(findings);
  visit(kind.machine.root, findings);
  return findings;
}

type StateNode = AnyStateMachine["root"];

interface Findings {
  readonly kind: ActorKind;
  readonly machine: AnyStateMachine;
  readonly problems: string[];
  readonly sources: Map<string, string>;
  readonly watchdogs: Set<string>;
  readonly invokeIds: Set<string>;
}

const BUILTIN_ACTIONS: ReadonlySet<string> = new Set([
  "xstate.assign",
  "xstate.raise",
  "xstate.sendTo",
  "xstate.emit",
  "xstate.log",
  "xstate.cancel",
  "xstate.spawnChild",
  "xstate.stopChild",
  "xstate.enqueueActions",
]);

function checkKind({ kind, problems }: Findings): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(kind.kind)) {
    problems.push(`${JSON.stringify(kind.kind)}: the name of a kind is 1 to 64 letters, digits, _ . or -`);
  }
  if (!Number.isInteger(kind.version) || kind.version < 1)
    problems.push(`${kind.kind}: \`version\` must be an integer ≥ 1, not ${kind.version}`);
  for (const type of Object.keys(kind.events)) {
    if (type.startsWith("xstate."))
      problems.push(`${kind.kind}: the declared event ${type} is reserved for the runtime; rename it`);
    if (type.includes("*"))
      problems.push(`${kind.kind}: the declared event ${JSON.stringify(type)} is a pattern; declare each event by its name`);
  }
  for (const [src, job] of Object.entries(kind.jobs)) {
    if (job.retry === "reconcile" && job.reconcile === undefined) {
      problems.push(
        `${kind.kind}: the job ${src} says retry "reconcile" but has no reconcile(): add one, or say "safe" or "never"`,
      );
    }
    if (!(job.timeoutMs > 0) || !Number.isFinite(job.timeoutMs))
      problems.push(`${kind.kind}: the job ${src} needs a finite timeoutMs > 0`);
  }
}

function checkImplementations(findings: Findings): void {
  const { kind, machine, problems } = findings;
  for (const [src, logic] of Object.entries(machine.implementations.actors)) {
    const isJob = Object.hasOwn(kind.jobs, src);
    if (isJob && !isPromiseLogic(logic)) {
      problems.push(
        `${kind.kind}: the source ${JSON.stringify(src)} is a job, but the machine gives it other logic than fromPromise: callbacks and observables cannot survive a crash. Use fromPromise in the machine; the work itself is in jobs.${src}.run`,
      );
    } else if (!isJob && !isMachine(logic)) {
      problems.push(
        `${kind.kind}: the source ${JSON.stringify(src)} is neither a job nor a machine: fromCallback, fromObservable and the like cannot survive a crash. Make it a job in \`jobs\`, or a kind of its own`,
      );
    }
  }
}

function visit(node: StateNode, findings: Findings): void {
  const { problems, machine } = findings;
  const place = `${findings.kind.kind}: state ${node.path.length === 0 ? "(root)" : node.path.join(".")}`;
  checkActions(node.entry, `${place}, entry`, findings);
  checkActions(node.exit, `${place}, exit`, findings);
  if (node.type === "compound") checkActions(node.initial.actions, `${place}, initial`, findings);
  if (node.config.route !== undefined) problems.push(`${place}: \`route\` is not supported: send an event of your own`);
  for (const [descriptor, transitions] of node.transitions) {
    checkDescriptor(descriptor, place, problems);
    for (const transition of transitions) checkTransition(transition, `${place}, on ${descriptor}`, findings);
  }
  for (const transition of node.always ?? []) checkTransition(transition, `${place}, always`, findings);
  checkInvokes(node, place, findings);
  for (const name of Object.keys(node.config.after ?? {})) checkDelayName(name, `${place}, after ${name}`, machine, problems);
  if (node.invoke.length > 0) for (const { eventType } of node.after) findings.watchdogs.add(eventType);
  for (const child of Object.values(node.states)) visit(child, findings);
}

/** A parent of children whose ids are made at run time hears of them by these; completions of a state's own jobs are taken by that state first. */
const CHILD_WILDCARDS: ReadonlySet<string> = new Set(["xstate.done.actor.*", "xstate.error.actor.*"]);

function checkDescriptor(descriptor: string, place: string, problems: string[]): void {
  if (CHILD_WILDCARDS.has(descriptor)) return;
  if (descriptor === "*" || (descriptor.startsWith("xstate.") && descriptor.endsWith("*"))) {
    problems.push(
      `${place}, on ${JSON.stringify(descriptor)}: this wildcard would also swallow timers, job results and errors. Name the events, or use a prefix such as "order.*"`,
    );
  }
}

interface TransitionLike {
  readonly actions: readonly unknown[];
  readonly guard?: unknown;
}

function checkTransition(transition: TransitionLike, place: string, findings: Findings): void {
  checkActions(transition.actions, place, findings);
  checkGuard(transition.guard, place, findings);
}

function checkGuard(guard: unknown, place: string, findings: Findings): void {
  const name = typeof guard === "string" ? guard : property(guard, "type");
  const nested = property(guard, "guards");
  if (Array.isArray(nested)) for (const inner of nested) checkGuard(inner, place, findings);
  if (typeof guard === "function" || typeof name !== "string") return;
  if (!Object.hasOwn(findings.machine.implementations.guards, name)) {
    findings.problems.push(`${place}: the guard ${JSON.stringify(name)} is not defined: add it to \`guards\``);
  }
}

function checkActions(actions: readonly unknown[], place: string, findings: Findings): void {
  for (const action of actions) checkAction(action, place, findings);
}

function checkAction(action: unknown, place: string, findings: Findings): void {
  const name = typeof action === "string" ? action : typeof action === "function" ? undefined : property(action, "type");
  const resolved: unknown = typeof name === "string" ? ownProperty(findings.machine.implementations.actions, name) : action;
  const type = property(resolved, "type");
  if (typeof resolved !== "function" || !("resolve" in resolved) || typeof type !== "string" || !BUILTIN_ACTIONS.has(type)) {
    const called =
      typeof name === "string" ? name : typeof resolved === "function" && resolved.name !== "" ? resolved.name : "(anonymous)";
    findings.problems.push(`${place}: ${customActionAdvice(called)}`);
    return;
  }
  if (type === "xstate.spawnChild") checkSpawn(resolved, place, findings);
  if (type === "xstate.raise" || type === "xstate.sendTo") {
    const delay = property(resolved, "delay");
    // An `after` without a defined delay is reported at its own place.
    const isAfter = String(property(resolved, "id")).startsWith("xstate.after.");
    if (!isAfter && (typeof delay === "string" || typeof delay === "number"))
      checkDelay(delay, place, findings.machine, findings.problems);
  }
}

function checkSpawn(action: object, place: string, findings: Findings): void {
  const src = property(action, "src");
  const where = `${place}, spawnChild`;
  noteSource(src, where, findings);
  const id = property(action, "id");
  if (typeof id !== "string" && typeof id !== "function") {
    findings.problems.push(
      `${where}: give an explicit id (a string or a function); without one a second child would overwrite the first`,
    );
  }
  refuseSystemId(property(action, "systemId"), where, findings);
  if (property(action, "syncSnapshot") === true) refuseSnapshots(where, findings);
}

function checkInvokes(node: StateNode, place: string, findings: Findings): void {
  const configured: unknown = node.config.invoke;
  const invokes: readonly unknown[] = configured === undefined ? [] : Array.isArray(configured) ? configured : [configured];
  for (const invoke of invokes) {
    const id = property(invoke, "id");
    const where = `${place}, invoke${typeof id === "string" ? ` ${id}` : ""}`;
    noteSource(property(invoke, "src"), where, findings);
    if (typeof id === "string") findings.invokeIds.add(id);
    else
      findings.problems.push(`${where}: give an explicit string id; XState's own depends on the position in the configuration`);
    refuseSystemId(property(invoke, "systemId"), where, findings);
    if (property(invoke, "onSnapshot") !== undefined) refuseSnapshots(where, findings);
  }
}

function noteSource(src: unknown, where: string, { sources, problems }: Findings): void {
  if (typeof src === "string") {
    if (!sources.has(src)) sources.set(src, where);
  } else if (src === undefined) problems.push(`${where}: \`src\` is missing: name a job or a registered kind`);
  else problems.push(`${where}: inline logic cannot be restored after a crash; name a job or a registered kind as a string`);
}

function refuseSystemId(systemId: unknown, where: string, { problems }: Findings): void {
  if (systemId !== undefined)
    problems.push(`${where}: systemId is not supported; a child's address is <parent>/<child id>, use sendToAddress`);
}

function refuseSnapshots(where: string, { problems }: Findings): void {
  problems.push(
    `${where}: onSnapshot and syncSnapshot are not supported; let the child send an event to its parent (sendParent)`,
  );
}

function checkDelayName(name: string, place: string, machine: AnyStateMachine, problems: string[]): void {
  checkDelay(Number.isNaN(+name) ? name : +name, place, machine, problems);
}

function checkDelay(delay: string | number, place: string, machine: AnyStateMachine, problems: string[]): void {
  const defined = typeof delay === "string" ? ownProperty(machine.implementations.delays, delay) : delay;
  if (defined === undefined)
    problems.push(`${place}: the delay ${JSON.stringify(delay)} is not defined, XState would fire at once: add it to \`delays\``);
  if (typeof defined === "number" && !(Number.isFinite(defined) && defined >= 0)) {
    problems.push(`${place}: the delay ${defined} is not a number of milliseconds ≥ 0`);
  }
}

/** Promise logic is told by what it does: it is done when its promise resolves. */
function isPromiseLogic(logic: unknown): boolean {
  const transition = property(logic, "transition");
  if (typeof transition !== "function" || isMachine(logic)) return false;
  try {
    const settled: unknown = transition({ status: "active" }, { type: "xstate.promise.resolve", data: 1 }, {});
    return property(settled, "status") === "done" && property(settled, "output") === 1;
  } catch {
    // Callback logic looks for a running instance here and fails: it is no promise logic.
    return false;
  }
}

function isMachine(logic: unknown): boolean {
  return property(logic, "__xstatenode") === true;
}

function property(value: unknown, name: string): unknown {
  return (typeof value === "object" && value !== null) || typeof value === "function" ? Reflect.get(value, name) : undefined;
}

function ownProperty(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

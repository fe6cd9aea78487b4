import { type AnyActorLogic, type AnyStateMachine, assign, cancel, createMachine, emit, enqueueActions, raise } from "xstate";
import { nowOf } from "../../src/runtime/authoring.ts";

/** Chooses an integer 0 ≤ n < bound. Given by fast-check, so that a failing machine shrinks. */
export type Choose = (bound: number) => number;

export const EVENTS = ["E0", "E1", "E2", "E3"] as const;

interface Context {
  readonly n: number;
  readonly log: readonly string[];
}

interface Node {
  readonly id: string;
  readonly key: string;
  readonly type: "atomic" | "compound" | "parallel" | "final" | "shallow" | "deep";
  readonly children: readonly Node[];
}

/**
 * A random machine from the closed list: nested, parallel, history and final states, after, always, guards, raise, assign, emit, enqueueActions,
 * delayed raises, cancel and jobs of the source `job`. Delays are all different, so that ties are rare.
 */
export function randomMachine(choose: Choose, job: AnyActorLogic): AnyStateMachine {
  const root: Node = { id: "m", key: "m", type: "compound", children: branch(choose, "m", 0, "compound") };
  const build = new Builder(choose, targetsOf(root));
  const config = {
    id: "m",
    context: { n: 0, log: [] },
    options: { maxIterations: 40 },
    output: build.output(),
    ...build.state(root),
  };
  return createMachine(config as never, { actors: { job } } as never);
}

function branch(choose: Choose, parent: string, depth: number, type: "compound" | "parallel"): readonly Node[] {
  const node = (key: string, kind: Node["type"]): Node => ({
    id: `${parent}.${key}`,
    key,
    type: kind,
    children: kind === "compound" || kind === "parallel" ? branch(choose, `${parent}.${key}`, depth + 1, kind) : [],
  });
  const kindAt = (): Node["type"] =>
    depth >= 2 ? "atomic" : ((["atomic", "atomic", "compound", "parallel"] as const)[choose(4)] ?? "atomic");
  const children = Array.from({ length: 2 + choose(2) }, (_, index) => node(`s${index}`, kindAt()));
  if (type === "compound" && choose(3) === 0) children.push(node("end", "final"));
  if (choose(2) === 0) children.push(node("back", choose(2) === 0 ? "shallow" : "deep"));
  return children;
}

function targetsOf(node: Node): readonly string[] {
  return node.children.flatMap((child) => [child.id, ...targetsOf(child)]);
}

class Builder {
  readonly choose: Choose;
  readonly targets: readonly string[];
  sites = 0;

  constructor(choose: Choose, targets: readonly string[]) {
    this.choose = choose;
    this.targets = targets;
  }

  output(): unknown {
    return ({ context }: { context: Context }) => ({ n: context.n });
  }

  state(node: Node): Record<string, unknown> {
    if (node.type === "shallow" || node.type === "deep") return { type: "history", history: node.type };
    const entry = this.actions(2);
    if (node.type === "final") return { type: "final", entry };
    return {
      entry,
      exit: this.actions(2),
      on: Object.fromEntries(EVENTS.filter(() => this.choose(3) === 0).map((event) => [event, this.transitions()])),
      ...(this.choose(4) === 0 ? { after: { [this.delay()]: this.transition() } } : {}),
      ...(this.choose(6) === 0 ? { always: this.eventless() } : {}),
      ...(node.id !== "m" && this.choose(4) === 0 ? { invoke: this.invoke() } : {}),
      ...(node.type === "atomic" ? {} : this.composite(node)),
    };
  }

  composite(node: Node): Record<string, unknown> {
    return {
      ...(node.type === "parallel" ? { type: "parallel" } : { initial: node.children[0]?.key }),
      ...(node.id !== "m" && this.choose(2) === 0 ? { onDone: this.transition() } : {}),
      states: Object.fromEntries(node.children.map((child) => [child.key, this.state(child)])),
    };
  }

  transitions(): readonly unknown[] {
    return Array.from({ length: 1 + this.choose(2) }, () => this.transition());
  }

  transition(): Record<string, unknown> {
    const target = this.choose(5) === 0 ? undefined : this.target();
    // XState enters a state twice when a history target resolves to the transition's own source and it is not re-entered.
    const reenter = target?.endsWith(".back") === true || this.choose(4) === 0;
    return {
      ...(target === undefined ? {} : { target: `#${target}` }),
      ...(this.choose(3) === 0 ? { guard: this.guard() } : {}),
      ...(reenter ? { reenter } : {}),
      actions: this.actions(2),
    };
  }

  eventless(): Record<string, unknown> {
    return { ...this.transition(), guard: this.guard(), actions: [this.count(), ...this.actions(1)] };
  }

  target(): string {
    return this.targets[this.choose(this.targets.length)] ?? "m";
  }

  guard(): unknown {
    const divisor = 2 + this.choose(3);
    const rest = this.choose(divisor);
    return ({ context }: { context: Context }) => context.n % divisor === rest;
  }

  invoke(): Record<string, unknown> {
    const site = this.sites++;
    const noteOutput = assign(({ context, event }) => ({
      log: note(context as Context, `j${site}=${JSON.stringify(Reflect.get(event, "output") ?? Reflect.get(event, "error"))}`),
    }));
    return {
      src: "job",
      id: `j${site}`,
      input: ({ context }: { context: Context }) => ({ site, n: context.n }),
      ...(this.choose(4) === 0 ? {} : { onDone: { ...this.transition(), actions: [noteOutput, ...this.actions(1)] } }),
      ...(this.choose(4) === 0 ? {} : { onError: { ...this.transition(), actions: [noteOutput] } }),
    };
  }

  actions(most: number): readonly unknown[] {
    return Array.from({ length: this.choose(most + 1) }, () => this.action()).flat();
  }

  action(): unknown {
    switch (this.choose(8)) {
      case 0:
        return raise({ type: this.event() } as never);
      case 1: {
        const id = `t${this.sites++}`;
        return [cancel(id), raise({ type: this.event() } as never, { id, delay: this.delay() })];
      }
      case 2:
        return cancel(`t${this.choose(6)}`);
      case 3:
        return emit(({ context }) => ({ type: "note", n: (context as Context).n }));
      case 4:
        return enqueueActions(({ enqueue, context }) => {
          if ((context as Context).n % 2 === 0) enqueue.assign({ n: (context as Context).n + 1 } as never);
          enqueue.emit({ type: "queued" } as never);
        });
      default:
        return this.count();
    }
  }

  count(): unknown {
    const site = this.sites++;
    return assign((args) => {
      const context = args.context as Context;
      return { n: context.n + 1, log: note(context, `${site}@${nowOf(args)}`) };
    });
  }

  event(): string {
    return EVENTS[this.choose(EVENTS.length)] ?? "E0";
  }

  delay(): number {
    // Sums of few of these differ: powers with a site-dependent remainder.
    return 100 + 37 * this.choose(20) + this.sites++ / 1024;
  }
}

function note(context: Context, text: string): readonly string[] {
  return [...context.log.slice(-15), text];
}

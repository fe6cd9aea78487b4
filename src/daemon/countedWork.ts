/** Counting from outside: the runtime knows nothing of metrics, so what it is given is wrapped. */
import { performance } from "node:perf_hooks";
import type { ActorKind } from "../runtime/kind.ts";
import type { RuntimeStore } from "../runtime/store.ts";

/** What a fleet's host tells of its work. */
export interface WorkCounter {
  /** A statement of the commit loop. */
  readonly committed: (result: string, tookMs: number) => void;
  /** A job was broken off before it was sent. */
  readonly cancelled: (job: string) => void;
}

export function withCountedJobs(kinds: readonly ActorKind[], counter: WorkCounter): readonly ActorKind[] {
  return kinds.map((kind) => {
    const jobs = Object.entries(kind.jobs).map(([name, spec]): [string, ActorKind["jobs"][string]] => [
      name,
      {
        ...spec,
        async run(input, context) {
          const count = (): void => counter.cancelled(name);
          context.signal.addEventListener("abort", count, { once: true });
          try {
            return await spec.run(input, context);
          } finally {
            context.signal.removeEventListener("abort", count);
          }
        },
      },
    ]);
    return { ...kind, jobs: Object.fromEntries(jobs) };
  });
}

export function withCountedCommits(store: RuntimeStore, counter: WorkCounter): RuntimeStore {
  return {
    ...store,
    async commit(batch) {
      const startedAt = performance.now();
      const outcome = await store.commit(batch);
      counter.committed(outcome.result, performance.now() - startedAt);
      return outcome;
    },
  };
}

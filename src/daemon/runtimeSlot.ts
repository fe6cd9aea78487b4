/**
 * The place where console and bus find the runtime. Hosts come and go below it (a fenced or failed one is replaced); whoever observes here
 * keeps observing. While it is empty, commands are refused as stopping and nothing is listed.
 */
import type { Runtime, RuntimeNotice, SpawnRequest } from "../runtime/runtime.ts";

type PublicRuntime = Pick<
  Runtime,
  "send" | "view" | "list" | "restart" | "dismiss" | "replayDeadLetter" | "lookForMail" | "observe"
> & {
  stats(): ReturnType<Runtime["stats"]> | undefined;
  spawn(request: SpawnRequest): Promise<"created" | "exists" | "stopping">;
};

export interface RuntimeSlot extends PublicRuntime {
  /** Puts a host in, before it is started, so that none of its notices is missed; returns a function that takes it out. */
  fill(runtime: Runtime): () => void;
}

export function createRuntimeSlot(): RuntimeSlot {
  const observers = new Set<(notice: RuntimeNotice) => void>();
  let current: Runtime | undefined;
  return {
    fill(runtime) {
      current = runtime;
      const stopObserving = runtime.observe((notice) => {
        for (const observer of observers) observer(notice);
      });
      return () => {
        stopObserving();
        if (current === runtime) current = undefined;
      };
    },
    observe(observer) {
      observers.add(observer);
      return () => void observers.delete(observer);
    },
    send: async (message) =>
      (await current?.send(message)) ?? { receipt: "refused", reason: "stopping", detail: "the fleet is starting or stopping" },
    spawn: async (request) => (await current?.spawn(request)) ?? "stopping",
    view: async (address) => await current?.view(address),
    list: async (filter) => (await current?.list(filter)) ?? [],
    restart: async (address, from) => (await current?.restart(address, from)) ?? "unknownAddress",
    dismiss: async (address) => (await current?.dismiss(address)) ?? "unknownAddress",
    lookForMail: () => current?.lookForMail(),
    replayDeadLetter: async (id) => (await current?.replayDeadLetter(id)) ?? "unknown",
    stats: () => current?.stats(),
  };
}

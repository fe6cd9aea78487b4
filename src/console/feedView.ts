import type { Runtime, RuntimeNotice } from "../runtime/runtime.ts";
import type { ViewStore } from "./view.store.ts";

/** Feeds the store from a runtime's notices, all of one turn of the event loop in one change; returns a function that ends it. */
export function feedView(runtime: Pick<Runtime, "observe">, store: ViewStore): () => void {
  let waiting: RuntimeNotice[] = [];
  const stopObserving = runtime.observe((notice) => {
    if (waiting.push(notice) > 1) return;
    setImmediate(() => {
      const notices = waiting;
      waiting = [];
      store.trigger.noticed({ notices });
    });
  });
  return stopObserving;
}

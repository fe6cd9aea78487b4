import type { Address } from "../runtime/address.ts";
import type { Clock } from "../runtime/environment.ts";
import type { ActorView, Runtime } from "../runtime/runtime.ts";

/** What an actor answers by its own state: resolves with what `read` finds in it, now or after a later commit; undefined when time is up. */
export async function watchActor<Found>(
  { runtime, clock }: { readonly runtime: Pick<Runtime, "view" | "observe">; readonly clock: Clock },
  address: Address,
  withinMs: number,
  read: (actor: Pick<ActorView, "context" | "status">) => Found | undefined,
): Promise<Found | undefined> {
  return await new Promise((resolve, reject) => {
    const finish = (found: Found | undefined): void => {
      stopObserving();
      cancel();
      resolve(found);
    };
    const look = (actor: Pick<ActorView, "context" | "status">): void => {
      const found = read(actor);
      if (found !== undefined) finish(found);
    };
    const stopObserving = runtime.observe((notice) => {
      if (notice.notice === "transition" && notice.address === address) look(notice);
    });
    const cancel = clock.wakeAt(clock.nowMs() + withinMs, () => finish(undefined));
    runtime.view(address).then(
      (view) => (view === undefined ? undefined : look(view)),
      (error: unknown) => {
        stopObserving();
        cancel();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

import type { Address } from "./address.ts";
import type { Breadcrumb } from "./breadcrumb.ts";
import type { Cell } from "./cell.ts";
import type { EncodedError } from "./effect.ts";
import type { Environment } from "./environment.ts";
import type { CrashPoint, HostLimits } from "./hostOptions.ts";
import type { KindRegistry } from "./registry.ts";
import type { RuntimeStore } from "./store.ts";
import type { Supervision } from "./supervision.ts";
import type { TransitionWatchdog } from "./transitionWatchdog.ts";

/** What the parts of one host share. */
export interface HostCore {
  readonly scope: Address;
  readonly kinds: KindRegistry;
  readonly store: RuntimeStore;
  readonly supervision: Supervision;
  readonly environment: Environment;
  readonly limits: HostLimits;
  readonly breadcrumb: Breadcrumb;
  /** Told of each transition, so that one that hangs ends the process. */
  readonly watchdog: Pick<TransitionWatchdog, "enter" | "leave">;
  readonly crashPoint: ((point: CrashPoint) => void) | undefined;
  /** Actors in memory. Never complete by assumption: look others up with the loader. */
  readonly cells: Map<Address, Cell>;
  /** Unclean ends at which a message was named in the breadcrumb, by `attemptKey`. */
  readonly attempts: Map<string, number>;
  readonly counters: { events: number; commits: number; deadLetters: number; restarts: number };
  /** `open` takes work; `stopping` finishes what was sent; `closed` and `fenced` write nothing more. */
  phase: "new" | "booting" | "open" | "stopping" | "closed" | "fenced";
}

/** Unclean ends after which a message is not tried again (H8). */
export const MAX_ATTEMPTS = 2;

export const PROCESS_ENDED: EncodedError = { name: "ProcessEnded", message: "the process ended twice during this transition" };

export function attemptKey(address: Address, messageId: string): string {
  return `${address} ${messageId}`;
}

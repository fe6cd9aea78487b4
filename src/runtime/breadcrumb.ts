import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Address } from "./address.ts";

/** One message that may be the one whose transition ended the process. */
export interface Suspect {
  readonly address: Address;
  readonly messageId: string;
}

/**
 * Names the messages whose transitions come next, so that a transition that ends the process (endless loop, heap, exit) can be counted
 * against its message at the next boot (H8). Without fsync: it must survive the process, not the machine. A write costs as much as a small
 * transition, so messages are named in groups, those that nothing can offer again not at all; a message that has been named at an unclean end is tried alone from then on, and so the
 * second end convicts one message only.
 */
export interface Breadcrumb {
  name(suspects: readonly Suspect[]): void;
  clear(): void;
  close(): void;
}

export const NO_BREADCRUMB: Breadcrumb = { name: () => {}, clear: () => {}, close: () => {} };

export function openBreadcrumb(path: string): Breadcrumb {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, "w", 0o600);
  const empty = Buffer.from("-");
  let named = false;
  writeSync(file, empty, 0, 1, 0);
  return {
    name(suspects) {
      if (suspects.length === 0) return;
      writeSync(file, `+${JSON.stringify(suspects.map(({ address, messageId }) => [address, messageId]))}\n`, 0);
      named = true;
    },
    clear() {
      if (named) writeSync(file, empty, 0, 1, 0);
      named = false;
    },
    close() {
      closeSync(file);
    },
  };
}

/** The messages that were named when the last process ended. */
export function readBreadcrumb(path: string): readonly Suspect[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  if (!text.startsWith("+")) return [];
  try {
    const named: unknown = JSON.parse(text.slice(1, text.indexOf("\n")));
    return Array.isArray(named) ? named.flatMap(suspectOf) : [];
  } catch {
    // Cut off in the middle of the write: no transition had begun.
    return [];
  }
}

function suspectOf(named: unknown): Suspect[] {
  const [address, messageId]: unknown[] = Array.isArray(named) ? named : [];
  return typeof address === "string" && typeof messageId === "string" ? [{ address, messageId }] : [];
}

import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Address } from "./address.ts";

/**
 * Names the message in transition, so that a transition that ends the process (endless loop, heap, exit) can be counted against its
 * message at the next boot (H8). Without fsync: it must survive the process, not the machine. Two writes for each transition, 2 µs each.
 */
export interface Breadcrumb {
  enter(address: Address, messageId: string): void;
  leave(): void;
  close(): void;
}

const RECORD_BYTES = 2_048;

export const NO_BREADCRUMB: Breadcrumb = { enter: () => {}, leave: () => {}, close: () => {} };

export function openBreadcrumb(path: string): Breadcrumb {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, "w", 0o600);
  const record = Buffer.alloc(RECORD_BYTES, " ");
  writeSync(file, record, 0, RECORD_BYTES, 0);
  const empty = Buffer.from("-");
  return {
    enter(address, messageId) {
      const length = record.write(`+${JSON.stringify([address, messageId])}\n`, 0, "utf8");
      writeSync(file, record, 0, length, 0);
    },
    leave() {
      writeSync(file, empty, 0, 1, 0);
    },
    close() {
      closeSync(file);
    },
  };
}

/** The message that was in transition when the last process ended; undefined when none was. */
export function readBreadcrumb(path: string): { readonly address: Address; readonly messageId: string } | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  if (!text.startsWith("+")) return undefined;
  try {
    const [address, messageId] = JSON.parse(text.slice(1, text.indexOf("\n"))) as unknown[];
    return typeof address === "string" && typeof messageId === "string" ? { address, messageId } : undefined;
  } catch {
    // Cut off in the middle of the write: no transition had begun.
    return undefined;
  }
}

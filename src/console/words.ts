/** Notices as sentences for people. What is ordinary stays silent: only deeds, failures, healing and dead letters are said. */
import type { Address } from "../runtime/address.ts";
import { inBrief } from "../runtime/encodedError.ts";
import type { RuntimeNotice } from "../runtime/runtime.ts";
import { deedInWords } from "./deeds.ts";
import type { ActorSummary, Words } from "./view.store.ts";

/** The sentence of a notice, or undefined when it is not worth a line. */
export function wordsOf(notice: RuntimeNotice, actors: ReadonlyMap<Address, ActorSummary>): Words | undefined {
  switch (notice.notice) {
    case "failed":
      return {
        atMs: notice.atMs,
        level: "bad",
        address: notice.address,
        text: `${failureOf(notice)}: ${inBrief(notice.error.message)} — ${afterFailure(notice.decision, notice.afterMs)}`,
      };
    case "restarted": {
      const from = notice.from === "snapshot" ? "from its snapshot" : "afresh";
      const state = actors.get(notice.address)?.state ?? "";
      const where = state === "" || notice.from === "afresh" ? "" : `, still ${state}`;
      return {
        atMs: notice.atMs,
        level: "good",
        address: notice.address,
        text: `${shortName(notice.address)} is back ${from}${where}`,
      };
    }
    case "deadLetter":
      return {
        atMs: notice.atMs,
        level: "warn",
        address: notice.to,
        text: `dead letter for ${shortName(notice.to)}: ${notice.reason}`,
      };
    case "jobSettled":
      return reconciled(notice);
    case "emitted":
      return deedInWords(notice);
    case "transition":
    case "started":
    case "ended":
      return undefined;
  }
}

/** An address without the scope every address shares: `ship/BOSUN-3` for `agent/2026-11-21/BOSUN/ship/BOSUN-3`. */
export function shortName(address: Address): string {
  const segments = address.split("/");
  return segments[0] === "agent" && segments.length > 3 ? segments.slice(3).join("/") : address;
}

/** A worker that is given up is what operators page on. */
function failureOf({ address, kind, decision }: Extract<RuntimeNotice, { notice: "failed" }>): string {
  if (kind !== "task" || decision !== "quarantine") return `${shortName(address)} failed`;
  const [, pipeline, task] = /pipeline\/([^/]+)\/task\/([^/]+)$/.exec(address) ?? [];
  return `Failed to restart worker for task ${pipeline === undefined ? shortName(address) : `${pipeline}.${task}`}`;
}

function afterFailure(decision: "snapshot" | "afresh" | "quarantine", afterMs: number): string {
  if (decision === "quarantine") return "quarantined; `bosun restart` lifts that";
  return `again ${decision === "snapshot" ? "from its snapshot" : "afresh"} in ${(afterMs / 1000).toFixed(1)} s`;
}

/** Only a job that a crash left in doubt deserves a line. */
function reconciled(notice: Extract<RuntimeNotice, { notice: "jobSettled" }>): Words | undefined {
  const said = {
    reconciledDone: { level: "good", text: "had been done; not repeated" },
    reconciledNotDone: { level: "good", text: "had not been done; done now" },
    unknown: { level: "warn", text: "left no evidence; its actor decides" },
    done: undefined,
    error: undefined,
  } as const;
  const verdict = said[notice.how];
  if (verdict === undefined) return undefined;
  return {
    atMs: notice.atMs,
    level: verdict.level,
    address: notice.address,
    text: `${shortName(notice.address)}: the ${notice.src} in flight ${verdict.text}`,
  };
}

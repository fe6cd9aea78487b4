/** What becomes of an operator's word to one actor, as the command line is told. `error` says why it came to nothing. */
import { inBrief } from "../runtime/encodedError.ts";
import type { Runtime, RuntimeNotice } from "../runtime/runtime.ts";
import { firstNotice, type NoticeSource } from "./firstNotice.ts";

interface Parts extends NoticeSource {
  readonly runtime: Pick<Runtime, "restart" | "dismiss" | "observe">;
}

export interface Told<Outcome extends string = string> {
  readonly outcome: Outcome;
  readonly error?: string;
}

/** Restarts an actor and waits for how that goes; `restarting` when it takes longer, as with a request that is still under way. */
export async function restartNow(
  parts: Parts,
  address: string,
  from: "snapshot" | "afresh",
): Promise<Told<"restarted" | "restarting" | "failed" | "unknownAddress">> {
  let failure: string | undefined;
  // One that begins afresh and breaks at once tells both, in one go.
  const restart = firstNotice(parts, (notice) => {
    if (notice.notice === "failed" && notice.address === address) failure = failureText(notice, from);
    return isOutcome(notice, address) ? notice.notice : undefined;
  });
  if ((await parts.runtime.restart(address, from)) === "unknownAddress") {
    restart.cancel();
    return nobody(address);
  }
  const found = await restart.found;
  if (failure !== undefined) return { outcome: "failed", error: failure };
  return { outcome: found === "restarted" ? "restarted" : "restarting" };
}

/** Ends an actor in quarantine that nobody needs. */
export async function dismissNow(
  parts: Parts,
  address: string,
): Promise<Told<"dismissed" | "dismissing" | "notQuarantined" | "needed" | "unknownAddress">> {
  const end = firstNotice(parts, (notice) => (notice.notice === "ended" && notice.address === address ? true : undefined));
  const outcome = await parts.runtime.dismiss(address);
  if (outcome === "dismissing") return { outcome: (await end.found) === true ? "dismissed" : outcome };
  end.cancel();
  switch (outcome) {
    case "unknownAddress":
      return nobody(address);
    case "notQuarantined":
      return { outcome, error: `${address} is not in quarantine: only an actor that was given up can be dismissed` };
    case "needed":
      return {
        outcome,
        error: `${address} cannot be dismissed: only one whose parent has ended can, a pipeline, a tour, an order for tours, and a worker that sells stranded cargo. bosun restart ${address} tries it again.`,
      };
  }
}

function isOutcome(notice: RuntimeNotice, address: string): boolean {
  if (!("address" in notice) || notice.address !== address) return false;
  return notice.notice === "restarted" || notice.notice === "failed";
}

function failureText(
  { address, error, decision, afterMs }: Extract<RuntimeNotice, { notice: "failed" }>,
  from: "snapshot" | "afresh",
): string {
  const next =
    decision === "quarantine"
      ? "It is in quarantine"
      : `It is tried again ${decision === "snapshot" ? "from its snapshot" : "afresh"} in ${(afterMs / 1_000).toFixed(1)} s`;
  const how = from === "snapshot" ? "from its snapshot" : "afresh";
  return `${address} could not be restarted ${how}: ${error.name}: ${inBrief(error.message)}. ${next}.`;
}

function nobody(address: string): Told<"unknownAddress"> {
  return { outcome: "unknownAddress", error: `no living actor has the address ${address}. bosun actors lists them.` };
}

import type { ProcessLine } from "../console/fleetStatus.ts";
import type { FleetEvent } from "../console/view.store.ts";
import type { SupervisionNode, SupervisionNotice } from "../supervisor/childSpec.ts";

/** The processes of the supervision tree, leaves only, as the views show them. */
export function processLines(nodes: readonly SupervisionNode[]): readonly ProcessLine[] {
  return nodes.flatMap((node) => {
    if (node.type === "supervisor") return processLines(node.children);
    const detail = Object.entries(node.detail).map(([key, value]) => (key === "origin" ? String(value) : `${key} ${value}`));
    // A child with nothing to run has ended at once: the user's own server is used instead.
    const external = node.state === "ended" && node.lastError === undefined;
    return [
      {
        name: node.id,
        status: external ? "external" : node.state,
        detail: node.lastError !== undefined && node.state !== "running" ? node.lastError : detail.join(", "),
        restarts: node.restarts,
      },
    ];
  });
}

/** What people should hear of the processes: failures and returns, never the ordinary start and stop. */
export function supervisionWords(
  notice: SupervisionNotice,
): { readonly level: FleetEvent["level"]; readonly text: string } | undefined {
  const name = notice.path.split("/").at(-1) ?? notice.path;
  switch (notice.notice) {
    case "started":
      return notice.restarts === 0 ? undefined : { level: "good", text: `${name} is back` };
    case "ended":
      return notice.reason.how === "normal"
        ? undefined
        : { level: "bad", text: `${name} failed: ${notice.reason.error.message}` };
    case "startFailed":
      return { level: "bad", text: `${name} does not start: ${notice.error.message}` };
    case "restarting": {
      const also = notice.with.map((path) => path.split("/").at(-1));
      const others = also.length === 0 ? "" : ` with ${also.join(", ")}`;
      return { level: "warn", text: `${name} is restarted${others} in ${(notice.afterMs / 1_000).toFixed(1)} s` };
    }
    case "stopped":
      return notice.killed ? { level: "warn", text: `${name} had to be killed` } : undefined;
    case "gaveUp":
      return { level: "bad", text: notice.error.message };
  }
}

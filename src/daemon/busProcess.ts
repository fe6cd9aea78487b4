import type { Clock } from "../runtime/environment.ts";
import type { RunningProcess } from "../supervisor/childSpec.ts";
import { startSidecar } from "../supervisor/sidecar.ts";
import { findNatsServer, natsSidecar, natsUrl } from "../supervisor/sidecars/nats.ts";

/** Which transport is used, and why, decided before anything starts so that the user can be told. */
export type BusChoice =
  | { readonly bus: "configured"; readonly url: string }
  | { readonly bus: "sidecar"; readonly binary: string }
  | { readonly bus: "in-process"; readonly because: "chosen" | "noServerFound" }
  | { readonly bus: "missing" };

export function chooseBus(
  config: { readonly bus: "auto" | "nats" | "in-process"; readonly natsUrl: string | undefined },
  path: string | undefined,
): BusChoice {
  if (config.natsUrl !== undefined) return { bus: "configured", url: config.natsUrl };
  if (config.bus === "in-process") return { bus: "in-process", because: "chosen" };
  const binary = findNatsServer(path);
  if (binary !== undefined) return { bus: "sidecar", binary };
  return config.bus === "nats" ? { bus: "missing" } : { bus: "in-process", because: "noServerFound" };
}

/** Starts our nats-server, if that is the choice; `useUrl` hears where a server is, again after each restart. */
export async function startBusProcess(options: {
  readonly choice: BusChoice;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly useUrl: (url: string) => void;
}): Promise<RunningProcess | undefined> {
  const { choice } = options;
  if (choice.bus === "configured") options.useUrl(choice.url);
  if (choice.bus !== "sidecar") return undefined;
  const spec = natsSidecar({ binary: choice.binary, dataDirectory: options.dataDir });
  const server = await startSidecar(spec, options.clock, options.signal);
  options.useUrl(natsUrl(server.port));
  return server;
}

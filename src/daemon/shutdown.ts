/** The wish to stop: SIGINT, SIGTERM, or the end of --run-for. The first is graceful; a second SIGINT does not wait any more. */
export interface Shutdown {
  /** Resolves with why. */
  readonly requested: Promise<string>;
  /** Aborted at the same moment, for starts that wait. */
  readonly signal: AbortSignal;
  request(why: string): void;
  /** Gives the signals back. */
  release(): void;
}

export function listenForShutdown(options: {
  readonly process: Pick<NodeJS.Process, "on" | "off">;
  /** Called at a second SIGINT. */
  readonly onForced: () => void;
}): Shutdown {
  const controller = new AbortController();
  let resolveRequested: (why: string) => void = () => undefined;
  const requested = new Promise<string>((resolve) => {
    resolveRequested = resolve;
  });
  const request = (why: string): void => {
    controller.abort();
    resolveRequested(why);
  };
  const onInterrupt = (): void => {
    if (controller.signal.aborted) options.onForced();
    else request("SIGINT");
  };
  const onTerminate = (): void => request("SIGTERM");
  options.process.on("SIGINT", onInterrupt);
  options.process.on("SIGTERM", onTerminate);
  return {
    requested,
    signal: controller.signal,
    request,
    release() {
      options.process.off("SIGINT", onInterrupt);
      options.process.off("SIGTERM", onTerminate);
    },
  };
}

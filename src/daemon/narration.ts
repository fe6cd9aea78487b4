/**
 * How the daemon tells what happens. On a terminal: sentences and a live summary line. Elsewhere: JSON lines on standard output, with the
 * same events.
 */
import type { FleetStatus } from "../console/fleetStatus.ts";
import { createTerminalView, type TerminalView } from "../console/terminal.ts";
import type { Palette } from "../console/terminalText.ts";
import type { FleetEvent, ViewStore } from "../console/view.store.ts";
import type { Environment } from "../runtime/environment.ts";
import { createSystemEnvironment } from "../runtime/systemEnvironment.ts";
import { createLog, type DaemonLog } from "./logging.ts";

export interface Narration {
  readonly environment: Environment;
  readonly log: DaemonLog;
  /** A block for people; only a terminal shows it. */
  banner(text: string): void;
  /** A sentence of the daemon, in the log, the terminal and the page alike. */
  say(level: FleetEvent["level"], text: string, fields?: object): void;
  showSummary(): void;
  stop(): void;
}

type Output = { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };

export function createNarration(options: {
  readonly mode: "auto" | "json" | "pretty";
  readonly output: Output;
  readonly palette: Palette;
  readonly store: ViewStore;
  readonly status: () => FleetStatus;
}): Narration {
  const pretty = options.mode === "pretty" || (options.mode === "auto" && options.output.isTTY === true);
  return pretty ? onTerminal(options) : asJson(options);
}

type NarrationOptions = Parameters<typeof createNarration>[0];

function onTerminal({ output, palette, store, status }: NarrationOptions): Narration {
  let view: TerminalView | undefined;
  const log = createLog({
    onLine: (level, text) => {
      if (level !== "info") view?.say(level === "error" ? "bad" : "warn", text);
    },
  });
  const environment = createSystemEnvironment(log.logger);
  const terminal = createTerminalView({ output, store, status, clock: environment.clock, palette });
  view = terminal;
  return {
    environment,
    log,
    banner: (text) => output.write(`${text}\n`),
    say: (level, text) =>
      store.trigger.said({ words: { level, text: log.clean(text), atMs: environment.clock.nowMs(), address: undefined } }),
    showSummary: () => terminal.showSummary(),
    stop: () => terminal.stop(),
  };
}

function asJson({ output, store }: NarrationOptions): Narration {
  const log = createLog({ write: (line) => output.write(line) });
  const environment = createSystemEnvironment(log.logger);
  let toldEventId = 0;
  const fieldsOf = new Map<string, object>();
  const subscription = store.subscribe(({ context }) => {
    for (const event of context.events) {
      if (event.id <= toldEventId) continue;
      toldEventId = event.id;
      const fields = { event: event.level, address: event.address, ...event.fields, ...fieldsOf.get(event.text) };
      fieldsOf.delete(event.text);
      if (event.level === "bad") log.logger.error(fields, event.text);
      else if (event.level === "warn") log.logger.warn(fields, event.text);
      else log.logger.info(fields, event.text);
    }
  });
  return {
    environment,
    log,
    banner: () => undefined,
    say(level, text, fields) {
      if (fields !== undefined) fieldsOf.set(text, fields);
      store.trigger.said({ words: { level, text, atMs: environment.clock.nowMs(), address: undefined } });
    },
    showSummary: () => undefined,
    stop: () => subscription.unsubscribe(),
  };
}

/**
 * The live view of a terminal: sentences scroll, one summary line stays at the bottom. What comes from outside is shown without control
 * characters, so that no name can move the cursor.
 */
import type { Clock } from "../runtime/environment.ts";
import { type FleetStatus, summaryLine } from "./fleetStatus.ts";
import { harmless, type Palette } from "./terminalText.ts";
import type { FleetEvent, ViewStore } from "./view.store.ts";

export interface TerminalView {
  /** A sentence of the daemon itself, above the summary line. */
  say(level: FleetEvent["level"], text: string): void;
  /** From now on the summary line is drawn. */
  showSummary(): void;
  stop(): void;
}

const REDRAW_MS = 500;
const CLEAR_LINE = "\r\u001b[2K";

export function createTerminalView(options: {
  readonly output: { write(text: string): unknown; readonly columns?: number };
  readonly store: ViewStore;
  readonly status: () => FleetStatus;
  readonly clock: Clock;
  readonly palette: Palette;
}): TerminalView {
  const { output, store, status, clock, palette } = options;
  let drawn = "";
  let shownEventId = 0;
  let cancelRedraw: (() => void) | undefined;
  let summary = false;

  const line = (level: FleetEvent["level"], text: string): void => {
    const time = palette.dim(new Date(clock.nowMs()).toTimeString().slice(0, 8));
    const colour = { info: (plain: string) => plain, good: palette.good, warn: palette.warn, bad: palette.bad }[level];
    output.write(`${drawn === "" ? "" : CLEAR_LINE}${time} ${colour(harmless(text))}\n${drawn}`);
  };

  const subscription = store.subscribe(({ context }) => {
    for (const event of context.events) {
      if (event.id <= shownEventId) continue;
      shownEventId = event.id;
      line(event.level, event.text);
    }
  });

  function redraw(): void {
    const width = Math.max(20, (output.columns ?? 100) - 1);
    const text = summaryLine(status());
    drawn = palette.bold(text.length > width ? `${text.slice(0, width - 1)}…` : text);
    output.write(`${CLEAR_LINE}${drawn}`);
    cancelRedraw = clock.wakeAt(clock.nowMs() + REDRAW_MS, redraw);
  }

  return {
    say: line,
    showSummary() {
      if (summary) return;
      summary = true;
      redraw();
    },
    stop() {
      cancelRedraw?.();
      subscription.unsubscribe();
      if (drawn !== "") output.write("\n");
      drawn = "";
    },
  };
}

import { randomBytes } from "node:crypto";
import type { Bus, BusEnvironment, BusState } from "../../src/messaging/bus.ts";

export interface LoggedEnvironment extends BusEnvironment {
  readonly lines: string[];
}

/** Real time, and what was logged. */
export function busEnvironment(): LoggedEnvironment {
  const lines: string[] = [];
  const log = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
  return {
    lines,
    clock: {
      nowMs: () => Date.now(),
      wakeAt(dueAtMs, wake) {
        const handle = setTimeout(wake, Math.max(0, dueAtMs - Date.now()));
        return () => clearTimeout(handle);
      },
    },
    random: { nextSeed: () => randomBytes(4).readUInt32LE() },
    logger: { debug: log, info: log, warn: log },
  };
}

export function stateReached(bus: Bus, wanted: BusState["state"]): Promise<void> {
  return new Promise((resolve) => {
    const end = bus.onState(({ state }) => {
      if (state !== wanted) return;
      end();
      resolve();
    });
    if (bus.state().state === wanted) {
      end();
      resolve();
    }
  });
}

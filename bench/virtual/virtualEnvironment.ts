import type { Environment, Logger } from "../../src/runtime/environment.ts";
import type { VirtualClock } from "./virtualClock.ts";

/** The world of a run that can be repeated: its clock, and the same random numbers and ids for the same seed. */
export function virtualEnvironment(clock: VirtualClock, seed: number, logger: Logger): Environment {
  let state = seed >>> 0;
  let ids = 0;
  return {
    clock,
    logger,
    ids: {
      nextId() {
        ids += 1;
        return `00000000-0000-4000-8000-${ids.toString(16).padStart(12, "0")}`;
      },
    },
    random: {
      /** splitmix32. */
      nextSeed() {
        state = (state + 0x9e37_79b9) >>> 0;
        let mixed = state;
        mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
        mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
        return (mixed ^ (mixed >>> 15)) >>> 0;
      },
    },
  };
}

/** Keeps what a run had to complain about, by message. */
export function countingLogger(): { readonly logger: Logger; readonly complaints: ReadonlyMap<string, number> } {
  const complaints = new Map<string, number>();
  const count =
    (level: string) =>
    (_fields: object, message: string): void => {
      const line = `${level}: ${message}`;
      complaints.set(line, (complaints.get(line) ?? 0) + 1);
    };
  return { complaints, logger: { debug: () => {}, info: () => {}, warn: count("warn"), error: count("error") } };
}

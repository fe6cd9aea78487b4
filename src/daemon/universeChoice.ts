import { join } from "node:path";
import { z } from "zod";
import { readFileIfThere, writePrivateFile } from "../process/privateFile.ts";

/** Which universe the embedded simulator of a data directory plays. */
export interface UniverseChoice {
  readonly seed: number;
  /** Absolute path of a captured system. */
  readonly universe: string | undefined;
  readonly fleet: string;
}

const choiceSchema = z.object({ seed: z.number(), universe: z.string().optional(), fleet: z.string() });

/**
 * What was asked for now, else what this data directory was begun with, else the first generated universe: so that a plain `npm start`
 * goes on where an `npm start -- --seed 7` began.
 */
export function chooseUniverse(
  dataDir: string,
  asked: { readonly seed: number | undefined; readonly universe: string | undefined; readonly fleet: string | undefined },
): UniverseChoice {
  const text = readFileIfThere(pathOf(dataDir));
  const known = text === undefined ? undefined : choiceSchema.parse(JSON.parse(text));
  return {
    seed: asked.seed ?? known?.seed ?? 1,
    universe: asked.universe ?? known?.universe,
    fleet: asked.fleet ?? known?.fleet ?? "FRESH",
  };
}

/** To be called once the simulator has accepted the choice. */
export function rememberUniverse(dataDir: string, { seed, universe, fleet }: UniverseChoice): void {
  writePrivateFile(pathOf(dataDir), `${JSON.stringify({ seed, universe, fleet })}\n`);
}

function pathOf(dataDir: string): string {
  return join(dataDir, "universe.json");
}

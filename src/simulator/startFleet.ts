/** What an agent begins with: FRESH as in the game, TEN for comparisons, or a file. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { problemsOf, problemText } from "./fileProblem.ts";
import { knownHulls } from "./hullCatalog.ts";
import { InputFault } from "./inputFault.ts";

export interface StartFleet {
  name: string;
  credits: number;
  /** Hull type and where it starts: the headquarters, or the nearest shipyard. */
  ships: { type: string; at: "HEADQUARTERS" | "SHIPYARD" }[];
}

/** `FRESH`, `TEN`, or the path of a JSON file `{ credits, ships: [{ type, at? }] }`. Throws {@link InputFault}. */
export function startFleet(nameOrFile: string): StartFleet {
  if (nameOrFile === "FRESH") return { name: "FRESH", credits: 175_000, ships: [FRIGATE, PROBE] };
  if (nameOrFile === "TEN") {
    const haulers = Array.from({ length: 9 }, () => ({ type: "SHIP_LIGHT_HAULER", at: "HEADQUARTERS" as const }));
    return { name: "TEN", credits: 1_000_000, ships: [FRIGATE, ...haulers, PROBE, PROBE, PROBE] };
  }
  const json = readJson(nameOrFile);
  const parsed = FleetFile.safeParse(json);
  if (!parsed.success) {
    const problems = problemsOf(parsed.error, FleetFile, json).map(problemText);
    throw new InputFault(`fleet file ${nameOrFile}: ${problems.join("; ")}`);
  }
  return { name: nameOrFile, ...parsed.data };
}

const FRIGATE = { type: "SHIP_COMMAND_FRIGATE", at: "HEADQUARTERS" } as const;
const PROBE = { type: "SHIP_PROBE", at: "SHIPYARD" } as const;

const FleetFile = z.strictObject({
  credits: z.int().min(0).max(1e12),
  ships: z
    .array(
      z.strictObject({
        type: z.enum(Object.keys(knownHulls())),
        at: z.enum(["HEADQUARTERS", "SHIPYARD"]).default("HEADQUARTERS"),
      }),
    )
    .min(1)
    .max(500),
});

/** Reads a JSON file given on the command line. Throws {@link InputFault} saying what is wrong with it. */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new InputFault(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputFault(`${path} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

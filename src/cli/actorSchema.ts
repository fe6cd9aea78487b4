import { z } from "zod";

/** What the command line reads of an actor's view; more fields pass through for `-o json`. */
export const actorListSchema = z.array(
  z.looseObject({
    address: z.string(),
    kind: z.string(),
    status: z.string(),
    /** Absent when the stored state cannot be read or is no longer kept. */
    value: z.unknown().optional(),
    version: z.number(),
    restarts: z.number(),
  }),
);

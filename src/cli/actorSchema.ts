import { z } from "zod";

/** What the command line reads of an actor's view; more fields pass through for `-o json`. */
export const actorListSchema = z.array(
  z.looseObject({
    address: z.string(),
    kind: z.string(),
    status: z.string(),
    value: z.unknown(),
    version: z.number(),
    restarts: z.number(),
  }),
);

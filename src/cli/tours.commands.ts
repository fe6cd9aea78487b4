import { z } from "zod";
import { type Palette, table } from "../console/terminalText.ts";
import { shortName } from "../console/words.ts";
import { type Command, endedOption, outputOption, printAnswer } from "./command.ts";
import { connectToDaemon } from "./daemonClient.ts";

const toursSchema = z.object({
  tours: z.array(
    z.looseObject({
      container: z.string(),
      ship: z.string(),
      system: z.string().optional(),
      markets: z.array(z.string()),
      totalDistance: z.number().optional(),
      algorithm: z.string(),
      status: z.string(),
      nextWaypoint: z.string().optional(),
      visits: z.number(),
      rounds: z.number(),
    }),
  ),
});

/** The tours and how far each is. */
export const toursCommand: Command = {
  name: "tours",
  usage: "",
  help: "List the tours that keep markets in sight, and how far each is",
  options: [outputOption, endedOption],
  arguments: { min: 0, max: 0 },
  async run(call) {
    const { tours } = await connectToDaemon(call.dataDir).get(`/api/tours?all=${call.flags["all"] === true}`, toursSchema);
    printAnswer(call, tours, (palette) => toursText(tours, palette));
  },
};

function toursText(tours: z.infer<typeof toursSchema>["tours"], palette: Palette): string {
  if (tours.length === 0) return "No tours. bosun scout markets --help says how to begin one.";
  const rows = tours.map((tour) => [
    tour.ship,
    tour.status,
    tour.nextWaypoint ?? "-",
    String(tour.markets.length),
    String(tour.visits),
    String(tour.rounds),
    tour.totalDistance === undefined ? "-" : tour.totalDistance.toFixed(2),
    tour.algorithm,
    shortName(tour.container),
  ]);
  const heads = ["SHIP", "STATE", "NEXT", "MARKETS", "VISITS", "ROUNDS", "DISTANCE", "ALGORITHM", "ID"];
  return table(heads, rows, palette);
}

const startedSchema = z.object({ container_id: z.string(), ship_symbol: z.string(), status: z.enum(["started", "starting"]) });

/** The way back from a stop of a probe's own tour. */
export const startTourCommand: Command = {
  name: "tours start",
  usage: "SHIP",
  help: "Send a probe back on its own tour after that was stopped",
  options: [outputOption],
  arguments: { min: 1, max: 1 },
  async run(call) {
    const ship = call.arguments[0]?.toUpperCase();
    const started = await connectToDaemon(call.dataDir).post("/api/commands/tours/start", { ship }, startedSchema);
    printAnswer(call, started, () =>
      started.status === "started"
        ? `${started.ship_symbol} goes on its own tour again. See: bosun tours`
        : `${started.ship_symbol} will go on its own tour; it does not answer yet`,
    );
  },
};

const stoppedSchema = z.object({ container_id: z.string(), ship_symbol: z.string(), status: z.enum(["stopped", "stopping"]) });

/** Ends a tour; when it answers "stopped", the ship is free. */
export const stopTourCommand: Command = {
  name: "tours stop",
  usage: "SHIP|ID",
  help: "End a tour and free its ship",
  options: [outputOption],
  arguments: { min: 1, max: 1 },
  async run(call) {
    const stopped = await connectToDaemon(call.dataDir).post(
      "/api/commands/tours/stop",
      { tour: call.arguments[0] },
      stoppedSchema,
    );
    printAnswer(call, stopped, () =>
      stopped.status === "stopped"
        ? `stopped ${stopped.container_id}; ${stopped.ship_symbol} is free${wayBack(stopped)}`
        : `${stopped.container_id} will stop; ${stopped.ship_symbol} does not answer yet`,
    );
  },
};

/** Nothing sends a probe back on its own tour but the operator. */
function wayBack({ container_id, ship_symbol }: z.infer<typeof stoppedSchema>): string {
  const isOwn = shortName(container_id) === `tour/${ship_symbol}`;
  return isOwn ? `. Its own tour begins again with: bosun tours start ${ship_symbol}` : "";
}

import { readFileSync } from "node:fs";
import { z } from "zod";

/** What the simulator's books say was earned in one window of game time. Money in credits. */
export interface BooksWindow {
  readonly fromHour: number;
  /** Game hours the books cover of it. */
  readonly hours: number;
  /** Sales − purchases − fuel; hulls apart. */
  readonly operatingProfit: number;
  readonly hulls: number;
  readonly mutations: number;
  readonly trades: number;
  /** Ship-hours in flight of ships with a hold. */
  readonly flightHours: number;
}

const LINE = z.looseObject({
  type: z.string(),
  gameTime: z.number(),
  operation: z.string().optional(),
  total: z.number().optional(),
  redo: z
    .array(
      z.looseObject({
        put: z.string(),
        value: z.looseObject({
          cargoCapacity: z.number().optional(),
          nav: z.looseObject({ departureGameMs: z.number(), arrivalGameMs: z.number() }).optional(),
        }),
      }),
    )
    .optional(),
});

type Line = z.infer<typeof LINE>;

/** Reads the append-only books and sums them by windows of `windowHours` game hours, in order; a last window of under 0.1 h is left out. */
export function readWindows(path: string, windowHours: number): readonly BooksWindow[] {
  const lines = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => LINE.parse(JSON.parse(line)))
    .filter(({ type }) => type === "mutation");
  const lastHour = (lines.at(-1)?.gameTime ?? 0) / 3600;
  const windows: BooksWindow[] = [];
  for (let fromHour = 0; lastHour - fromHour > 0.1; fromHour += windowHours) {
    const within = lines.filter((line) => line.gameTime >= fromHour * 3600 && line.gameTime < (fromHour + windowHours) * 3600);
    windows.push({ fromHour, hours: Math.min(windowHours, lastHour - fromHour), ...sums(within) });
  }
  return windows;
}

function sums(lines: readonly Line[]): Omit<BooksWindow, "fromHour" | "hours"> {
  const of = (operation: string): number =>
    lines.filter((line) => line.operation === operation).reduce((sum, line) => sum + (line.total ?? 0), 0);
  return {
    operatingProfit: of("sell") - of("purchase") - of("refuel"),
    hulls: of("purchaseShip"),
    mutations: lines.length,
    trades: lines.filter(({ operation }) => operation === "sell" || operation === "purchase").length,
    flightHours: lines.filter(({ operation }) => operation === "navigate").reduce((sum, line) => sum + flightHours(line), 0),
  };
}

function flightHours(line: Line): number {
  const ship = line.redo?.find(({ put }) => put === "ship")?.value;
  if (ship?.nav === undefined || (ship.cargoCapacity ?? 0) === 0) return 0;
  return (ship.nav.arrivalGameMs - ship.nav.departureGameMs) / 3_600_000;
}

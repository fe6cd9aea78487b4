/** Which cells a call of the bench asks for. */
import { parseArgs } from "node:util";
import type { FleetConfig } from "../../src/actors/fleetPorts.ts";
import { fleetConfigFrom } from "../fleetConfig.ts";
import {
  economyOf,
  type FleetCell,
  fleetCell,
  type Ground,
  type GroundUniverse,
  universeOfFile,
  universeOfSeed,
} from "./cell.ts";

export interface Selection {
  readonly cells: readonly FleetCell[];
  readonly config: FleetConfig;
  /** Many cells: one line for each instead of its tables. */
  readonly isMatrix: boolean;
  /** Nothing is run: what has been measured is put together. */
  readonly onlyReport: boolean;
  /** Measured anew even when there is a result. */
  readonly again: boolean;
  /** Without S, G1, G10 and A. */
  readonly alone: boolean;
  readonly directory: string;
  readonly json: boolean;
}

const FLEET_SIZES = [1, 2, 5, 10, 20];
const ORDERED = "LASER_RIFLES";
/** Time for the prices to be known, and for two chains of rifles one after the other. */
const ORDER_HOURS = 8;

/** Throws for what it does not understand. */
export function selectionFrom(args: readonly string[]): Selection {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  return {
    ...cellsFrom(values),
    isMatrix: values.matrix,
    onlyReport: values.report,
    again: values.again,
    alone: values.alone,
    directory: values.results,
    json: values.json,
  };
}

const OPTIONS = {
  matrix: { type: "boolean", default: false },
  report: { type: "boolean", default: false },
  again: { type: "boolean", default: false },
  alone: { type: "boolean", default: false },
  hours: { type: "string", default: "24" },
  fleet: { type: "string" },
  ships: { type: "string" },
  order: { type: "string" },
  "no-fabrication": { type: "boolean", default: false },
  seeds: { type: "string" },
  universe: { type: "string" },
  economy: { type: "string" },
  config: { type: "string" },
  results: { type: "string", default: ".bosun/bench" },
  json: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

/** Variants that are named are taken instead of the plain cells. */
function cellsFrom(values: Values): Pick<Selection, "cells" | "config"> {
  const { matrix, order } = values;
  const config = fleetConfigFrom(values.config);
  const grounds = groundsFrom(values);
  const sizes = listOf(values.ships ?? "").map(shipsFrom);
  const named = grounds.flatMap((ground) => [
    ...sizes.map((ships) => fleetCell(ground, config, { ships })),
    ...(values["no-fabrication"] ? [fleetCell(ground, config, { fabricates: false })] : []),
    ...(order === undefined ? [] : [fleetCell(ground, config, { order })]),
  ]);
  const plain = grounds.map((ground) => fleetCell(ground, config));
  return { config, cells: named.length > 0 ? named : [...plain, ...(matrix ? matrixVariants(grounds, config) : [])] };
}

function groundsFrom(values: Values): readonly Ground[] {
  const { matrix } = values;
  const hours = Number(values.hours);
  if (!(hours > 0)) throw new Error(`--hours ${values.hours}: a number above 0 is needed`);
  const universes = universesFrom(values.seeds, values.universe, matrix);
  const economies = listOf(values.economy ?? (matrix ? "v1,slow,fast" : "v1")).map(economyOf);
  const starts = listOf(values.fleet ?? (matrix ? "TEN,FRESH" : "TEN"));
  return economies.flatMap((economy) =>
    universes.flatMap((universe) => starts.map((start): Ground => ({ universe, economy, start, hours }))),
  );
}

/** As TEN under v1: an order for rifles on every universe; each size of the fleet, and one that makes nothing, on the first. */
function matrixVariants(grounds: readonly Ground[], config: FleetConfig): readonly FleetCell[] {
  const judged = grounds.filter(({ start, economy }) => start === "TEN" && economy.name === "v1");
  return [
    ...judged.map((ground) => fleetCell({ ...ground, hours: Math.min(ground.hours, ORDER_HOURS) }, config, { order: ORDERED })),
    ...judged
      .slice(0, 1)
      .flatMap((ground) => [
        ...FLEET_SIZES.map((ships) => fleetCell(ground, config, { ships })),
        fleetCell(ground, config, { fabricates: false }),
      ]),
  ];
}

/** The captured ones first. */
function universesFrom(seeds: string | undefined, files: string | undefined, isMatrix: boolean): readonly GroundUniverse[] {
  const usual = isMatrix ? "1,2,3" : files === undefined ? "1" : "";
  return [
    ...listOf(files ?? "").map(universeOfFile),
    ...listOf(seeds ?? usual).map((text) => {
      if (!/^\d+$/.test(text)) throw new Error(`--seeds ${text}: whole numbers are needed`);
      return universeOfSeed(Number(text));
    }),
  ];
}

function shipsFrom(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new Error(`--ships ${text}: whole numbers above 0 are needed`);
  return Number(text);
}

function listOf(text: string): readonly string[] {
  return text.split(",").filter((part) => part !== "");
}

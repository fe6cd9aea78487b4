/** Physics: distance, travel time and fuel (formulas of the game's wiki, checked against captures). */
import type { FlightMode } from "./universe.ts";

export interface Point {
  x: number;
  y: number;
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** Whole game seconds: round(round(max(1, d)) · multiplier / speed + 15). */
export function travelSeconds(units: number, mode: FlightMode, engineSpeed: number): number {
  return Math.round(Math.round(Math.max(1, units)) * (MODE_MULTIPLIER[mode] / engineSpeed) + 15);
}

/** CRUISE and STEALTH max(1, d), BURN twice that, DRIFT 1; a hull without a tank burns nothing. */
export function fuelNeeded(units: number, mode: FlightMode, fuelCapacity: number): number {
  if (fuelCapacity === 0) return 0;
  const rounded = Math.round(units);
  switch (mode) {
    case "DRIFT":
      return 1;
    case "BURN":
      return Math.max(2, 2 * rounded);
    case "CRUISE":
    case "STEALTH":
      return Math.max(1, rounded);
  }
}

/** Modes rank by time: DRIFT < STEALTH < CRUISE < BURN. */
export function isSlower(mode: FlightMode, than: FlightMode): boolean {
  return MODE_MULTIPLIER[mode] > MODE_MULTIPLIER[than];
}

export interface Transit {
  /** Of the whole way. */
  units: number;
  mode: FlightMode;
  /** Game milliseconds of the way that are left in `mode`. */
  leftMs: number;
  engineSpeed: number;
  fuelCapacity: number;
}

/**
 * A transit raised to a faster mode: what is left of the way takes its share of a whole flight in that mode, and costs that share
 * of the difference in fuel, rounded up. So raising at departure is the same as having departed in that mode.
 */
export function raisedTransit({ units, mode, leftMs, engineSpeed, fuelCapacity }: Transit, to: FlightMode) {
  const share = Math.min(1, leftMs / (travelSeconds(units, mode, engineSpeed) * 1000));
  const extraFuel = fuelNeeded(units, to, fuelCapacity) - fuelNeeded(units, mode, fuelCapacity);
  return { leftMs: Math.round(share * travelSeconds(units, to, engineSpeed) * 1000), fuel: Math.ceil(extraFuel * share) };
}

/** Seconds per unit of distance at engine speed 1; a smaller number is a faster mode. */
const MODE_MULTIPLIER: Readonly<Record<FlightMode, number>> = { DRIFT: 250, STEALTH: 30, CRUISE: 25, BURN: 12.5 };

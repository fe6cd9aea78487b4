/** A ship as the game reports it, reduced to what decisions need. Also the payload of every ship observation. */
export type FlightMode = "DRIFT" | "STEALTH" | "CRUISE" | "BURN";
export type NavStatus = "IN_TRANSIT" | "IN_ORBIT" | "DOCKED";

export interface CargoItem {
  readonly good: string;
  readonly units: number;
}

export interface ShipState {
  readonly symbol: string;
  readonly role: string;
  readonly frame: string;
  readonly system: string;
  /** The destination while in transit. */
  readonly waypoint: string;
  readonly nav: NavStatus;
  readonly flightMode: FlightMode;
  /** Set while in transit; epoch milliseconds of the runtime clock. */
  readonly arrivalAtMs: number | undefined;
  readonly speed: number;
  readonly fuelUnits: number;
  readonly fuelCapacity: number;
  readonly cargoCapacity: number;
  readonly cargoUnits: number;
  readonly cargo: readonly CargoItem[];
}

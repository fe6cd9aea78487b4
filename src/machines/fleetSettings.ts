import type { FleetPolicy } from "../domain/fleetPolicy.ts";
import type { WorkPolicy } from "../domain/workPolicy.ts";

/** Wall milliseconds; game intervals are already divided by the speed of the universe. */
export interface FleetTiming {
  /** One second of the game. */
  readonly gameSecondMs: number;
  readonly discoveryMs: number;
  readonly dispatchMs: number;
  readonly supplyPollMs: number;
  readonly maxReadingAgeMs: number;
  readonly tourPauseMs: number;
  /** How long any pipeline may take before it gives up; one with a shorter plan has less. */
  readonly pipelinePatienceMs: number;
  /** How long a product that came to nothing is left alone. */
  readonly productCooldownMs: number;
}

export interface FleetSettings {
  readonly timing: FleetTiming;
  readonly floorCredits: number;
  readonly fleetPolicy: FleetPolicy;
  readonly maxFabrications: number;
  readonly work: WorkPolicy;
}

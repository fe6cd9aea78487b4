/** Hulls sold at start systems and flown at the start, with the parts the wire shows. */

export interface HullPart {
  symbol: string;
  name: string;
  /** power, crew, slots */
  needs: readonly [power: number, crew: number, slots: number];
  strength?: number;
  capacity?: number;
  deposits?: string;
}

export interface HullSpec {
  type: string;
  name: string;
  role: string;
  frame: HullPart & { fuelCapacity: number; moduleSlots: number; mountingPoints: number };
  reactor: HullPart & { powerOutput: number };
  engine: HullPart & { speed: number };
  modules: readonly HullPart[];
  mounts: readonly HullPart[];
  crew: { required: number; capacity: number };
}

/** Units of cargo a hull carries: the sum of its holds. */
export function cargoCapacityOf(hull: HullSpec): number {
  return hull.modules.reduce((sum, part) => sum + (part.symbol.startsWith("MODULE_CARGO_HOLD") ? (part.capacity ?? 0) : 0), 0);
}

const PART = {
  MODULE_CARGO_HOLD_II: { symbol: "MODULE_CARGO_HOLD_II", name: "Expanded Cargo Hold", needs: [2, 2, 2], capacity: 40 },
  MODULE_CREW_QUARTERS_I: { symbol: "MODULE_CREW_QUARTERS_I", name: "Crew Quarters", needs: [1, 2, 1], capacity: 40 },
  MODULE_MINERAL_PROCESSOR_I: { symbol: "MODULE_MINERAL_PROCESSOR_I", name: "Mineral Processor", needs: [1, 0, 2] },
  MODULE_GAS_PROCESSOR_I: { symbol: "MODULE_GAS_PROCESSOR_I", name: "Gas Processor", needs: [1, 0, 2] },
  MOUNT_SENSOR_ARRAY_II: { symbol: "MOUNT_SENSOR_ARRAY_II", name: "Sensor Array II", needs: [2, 2, 0], strength: 4 },
  MOUNT_GAS_SIPHON_II: { symbol: "MOUNT_GAS_SIPHON_II", name: "Gas Siphon II", needs: [2, 2, 0], strength: 20 },
  MOUNT_MINING_LASER_II: { symbol: "MOUNT_MINING_LASER_II", name: "Mining Laser II", needs: [2, 2, 0], strength: 5 },
  MOUNT_SURVEYOR_II: {
    symbol: "MOUNT_SURVEYOR_II",
    name: "Surveyor II",
    needs: [3, 4, 0],
    strength: 2,
    deposits:
      "QUARTZ_SAND SILICON_CRYSTALS PRECIOUS_STONES ICE_WATER AMMONIA_ICE IRON_ORE COPPER_ORE SILVER_ORE ALUMINUM_ORE GOLD_ORE PLATINUM_ORE DIAMONDS URANITE_ORE",
  },
  MOUNT_TURRET_I: { symbol: "MOUNT_TURRET_I", name: "Rotary Cannon", needs: [1, 1, 0] },
  MODULE_CARGO_HOLD_I: { symbol: "MODULE_CARGO_HOLD_I", name: "Cargo Hold", needs: [1, 0, 1], capacity: 15 },
  MOUNT_GAS_SIPHON_I: { symbol: "MOUNT_GAS_SIPHON_I", name: "Gas Siphon I", needs: [1, 0, 0], strength: 10 },
  MOUNT_MINING_LASER_I: { symbol: "MOUNT_MINING_LASER_I", name: "Mining Laser I", needs: [1, 1, 0], strength: 3 },
  MOUNT_SURVEYOR_I: {
    symbol: "MOUNT_SURVEYOR_I",
    name: "Surveyor I",
    needs: [1, 1, 0],
    strength: 1,
    deposits:
      "QUARTZ_SAND SILICON_CRYSTALS PRECIOUS_STONES ICE_WATER AMMONIA_ICE IRON_ORE COPPER_ORE SILVER_ORE ALUMINUM_ORE GOLD_ORE PLATINUM_ORE",
  },
} satisfies Record<string, HullPart>;

export const HULLS: readonly HullSpec[] = [
  {
    type: "SHIP_COMMAND_FRIGATE",
    name: "Command Frigate",
    role: "COMMAND",
    frame: { symbol: "FRAME_FRIGATE", name: "Frigate", needs: [8, 25, 0], fuelCapacity: 400, moduleSlots: 8, mountingPoints: 5 },
    reactor: { symbol: "REACTOR_FISSION_I", name: "Fission Reactor I", needs: [0, 8, 0], powerOutput: 31 },
    engine: { symbol: "ENGINE_ION_DRIVE_II", name: "Ion Drive II", needs: [6, 8, 0], speed: 36 },
    modules: [
      PART.MODULE_CARGO_HOLD_II,
      PART.MODULE_CREW_QUARTERS_I,
      PART.MODULE_CREW_QUARTERS_I,
      PART.MODULE_MINERAL_PROCESSOR_I,
      PART.MODULE_GAS_PROCESSOR_I,
    ],
    mounts: [PART.MOUNT_SENSOR_ARRAY_II, PART.MOUNT_GAS_SIPHON_II, PART.MOUNT_MINING_LASER_II, PART.MOUNT_SURVEYOR_II],
    crew: { required: 57, capacity: 80 },
  },
  {
    type: "SHIP_PROBE",
    name: "Probe Satellite",
    role: "SATELLITE",
    frame: { symbol: "FRAME_PROBE", name: "Probe", needs: [1, 0, 0], fuelCapacity: 0, moduleSlots: 0, mountingPoints: 0 },
    reactor: { symbol: "REACTOR_SOLAR_I", name: "Solar Reactor I", needs: [0, 0, 0], powerOutput: 3 },
    engine: { symbol: "ENGINE_IMPULSE_DRIVE_I", name: "Impulse Drive I", needs: [1, 0, 0], speed: 9 },
    modules: [],
    mounts: [],
    crew: { required: 0, capacity: 0 },
  },
  {
    type: "SHIP_LIGHT_HAULER",
    name: "Light Hauler",
    role: "HAULER",
    frame: {
      symbol: "FRAME_LIGHT_FREIGHTER",
      name: "Light Freighter",
      needs: [5, 40, 0],
      fuelCapacity: 600,
      moduleSlots: 6,
      mountingPoints: 1,
    },
    reactor: { symbol: "REACTOR_CHEMICAL_I", name: "Chemical Reactor I", needs: [0, 3, 0], powerOutput: 15 },
    engine: { symbol: "ENGINE_ION_DRIVE_I", name: "Ion Drive I", needs: [3, 3, 0], speed: 15 },
    modules: [PART.MODULE_CARGO_HOLD_II, PART.MODULE_CARGO_HOLD_II, PART.MODULE_CREW_QUARTERS_I, PART.MODULE_CREW_QUARTERS_I],
    mounts: [PART.MOUNT_TURRET_I],
    crew: { required: 55, capacity: 80 },
  },
  {
    type: "SHIP_LIGHT_SHUTTLE",
    name: "Light Shuttle",
    role: "TRANSPORT",
    frame: { symbol: "FRAME_SHUTTLE", name: "Shuttle", needs: [1, 10, 0], fuelCapacity: 300, moduleSlots: 3, mountingPoints: 1 },
    reactor: { symbol: "REACTOR_CHEMICAL_I", name: "Chemical Reactor I", needs: [0, 3, 0], powerOutput: 15 },
    engine: { symbol: "ENGINE_ION_DRIVE_I", name: "Ion Drive I", needs: [3, 3, 0], speed: 15 },
    modules: [PART.MODULE_CARGO_HOLD_II, PART.MODULE_CREW_QUARTERS_I],
    mounts: [PART.MOUNT_TURRET_I],
    crew: { required: 21, capacity: 40 },
  },
  {
    type: "SHIP_SIPHON_DRONE",
    name: "Siphon Drone",
    role: "EXCAVATOR",
    frame: { symbol: "FRAME_DRONE", name: "Drone", needs: [1, -4, 0], fuelCapacity: 80, moduleSlots: 3, mountingPoints: 2 },
    reactor: { symbol: "REACTOR_CHEMICAL_I", name: "Chemical Reactor I", needs: [0, 3, 0], powerOutput: 15 },
    engine: { symbol: "ENGINE_IMPULSE_DRIVE_I", name: "Impulse Drive I", needs: [1, 0, 0], speed: 9 },
    modules: [PART.MODULE_CARGO_HOLD_I, PART.MODULE_GAS_PROCESSOR_I],
    mounts: [PART.MOUNT_GAS_SIPHON_I],
    crew: { required: -1, capacity: 0 },
  },
  {
    type: "SHIP_MINING_DRONE",
    name: "Mining Drone",
    role: "EXCAVATOR",
    frame: { symbol: "FRAME_DRONE", name: "Drone", needs: [1, -4, 0], fuelCapacity: 80, moduleSlots: 3, mountingPoints: 2 },
    reactor: { symbol: "REACTOR_CHEMICAL_I", name: "Chemical Reactor I", needs: [0, 3, 0], powerOutput: 15 },
    engine: { symbol: "ENGINE_IMPULSE_DRIVE_I", name: "Impulse Drive I", needs: [1, 0, 0], speed: 9 },
    modules: [PART.MODULE_CARGO_HOLD_I, PART.MODULE_MINERAL_PROCESSOR_I],
    mounts: [PART.MOUNT_MINING_LASER_I],
    crew: { required: 0, capacity: 0 },
  },
  {
    type: "SHIP_SURVEYOR",
    name: "Surveyor Craft",
    role: "SURVEYOR",
    frame: { symbol: "FRAME_DRONE", name: "Drone", needs: [1, -4, 0], fuelCapacity: 80, moduleSlots: 3, mountingPoints: 2 },
    reactor: { symbol: "REACTOR_CHEMICAL_I", name: "Chemical Reactor I", needs: [0, 3, 0], powerOutput: 15 },
    engine: { symbol: "ENGINE_IMPULSE_DRIVE_I", name: "Impulse Drive I", needs: [1, 0, 0], speed: 9 },
    modules: [],
    mounts: [PART.MOUNT_SURVEYOR_I],
    crew: { required: 0, capacity: 0 },
  },
];

/**
 * Reference goods for generated systems: trade volume by class, and the bases of the price curves, solved from captured quotes
 * of several start systems (a base is what makes the curve reproduce a quote; spread about ±5 %).
 */
export interface ReferenceGood {
  tradeVolume: number;
  exportBase: number;
  importBase: number;
  /** Mid price where it is exchanged. */
  exchangeMid: number;
  /** Where it is exchanged in other volumes than everything else. */
  exchangeTradeVolume?: number;
}

/** Bases of a good; a side never seen in a capture is taken from the other one (imports are about 4 % higher). */
export function referenceGood(good: string): ReferenceGood | undefined {
  const row = REFERENCE_GOODS[good];
  if (row === undefined) return undefined;
  const [tradeVolume, exportBase, importBase, exchangeMid, exchangeTradeVolume] = row;
  const base = exportBase || importBase / IMPORT_OVER_EXPORT || exchangeMid;
  return {
    tradeVolume,
    exportBase: base,
    importBase: importBase || base * IMPORT_OVER_EXPORT,
    exchangeMid: exchangeMid || base,
    ...(exchangeTradeVolume === undefined ? {} : { exchangeTradeVolume }),
  };
}

/** `COPPER_ORE` → `Copper Ore`. */
export function goodName(good: string): string {
  return good
    .split("_")
    .map((word) => word.slice(0, 1) + word.slice(1).toLowerCase())
    .join(" ");
}

const IMPORT_OVER_EXPORT = 1.04;

/** trade volume, EXPORT base, IMPORT base, EXCHANGE mid (0: never seen on that side), trade volume of an EXCHANGE where it is a special one. */
export const REFERENCE_GOODS: Readonly<Record<string, readonly [number, number, number, number, number?]>> = {
  ADVANCED_CIRCUITRY: [20, 5619, 5600, 0],
  ALUMINUM: [60, 191, 200, 0],
  ALUMINUM_ORE: [60, 67, 58, 60],
  AMMONIA_ICE: [60, 0, 40, 40],
  AMMUNITION: [20, 1460, 1477, 0],
  ANTIMATTER: [18, 0, 0, 4991, 18],
  ASSAULT_RIFLES: [20, 3325, 3566, 0],
  BIOCOMPOSITES: [20, 4812, 0, 0],
  BOTANICAL_SPECIMENS: [6, 11963, 0, 0],
  CLOTHING: [20, 4172, 4087, 0],
  COPPER: [60, 246, 248, 0],
  COPPER_ORE: [60, 49, 60, 55],
  DIAMONDS: [60, 0, 90, 90],
  DRUGS: [20, 4071, 4240, 0],
  ELECTRONICS: [20, 2382, 2323, 0],
  EQUIPMENT: [20, 2458, 2680, 0],
  EXOTIC_MATTER: [6, 0, 27779, 0],
  EXPLOSIVES: [20, 145, 148, 0],
  FABRICS: [60, 1870, 2082, 0],
  FAB_MATS: [20, 1603, 0, 0],
  FERTILIZERS: [60, 191, 177, 0],
  FIREARMS: [20, 3292, 3253, 0],
  FOOD: [60, 1931, 1830, 0],
  FUEL: [60, 65, 0, 70],
  GOLD: [60, 290, 305, 0],
  GOLD_ORE: [60, 0, 97, 0],
  HYDROCARBON: [60, 0, 47, 45],
  ICE_WATER: [60, 0, 0, 15],
  IRON: [60, 119, 123, 0],
  IRON_ORE: [60, 49, 48, 50],
  JEWELRY: [20, 2827, 2788, 0],
  LAB_INSTRUMENTS: [20, 4734, 4738, 0],
  LASER_RIFLES: [6, 13600, 15200, 0],
  LIQUID_HYDROGEN: [60, 0, 26, 25],
  LIQUID_NITROGEN: [60, 0, 31, 30],
  MACHINERY: [20, 2561, 2506, 0],
  MEDICINE: [20, 4233, 3903, 0],
  MERITIUM_ORE: [60, 0, 0, 1206],
  MICROPROCESSORS: [20, 2750, 2946, 0],
  PLASTICS: [60, 163, 161, 0],
  PLATINUM: [60, 280, 292, 0],
  PLATINUM_ORE: [60, 0, 80, 0],
  POLYNUCLEOTIDES: [20, 207, 225, 0],
  PRECIOUS_STONES: [60, 74, 71, 76],
  QUARTZ_SAND: [60, 0, 21, 20],
  SHIP_PARTS: [6, 4024, 6052, 0],
  SHIP_PLATING: [6, 3881, 5849, 0],
  SILICON_CRYSTALS: [60, 0, 36, 35],
  SILVER: [60, 273, 264, 0],
  SILVER_ORE: [60, 0, 66, 0],
  URANITE_ORE: [60, 0, 0, 320],
};

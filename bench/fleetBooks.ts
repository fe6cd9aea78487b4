import { readFileSync } from "node:fs";
import { z } from "zod";

/** From one game hour to another. */
export interface HourWindow {
  readonly fromHour: number;
  readonly toHour: number;
}

/** What the universe's books say was earned in one window of game time. Money in credits. */
export interface BooksWindow extends HourWindow {
  /** Sales − what the sold cargo had cost − fuel; cargo aboard counts at cost, hulls apart. */
  readonly operatingProfit: number;
  readonly sales: number;
  readonly purchases: number;
  readonly fuel: number;
  readonly hulls: number;
  /** What the cargo aboard had cost, at the end of the window. */
  readonly cargoAtCost: number;
  /** Ships with a hold, at the end of the window. */
  readonly traders: number;
  readonly scouts: number;
}

const LINE = z.looseObject({
  type: z.string(),
  gameMs: z.number(),
  operation: z.string().optional(),
  ship: z.string().optional(),
  toShip: z.string().optional(),
  good: z.string().optional(),
  units: z.number().optional(),
  total: z.number().optional(),
  redo: z.array(z.looseObject({ put: z.string(), value: z.unknown() })).optional(),
});

const SHIP = z.looseObject({ symbol: z.string(), cargoCapacity: z.number() });

type Line = z.infer<typeof LINE>;

const HOUR_MS = 3_600_000;

/** Reads the append-only books and sums them by windows, which must follow each other from hour 0 on. */
export function readWindows(path: string, windows: readonly HourWindow[]): readonly BooksWindow[] {
  const mutations = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => LINE.parse(JSON.parse(line)))
    .filter(({ type }) => type === "mutation");
  const cargo = new CargoAtCost();
  const capacities = new Map<string, number>();
  return windows.map((window) => {
    const within = mutations.filter(({ gameMs }) => gameMs >= window.fromHour * HOUR_MS && gameMs < window.toHour * HOUR_MS);
    const sums = { sales: 0, costOfSales: 0, purchases: 0, fuel: 0, hulls: 0 };
    for (const line of within) {
      for (const { put, value } of line.redo ?? []) {
        const ship = put === "ship" ? SHIP.safeParse(value).data : undefined;
        if (ship !== undefined) capacities.set(ship.symbol, ship.cargoCapacity);
      }
      const total = line.total ?? 0;
      if (line.operation === "sell") sums.sales += total;
      if (line.operation === "purchase") sums.purchases += total;
      if (line.operation === "refuel") sums.fuel += total;
      if (line.operation === "purchaseShip") sums.hulls += total;
      sums.costOfSales += cargo.move(line);
    }
    const traders = [...capacities.values()].filter((capacity) => capacity > 0).length;
    return {
      ...window,
      ...sums,
      operatingProfit: sums.sales - sums.costOfSales - sums.fuel,
      cargoAtCost: cargo.total(),
      traders,
      scouts: capacities.size - traders,
    };
  });
}

/** What is aboard of each ship, at the average price paid for it. */
class CargoAtCost {
  readonly #holds = new Map<string, { units: number; cost: number }>();

  /** Takes a line into account; returns the cost of what was sold, burnt or thrown away. */
  move({ operation = "", ship = "", toShip = "", good = "", units = 0, total = 0 }: Line): number {
    switch (operation) {
      case "purchase":
        this.#put(ship, good, units, total);
        return 0;
      case "transfer":
        this.#put(toShip, good, units, this.#take(ship, good, units));
        return 0;
      case "sell":
      case "jettison":
      case "refuelFromCargo":
        return this.#take(ship, good, units);
      default:
        return 0;
    }
  }

  total(): number {
    return [...this.#holds.values()].reduce((sum, { cost }) => sum + cost, 0);
  }

  #put(ship: string, good: string, units: number, cost: number): void {
    const key = `${ship} ${good}`;
    const hold = this.#holds.get(key) ?? { units: 0, cost: 0 };
    this.#holds.set(key, { units: hold.units + units, cost: hold.cost + cost });
  }

  #take(ship: string, good: string, units: number): number {
    const key = `${ship} ${good}`;
    const hold = this.#holds.get(key);
    if (hold === undefined || hold.units <= units) {
      this.#holds.delete(key);
      return hold?.cost ?? 0;
    }
    const cost = (hold.cost * units) / hold.units;
    this.#holds.set(key, { units: hold.units - units, cost: hold.cost - cost });
    return cost;
  }
}

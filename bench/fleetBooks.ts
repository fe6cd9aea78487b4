import { keepBooks } from "../src/cli/books/bookkeeper.ts";
import { type Mutation, parseBookLine } from "../src/cli/books/bookLine.ts";
import { addsUp } from "../src/cli/books/booksJson.ts";
import { HOUR_MS } from "../src/cli/books/ledger.ts";
import { type NumberedLine, readLines } from "../src/cli/books/readLines.ts";

/** From one game hour to another. */
export interface HourWindow {
  readonly fromHour: number;
  readonly toHour: number;
}

/** Credits. */
interface BooksSums {
  readonly sales: number;
  readonly purchases: number;
  readonly fuel: number;
  readonly hulls: number;
  /** What the cargo that was sold, burnt or thrown away had cost. */
  readonly costOfSales: number;
  /** What the cargo aboard had cost, at the end. */
  readonly cargoAtCost: number;
}

/** What the agent did in one game hour. */
export interface BooksHour extends BooksSums {
  readonly hour: number;
}

/** What the agent did in a window of hours. */
export interface BooksWindow extends BooksSums, HourWindow {
  /** Sales − what the sold cargo had cost − fuel; cargo aboard counts at cost, hulls apart. */
  readonly operatingProfit: number;
}

export interface FleetBooks {
  /** From hour 0 on, none left out. */
  readonly hours: readonly BooksHour[];
  /** Every line of the books follows from those before it; where not, nothing that they say can be trusted. */
  readonly addUp: boolean;
}

/** Reads the books of a universe with one agent, through the reader of `bosun books`, hour by hour; what came after `hours` is left out. */
export async function readBooks(path: string, hours: number): Promise<FleetBooks> {
  const cargo = new CargoAtCost();
  const wholeHours = Math.ceil(hours);
  const report = await keepBooks(cargo.follow(readLines(path)), { agent: undefined, fromHour: 0, toHour: wholeHours });
  const [ledger, ...others] = report.ledgers;
  if (others.length > 0) throw new Error(`${path} has ${others.length + 1} agents; hours of several would be mixed`);
  return {
    addUp: addsUp(report),
    hours: Array.from({ length: wholeHours }, (_, hour) => {
      const { sales = 0, purchases = 0, fuel = 0, hulls = 0 } = ledger?.hours.get(hour) ?? {};
      return { hour, sales, purchases, fuel, hulls, ...cargo.at(hour) };
    }),
  };
}

/** Sums the hours of a window; the last one may be a part of an hour, since nothing comes after it. */
export function windowOf(hours: readonly BooksHour[], { fromHour, toHour }: HourWindow): BooksWindow {
  const within = hours.filter(({ hour }) => hour >= fromHour && hour < toHour);
  const sum = (of: (hour: BooksHour) => number): number => within.reduce((total, hour) => total + of(hour), 0);
  const [sales, costOfSales, fuel] = [sum((hour) => hour.sales), sum((hour) => hour.costOfSales), sum((hour) => hour.fuel)];
  return {
    fromHour,
    toHour,
    sales,
    costOfSales,
    fuel,
    purchases: sum((hour) => hour.purchases),
    hulls: sum((hour) => hour.hulls),
    cargoAtCost: within.at(-1)?.cargoAtCost ?? 0,
    operatingProfit: sales - costOfSales - fuel,
  };
}

type CostHour = { -readonly [Name in "costOfSales" | "cargoAtCost"]: BooksHour[Name] };

/** What is aboard of each ship, at the average price paid for it. */
class CargoAtCost {
  readonly #holds = new Map<string, { units: number; cost: number }>();
  /** In order of time. */
  readonly #hours = new Map<number, CostHour>();

  /** Passes lines on and takes each into account. */
  async *follow(lines: AsyncIterable<NumberedLine>): AsyncGenerator<NumberedLine> {
    for await (const line of lines) {
      const parsed = line.torn || line.text === "" ? undefined : parseBookLine(line.text);
      if (parsed?.ok === true && parsed.line.type === "mutation") this.#take(parsed.line);
      yield line;
    }
  }

  /** Of an hour; what is aboard stays so through hours in which nothing moves. */
  at(hour: number): CostHour {
    const before = [...this.#hours].filter(([number]) => number <= hour).at(-1)?.[1];
    return { costOfSales: this.#hours.get(hour)?.costOfSales ?? 0, cargoAtCost: before?.cargoAtCost ?? 0 };
  }

  #take(line: Mutation): void {
    const { gameMs, operation, ship = "", otherCargo, good = "", units = 0, total = 0 } = line;
    const number = Math.floor(gameMs / HOUR_MS);
    const hour = this.#hours.get(number) ?? { costOfSales: 0, cargoAtCost: 0 };
    this.#hours.set(number, hour);
    switch (operation) {
      case "purchase":
        this.#put(ship, good, units, total);
        break;
      case "transfer":
        this.#put(otherCargo?.ship ?? "", good, units, this.#remove(ship, good, units));
        break;
      case "sell":
      case "jettison":
      case "refuelFromCargo":
        hour.costOfSales += this.#remove(ship, good, units);
        break;
      default:
    }
    hour.cargoAtCost = [...this.#holds.values()].reduce((sum, { cost }) => sum + cost, 0);
  }

  #put(ship: string, good: string, units: number, cost: number): void {
    const key = `${ship} ${good}`;
    const hold = this.#holds.get(key) ?? { units: 0, cost: 0 };
    this.#holds.set(key, { units: hold.units + units, cost: hold.cost + cost });
  }

  #remove(ship: string, good: string, units: number): number {
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

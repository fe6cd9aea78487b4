/** The stock of every market's goods and every shipyard's hulls, and what moved it, hour by hour. Units; stock is units above balance. */
import type { Mutation, StockFlow, Tick } from "./bookLine.ts";
import { HOUR_MS } from "./ledger.ts";

/** Stock at the end = stock before + in − out + produced − consumed − demanded + drifted + set + unexplained. */
export interface MaterialHour {
  hour: number;
  tradedIn: number;
  tradedOut: number;
  produced: number;
  consumed: number;
  demanded: number;
  drifted: number;
  /** By a lever or by an operation that this reader does not know; signed. */
  set: number;
  /** Found at the next trade without a line that tells of it; signed. */
  unexplained: number;
}

export interface Material {
  waypoint: string;
  good: string;
  /** Null until a line tells it. */
  stock: number | null;
  hours: Map<number, MaterialHour>;
}

/** Far below the smallest flow, far above what adding thousands of fractions in another order changes. */
const TOLERANCE_UNITS = 1e-6;

export class Materials {
  readonly #goods = new Map<string, Material>();

  list(): readonly Material[] {
    return [...this.#goods.values()];
  }

  /** Takes over what a start says is in stock; returns in words what does not fit what was known. */
  open(stocks: Readonly<Record<string, Readonly<Record<string, number>>>>): readonly string[] {
    return Object.entries(stocks).flatMap(([waypoint, goods]) =>
      Object.entries(goods).flatMap(([good, stock]) => {
        const material = this.#of(waypoint, good);
        const stood = material.stock;
        material.stock = stock;
        if (stood === null || Math.abs(stock - stood) <= TOLERANCE_UNITS) return [];
        return [`stock of ${good} at ${waypoint}: ${stock} at this start, but the lines until then lead to ${stood}`];
      }),
    );
  }

  /** Books a tick's flows. */
  tick({ gameMs, markets, yards }: Tick, counts: boolean): void {
    for (const [waypoint, goods] of Object.entries(markets))
      for (const [good, flow] of Object.entries(goods)) this.#flow(this.#of(waypoint, good), gameMs, flow, counts);
    for (const [waypoint, hulls] of Object.entries(yards))
      for (const [type, drifted] of Object.entries(hulls)) this.#flow(this.#of(waypoint, type), gameMs, { drifted }, counts);
  }

  #flow(material: Material, gameMs: number, flow: StockFlow, counts: boolean): void {
    const { produced = 0, consumed = 0, demanded = 0, drifted = 0 } = flow;
    if (material.stock !== null) material.stock += produced - consumed - demanded + drifted;
    if (!counts) return;
    const hour = hourOf(material, gameMs);
    hour.produced += produced;
    hour.consumed += consumed;
    hour.demanded += demanded;
    hour.drifted += drifted;
  }

  /** Books what a mutation did to a stock; returns in words what does not add up. */
  trade(line: Mutation, counts: boolean): string | undefined {
    const { waypoint, good } = line;
    const market = line.market ?? line.hull;
    if (market === undefined || waypoint === undefined || good === undefined) return undefined;
    const material = this.#of(waypoint, good);
    const before = market.before?.stock ?? material.stock ?? market.after.stock;
    const gap = material.stock === null ? 0 : before - material.stock;
    const moved = market.after.stock - before;
    const expected = expectedMove(line);
    const hour = counts ? hourOf(material, line.gameMs) : undefined;
    if (hour !== undefined) {
      if (Math.abs(gap) > TOLERANCE_UNITS) hour.unexplained += gap;
      if (expected === null) hour.set += moved;
      else if (moved > 0) hour.tradedIn += moved;
      else hour.tradedOut -= moved;
    }
    const stood = material.stock;
    material.stock = market.after.stock;
    if (stood !== null && Math.abs(gap) > TOLERANCE_UNITS)
      return `stock of ${good} at ${waypoint}: ${before} before this line, but the lines until then lead to ${stood}`;
    if (expected !== null && Math.abs(moved - expected) > TOLERANCE_UNITS)
      return `stock of ${good} at ${waypoint} moved by ${moved}, but ${line.operation} of ${line.units} must move it by ${expected}`;
    return undefined;
  }

  /** What was known is void: the books have a hole, or the universe began anew. */
  forget(): void {
    for (const material of this.#goods.values()) material.stock = null;
  }

  clear(): void {
    this.#goods.clear();
  }

  #of(waypoint: string, good: string): Material {
    const key = `${waypoint} ${good}`;
    const known = this.#goods.get(key);
    if (known !== undefined) return known;
    const fresh = { waypoint, good, stock: null, hours: new Map<number, MaterialHour>() };
    this.#goods.set(key, fresh);
    return fresh;
  }
}

/** By how much the trade must move the stock; null when it is no trade. */
function expectedMove({ operation, units = 0 }: Mutation): number | null {
  if (operation === "sell") return units;
  return operation === "purchase" || operation === "refuel" || operation === "purchaseShip" ? -units : null;
}

function hourOf(material: Material, gameMs: number): MaterialHour {
  const number = Math.floor(gameMs / HOUR_MS);
  const known = material.hours.get(number);
  if (known !== undefined) return known;
  const none = { tradedIn: 0, tradedOut: 0, produced: 0, consumed: 0, demanded: 0, drifted: 0, set: 0, unexplained: 0 };
  const fresh = { hour: number, ...none };
  material.hours.set(number, fresh);
  return fresh;
}

/** Where things are and how long a ship takes from market to market, stopping for fuel on the way. Formulas of the game's documents. */

export type FlightMode = "CRUISE" | "BURN" | "DRIFT";

export interface Place {
  readonly symbol: string;
  readonly x: number;
  readonly y: number;
}

/** What a route depends on. */
export interface Engine {
  readonly speed: number;
  /** 0 burns nothing and needs no stops. */
  readonly fuelCapacity: number;
}

export interface Hop {
  readonly to: string;
  readonly mode: FlightMode;
  readonly seconds: number;
  readonly fuel: number;
  /** Whole units. */
  readonly distance: number;
}

export interface Route {
  readonly hops: readonly Hop[];
  readonly seconds: number;
  readonly fuel: number;
}

const MULTIPLIER: Readonly<Record<FlightMode, number>> = { CRUISE: 25, BURN: 12.5, DRIFT: 250 };
/** A stop for fuel costs requests, and they cost time. */
const STOP_SECONDS = 3;

export class Chart {
  readonly #places: ReadonlyMap<string, Place>;
  readonly #fuelPlaces: ReadonlySet<string>;
  readonly #modes: readonly FlightMode[];
  readonly #routes = new Map<string, ReadonlyMap<string, Route>>();

  /** `places` are the markets; `modes` those a ship may choose from besides drifting where nothing else reaches. */
  constructor(places: readonly Place[], fuelPlaces: ReadonlySet<string>, modes: readonly FlightMode[]) {
    this.#places = new Map(places.map((place) => [place.symbol, place]));
    this.#fuelPlaces = fuelPlaces;
    this.#modes = modes;
  }

  get places(): readonly string[] {
    return [...this.#places.keys()];
  }

  sellsFuel(symbol: string): boolean {
    return this.#fuelPlaces.has(symbol);
  }

  /** The quickest way, tanks being filled wherever fuel is sold. */
  route(from: string, to: string, engine: Engine): Route {
    if (from === to) return { hops: [], seconds: 0, fuel: 0 };
    const key = `${from} ${engine.speed} ${engine.fuelCapacity}`;
    const known = this.#routes.get(key) ?? this.#search(from, engine);
    this.#routes.set(key, known);
    const route = known.get(to);
    if (route === undefined) throw new Error(`no way from ${from} to ${to}`);
    return route;
  }

  /** One flight without stops. */
  hop(from: string, to: string, mode: FlightMode, { speed, fuelCapacity }: Engine): Hop {
    const [a, b] = [this.#place(from), this.#place(to)];
    const units = Math.round(Math.hypot(a.x - b.x, a.y - b.y));
    const burnt = mode === "DRIFT" ? 1 : Math.max(1, units) * (mode === "BURN" ? 2 : 1);
    return {
      to,
      distance: units,
      mode,
      seconds: Math.round(Math.max(1, units) * (MULTIPLIER[mode] / speed) + 15),
      fuel: fuelCapacity === 0 ? 0 : burnt,
    };
  }

  /** Dijkstra over the markets. Away from a market without fuel only half a tank is counted on. */
  #search(from: string, engine: Engine): Map<string, Route> {
    const best = new Map<string, Route>([[from, { hops: [], seconds: 0, fuel: 0 }]]);
    const settled = new Set<string>();
    for (;;) {
      const here = [...best].filter(([place]) => !settled.has(place)).toSorted(([, a], [, b]) => a.seconds - b.seconds)[0];
      if (here === undefined) return best;
      const [place, route] = here;
      settled.add(place);
      const tank = this.sellsFuel(place) ? engine.fuelCapacity : engine.fuelCapacity / 2;
      for (const next of this.#places.keys()) {
        if (settled.has(next)) continue;
        const hop = this.#bestHop(place, next, tank, engine);
        const seconds = route.seconds + hop.seconds + (route.hops.length > 0 ? STOP_SECONDS : 0);
        if (seconds >= (best.get(next)?.seconds ?? Number.POSITIVE_INFINITY)) continue;
        best.set(next, { hops: [...route.hops, hop], seconds, fuel: route.fuel + hop.fuel });
      }
    }
  }

  #bestHop(from: string, to: string, tank: number, engine: Engine): Hop {
    const hops = this.#modes.map((mode) => this.hop(from, to, mode, engine)).filter(({ fuel }) => fuel <= tank);
    return hops.toSorted((a, b) => a.seconds - b.seconds)[0] ?? this.hop(from, to, "DRIFT", engine);
  }

  #place(symbol: string): Place {
    const place = this.#places.get(symbol);
    if (place === undefined) throw new Error(`${symbol} is not on the chart`);
    return place;
  }
}

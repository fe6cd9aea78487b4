/** What a trader has seen of the markets, and what it expects of a price after a few transactions, by the published curves. */
import type { z } from "zod";
import type { WireMarket } from "./wireShapes.ts";

export type Kind = "EXPORT" | "IMPORT" | "EXCHANGE";
export type Label = "SCARCE" | "LIMITED" | "MODERATE" | "HIGH" | "ABUNDANT";

export interface Note {
  readonly waypoint: string;
  readonly good: string;
  readonly kind: Kind;
  readonly tradeVolume: number;
  readonly supply: Label;
  readonly ask: number;
  readonly bid: number;
  readonly seenAtMs: number;
}

export interface Way {
  readonly from: string;
  readonly to: string;
  readonly goods: readonly string[];
}

export class MarketNotes {
  readonly #notes = new Map<string, Note>();
  readonly #seenAtMs = new Map<string, number>();
  readonly #planned = new Map<string, number>();
  #ways: readonly Way[] | undefined;

  /** Writes down a market that one of the ships is at; a listing without prices tells nothing new. */
  observe(market: z.infer<typeof WireMarket>, nowMs: number): void {
    if (market.tradeGoods === undefined) return;
    if (!this.#seenAtMs.has(market.symbol)) this.#ways = undefined;
    this.#seenAtMs.set(market.symbol, nowMs);
    for (const { symbol, type, tradeVolume, supply, purchasePrice, sellPrice } of market.tradeGoods) {
      this.#notes.set(`${market.symbol} ${symbol}`, {
        waypoint: market.symbol,
        good: symbol,
        kind: type,
        tradeVolume,
        supply,
        ask: purchasePrice,
        bid: sellPrice,
        seenAtMs: nowMs,
      });
    }
  }

  seenAtMs(waypoint: string): number | undefined {
    return this.#seenAtMs.get(waypoint);
  }

  note(waypoint: string, good: string): Note | undefined {
    return this.#notes.get(`${waypoint} ${good}`);
  }

  all(): IterableIterator<Note> {
    return this.#notes.values();
  }

  /** From every market seen to every other, the goods that the one sells and the other wants. */
  ways(): readonly Way[] {
    this.#ways ??= waysBetween([...this.#notes.values()]);
    return this.#ways;
  }

  /** Units that ships on their way mean to trade there: above 0 brings, below 0 takes. The returned function forgets them. */
  plan(waypoint: string, good: string, units: number): () => void {
    const key = `${waypoint} ${good}`;
    const add = (by: number) => this.#planned.set(key, (this.#planned.get(key) ?? 0) + by);
    add(units);
    let isOpen = true;
    return () => {
      if (isOpen) add(-units);
      isOpen = false;
    };
  }

  /** What a unit costs after `units` more have been bought, and all that is planned. */
  askAfter(note: Note, units: number): number {
    return note.ask * changeOf(note, this.#plannedAt(note) - units);
  }

  /** What a unit pays after `units` more have been sold, and all that is planned. */
  bidAfter(note: Note, units: number): number {
    return note.bid * changeOf(note, this.#plannedAt(note) + units);
  }

  #plannedAt({ waypoint, good }: Note): number {
    return this.#planned.get(`${waypoint} ${good}`) ?? 0;
  }
}

function waysBetween(notes: readonly Note[]): Way[] {
  const ways = new Map<string, { from: string; to: string; goods: string[] }>();
  for (const source of notes) {
    if (source.kind === "IMPORT") continue;
    for (const sink of notes) {
      if (sink.good !== source.good || sink.kind === "EXPORT" || sink.waypoint === source.waypoint) continue;
      const key = `${source.waypoint} ${sink.waypoint}`;
      const way = ways.get(key) ?? { from: source.waypoint, to: sink.waypoint, goods: [] };
      way.goods.push(source.good);
      ways.set(key, way);
    }
  }
  return [...ways.values()];
}

/** By how much a price changes when the stock changes by so many units. */
function changeOf({ kind, supply, tradeVolume }: Note, units: number): number {
  if (kind === "EXCHANGE" || units === 0) return 1;
  const s = MIDDLE[kind][supply];
  return Math.max(0.001, multiple(kind, s + units / tradeVolume)) / multiple(kind, s);
}

/** Price over base, s trade volumes above balance: a fit on public captures. */
function multiple(kind: "EXPORT" | "IMPORT", s: number): number {
  return kind === "EXPORT" ? 1 + (4 * 2 ** (-0.3 * s) - 5) * 0.08 : 1 + (5 - 4 * 2 ** (0.3 * s)) * 0.08;
}

const MIDDLE: Readonly<Record<"EXPORT" | "IMPORT", Readonly<Record<Label, number>>>> = {
  EXPORT: { SCARCE: -5, LIMITED: -3, MODERATE: 0, HIGH: 3, ABUNDANT: 5 },
  IMPORT: { SCARCE: -5, LIMITED: -3.25, MODERATE: -0.75, HIGH: 2, ABUNDANT: 4 },
};

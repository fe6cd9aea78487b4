/**
 * An agent that looks for money for nothing: trades that end where they began, without a second place to carry anything to.
 *
 * Invariant: what a trial gained is judged from the books alone, by the label that its requests carry there: sales − purchases − fuel.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Company, openCompany } from "./company.ts";
import type { Pilot } from "./pilot.ts";
import type { TraderBed } from "./traderBed.ts";

export type Lunch = "round trip" | "deep round trip" | "split" | "waiting" | "feeding" | "next door";

export interface Trial {
  readonly lunch: Lunch;
  readonly waypoint: string;
  readonly good: string;
  /** How it was tried: stock at the start, transactions, hours waited, the other market. */
  readonly how: string;
  /** By the books. */
  readonly gainCredits: number;
}

export interface LunchPlan {
  /** Stocks in trade volumes above balance that a market is put into, besides its start. */
  readonly levels: readonly number[];
  /** Numbers of transactions that a trade volume is split into. */
  readonly parts: readonly number[];
  readonly waitHours: readonly number[];
}

/** A ship for every market of a start system. */
export const LUNCH_FLEET = {
  name: "LUNCH",
  credits: 1_000_000_000,
  ships: Array.from({ length: 40 }, () => ({ type: "SHIP_LIGHT_HAULER", at: "HEADQUARTERS" as const })),
};

/** The bed needs one ship with a hold for each market, and money enough. */
export async function seekFreeLunch(bed: TraderBed, plan: LunchPlan): Promise<readonly Trial[]> {
  const company = await openCompany(bed.stage, ["CRUISE"]);
  const seeker = new Seeker(bed, company);
  await seeker.takePlaces();
  await seeker.waiting(plan.waitHours);
  await seeker.feeding();
  await seeker.nextDoor();
  await seeker.splits(plan.parts);
  await seeker.deepRoundTrips();
  await seeker.roundTrips(plan.levels);
  return seeker.judge();
}

type Named = Omit<Trial, "gainCredits">;

class Seeker {
  readonly #bed: TraderBed;
  readonly #company: Company;
  readonly #trials: Named[] = [];
  readonly #at = new Map<string, Pilot>();

  constructor(bed: TraderBed, company: Company) {
    this.#bed = bed;
    this.#company = company;
  }

  async takePlaces(): Promise<void> {
    const { chart, traders } = this.#company;
    const flights = chart.places.map(async (place, i) => {
      const pilot = traders[i];
      if (pilot === undefined) throw new Error(`no ship for ${place}`);
      await pilot.goTo(place);
      this.#at.set(place, pilot);
    });
    await Promise.all(flights);
  }

  /** Buys a trade volume, sells it, buys it back and sells it again: at the start's stock and at every level given. */
  async roundTrips(levels: readonly number[]): Promise<void> {
    for (const { pilot, good, kind } of this.#quotes()) {
      for (const level of kind === "EXCHANGE" ? [undefined] : [undefined, ...levels]) {
        if (level !== undefined) this.#bed.pull("/stock", { waypoint: pilot.waypoint, good, tradeVolumes: level });
        await this.#trial(
          { lunch: "round trip", waypoint: pilot.waypoint, good, how: level === undefined ? "at rest" : `s = ${level}` },
          async () => {
            const units = this.#volume(pilot, good);
            for (const side of ["buy", "sell", "buy", "sell"] as const) await pilot[side](good, units);
          },
        );
      }
    }
  }

  /** Fills the hold with one good, however dear it gets, and sells everything where it was bought. */
  async deepRoundTrips(): Promise<void> {
    for (const { pilot, good } of this.#quotes()) {
      await this.#trial({ lunch: "deep round trip", waypoint: pilot.waypoint, good, how: "whole hold" }, async () => {
        while (pilot.freeUnits > 0) await pilot.buy(good, Math.min(this.#volume(pilot, good), pilot.freeUnits));
        await pilot.sellAll(good);
      });
    }
  }

  /** A trade volume bought at once and sold in parts, and the other way round. */
  async splits(parts: readonly number[]): Promise<void> {
    for (const { pilot, good } of this.#quotes()) {
      for (const part of parts) {
        const units = this.#volume(pilot, good);
        const pieces = inParts(units, part);
        for (const [how, bought, sold] of [
          [`1 in, ${part} out`, [units], pieces],
          [`${part} in, 1 out`, pieces, [units]],
        ] as const) {
          await this.#trial({ lunch: "split", waypoint: pilot.waypoint, good, how }, async () => {
            for (const piece of bought) await pilot.buy(good, piece);
            for (const piece of sold) await pilot.sell(good, piece);
          });
        }
      }
    }
  }

  /** Buys some of every good in its market, holds it at rest while prices recover, and sells it where it was bought. */
  async waiting(hours: readonly number[]): Promise<void> {
    for (const wait of hours) {
      const held = this.#quotes().map(({ pilot, good }) => {
        const goods = this.#quotes().filter((quote) => quote.pilot === pilot).length;
        const units = Math.min(this.#volume(pilot, good), Math.floor(pilot.cargoCapacity / goods));
        return { pilot, good, units, name: this.#name({ lunch: "waiting", waypoint: pilot.waypoint, good, how: `${wait} h` }) };
      });
      for (const { pilot, good, units, name } of held) await this.#under(name, () => pilot.buy(good, units));
      await this.#pass(wait);
      for (const { pilot, good, name } of held) await this.#under(name, () => pilot.sellAll(good));
    }
  }

  /** Feeds each factory with what can be bought where it stands, lets it work for an hour, collects and sells in the same market. */
  async feeding(): Promise<void> {
    for (const { pilot, good, kind } of this.#quotes()) {
      const inputs = this.#bed.sim.universe.supplyChain[good] ?? [];
      const here = inputs.filter((input) => this.#company.notes.note(pilot.waypoint, input) !== undefined);
      if (kind !== "EXPORT" || here.length === 0) continue;
      await this.#trial({ lunch: "feeding", waypoint: pilot.waypoint, good, how: `with ${here.join(", ")}` }, async () => {
        for (const input of here) {
          const units = this.#volume(pilot, input);
          await pilot.buy(input, units);
          await pilot.sell(input, units);
        }
        await this.#pass(1);
        await pilot.buy(good, this.#volume(pilot, good));
        await pilot.sellAll(good);
      });
    }
  }

  /** Between markets at the same place: a volume there, and a volume back, so that it ends where it began. */
  async nextDoor(): Promise<void> {
    const { notes, chart } = this.#company;
    for (const { pilot, good } of this.#quotes()) {
      const home = pilot.waypoint;
      for (const door of chart.places) {
        const there = notes.note(door, good);
        if (door === home || there === undefined || chart.hop(home, door, "DRIFT", pilot.engine).distance > 0) continue;
        await this.#trial({ lunch: "next door", waypoint: home, good, how: `${home} → ${door} → ${home}` }, async () => {
          const units = Math.min(this.#volume(pilot, good), there.tradeVolume);
          await pilot.buy(good, units);
          await pilot.goTo(door);
          await pilot.sell(good, units);
          await pilot.buy(good, units);
          await pilot.goTo(home);
          await pilot.sell(good, units);
        });
      }
    }
  }

  judge(): Trial[] {
    const gains = new Map<string, number>();
    for (const text of readFileSync(this.#bed.booksPath, "utf8").trim().split("\n")) {
      const line = Line.parse(JSON.parse(text));
      if (line.requestId === null || line.requestId === undefined) continue;
      const sign = line.operation === "sell" ? 1 : line.operation === "purchase" || line.operation === "refuel" ? -1 : 0;
      gains.set(line.requestId, (gains.get(line.requestId) ?? 0) + sign * (line.total ?? 0));
    }
    return this.#trials.map((trial, i) => {
      const gainCredits = gains.get(`trial ${i}`);
      if (gainCredits === undefined) throw new Error(`the books know nothing of ${trial.lunch} with ${trial.good}`);
      return { ...trial, gainCredits };
    });
  }

  #quotes() {
    return [...this.#at.values()].flatMap((pilot) =>
      [...this.#company.notes.all()]
        .filter(({ waypoint }) => waypoint === pilot.waypoint)
        .map(({ good, kind }) => ({ pilot, good, kind })),
    );
  }

  #volume(pilot: Pilot, good: string): number {
    const note = this.#company.notes.note(pilot.waypoint, good);
    if (note === undefined) throw new Error(`${good} is not traded at ${pilot.waypoint}`);
    return Math.min(note.tradeVolume, pilot.cargoCapacity);
  }

  #name(trial: Named): string {
    return `trial ${this.#trials.push(trial) - 1}`;
  }

  #trial(trial: Named, work: () => Promise<unknown>): Promise<void> {
    return this.#under(this.#name(trial), work);
  }

  async #under(name: string | undefined, work: () => Promise<unknown>): Promise<void> {
    this.#bed.label.requestId = name ?? null;
    await work();
    this.#bed.label.requestId = null;
  }

  async #pass(hours: number): Promise<void> {
    const { clock } = this.#bed;
    await clock.reach(clock.nowMs() + hours * 3_600_000);
  }
}

const Line = z.looseObject({
  requestId: z.string().nullish(),
  operation: z.string().optional(),
  total: z.number().optional(),
});

/** Sizes of so many transactions, as equal as whole units allow. */
function inParts(units: number, parts: number): number[] {
  const sizes = Array.from(
    { length: Math.min(parts, units) },
    (_, i) => Math.floor(((i + 1) * units) / parts) - Math.floor((i * units) / parts),
  );
  return sizes.filter((size) => size > 0);
}

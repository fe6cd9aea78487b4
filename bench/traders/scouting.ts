/** Who looks at which market next. */
import type { Company } from "./company.ts";
import type { Pilot } from "./pilot.ts";

/** Markets that somebody is on the way to look at. */
export class Lookouts {
  readonly #taken = new Set<string>();
  readonly #company: Company;

  constructor(company: Company) {
    this.#company = company;
  }

  /** Sends the ship to the nearest market that nobody has seen yet; false when there is none. */
  async exploreNext(pilot: Pilot): Promise<boolean> {
    const unseen = this.#free().filter((place) => this.#company.notes.seenAtMs(place) === undefined);
    const next = unseen.toSorted((a, b) => pilot.secondsTo(a) - pilot.secondsTo(b))[0];
    if (next === undefined) return false;
    await this.#lookAt(pilot, next);
    return true;
  }

  /** Keeps a probe under way until the end: unseen markets first, then those that are old for the way to them. */
  async patrol(pilot: Pilot): Promise<void> {
    while (!this.#company.isOver()) {
      if (await this.exploreNext(pilot)) continue;
      const worth = (place: string) => this.#ageMs(place) / (pilot.secondsTo(place) + PAUSE_SECONDS);
      const next = this.#free()
        .filter((place) => place !== pilot.waypoint)
        .toSorted((a, b) => worth(b) - worth(a))[0];
      if (next === undefined || this.#ageMs(next) < FRESH_MS) await pilot.waitSeconds(PAUSE_SECONDS);
      else await this.#lookAt(pilot, next);
    }
  }

  #ageMs(place: string): number {
    return this.#company.agent.clock.nowMs() - (this.#company.notes.seenAtMs(place) ?? 0);
  }

  #free(): string[] {
    return this.#company.chart.places.filter((place) => !this.#taken.has(place));
  }

  async #lookAt(pilot: Pilot, place: string): Promise<void> {
    this.#taken.add(place);
    await pilot.goTo(place).finally(() => this.#taken.delete(place));
  }
}

const PAUSE_SECONDS = 60;
/** A quote younger than a tick of the economy tells nothing new. */
const FRESH_MS = 900_000;

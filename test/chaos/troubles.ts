import type { BooksState } from "./books.ts";
import type { OwnGame } from "./ownGame.ts";

/** What a universe does to a fleet that no request is to blame for: exports that end, ships that are destroyed. */
export interface Troubles {
  /** In sentences. */
  readonly told: readonly string[];
  /** Makes the trouble that is due by the game's time. */
  meet(books: BooksState): Promise<void>;
}

const SHIP_EVERY_HOURS = 3;

/**
 * One export less in each game hour, back in the next; a ship less in every third. The ship is under way, with cargo where there is one: a
 * trade whose answer was lost together with its ship leaves no evidence, and no fleet could book it.
 */
export function createTroubles(game: OwnGame, seed: number): Troubles {
  const told: string[] = [];
  let hours = 0;
  let removed: { readonly waypoint: string; readonly good: string } | undefined;

  async function endAnExport({ deals }: BooksState): Promise<void> {
    if (removed !== undefined) await game.pull("exports/restore", removed);
    removed = undefined;
    const bought = deals.filter(({ operation, role }) => operation === "purchase" && role === "EXPORT").slice(-20);
    const one = bought[seed % Math.max(1, bought.length)];
    if (one === undefined) return;
    removed = { waypoint: one.waypoint, good: one.good };
    await game.pull("exports/remove", removed);
    told.push(`hour ${hours}: ${one.waypoint} exports ${one.good} no more, for an hour`);
  }

  async function sinkAShip({ holds, doing }: BooksState): Promise<void> {
    const flying = [...holds].filter(([ship]) => doing.get(ship) === "navigate");
    const laden = flying.filter(([, hold]) => hold.size > 0);
    const ships = laden.length > 0 ? laden : flying;
    const ship = ships[seed % Math.max(1, ships.length)]?.[0];
    if (ship === undefined) return;
    await game.pull("ships/destroy", { ship });
    told.push(`hour ${hours}: ${ship} is destroyed`);
  }

  return {
    told,
    async meet(books) {
      const now = Math.floor(books.gameSeconds / 3600);
      if (now <= hours) return;
      hours = now;
      await endAnExport(books);
      if (hours % SHIP_EVERY_HOURS === 0) await sinkAShip(books);
    },
  };
}

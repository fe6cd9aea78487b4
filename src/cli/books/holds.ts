/** What is aboard each ship, followed line by line. */
import type { HoldChange, Mutation } from "./bookLine.ts";

type Inventory = ReadonlyMap<string, number>;

/** What a line did to one ship's hold. */
export interface HoldMove {
  readonly ship: string;
  /** Units by good that came aboard (or left: negative). */
  readonly moved: ReadonlyMap<string, number>;
  /** The ship is gone with what was aboard. */
  readonly gone: boolean;
  /** What was aboard before this reader saw the ship for the first time. */
  readonly found: Inventory;
  /** In words, what does not add up. */
  readonly problem: string | undefined;
}

export class Holds {
  readonly #holds = new Map<string, Inventory>();

  /** Follows every hold that the line tells of. */
  follow(line: Mutation): readonly HoldMove[] {
    const moves: HoldMove[] = [];
    if (line.cargo !== undefined && line.ship !== undefined) moves.push(this.#move(line, line.ship, line.cargo, ownMove(line)));
    if (line.otherCargo !== undefined && line.operation === "transfer")
      moves.push(this.#move(line, line.otherCargo.ship, line.otherCargo, line.units ?? 0));
    return moves;
  }

  forget(): void {
    this.#holds.clear();
  }

  #move(line: Mutation, ship: string, change: HoldChange, expected: number | null): HoldMove {
    const before = inventoryOf(change.before);
    const after = inventoryOf(change.after);
    const known = this.#holds.get(ship);
    if (change.after === null) this.#holds.delete(ship);
    else this.#holds.set(ship, after);
    const moved = difference(before, after);
    const gap = known === undefined ? new Map<string, number>() : difference(known, before);
    return {
      ship,
      moved,
      gone: change.after === null,
      found: known === undefined ? before : gap,
      problem:
        gap.size > 0 ? `cargo of ${ship} changed by ${text(gap)} before this line` : wrongMove(line, ship, moved, expected),
    };
  }
}

/** What the operation must do to the hold of its ship; null: the operation promises nothing. */
function ownMove({ operation, units = 0 }: Mutation): number | null {
  switch (operation) {
    case "purchase":
      return units;
    case "sell":
    case "jettison":
    case "transfer":
    case "refuelFromCargo":
      return -units;
    case "navigate":
    case "dock":
    case "orbit":
    case "flightMode":
    case "refuel":
    case "purchaseShip":
      return 0;
    default:
      return null;
  }
}

function wrongMove(line: Mutation, ship: string, moved: Inventory, expected: number | null): string | undefined {
  if (expected === null) return undefined;
  const promised = new Map(expected === 0 || line.good === undefined ? [] : [[line.good, expected] as const]);
  if (difference(promised, moved).size === 0) return undefined;
  return `cargo of ${ship} changed by ${text(moved)}, but ${line.operation} must change it by ${text(promised)}`;
}

function inventoryOf(hold: HoldChange["before"]): Inventory {
  return new Map((hold?.inventory ?? []).map(({ good, units }) => [good, units]));
}

/** By good, `after` minus `before`, without zeros. */
function difference(before: Inventory, after: Inventory): Inventory {
  const goods = new Set([...before.keys(), ...after.keys()]);
  return new Map(
    [...goods].map((good) => [good, (after.get(good) ?? 0) - (before.get(good) ?? 0)] as const).filter(([, n]) => n !== 0),
  );
}

function text(moved: Inventory): string {
  return moved.size === 0 ? "nothing" : [...moved].map(([good, units]) => `${units > 0 ? "+" : ""}${units} ${good}`).join(", ");
}

/** Randomness without state: the same keys give the same numbers, in any order, on any machine. */

/** A uniform number in [0, 1) drawn from the keys. */
function uniform(...keys: readonly (string | number)[]): number {
  return hash32(keys.join("\u0000")) / 2 ** 32;
}

/** A normal deviate drawn from the keys. */
export function gaussian(...keys: readonly (string | number)[]): number {
  const text = keys.join("\u0000");
  const u = Math.max(hash32(`${text}a`) / 2 ** 32, 1e-12);
  const v = hash32(`${text}b`) / 2 ** 32;
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}

/** A seeded sequence for generating a universe. */
export class Dice {
  readonly #seed: string;
  #drawn = 0;

  constructor(...keys: readonly (string | number)[]) {
    this.#seed = keys.join("\u0000");
  }

  uniform(low = 0, high = 1): number {
    return low + uniform(this.#seed, this.#drawn++) * (high - low);
  }

  /** A whole number from low to high, both included. */
  whole(low: number, high: number): number {
    return Math.min(high, Math.floor(this.uniform(low, high + 1)));
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.whole(0, items.length - 1)] ?? items[0];
  }

  /** Draws a key by its weight. */
  weighted<K extends string>(weights: readonly (readonly [K, number])[], otherwise: K): K {
    let left = this.uniform(
      0,
      weights.reduce((sum, [, weight]) => sum + weight, 0),
    );
    for (const [key, weight] of weights) {
      left -= weight;
      if (left < 0) return key;
    }
    return otherwise;
  }

  shuffle<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, at: this.uniform() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ item }) => item);
  }
}

/** FNV-1a with a final avalanche (murmur3's), so that neighbouring keys do not give neighbouring numbers. */
function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Randomness without state: the same keys give the same numbers, in any order, on any machine. */

/** A uniform number in [0, 1) drawn from the keys. */
function uniform(...keys: readonly (string | number)[]): number {
  return finish(hashOf(keys)) / 2 ** 32;
}

/** A normal deviate drawn from the keys. */
export function gaussian(...keys: readonly (string | number)[]): number {
  const hash = hashOf(keys);
  const u = Math.max(finish(hashOn(hash, "a")) / 2 ** 32, 1e-12);
  const v = finish(hashOn(hash, "b")) / 2 ** 32;
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

/** FNV-1a over the keys with a zero byte between them, without building the text: markets ask for this at every tick. */
function hashOf(keys: readonly (string | number)[]): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < keys.length; i++) {
    if (i > 0) h = Math.imul(h, 0x01000193);
    h = hashOn(h, String(keys[i]));
  }
  return h;
}

function hashOn(hash: number, text: string): number {
  let h = hash;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}

/** Murmur3's final avalanche, so that neighbouring keys do not give neighbouring numbers. */
function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** One commit being composed. Rows are ordered by (commit number, index): the order in which this scope decided them (H10). */
export interface Commit {
  readonly number: number;
  nextIndex(): number;
}

const COMMITS_PER_EPOCH = 2 ** 32;

/**
 * Commit numbers of one epoch. The epoch is the high part, so they go up over restarts without a counter row that every batch would have
 * to write. Safe integers up to epoch 2^21.
 */
export function createCommitNumbers(epoch: number): () => Commit {
  let next = epoch * COMMITS_PER_EPOCH;
  return () => {
    next += 1;
    let index = -1;
    return {
      number: next,
      nextIndex() {
        index += 1;
        return index;
      },
    };
  };
}

import type { Clock } from "./environment.ts";

/** Something that falls due. Ties go by `first`, then `second`: for timers the version and index that created them (G4). */
export interface Wake {
  readonly dueAtMs: number;
  readonly first: number;
  readonly second: number;
  /** Whether it still matters; what was cancelled is dropped when it falls due, or earlier when too many wait. */
  isLive(): boolean;
  fire(): void;
}

const LONGEST_WAIT_MS = 2 ** 31 - 1;
const SWEEP_FROM = 4_096;

/** All that falls due in one host: one binary heap, one armed wake-up of the clock. */
export class WakeQueue {
  readonly #clock: Clock;
  readonly #heap: Wake[] = [];
  #armedForMs = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined;
  #open = false;
  #sweepAt = SWEEP_FROM;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Nothing fires before `open`: reconciliation and mail come first. */
  open(): void {
    this.#open = true;
    this.#arm();
  }

  close(): void {
    this.#open = false;
    this.#disarm?.();
    this.#disarm = undefined;
    this.#armedForMs = Number.POSITIVE_INFINITY;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  get size(): number {
    return this.#heap.length;
  }

  add(wake: Wake): void {
    if (this.#heap.length >= this.#sweepAt) this.#sweep();
    this.#heap.push(wake);
    this.#siftUp(this.#heap.length - 1);
    if (this.#open && wake.dueAtMs < this.#armedForMs) this.#arm();
  }

  #arm(): void {
    const next = this.#heap[0];
    this.#disarm?.();
    this.#disarm = undefined;
    this.#armedForMs = Number.POSITIVE_INFINITY;
    if (next === undefined || !this.#open) return;
    // setTimeout fires at once beyond 2^31 - 1 ms, so a far date is waited for in steps (H11).
    this.#armedForMs = Math.min(next.dueAtMs, this.#clock.nowMs() + LONGEST_WAIT_MS);
    this.#disarm = this.#clock.wakeAt(this.#armedForMs, () => this.#wake());
  }

  #wake(): void {
    this.#disarm = undefined;
    const nowMs = this.#clock.nowMs();
    for (let next = this.#heap[0]; next !== undefined && next.dueAtMs <= nowMs; next = this.#heap[0]) {
      this.#pop();
      if (next.isLive()) next.fire();
    }
    this.#arm();
  }

  #sweep(): void {
    const live = this.#heap.filter((wake) => wake.isLive()).sort(before);
    this.#heap.length = 0;
    for (const wake of live) this.#heap.push(wake);
    this.#sweepAt = Math.max(SWEEP_FROM, live.length * 2);
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown();
  }

  #siftUp(from: number): void {
    let index = from;
    const wake = this.#heap[index];
    while (index > 0 && wake !== undefined) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex];
      if (parent === undefined || before(parent, wake) <= 0) break;
      this.#heap[index] = parent;
      this.#heap[parentIndex] = wake;
      index = parentIndex;
    }
  }

  #siftDown(): void {
    let index = 0;
    for (;;) {
      const here = this.#heap[index];
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      if (here === undefined || left === undefined) return;
      const childIndex = right !== undefined && before(right, left) < 0 ? 2 * index + 2 : 2 * index + 1;
      const child = this.#heap[childIndex];
      if (child === undefined || before(here, child) <= 0) return;
      this.#heap[index] = child;
      this.#heap[childIndex] = here;
      index = childIndex;
    }
  }
}

function before(left: Wake, right: Wake): number {
  return left.dueAtMs - right.dueAtMs || left.first - right.first || left.second - right.second;
}

/**
 * A plain client of the wire for the reference traders: one request at a time, never faster than the answers' rate-limit headers allow.
 *
 * Invariant: what a trader knows came through here; nothing of the universe is read in any other way.
 */
import { z } from "zod";

/** Carries one request, by HTTP or to a server in the same process. Header names are lower case. */
export type Transport = (request: WireRequest) => Promise<WireResponse>;

export interface WireRequest {
  readonly method: "GET" | "POST" | "PATCH";
  /** Below `/v2`, with its query. */
  readonly target: string;
  readonly token: string;
  readonly body?: unknown;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What the traders need of a clock, wall milliseconds. */
export interface TraderClock {
  nowMs(): number;
  reach(atMs: number): Promise<void>;
}

/** The game said no. */
export class WireRefusal extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export class WireAgent {
  readonly clock: TraderClock;
  requests = 0;
  readonly #transport: Transport;
  readonly #token: string;
  #turn: Promise<unknown> = Promise.resolve();
  #notBeforeMs = 0;

  constructor(transport: Transport, token: string, clock: TraderClock) {
    this.#transport = transport;
    this.#token = token;
    this.clock = clock;
  }

  /** The `data` of the answer. Throws {@link WireRefusal} for a refusal, and when the answer has not the shape asked for. */
  call<T>(schema: z.ZodType<T>, method: WireRequest["method"], target: string, body?: unknown): Promise<T> {
    const answer = this.#turn.then(() => this.#ask(schema, method, target, body));
    // A refusal is its caller's business; whoever comes next only waits for its end.
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  /** All pages of a list. */
  async list<T>(schema: z.ZodType<T>, target: string): Promise<T[]> {
    const items: T[] = [];
    for (let page = 1; ; page++) {
      const more = await this.call(z.array(schema), "GET", `${target}?limit=20&page=${page}`);
      items.push(...more);
      if (more.length < 20) return items;
    }
  }

  async #ask<T>(schema: z.ZodType<T>, method: WireRequest["method"], target: string, body: unknown): Promise<T> {
    for (;;) {
      if (this.clock.nowMs() < this.#notBeforeMs) await this.clock.reach(this.#notBeforeMs);
      this.requests += 1;
      const response = await this.#transport({ method, target, token: this.#token, body });
      this.#pace(response);
      if (response.status === 429) continue;
      if (response.status >= 400) {
        const { error } = Refused.parse(response.body);
        throw new WireRefusal(response.status, error.code, `${method} ${target}: ${error.message}`);
      }
      return z.object({ data: schema }).parse(response.body).data;
    }
  }

  /** With nothing left in either pool, the next request waits until one is full again. */
  #pace({ status, headers }: WireResponse): void {
    const reset = Date.parse(headers["x-ratelimit-reset"] ?? "");
    if (status === 429 || headers["x-ratelimit-remaining"] === "0") {
      this.#notBeforeMs = Number.isNaN(reset) ? this.clock.nowMs() + 1000 : Math.max(reset, this.clock.nowMs() + 1);
    }
  }
}

const Refused = z.object({ error: z.object({ code: z.number(), message: z.string() }) });

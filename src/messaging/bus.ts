/**
 * The transport of events outward and commands inward. Nothing durable depends on it: a bus that is down is a state (G12), not a
 * failure. `natsBus.ts` and `inProcessBus.ts` implement it.
 */
export interface Bus {
  readonly transport: "nats" | "in-process";
  state(): BusState;
  /** Called after each change of state, outside the transport's own processing. Returns a function that ends it. */
  onState(listener: (state: BusState) => void): () => void;
  /**
   * Resolves when the transport has taken the event, which for JetStream means that it is stored. `id` makes a repeated
   * publication recognisable.
   */
  publish(subject: string, payload: unknown, options?: { readonly id?: string }): Promise<PublishOutcome>;
  /** `pattern` may end in `>` or contain `*` tokens. A payload that cannot be decoded is dropped and logged. */
  subscribe(pattern: string, listener: (event: BusEvent) => void): () => void;
  /** Offers commands; they become reachable when the transport is connected. */
  serve(service: CommandService): Promise<void>;
  request(subject: string, payload: unknown, options: { readonly timeoutMs: number }): Promise<CommandReply>;
  /** Lets what was published leave, at most `withinMs`, and disconnects. */
  close(options?: { readonly withinMs?: number }): Promise<void>;
}

export interface BusEvent {
  readonly subject: string;
  readonly payload: unknown;
  readonly id: string | undefined;
}

export type BusState =
  | { readonly state: "connected"; readonly detail: string; readonly jetStream: boolean }
  | { readonly state: "disconnected"; readonly detail: string; readonly sinceMs: number }
  | { readonly state: "closed" };

export type PublishOutcome =
  | { readonly outcome: "published" }
  /** The transport is down; publish again when it is back. */
  | { readonly outcome: "unavailable" }
  /** The payload can never be sent. */
  | { readonly outcome: "refused"; readonly reason: string };

export interface CommandService {
  /** Letters, digits, `-` and `_`. */
  readonly name: string;
  /** Semantic version. */
  readonly version: string;
  readonly description: string;
  readonly endpoints: readonly CommandEndpoint[];
}

export interface CommandEndpoint {
  /** As people call it, for example `actors.send`. */
  readonly name: string;
  readonly subject: string;
  /** One line. */
  readonly help: string;
  /** A valid request; undefined when the command takes none. */
  readonly example: unknown;
  /** `payload` is undefined when the request was empty. A rejection becomes an error reply. */
  handle(payload: unknown): Promise<CommandReply>;
}

export type CommandReply =
  | { readonly reply: "ok"; readonly body: unknown }
  /** `code` follows HTTP. */
  | { readonly reply: "error"; readonly code: number; readonly description: string; readonly body?: unknown };

/** What a transport takes from the world; structurally part of the runtime's `Environment`. */
export interface BusEnvironment {
  readonly clock: { nowMs(): number; wakeAt(dueAtMs: number, wake: () => void): () => void };
  readonly random: { nextSeed(): number };
  readonly logger: {
    debug(fields: object, message: string): void;
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}

import type { Address } from "./address.ts";
import type { EncodedError } from "./effect.ts";
import type { Dismissal } from "./operator.ts";

/** The host of the durable actors of one ownership scope, as the rest of the program sees it. Made by `createHost` (host.ts). */
export interface Runtime {
  readonly scope: Address;
  /** Takes ownership (new epoch), rehydrates every actor, reconciles sent jobs, arms timers. Nothing runs before it resolves. */
  start(): Promise<BootReport>;
  /** Quiesce: refuse ingress, drop queued jobs to their rows, let sent jobs settle, commit, release ownership. */
  stop(options: { readonly withinMs: number }): Promise<StopReport>;
  /** Creates a root actor unless its address exists. Durable when it resolves. */
  spawn(request: SpawnRequest): Promise<"created" | "exists">;
  /** Durable when it resolves. `id` makes repeats harmless for 7 days (G2). */
  send(message: IngressMessage): Promise<Receipt>;
  /** Always through the loader: works for actors in any status. */
  view(address: Address): Promise<ActorView | undefined>;
  /** In order of address. Every ended actor stays a row: ask for the living where only they matter. */
  list(filter?: ActorFilter): Promise<readonly ActorView[]>;
  /** Operator restart; also lifts a quarantine. A notice tells how it went: `restarted` or `failed`. */
  restart(address: Address, from: "snapshot" | "afresh"): Promise<"restarting" | "unknownAddress">;
  /** Ends an actor in quarantine whose parent has ended, or whose kind says that it may go; others are `needed`. A notice tells that it `ended`. */
  dismiss(address: Address): Promise<Dismissal>;
  /** Somebody says that another scope's host has written to an actor of this one: looks now instead of at the next poll. */
  lookForMail(): void;
  replayDeadLetter(id: string): Promise<"replayed" | "unknown">;
  /** Called after each commit, in commit order, outside the commit loop's critical path; a throwing observer is logged and kept. */
  observe(observer: (notice: RuntimeNotice) => void): () => void;
  readonly stats: () => RuntimeStats;
}

export interface ActorFilter {
  readonly under?: Address;
  readonly kind?: string;
  /** True leaves out those that are done or stopped. */
  readonly living?: boolean;
  /** Of those that are done or stopped, only so many: the ones that ended last. */
  readonly latestEnded?: number;
  readonly limit?: number;
}

export interface SpawnRequest {
  readonly address: Address;
  readonly kind: string;
  readonly input: unknown;
}

export interface IngressMessage {
  readonly to: Address;
  readonly event: { readonly type: string } & Readonly<Record<string, unknown>>;
  /** External id for deduplication; generated when absent. */
  readonly id?: string;
  readonly issuedAtMs?: number;
  /** Who sent it, for the journal: `cli`, `console`, `nats`. */
  readonly from?: string;
}

export type Receipt =
  | { readonly receipt: "accepted"; readonly messageId: string; readonly outcome: "applied" | "ignored" | "stored" }
  | { readonly receipt: "duplicate"; readonly messageId: string }
  | {
      readonly receipt: "refused";
      readonly reason: "unknownAddress" | "undeclared" | "invalid" | "expired" | "busy" | "stopping";
      readonly detail: string;
    };

export type ActorStatus = "starting" | "active" | "backingOff" | "quarantined" | "done" | "stopped";

export interface ActorView {
  readonly address: Address;
  readonly kind: string;
  readonly parent: Address | undefined;
  readonly status: ActorStatus;
  readonly version: number;
  readonly incarnation: number;
  readonly value: unknown;
  readonly context: unknown;
  readonly restarts: number;
  readonly lastError: EncodedError | undefined;
  readonly backoffUntilMs: number | undefined;
  readonly updatedAtMs: number;
}

export interface BootReport {
  readonly epoch: number;
  readonly actors: number;
  readonly quarantined: number;
  readonly jobsResumed: number;
  readonly jobsReconciling: number;
  readonly timers: number;
  readonly messages: number;
  readonly tookMs: number;
}

export interface StopReport {
  readonly settledJobs: number;
  readonly abandonedJobs: number;
  readonly tookMs: number;
}

export interface RuntimeStats {
  /** Under which the host writes; another after each lost connection. 0 before the first. */
  readonly epoch: number;
  readonly actors: number;
  readonly events: number;
  readonly commits: number;
  readonly jobsRunning: number;
  readonly deadLetters: number;
  readonly restarts: number;
  readonly mailboxDepth: number;
}

/** What happened, after it is durable. The bus, the console, the inspector and the terminal are fed from this one stream. */
export type RuntimeNotice =
  | {
      readonly notice: "transition";
      readonly address: Address;
      readonly kind: string;
      readonly version: number;
      readonly atMs: number;
      readonly event: { readonly type: string } & Readonly<Record<string, unknown>>;
      readonly value: unknown;
      readonly context: unknown;
      readonly status: ActorStatus;
    }
  | {
      readonly notice: "started";
      readonly address: Address;
      readonly kind: string;
      readonly parent: Address | undefined;
      readonly atMs: number;
    }
  | {
      readonly notice: "ended";
      readonly address: Address;
      readonly kind: string;
      readonly status: "done" | "stopped";
      readonly atMs: number;
    }
  | {
      readonly notice: "emitted";
      readonly address: Address;
      readonly version: number;
      readonly index: number;
      readonly event: { readonly type: string } & Readonly<Record<string, unknown>>;
      readonly atMs: number;
    }
  | {
      readonly notice: "failed";
      readonly address: Address;
      readonly kind: string;
      readonly error: EncodedError;
      readonly decision: "snapshot" | "afresh" | "quarantine";
      readonly afterMs: number;
      readonly atMs: number;
    }
  | {
      readonly notice: "restarted";
      readonly address: Address;
      readonly kind: string;
      readonly from: "snapshot" | "afresh";
      readonly atMs: number;
    }
  | { readonly notice: "deadLetter"; readonly id: string; readonly to: Address; readonly reason: string; readonly atMs: number }
  | {
      readonly notice: "jobSettled";
      readonly address: Address;
      readonly jobId: string;
      readonly src: string;
      readonly how: "done" | "error" | "reconciledDone" | "reconciledNotDone" | "unknown";
      readonly atMs: number;
    };

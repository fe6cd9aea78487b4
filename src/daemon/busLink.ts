/**
 * The daemon's connection to the bus: the relay that carries events out and the service that takes commands in. It follows the server to
 * another port, and nothing durable depends on it.
 */
import type { Bus } from "../messaging/bus.ts";
import { createCommandService } from "../messaging/commandService.ts";
import { createInProcessBus } from "../messaging/inProcessBus.ts";
import { createMailBell, type MailBell } from "../messaging/mailBell.ts";
import { createNatsBus } from "../messaging/natsBus.ts";
import { type OutboxPort, type Relay, startRelay } from "../messaging/relay.ts";
import { subjectsOf } from "../messaging/subjects.ts";
import type { Environment } from "../runtime/environment.ts";
import { withinTime } from "../supervisor/deadline.ts";
import type { RuntimeSlot } from "./runtimeSlot.ts";

export interface BusLink {
  /** Where the server is; never called for the in-process bus. */
  readonly useUrl: (url: string) => void;
  /** From now on events of this scope are carried and its commands are answered. */
  activate(scope: string, outbox: OutboxPort): void;
  /** Tells the daemon of that scope that mail for it is in the database. */
  ringFor(scope: string): void;
  readonly url: () => string | undefined;
  /** For the readiness check. */
  readonly describe: () => { readonly ok: boolean; readonly detail: string };
  stop(withinMs: number): Promise<void>;
}

interface Carrier {
  readonly bus: Bus;
  readonly relay: Relay;
  readonly bell: MailBell;
  readonly stopObserving: () => void;
}

/** The relay gets this much of a stop. */
const FLUSH_MS = 2_000;

export function createBusLink(options: {
  readonly environment: Environment;
  readonly slot: RuntimeSlot;
  readonly version: string;
  readonly natsCreds: string | undefined;
  readonly status: () => unknown;
}): BusLink {
  const { environment, slot } = options;
  let url: string | undefined;
  let active: { readonly scope: string; readonly outbox: OutboxPort } | undefined;
  let carrier: Carrier | undefined;

  function open(): void {
    if (active === undefined) return;
    const { scope, outbox } = active;
    const old = carrier;
    const keep = subjectsOf(scope).keep;
    const bus =
      url === undefined
        ? createInProcessBus(environment)
        : createNatsBus({ url, credentialsFile: options.natsCreds, environment, keep });
    const relay = startRelay({ scope, bus, outbox, environment });
    const bell = createMailBell({ scope, bus, heard: () => slot.lookForMail(), logger: environment.logger });
    carrier = { bus, relay, bell, stopObserving: slot.observe(relay.observe) };
    const service = createCommandService({
      scope,
      version: options.version,
      status: () => Promise.resolve(options.status()),
      send: (message) => slot.send(message),
    });
    report(bus.serve(service), "the commands could not be offered on the bus");
    if (old !== undefined) report(close(old, 0, environment.clock), "the old bus connection did not close");
  }

  function report(work: Promise<unknown>, message: string): void {
    work.catch((error: unknown) => environment.logger.warn({ error: String(error) }, message));
  }

  return {
    useUrl(next) {
      if (url === next) return;
      url = next;
      open();
    },
    activate(scope, outbox) {
      active = { scope, outbox };
      open();
    },
    ringFor: (scope) => carrier?.bell.ring(scope),
    url: () => url,
    describe() {
      const state = carrier?.bus.state();
      if (state === undefined) return { ok: false, detail: "not started" };
      return { ok: state.state === "connected", detail: state.state === "closed" ? "closed" : state.detail };
    },
    async stop(withinMs) {
      const open = carrier;
      carrier = undefined;
      active = undefined;
      if (open !== undefined) await close(open, Math.min(FLUSH_MS, withinMs), environment.clock);
    },
  };
}

/** Nothing durable is in it, so nobody waits longer for a bus than this. */
const PATIENCE_MS = 500;

async function close({ bus, relay, bell, stopObserving }: Carrier, withinMs: number, clock: Environment["clock"]): Promise<void> {
  await relay.stop({ withinMs });
  stopObserving();
  bell.stop();
  await withinTime(clock, withinMs + PATIENCE_MS, bus.close({ withinMs }));
}

import {
  type ConnectionOptions,
  connect,
  Events,
  headers,
  type JetStreamClient,
  type NatsConnection,
  type Subscription,
} from "nats";
import { backoffMs } from "./backoff.ts";
import type { Bus, BusEnvironment, BusEvent, BusState, CommandService } from "./bus.ts";
import { decode, encode } from "./codec.ts";
import { openEventStream } from "./eventStream.ts";
import { natsAuthenticator, natsFailure, natsHosts } from "./natsCredentials.ts";
import { natsRequest } from "./natsRequest.ts";
import { registerService } from "./natsService.ts";
import { type KeptSubjects, subjectMatches } from "./subjects.ts";

/**
 * The bus over NATS. Connecting is tried for ever, at first and after each loss; meanwhile `publish` says `unavailable`, and
 * subscriptions and services are registered as soon as a connection stands.
 */
export function createNatsBus(options: {
  /** `nats://user:password@host:4222`; several separated by commas. */
  readonly url: string;
  /** A file as `natsAuthenticator` reads it, instead of credentials in the URL. */
  readonly credentialsFile?: string | undefined;
  readonly environment: BusEnvironment;
  /** Subjects that JetStream keeps, where the server has it. */
  readonly keep?: KeptSubjects;
}): Bus {
  const { environment } = options;
  const { clock, logger } = environment;
  const listeners = new Set<(state: BusState) => void>();
  const subscriptions = new Set<Wanted>();
  const services: CommandService[] = [];
  let link: Link | undefined;
  let connecting: NatsConnection | undefined;
  let state: BusState = { state: "disconnected", detail: "not connected yet", sinceMs: clock.nowMs() };
  let wakeUp = (): void => undefined;
  const running = run();

  function enter(next: BusState): void {
    state = next;
    for (const listener of listeners) listener(next);
  }

  function isClosed(): boolean {
    return state.state === "closed";
  }

  async function run(): Promise<void> {
    for (let failures = 0; !isClosed(); failures += 1) {
      try {
        const connection = await connect(connectionOptions(options.url, options.credentialsFile));
        connecting = connection;
        if (isClosed()) return await connection.close();
        failures = -1;
        await hold(connection);
      } catch (error) {
        if (isClosed()) return;
        const detail = natsFailure(error);
        if (failures % 20 === 0)
          logger.warn({ servers: natsHosts(options.url), detail }, "the message bus cannot be reached; trying on");
        enter({ state: "disconnected", detail, sinceMs: state.state === "disconnected" ? state.sinceMs : clock.nowMs() });
      }
      if (!isClosed()) await pause(backoffMs(failures + 1, environment.random.nextSeed()));
    }
  }

  /** Uses a connection until it is lost for good. */
  async function hold(connection: NatsConnection): Promise<void> {
    // Its iterator does not always end with the connection, so nobody waits for it.
    watch(connection).catch((error: unknown) => logger.warn({ error: String(error) }, "the bus's state is no longer watched"));
    const jetStream = options.keep === undefined ? undefined : await openEventStream(connection, options.keep, logger);
    for (const service of services) await registerService(connection, service, environment);
    link = { connection, jetStream };
    for (const wanted of subscriptions) wanted.current = listen(connection, wanted);
    if (!isClosed()) enter(connected(connection, jetStream));
    const cause = await connection.closed();
    link = undefined;
    if (cause instanceof Error) throw cause;
    if (!isClosed()) throw new Error("the server closed the connection");
  }

  /** The client reconnects by itself; we only tell. */
  async function watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (isClosed()) continue;
      if (status.type === Events.Disconnect) {
        enter({ state: "disconnected", detail: "connection lost", sinceMs: clock.nowMs() });
      } else if (status.type === Events.Reconnect && link !== undefined) {
        enter(connected(connection, link.jetStream));
      }
    }
  }

  function listen(connection: NatsConnection, wanted: Wanted): Subscription {
    return connection.subscribe(wanted.pattern, {
      callback: (error, message) => {
        if (error !== null) return logger.warn({ pattern: wanted.pattern, error: error.message }, "a subscription failed");
        const decoded = decode(message.data);
        if (!decoded.ok) return logger.warn({ subject: message.subject, reason: decoded.reason }, "an event could not be read");
        const id = message.headers?.get("Nats-Msg-Id");
        wanted.listener({ subject: message.subject, payload: decoded.value, id: id === "" ? undefined : id });
      },
    });
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.wakeAt(clock.nowMs() + ms, resolve);
      wakeUp = () => {
        cancel();
        resolve();
      };
    });
  }

  return {
    transport: "nats",
    state: () => state,
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async publish(subject, payload, publishOptions) {
      const encoded = encode(payload);
      if (!encoded.ok) return { outcome: "refused", reason: encoded.reason };
      if (link === undefined || state.state !== "connected") return { outcome: "unavailable" };
      try {
        const kept = options.keep?.subjects.some((pattern) => subjectMatches(pattern, subject)) === true;
        await put(link, subject, encoded.bytes, { id: publishOptions?.id, kept });
        return { outcome: "published" };
      } catch (error) {
        logger.debug({ subject, error: String(error) }, "an event was not taken");
        return { outcome: "unavailable" };
      }
    },
    subscribe(pattern, listener) {
      const wanted: Wanted = { pattern, listener, current: undefined };
      subscriptions.add(wanted);
      if (link !== undefined) wanted.current = listen(link.connection, wanted);
      return () => {
        subscriptions.delete(wanted);
        wanted.current?.unsubscribe();
      };
    },
    async serve(service) {
      services.push(service);
      if (link !== undefined) await registerService(link.connection, service, environment);
    },
    request: (subject, payload, { timeoutMs }) => natsRequest(link?.connection, subject, payload, timeoutMs),
    async close({ withinMs = 2_000 } = {}) {
      if (isClosed()) return running;
      const connection = link?.connection ?? connecting;
      enter({ state: "closed" });
      wakeUp();
      if (connection === undefined || connection.isClosed()) return;
      const cancel = clock.wakeAt(clock.nowMs() + withinMs, () => void connection.close());
      // A connection that is just down cannot drain: what it held is lost with it, as promised.
      // Nor does its drain end when it is closed meanwhile.
      await Promise.race([connection.drain().catch(() => connection.close()), connection.closed()]);
      cancel();
      await running;
    },
  };
}

interface Link {
  readonly connection: NatsConnection;
  readonly jetStream: JetStreamClient | undefined;
}

interface Wanted {
  readonly pattern: string;
  readonly listener: (event: BusEvent) => void;
  current: Subscription | undefined;
}

async function put(
  link: Link,
  subject: string,
  bytes: Uint8Array,
  { id, kept }: { readonly id: string | undefined; readonly kept: boolean },
): Promise<void> {
  if (kept && link.jetStream !== undefined) {
    await link.jetStream.publish(subject, bytes, { timeout: PUBLISH_TIMEOUT_MS, ...(id === undefined ? {} : { msgID: id }) });
    return;
  }
  const messageHeaders = headers();
  if (id !== undefined) messageHeaders.set("Nats-Msg-Id", id);
  link.connection.publish(subject, bytes, { headers: messageHeaders });
}

function connected(connection: NatsConnection, jetStream: JetStreamClient | undefined): BusState {
  return { state: "connected", detail: connection.getServer(), jetStream: jetStream !== undefined };
}

/** Read anew for each connection, so that renewed credentials are taken. */
function connectionOptions(url: string, credentialsFile: string | undefined): ConnectionOptions {
  const authenticator = natsAuthenticator(url, credentialsFile);
  return {
    name: "bosun",
    servers: [...natsHosts(url)],
    timeout: 5_000,
    reconnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    reconnectJitter: 500,
    pingInterval: 20_000,
    ...(url.startsWith("tls:") ? { tls: {} } : {}),
    ...(authenticator === undefined ? {} : { authenticator }),
  };
}

const PUBLISH_TIMEOUT_MS = 5_000;

import type { Bus, BusEnvironment, BusEvent, CommandEndpoint, CommandReply } from "./bus.ts";
import { decode, encode } from "./codec.ts";
import { answerCommand } from "./endpoint.ts";
import { subjectMatches } from "./subjects.ts";

/**
 * The bus of a daemon without NATS: the same promises within the process. Payloads go through the codec all the same, so that
 * nothing works here that would not on the wire.
 */
export function createInProcessBus(environment: BusEnvironment): Bus {
  const listeners = new Set<{ readonly pattern: string; readonly listener: (event: BusEvent) => void }>();
  const endpoints = new Map<string, CommandEndpoint>();
  let closed = false;

  function deliver(event: BusEvent): void {
    for (const { pattern, listener } of listeners) {
      if (!subjectMatches(pattern, event.subject)) continue;
      try {
        listener(event);
      } catch (error) {
        environment.logger.warn({ subject: event.subject, error: String(error) }, "a bus listener failed");
      }
    }
  }

  return {
    transport: "in-process",
    state: () => (closed ? { state: "closed" } : { state: "connected", detail: "within the process", jetStream: false }),
    onState: () => () => undefined,
    async publish(subject, payload, options) {
      if (closed) return { outcome: "unavailable" };
      const encoded = encode(payload);
      if (!encoded.ok) return { outcome: "refused", reason: encoded.reason };
      const decoded = decode(encoded.bytes);
      if (decoded.ok) deliver({ subject, payload: decoded.value, id: options?.id });
      return { outcome: "published" };
    },
    subscribe(pattern, listener) {
      const entry = { pattern, listener };
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
    async serve(service) {
      for (const endpoint of service.endpoints) endpoints.set(endpoint.subject, endpoint);
    },
    async request(subject, payload, { timeoutMs }): Promise<CommandReply> {
      const endpoint = closed ? undefined : endpoints.get(subject);
      if (endpoint === undefined) return { reply: "error", code: 503, description: `nobody answers ${subject}` };
      const encoded = payload === undefined ? { ok: true as const, bytes: new Uint8Array() } : encode(payload);
      if (!encoded.ok) return { reply: "error", code: 400, description: encoded.reason };
      return answerCommand(endpoint, encoded.bytes, environment, timeoutMs);
    },
    async close() {
      closed = true;
      listeners.clear();
      endpoints.clear();
    },
  };
}

import type { Address } from "../runtime/address.ts";
import type { Bus, BusEnvironment } from "./bus.ts";
import { subjectsOf } from "./subjects.ts";

/**
 * Wakes the daemon of another scope when mail for it has become durable. It carries nothing: the mail is in the database, and a ring that
 * is lost costs the receiver no more than the interval of its poll.
 */
export interface MailBell {
  /** Tells the daemon of `scope`. Rings that come while one is on its way become one more. */
  ring(scope: Address): void;
  stop(): void;
}

/** `heard` is called for each ring of somebody who has written to `scope`. */
export function createMailBell(options: {
  readonly scope: Address;
  readonly bus: Pick<Bus, "publish" | "subscribe">;
  readonly heard: () => void;
  readonly logger: BusEnvironment["logger"];
}): MailBell {
  const { scope, bus, logger } = options;
  /** Scopes with a ring on its way, and whether there is more since. */
  const ringing = new Map<Address, { again: boolean }>();
  const stop = bus.subscribe(subjectsOf(scope).mail, options.heard);

  async function send(to: Address): Promise<void> {
    const state = { again: true };
    ringing.set(to, state);
    try {
      while (state.again) {
        state.again = false;
        await bus.publish(subjectsOf(to).mail, { to, from: scope });
      }
    } catch (error) {
      logger.debug({ to, error: String(error) }, "a daemon could not be told of its mail; it will look by itself");
    } finally {
      ringing.delete(to);
    }
  }

  return {
    ring(to) {
      const state = ringing.get(to);
      if (state === undefined) void send(to);
      else state.again = true;
    },
    stop,
  };
}

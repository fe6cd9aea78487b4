import type { VirtualClock } from "./virtualClock.ts";

/** The same port, each of its calls holding the clock until its promise has settled, and `hinder` too where it is given. */
export function heldPort<Port extends object>(clock: VirtualClock, port: Port, hinder?: () => Promise<void>): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(member, target, args);
        if (!(result instanceof Promise)) return result;
        return clock.during(hinder === undefined ? result : hindered(result, hinder));
      };
    },
  });
}

async function hindered<T>(work: Promise<T>, hinder: () => Promise<void>): Promise<T> {
  const result = await work;
  await hinder();
  return result;
}

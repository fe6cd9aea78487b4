/**
 * An actor's address: a slash-separated path that begins with the scope of ownership it belongs to, for example
 * `agent/2026-11-21/BOSUN/coordinator/pipeline/7f3a/task/2`. A child's address is `<parent>/<child id>`; ids may contain slashes.
 * Addresses never change over restarts (G8) and are plain strings, so that they can be kept in context, rows and logs.
 */
export type Address = string;

const SEGMENT = /^[A-Za-z0-9_:@-][A-Za-z0-9_.:@-]{0,127}$/;
const MAX_ADDRESS_LENGTH = 512;

/** Says why `text` is no address, or returns undefined when it is one. */
export function addressProblem(text: string): string | undefined {
  if (text.length === 0) return "an address is empty";
  if (text.length > MAX_ADDRESS_LENGTH) return `an address is longer than ${MAX_ADDRESS_LENGTH} characters`;
  const bad = text.split("/").find((segment) => !SEGMENT.test(segment));
  if (bad === undefined) return undefined;
  return `the segment ${JSON.stringify(bad.slice(0, 60))} of an address may hold only letters, digits and _ . : @ -`;
}

/** The address of the child `childId` of `parent`. Throws a TypeError when the id cannot be part of an address. */
export function childAddress(parent: Address, childId: string): Address {
  const address = `${parent}/${childId}`;
  const problem = addressProblem(address);
  if (problem !== undefined) throw new TypeError(`child id ${JSON.stringify(childId)} of ${parent}: ${problem}`);
  return address;
}

/** The scope of ownership that `address` lies in, as the owner of `scope` sees it: another agent's has as many segments as ours. */
export function scopeOf(address: Address, scope: Address): Address {
  if (isWithin(address, scope)) return scope;
  return address.split("/").slice(0, scope.split("/").length).join("/");
}

/** Whether `address` is `scope` itself or lies below it. */
export function isWithin(address: Address, scope: Address): boolean {
  return address === scope || address.startsWith(`${scope}/`);
}

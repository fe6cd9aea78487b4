import type { Address } from "../runtime/address.ts";

/** Whatever the actor held, also where its last state cannot be read: the agent frees ships, money and places of it and all below it. */
export function actorsGone(address: Address, why: { readonly reason?: string; readonly tell?: Address } = {}) {
  return { to: scopeOf(address), event: { type: "agent.actorsGone", address, ...why } };
}

/** `agent/<RESET>/<SYMBOL>` begins every durable address. */
function scopeOf(address: Address): Address {
  return address.split("/").slice(0, 3).join("/");
}

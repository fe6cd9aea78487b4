import type { Address } from "../runtime/address.ts";

/** Whatever the actor held, also where its last state cannot be read: the agent frees ships, money and places of it and all below it. */
export function actorsGone(address: Address, reason?: string) {
  return { to: scopeOf(address), event: { type: "agent.actorsGone", address, ...(reason === undefined ? {} : { reason }) } };
}

/** `agent/<RESET>/<SYMBOL>` begins every durable address. */
function scopeOf(address: Address): Address {
  return address.split("/").slice(0, 3).join("/");
}

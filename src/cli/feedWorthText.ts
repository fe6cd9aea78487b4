import { grouped } from "../console/figures.ts";

/** What a sale is worth to the factory that takes it, in the same words wherever it is told. */
export function feedWorthText(credits: number, sellMarket: string | null): string {
  return `worth to the factory${sellMarket === null ? "" : ` at ${sellMarket}`}: +${grouped(credits)}`;
}

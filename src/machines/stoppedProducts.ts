/** Products that somebody stopped by hand, and until when; null: until somebody starts them. */
export type StoppedProducts = Readonly<Record<string, number | null>>;

/** The reason of everything that ends by an operator's `manufacturing stop`. */
export const STOPPED_BY_HAND = "stopped by hand";

/** The latest word on a product counts. `forMs` null: no end is set. */
export function withStopped(
  stopped: StoppedProducts,
  { products, forMs }: { readonly products: readonly string[]; readonly forMs: number | null },
  nowMs: number,
): StoppedProducts {
  const untilMs = forMs === null ? null : nowMs + forMs;
  return { ...stopped, ...Object.fromEntries(products.map((product) => [product, untilMs])) };
}

/** Without those whose time is over; the record itself when there is none. */
export function stillStopped(stopped: StoppedProducts, nowMs: number): StoppedProducts {
  const isOver = (untilMs: number | null): boolean => untilMs !== null && untilMs <= nowMs;
  if (!Object.values(stopped).some(isOver)) return stopped;
  return Object.fromEntries(Object.entries(stopped).filter(([, untilMs]) => !isOver(untilMs)));
}

/** Units that running pipelines will still buy or sell at a market; planners count them as done, so that two never fight for one source or sink. */
export interface Commitment {
  readonly waypoint: string;
  readonly good: string;
  readonly side: "buy" | "sell";
  readonly units: number;
}

export function committedUnits(commitments: readonly Commitment[], waypoint: string, good: string, side: "buy" | "sell"): number {
  let units = 0;
  for (const entry of commitments)
    if (entry.waypoint === waypoint && entry.good === good && entry.side === side) units += entry.units;
  return units;
}

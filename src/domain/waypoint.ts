export interface Waypoint {
  readonly symbol: string;
  readonly system: string;
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly traits: readonly string[];
}

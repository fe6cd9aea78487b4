/** What a person should look at, as status, page, metrics and log show it. */
export interface Alert {
  readonly alert: AlertKind;
  /** What it is about: a ship's symbol, or nothing in particular. */
  readonly subject: string | null;
  readonly text: string;
  /** ISO time from which on it has been so. */
  readonly since: string;
}

export const ALERT_KINDS = [
  /** A ship that somebody holds does nothing that can be seen, for longer than it should need. */
  "noProgress",
  /** Several workers believe that one ship works for them. */
  "severalOwners",
  /** A ship is held by nobody who lives. */
  "ownerGone",
  /** Ships are refused to claimants more and more often. */
  "moreRefusals",
  /** The game has given no usable answer for a while. */
  "gameSilent",
  /** The universe was reset, and the next era cannot begin without the user. */
  "eraWaits",
] as const;

export type AlertKind = (typeof ALERT_KINDS)[number];

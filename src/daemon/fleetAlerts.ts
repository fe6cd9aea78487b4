/** Looks at the fleet now and then and says once when something begins to need a person, and once when it no longer does. */
import type { Alert, AlertKind } from "../console/alerts.ts";
import type { FleetEvent, FleetView } from "../console/view.store.ts";
import type { HeldShip } from "../persistence/assignments.store.ts";
import { isWeather } from "../persistence/database.ts";
import type { RuntimeNotice } from "../runtime/runtime.ts";
import { createProgressWatch } from "./progress.ts";

export interface FleetAlerts {
  readonly current: () => readonly Alert[];
  /** Feed for `Runtime.observe`. */
  readonly noticed: (notice: RuntimeNotice) => void;
  /** The game has answered. */
  readonly answered: () => void;
  look(): Promise<void>;
}

export interface AlertSource {
  readonly view: () => FleetView;
  /** Game seconds per second. */
  readonly gameSpeed: number;
  /** Whether the fleet should be at work: awake, and allowed to act. */
  readonly isAtWork: () => boolean;
  /** Who is held by whom, from the rows. */
  readonly heldShips: () => Promise<readonly HeldShip[]>;
  readonly nowMs: () => number;
  readonly say: (level: FleetEvent["level"], text: string, fields?: object) => void;
}

/** Ten minutes as the earlier program had it, of game time: a faster universe is judged sooner, but never in a hurry. */
const STILL_GAME_MS = 600_000;
const LEAST_STILL_MS = 60_000;
const ROWS_EVERY_MS = 30_000;
const FEWEST_REFUSALS = 5;

type Found = Omit<Alert, "since"> & { readonly sinceMs: number };

export function createFleetAlerts(source: AlertSource): FleetAlerts {
  const stillMs = Math.max(LEAST_STILL_MS, STILL_GAME_MS / source.gameSpeed);
  const watch = createProgressWatch({ stillMs, restMs: 3 * stillMs, doubtMs: stillMs / 4 });
  const raised = new Map<string, Found>();
  let refusalsAtMs: readonly number[] = [];
  let answeredAtMs = source.nowMs();
  let rowsLookedAtMs = Number.NEGATIVE_INFINITY;
  let gone: readonly HeldShip[] = [];
  let goneTwice: readonly HeldShip[] = [];

  function silence(nowMs: number): readonly Found[] {
    if (nowMs - answeredAtMs <= stillMs / 2) return [];
    watch.excuse(nowMs);
    return [
      { alert: "gameSilent", subject: null, text: "the game gives no usable answer; the fleet waits", sinceMs: answeredAtMs },
    ];
  }

  /** More than in the time before, and not just a few. */
  function refusals(nowMs: number): readonly Found[] {
    refusalsAtMs = refusalsAtMs.filter((atMs) => nowMs - atMs < 2 * stillMs);
    const recent = refusalsAtMs.filter((atMs) => nowMs - atMs < stillMs).length;
    const before = refusalsAtMs.length - recent;
    if (recent < FEWEST_REFUSALS || recent <= 2 * before) return [];
    const text = `ships were refused to claimants ${recent} times lately, ${before} times before that: somebody asks for ships that others hold`;
    return [{ alert: "moreRefusals", subject: null, text, sinceMs: nowMs }];
  }

  /** An owner that is gone in two looks: between an end and the release there is a moment. */
  async function lookAtRows(nowMs: number): Promise<void> {
    if (nowMs - rowsLookedAtMs < ROWS_EVERY_MS) return;
    rowsLookedAtMs = nowMs;
    const now = (await heldShips()).filter(({ ownerStatus }) => ownerStatus === "gone");
    goneTwice = now.filter(({ ship, owner }) => gone.some((one) => one.ship === ship && one.owner === owner));
    gone = now;
  }

  /** A database that is away is said by the health monitor; what was seen before stays true until it is looked at again. */
  async function heldShips(): Promise<readonly HeldShip[]> {
    try {
      return await source.heldShips();
    } catch (error) {
      if (isWeather(error)) return gone;
      throw error;
    }
  }

  function ownersGone(): readonly Found[] {
    return goneTwice.map(({ ship, owner, assignedAtMs }) => ({
      alert: "ownerGone",
      subject: ship,
      text: `${ship} is held by ${owner}, which does not live; bosun assignments clear frees it`,
      sinceMs: assignedAtMs,
    }));
  }

  function tell(found: readonly Found[]): void {
    const now = new Map(found.map((one) => [keyOf(one), one]));
    for (const [key, { text, alert, subject }] of now) {
      if (!raised.has(key)) source.say("warn", `alert: ${text}`, { alert, subject });
    }
    for (const [key, { alert, subject }] of raised) {
      if (!now.has(key)) source.say("good", over(alert, subject), { alert, subject });
    }
    const before = new Map(raised);
    raised.clear();
    // What was raised keeps the time from which on it has been so.
    for (const [key, one] of now) raised.set(key, { ...one, sinceMs: before.get(key)?.sinceMs ?? one.sinceMs });
  }

  return {
    current: () => [...raised.values()].map(({ sinceMs, ...alert }) => ({ ...alert, since: new Date(sinceMs).toISOString() })),
    noticed(notice) {
      if (notice.notice === "transition" && notice.event.type === "ship.refused")
        refusalsAtMs = [...refusalsAtMs.slice(-MOST_REFUSALS_KEPT), notice.atMs];
    },
    answered() {
      answeredAtMs = source.nowMs();
    },
    async look() {
      const nowMs = source.nowMs();
      if (!source.isAtWork()) {
        answeredAtMs = nowMs;
        watch.excuse(nowMs);
        return raised.clear();
      }
      await lookAtRows(nowMs);
      const silent = silence(nowMs);
      tell([...silent, ...watch.look(source.view(), nowMs), ...ownersGone(), ...refusals(nowMs)]);
    },
  };
}

const MOST_REFUSALS_KEPT = 1_000;

function keyOf({ alert, subject }: Found): string {
  return `${alert} ${subject ?? ""}`;
}

function over(alert: AlertKind, subject: string | null): string {
  switch (alert) {
    case "noProgress":
      return `${subject} makes progress again, or is free`;
    case "severalOwners":
      return `${subject} has one owner again`;
    case "ownerGone":
      return `${subject} is no longer held by somebody who does not live`;
    case "moreRefusals":
      return "ships are not refused more often any more";
    case "gameSilent":
      return "the game answers again";
    case "eraWaits":
      return "the next era can begin";
  }
}

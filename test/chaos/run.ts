/**
 * `npm run test:chaos`: kills the real daemon again and again with SIGKILL, at random moments and at named points, restarts it each time and
 * audits it. The last line is `N kills, M violations`; exit 1 when M is not 0.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Campaign, type Limits } from "./campaign.ts";
import { planKills } from "./killPlan.ts";
import { type OwnGame, startOwnGame } from "./ownGame.ts";
import { stopSidecars } from "./sidecars.ts";
import { createTroubles } from "./troubles.ts";
import { booksPathOf, type Place } from "./victim.ts";
import { badWeather } from "./weather.ts";

const USAGE = `Kills the real daemon again and again and audits its books against the universe's.

Usage: npm run test:chaos -- [options]

  --kills N        so many kills (200)
  --faults         a universe with bad weather: lost requests and answers, 429, 502, 503, malformed bodies, reset connections, delays;
                   and in each game hour a factory that stops exporting, in every third a ship that is destroyed
  --game-hours H   the kills are spread over at least so many hours of the game (0: one right after the other)
  --speed N        game seconds per second (60)
  --seed S         of universe, kills and weather (drawn)
  --keep           keeps the data directory, as it does when something was found
`;

interface Settings {
  readonly kills: number;
  readonly seed: number;
  readonly speed: number;
  readonly gameHours: number;
  readonly faults: boolean;
  readonly keep: boolean;
}

const FLEET = "TEN";
/** Bad weather is armed for so long: kills take their time, and the game goes on meanwhile. */
const WEATHER_HOURS = 48;
const CALM: Limits = { readyWithinMs: 60_000, patienceMs: 30_000, openForMs: 120_000 };
/** A daemon that meets a 502 is silent for two minutes, as the game asks: until then it learns nothing. */
const FAULTY: Limits = { readyWithinMs: 200_000, patienceMs: 160_000, openForMs: 300_000 };

async function main(settings: Settings): Promise<number> {
  const { kills, seed, speed, gameHours, faults } = settings;
  const home = mkdtempSync(join(tmpdir(), "bosun-chaos-"));
  console.log(
    `${kills} kills, at least ${gameHours} game hours at speed ${speed}, ${faults ? "bad" : "calm"} weather, seed ${seed}, in ${home}`,
  );
  const game = faults ? await startOwnGame({ home, seed, speed, fleet: FLEET }) : undefined;
  for (const fault of badWeather(seed, Math.max(gameHours, WEATHER_HOURS))) await game?.pull("faults", fault);
  const place = placeIn(home, settings, game);
  const campaign = new Campaign(place, speed, faults ? FAULTY : CALM);
  const troubles = game === undefined ? undefined : createTroubles(game, seed);
  let done = 0;
  try {
    for (const kill of planKills(kills, seed)) {
      const soFar = (gameHours * 3600 * done) / kills;
      if (!(await campaign.suffer(done + 1, kill, soFar))) break;
      done += 1;
      if (campaign.books !== undefined) await troubles?.meet(campaign.books);
    }
    const strikes = await game?.strikes();
    await game?.pull("faults/clear", {});
    if (done === kills) await campaign.lastRest(gameHours * 3600);
    tell(campaign, { strikes, troubles: troubles?.told ?? [] });
  } finally {
    await stopSidecars(place.dataDir);
    await game?.stop();
  }
  if (settings.keep || campaign.violations.size > 0) console.log(`kept: ${home}`);
  else rmSync(home, { recursive: true, force: true });
  console.log(`${done} kills, ${campaign.violations.size} violations`);
  return campaign.violations.size === 0 && done === kills ? 0 : 1;
}

/** In bad weather the universe is the campaign's own, else a sidecar of the daemon. */
function placeIn(home: string, { seed, speed }: Settings, game: OwnGame | undefined): Place {
  const dataDir = join(home, "data");
  const universe = ["--fleet", FLEET, "--seed", String(seed), "--speed", String(speed)];
  return {
    dataDir,
    log: join(home, "daemon.log"),
    booksPath: game?.booksPath ?? booksPathOf(dataDir),
    options: ["--bus", "in-process", ...(game?.daemonOptions ?? universe)],
  };
}

function tell(
  campaign: Campaign,
  met: { readonly strikes: ReadonlyMap<string, number> | undefined; readonly troubles: readonly string[] },
): void {
  const table = (counts: ReadonlyMap<string, number>): void => {
    for (const [name, count] of [...counts].toSorted(([left], [right]) => left.localeCompare(right)))
      console.log(`${String(count).padStart(6)} ${name}`);
  };
  console.log("kills by moment:");
  table(campaign.histogram);
  if (met.strikes !== undefined) {
    console.log("faults met:");
    table(met.strikes);
    console.log(met.troubles.length === 0 ? "no trouble" : met.troubles.join("\n"));
  }
  const books = campaign.books;
  const figures = [
    `${campaign.audits} audits, ${campaign.completeAudits} of them complete`,
    `${books?.deals.length ?? 0} deals in the books, ${campaign.last?.purchasesInBooks ?? 0} of them purchases`,
    `${books?.losses.length ?? 0} ships lost`,
    `${((books?.gameSeconds ?? 0) / 3600).toFixed(1)} game hours lived`,
  ];
  console.log(figures.join("; "));
}

function settingsFrom(args: readonly string[]): Settings | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: "string", default: "200" },
      seed: { type: "string" },
      speed: { type: "string", default: "60" },
      "game-hours": { type: "string", default: "0" },
      faults: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const whole = (name: string, text: string, least: number): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least) throw new Error(`--${name} is a whole number from ${least} on`);
    return value;
  };
  const gameHours = Number(values["game-hours"]);
  if (!Number.isFinite(gameHours) || gameHours < 0) throw new Error("--game-hours is a number, 0 or more");
  return {
    kills: whole("kills", values.kills, 1),
    seed: whole("seed", values.seed ?? String(Date.now() % 1_000_000), 0),
    speed: whole("speed", values.speed, 1),
    gameHours,
    faults: values.faults,
    keep: values.keep,
  };
}

const settings = readSettings();
if (settings === "help") console.log(USAGE);
else if (typeof settings === "string") {
  console.error(`${settings}\n\n${USAGE}`);
  process.exitCode = 2;
} else process.exitCode = await main(settings);

/** Text: what is wrong with the options, or "help". */
function readSettings(): Settings | string {
  try {
    return settingsFrom(process.argv.slice(2)) ?? "help";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * The figures of the fleet that a user may set: each constant of intervals, money and planning, by the name and the place it has in
 * {@link FleetConfig}. What is given is laid over the defaults. Invariant: a name that is not there, or a value that cannot be, stops the start.
 */
import { DEFAULT_FLEET_CONFIG, type FleetConfig } from "./actors/fleetPorts.ts";
import { nearest } from "./nearest.ts";

export type PolicyResult = { readonly policy: FleetConfig } | { readonly problems: readonly string[] };

/** `where` says in messages where it was given, e.g. `"policy" in /x/bosun.json`. */
export function readPolicy(given: unknown, where: string): PolicyResult {
  const problems: string[] = [];
  const policy = laidOver(DEFAULT_FLEET_CONFIG, given, { path: [], where, problems });
  return problems.length > 0 ? { problems } : { policy };
}

interface Place {
  readonly path: readonly string[];
  readonly where: string;
  readonly problems: string[];
}

/** `value` with what is given of it; a problem leaves the default. */
function laidOver<T>(value: T, given: unknown, place: Place): T {
  if (!isGroup(value)) {
    const problem = leafProblem(value, given, place.path);
    if (problem === undefined) return given as T;
    place.problems.push(`${nameOf(place)} is ${JSON.stringify(given)}, but ${problem}.`);
    return value;
  }
  if (!isGroup(given)) {
    place.problems.push(`${nameOf(place)} is ${JSON.stringify(given)}, but it must be an object with figures of the fleet.`);
    return value;
  }
  const result: Record<string, unknown> = { ...value };
  for (const [key, inner] of Object.entries(given)) {
    if (Object.hasOwn(value, key)) result[key] = laidOver(value[key], inner, { ...place, path: [...place.path, key] });
    else place.problems.push(unknownKey(key, value, place));
  }
  return result as T;
}

const SUPPLIES = ["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"];
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  selection: ["profit", "seed"],
  buyFrom: SUPPLIES,
  tradeFrom: SUPPLIES,
  inputsFrom: SUPPLIES,
};
const MAY_BE_NEGATIVE: ReadonlySet<string> = new Set(["minProfitCredits", "minMargin", "minDeliveryMargin"]);
const COUNTS_FROM_ONE: ReadonlySet<string> = new Set(["maxRetries", "maxNodes", "maxDepth", "maxTrips"]);
const COUNTS: ReadonlySet<string> = new Set(["maxFabrications", "maxTraders", "maxScouts", "levels"]);
/** What something is divided by, or waited for. */
const POSITIVE =
  /GameSeconds$|^(quoteHalfLifeMs|maxElapsedSeconds|productionTickSeconds|productionVolumesPerHour|creditsPerPoint|marketsPerScout|maxPaybackHours)$/;

function leafProblem(value: unknown, given: unknown, path: readonly string[]): string | undefined {
  const key = path.at(-1) ?? "";
  const choices = CHOICES[key];
  if (Array.isArray(value)) {
    const fits = Array.isArray(given) && given.every((item) => typeof item === "string" && (choices?.includes(item) ?? true));
    return fits ? undefined : `it must be a list of ${choices?.join(", ") ?? "symbols of goods"}`;
  }
  if (choices !== undefined) return choices.includes(String(given)) ? undefined : `it must be one of ${choices.join(", ")}`;
  if (typeof value === "boolean") return typeof given === "boolean" ? undefined : "it must be true or false";
  return numberProblem(key, given, path);
}

function numberProblem(key: string, given: unknown, path: readonly string[]): string | undefined {
  if (typeof given !== "number" || !Number.isFinite(given)) return "it must be a number";
  if (MAY_BE_NEGATIVE.has(key)) return undefined;
  if (COUNTS_FROM_ONE.has(key)) return Number.isInteger(given) && given >= 1 ? undefined : "it must be a whole number from 1";
  if (COUNTS.has(key)) return Number.isInteger(given) && given >= 0 ? undefined : "it must be a whole number from 0";
  if (POSITIVE.test(key)) return given > 0 ? undefined : "it must be above 0";
  if (key.endsWith("Share") || path.includes("supplyShare"))
    return given >= 0 && given <= 1 ? undefined : "it must be from 0 to 1";
  return given >= 0 ? undefined : "it must not be negative";
}

/** The nearest name beside it, else the same or a like name anywhere. */
function unknownKey(key: string, value: Readonly<Record<string, unknown>>, place: Place): string {
  const elsewhere = leavesOf(DEFAULT_FLEET_CONFIG, []);
  const same = elsewhere.find((path) => path.at(-1) === key);
  const beside = nearest(key, Object.keys(value));
  const like = nearest(
    key,
    elsewhere.map((path) => path.at(-1) ?? ""),
  );
  const guess =
    same?.join(".") ??
    (beside === undefined ? undefined : [...place.path, beside].join(".")) ??
    elsewhere.find((path) => path.at(-1) === like)?.join(".");
  const hint = guess === undefined ? "" : ` Did you mean ${JSON.stringify(guess)}?`;
  return `unknown key ${JSON.stringify([...place.path, key].join("."))} in ${place.where}.${hint}`;
}

function leavesOf(value: unknown, path: readonly string[]): readonly (readonly string[])[] {
  return isGroup(value) ? Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key])) : [path];
}

function nameOf({ path, where }: Place): string {
  return path.length === 0 ? where : `${JSON.stringify(path.join("."))} of ${where}`;
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What the game's error codes mean for us. One row per code; nothing else in the program compares code numbers. */
export interface ErrorMeaning {
  readonly name: ErrorName;
  /** Speaks of ship, cargo, credits or contract state: re-read it before going on (G11). */
  readonly restate: boolean;
  readonly retry: RetryClass;
}

/**
 * `weather`: the same request may be sent again later. `token`: nothing works until the token is replaced. `restate`: decide anew
 * after reading the server's state. `never`: the request itself is wrong.
 */
type RetryClass = "weather" | "token" | "restate" | "never";

type ErrorName = (typeof TABLE)[number][1] | "unlisted";

/** The meaning of `code`. An unlisted code of a group that speaks of state is restated. */
export function meaningOf(code: number): ErrorMeaning {
  const known = BY_CODE.get(code);
  if (known !== undefined) return known;
  const speaksOfState = code === 4000 || (code >= 4200 && code < 4300) || (code >= 4500 && code < 4900);
  return { name: "unlisted", restate: speaksOfState, retry: speaksOfState ? "restate" : "never" };
}

/** Code, name, retry class. Sources: the published error list and responses captured by public clients. */
const TABLE = [
  [429, "rateLimited", "weather"],
  [3000, "serialization", "never"],
  [3001, "unprocessableInput", "never"],
  [3100, "maintenance", "weather"],
  [3200, "reset", "weather"],
  [4000, "cooldown", "restate"],
  [4001, "noAccessToWaypoint", "never"],
  [4100, "tokenMissing", "token"],
  [4103, "tokenMissingOnRequest", "token"],
  [4104, "tokenInvalid", "token"],
  [4107, "agentMissing", "token"],
  [4109, "tokenVersion", "token"],
  [4110, "symbolReserved", "never"],
  [4111, "symbolTaken", "never"],
  [4113, "resetDateMismatch", "token"],
  [4115, "accountTokenInvalid", "token"],
  [4116, "accountTokenMissing", "token"],
  [4200, "inTransit", "restate"],
  [4201, "invalidDestination", "never"],
  [4202, "destinationOutsideSystem", "never"],
  [4203, "insufficientFuel", "restate"],
  [4204, "alreadyAtDestination", "restate"],
  [4214, "inTransitTo", "restate"],
  [4216, "insufficientCreditsForShip", "restate"],
  [4217, "cargoWouldExceedLimit", "restate"],
  [4218, "cargoItemMissing", "restate"],
  [4219, "cargoUnitsMissing", "restate"],
  [4225, "refuelNeedsDock", "restate"],
  [4226, "noFuelSoldHere", "restate"],
  [4228, "cargoFull", "restate"],
  [4236, "notInOrbit", "restate"],
  [4244, "notDocked", "restate"],
  [4245, "noOwnShipAtShipyard", "restate"],
  [4265, "insufficientAgentCredits", "restate"],
  [4269, "cannotSlowDownInTransit", "restate"],
  [4271, "postureMismatch", "restate"],
  [4511, "contractExists", "restate"],
  [4600, "insufficientCreditsForCargo", "restate"],
  [4601, "goodNotSoldHere", "restate"],
  [4602, "goodNotBoughtHere", "restate"],
  [4603, "marketMissing", "never"],
  [4604, "unitsExceedTradeVolume", "restate"],
  [4605, "shipNotAvailable", "restate"],
  [5000, "mediaType", "never"],
] as const satisfies readonly (readonly [number, string, RetryClass])[];

const BY_CODE: ReadonlyMap<number, ErrorMeaning> = new Map(
  TABLE.map(([code, name, retry]) => [code, { name, retry, restate: retry === "restate" }]),
);

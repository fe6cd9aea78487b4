/** Bad weather for a whole campaign: every kind of fault that the simulator knows, each aimed and rare enough that the fleet still trades. */
export type Fault = Readonly<Record<string, unknown>> & { readonly kind: string };

/** `seed` gives the draws. Armed for so many game hours; the faults with a count come once in each, a 502 in every third. */
export function badWeather(seed: number, gameHours: number): readonly Fault[] {
  const always = RARE.map((fault, i) => ({ ...fault, drawSeed: seed + i }));
  const hourly = Array.from({ length: Math.ceil(gameHours) }, (_, hour) => {
    const faults = hour % 3 === 0 ? [...HOURLY, FLOOD] : HOURLY;
    return faults.map((fault) => ({ ...fault, fromGameSeconds: hour * 3600 + 1200 }));
  });
  return [...always, ...hourly.flat()];
}

const RARE: readonly Fault[] = [
  // Done, and the answer is lost: the only way to find out is to look.
  { kind: "dropResponse", operation: "purchaseCargo", probability: 0.05 },
  { kind: "dropResponse", operation: "sellCargo", probability: 0.05 },
  { kind: "dropResponse", operation: "refuelShip", probability: 0.03 },
  { kind: "dropResponse", operation: "purchaseShip", probability: 0.5 },
  { kind: "connectionReset", at: "body", operation: "purchaseCargo", probability: 0.03 },
  { kind: "connectionReset", at: "headers", operation: "navigateShip", probability: 0.03 },
  { kind: "unavailable", when: "afterWork", operation: "sellCargo", probability: 0.03 },
  { kind: "malformedBody", form: "wrongType", field: "data.cargo.units", operation: "sellCargo", probability: 0.02 },
  { kind: "malformedBody", form: "empty", operation: "purchaseCargo", probability: 0.02 },
  { kind: "malformedBody", form: "truncated", operation: "getMarket", probability: 0.02 },
  { kind: "malformedBody", form: "html", operation: "getMyShip", probability: 0.02 },
  // Not done.
  { kind: "dropRequest", probability: 0.01 },
  { kind: "unavailable", probability: 0.01 },
  { kind: "tooManyRequests", retryAfterGameSeconds: 5, probability: 0.01 },
  { kind: "tooManyRequests", from: "proxy", probability: 0.005 },
  // Done, late.
  { kind: "delayRequest", delayMs: 400, probability: 0.01 },
  { kind: "delayResponse", delayMs: 400, probability: 0.02 },
];

/** After it the client is silent for two minutes, as the game asks, or until it is killed. */
const FLOOD: Fault = { kind: "badGateway", operation: "refuelShip", when: "afterWork", count: 1 };

/** Aimed past the first requests of a daemon: a row of them there would only keep it from coming up. */
const HOURLY: readonly Fault[] = [
  { kind: "tooManyRequests", operation: "getMarket", retryAfterGameSeconds: 30, count: 15 },
  { kind: "delayResponse", operation: "purchaseCargo", delayMs: 15_000, count: 1 },
  { kind: "dropRequest", operation: "dockShip", count: 10 },
];

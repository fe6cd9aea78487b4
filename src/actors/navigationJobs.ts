import type {
  FlightModeInput,
  NavigateInput,
  NavValue,
  RefuelInput,
  RefuelValue,
  Settled,
  ShipJobInput,
} from "../machines/shipProtocol.ts";
import type { JobSpec } from "../runtime/job.ts";
import type { SpaceApi } from "../space-api/spaceApi.ts";
import type { FleetReader } from "./fleetReader.ts";
import { ledgerRow } from "./ledgerRows.ts";
import { command, mutate, read, type Sent } from "./requests.ts";
import { flightModeInputSchema, navigateInputSchema, refuelInputSchema, shipJobInputSchema } from "./schemas.ts";

/** Movement. Dock, orbit and flight mode are idempotent; navigation and refuelling are settled by reading the ship. */
const COMMAND_TIMEOUT_MS = 30_000;
const SENT_TIMEOUT_MS = 16_000;

type NavSpec<Input> = JobSpec<Input, Settled<NavValue>>;

export function dockJob(spaceApi: SpaceApi): NavSpec<ShipJobInput> {
  return {
    retry: "safe",
    timeoutMs: COMMAND_TIMEOUT_MS,
    maxAttempts: 3,
    input: shipJobInputSchema,
    run: ({ ship }, context) => command(context, (options) => spaceApi.dock(ship.symbol, options)).then(navOf(ship)),
  };
}

export function orbitJob(spaceApi: SpaceApi): NavSpec<ShipJobInput> {
  return {
    retry: "safe",
    timeoutMs: COMMAND_TIMEOUT_MS,
    maxAttempts: 3,
    input: shipJobInputSchema,
    run: ({ ship }, context) => command(context, (options) => spaceApi.orbit(ship.symbol, options)).then(navOf(ship)),
  };
}

export function flightModeJob(spaceApi: SpaceApi): NavSpec<FlightModeInput> {
  return {
    retry: "safe",
    timeoutMs: COMMAND_TIMEOUT_MS,
    maxAttempts: 3,
    input: flightModeInputSchema,
    run: ({ ship, mode }, context) =>
      command(context, (options) => spaceApi.setFlightMode(ship.symbol, mode, options)).then(navOf(ship)),
  };
}

/** The answers to dock, orbit and flight mode may leave out the fuel. */
function navOf(ship: ShipJobInput["ship"]) {
  return (settled: Settled<{ readonly ship: Partial<NavValue["ship"]> }>): Settled<NavValue> => {
    if (settled.result !== "ok") return settled;
    const { nav, waypoint, arrivalAtMs, fuelUnits, flightMode, system } = { ...ship, ...withoutUndefined(settled.value.ship) };
    return { ...settled, value: { ship: { nav, waypoint, arrivalAtMs, fuelUnits, flightMode, system } } };
  };
}

function withoutUndefined<Value extends object>(value: Value): Partial<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<Value>;
}

export function navigateJob(spaceApi: SpaceApi, fleet: FleetReader): JobSpec<NavigateInput, Settled<NavValue>, Sent<object>> {
  return {
    retry: "reconcile",
    timeoutMs: SENT_TIMEOUT_MS,
    maxAttempts: 3,
    input: navigateInputSchema,
    async run({ ship, waypoint }, context) {
      const settled = await mutate(context, {}, (options) => spaceApi.navigate(ship.symbol, waypoint, options), "command");
      return settled.result === "ok" ? { ...settled, value: { ship: settled.value.ship } } : settled;
    },
    async reconcile({ ship, waypoint }, facts, context) {
      const ships = await fleet.shipsSince(context.nowMs(), context);
      const now = ships.find((candidate) => candidate.symbol === ship.symbol);
      if (now === undefined) return { verdict: "unknown", reason: `${ship.symbol} is not among our ships` };
      if (now.waypoint !== waypoint) return { verdict: "notDone" };
      const { nav, arrivalAtMs, fuelUnits, flightMode, system } = now;
      const value = { ship: { nav, waypoint, arrivalAtMs, fuelUnits, flightMode, system } };
      return { verdict: "done", output: { result: "ok", value, sentAtMs: facts.sentAtMs } };
    },
  };
}

interface RefuelFacts {
  readonly fuelBefore: number;
}

export function refuelJob(spaceApi: SpaceApi, fleet: FleetReader): JobSpec<RefuelInput, Settled<RefuelValue>, Sent<RefuelFacts>> {
  return {
    retry: "reconcile",
    timeoutMs: SENT_TIMEOUT_MS,
    maxAttempts: 3,
    input: refuelInputSchema,
    run: ({ ship }, context) =>
      mutate(context, { fuelBefore: ship.fuelUnits }, (options) => spaceApi.refuel(ship.symbol, undefined, options), "command"),
    async reconcile({ ship }, facts, context) {
      const ships = await fleet.shipsSince(context.nowMs(), context);
      const now = ships.find((candidate) => candidate.symbol === ship.symbol);
      if (now === undefined) return { verdict: "unknown", reason: `${ship.symbol} is not among our ships` };
      if (now.fuelUnits === facts.fuelBefore) return { verdict: "notDone" };
      const market = await read(context, "reconcile", (options) => spaceApi.market(ship.waypoint, options));
      const paid =
        market.read === "ok"
          ? market.value.transactions
              .filter(
                (item) =>
                  item.ship === ship.symbol &&
                  item.good === "FUEL" &&
                  item.side === "PURCHASE" &&
                  item.atMs >= facts.sentAtMs - 5_000,
              )
              .sort((a, b) => b.atMs - a.atMs)[0]
          : undefined;
      if (paid === undefined)
        return { verdict: "unknown", reason: `${ship.waypoint} shows no purchase of fuel by ${ship.symbol}` };
      const value = { agentCredits: undefined, fuelUnits: now.fuelUnits, totalCredits: paid.totalCredits };
      return { verdict: "done", output: { result: "ok", value, sentAtMs: facts.sentAtMs } };
    },
    facts({ address, jobId, input, output, atMs }) {
      if (output.result !== "ok") return [];
      const { totalCredits, fuelUnits } = output.value;
      const units = Math.ceil(Math.max(0, fuelUnits - input.ship.fuelUnits) / 100);
      return [
        ledgerRow(address, {
          jobId,
          atMs,
          kind: "refuel",
          ship: input.ship.symbol,
          good: "FUEL",
          units,
          unitPriceCredits: units === 0 ? 0 : totalCredits / units,
          totalCredits: -totalCredits,
          waypoint: input.ship.waypoint,
          task: input.memo?.task ?? null,
          pipeline: input.memo?.pipeline ?? null,
        }),
      ];
    },
  };
}

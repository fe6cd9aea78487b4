import { Dice } from "../random.ts";
import type { FaultSpec } from "./faultSpec.ts";

export type ArmedFault<Spec extends FaultSpec = FaultSpec> = Spec & {
  id: number;
  /** How many more requests it hits; infinite (in JSON: null) when only its window ends it. */
  left: number;
  hits: number;
};

type Delay = Extract<FaultSpec, { kind: "delayRequest" | "delayResponse" }>;
/** A fault that takes the place of the proper answer. */
export type EndFault = Exclude<FaultSpec, Delay>;

/** A request, as far as a fault can be aimed at it. */
export interface Target {
  operation: string;
  ship: string | undefined;
  agent: string | undefined;
  gameSeconds: number;
}

/** What the faults do to one request. */
export interface Strike {
  delayBeforeMs: number;
  delayAfterMs: number;
  end: EndFault | undefined;
}

/**
 * The armed faults of this process; they do not survive it. Which requests they hit depends on the faults and the order of the
 * requests only. Of those that end a request the first armed one hits, the others keep for the next request; delays add up.
 */
export class FaultPlan {
  #armed: { fault: ArmedFault; dice: Dice }[] = [];
  #nextId = 1;

  arm(spec: FaultSpec): ArmedFault {
    const id = this.#nextId++;
    const endless = spec.probability !== undefined || spec.fromGameSeconds !== undefined || spec.untilGameSeconds !== undefined;
    const fault = { ...spec, id, left: spec.count ?? (endless ? Number.POSITIVE_INFINITY : 1), hits: 0 };
    this.#armed.push({ fault, dice: new Dice("fault", spec.drawSeed, id) });
    return fault;
  }

  get isEmpty(): boolean {
    return this.#armed.length === 0;
  }

  /** Counts a hit for each fault that strikes. */
  strike(target: Target): Strike {
    const strike: Strike = { delayBeforeMs: 0, delayAfterMs: 0, end: undefined };
    for (const { fault, dice } of this.#armed) {
      if (strike.end === undefined && !isDelay(fault) && hits(fault, dice, target)) strike.end = fault;
    }
    for (const { fault, dice } of this.#armed) {
      if (!isDelay(fault)) continue;
      const inVain = fault.kind === "delayResponse" && strike.end !== undefined && endsBeforeWork(strike.end);
      if (inVain || !hits(fault, dice, target)) continue;
      strike[fault.kind === "delayRequest" ? "delayBeforeMs" : "delayAfterMs"] += fault.delayMs;
    }
    return strike;
  }

  list(): readonly ArmedFault[] {
    return this.#armed.map(({ fault }) => fault);
  }

  clear(): void {
    this.#armed = [];
  }
}

/** The request is over before the simulator has done anything for it. */
function endsBeforeWork(fault: EndFault): boolean {
  switch (fault.kind) {
    case "dropRequest":
    case "tooManyRequests":
    case "reset":
      return true;
    case "badGateway":
    case "unavailable":
      return fault.when === "beforeWork";
    case "dropResponse":
    case "malformedBody":
    case "connectionReset":
      return false;
  }
}

function isDelay(fault: ArmedFault): fault is ArmedFault<Delay> {
  return fault.kind === "delayRequest" || fault.kind === "delayResponse";
}

function hits(fault: ArmedFault, dice: Dice, target: Target): boolean {
  const { operation, ship, agent, fromGameSeconds = 0, untilGameSeconds = Number.POSITIVE_INFINITY, probability } = fault;
  if (fault.left <= 0) return false;
  if (operation !== undefined && operation !== target.operation) return false;
  if (ship !== undefined && ship !== target.ship) return false;
  if (agent !== undefined && agent !== target.agent) return false;
  if (target.gameSeconds < fromGameSeconds || target.gameSeconds >= untilGameSeconds) return false;
  if (probability !== undefined && dice.uniform() >= probability) return false;
  fault.left -= 1;
  fault.hits += 1;
  return true;
}

/** The admin path, served only with `--admin`: faults on demand and levers, for tests that need a hostile or a rich universe. */
import { z } from "zod";
import { supplyLabel } from "./curve.ts";
import { type Operation, parseBody } from "./operations/operation.ts";
import { visibleS } from "./quote.ts";
import { type Answer, notFound, ok, refuse } from "./refusal.ts";
import type { Simulation } from "./simulation.ts";

/**
 * - `dropRequest`: the connection is reset before any work; `dropResponse`: after it
 * - `delayRequest`, `delayResponse`: wait before the work; after it, before the answer
 * - `unavailable`: 503 without any work
 */
type FaultKind = "dropRequest" | "dropResponse" | "delayRequest" | "delayResponse" | "unavailable";

export interface Fault {
  id: number;
  kind: FaultKind;
  /** Name of the operation it hits, as in the OpenAPI description; any when absent. */
  operation?: string | undefined;
  /** How many more requests it hits. */
  left: number;
  delayMs: number;
  hits: number;
}

/** The armed faults of this process. They do not survive it. */
export class FaultPlan {
  #faults: Fault[] = [];
  #nextId = 1;

  arm(fault: Pick<Fault, "kind" | "operation" | "left" | "delayMs">): Fault {
    const armed = { ...fault, id: this.#nextId++, hits: 0 };
    this.#faults.push(armed);
    return armed;
  }

  /** The faults that hit this request; each counts one hit. */
  strike(operation: string): Fault[] {
    if (this.#faults.length === 0) return [];
    const hit = this.#faults.filter(
      (fault) => fault.left > 0 && (fault.operation === undefined || fault.operation === operation),
    );
    for (const fault of hit) {
      fault.left -= 1;
      fault.hits += 1;
    }
    return hit;
  }

  list(): readonly Fault[] {
    return this.#faults;
  }

  clear(): void {
    this.#faults = [];
  }
}

/** Operations under `/admin`; they need the account token. */
export function adminOperations(faults: FaultPlan): readonly Operation[] {
  const admin = (method: "GET" | "POST", path: string, handle: Operation["handle"]): Operation => ({
    method,
    path: `/admin${path}`,
    name: `admin${path}`,
    token: "account",
    handle,
  });
  return [
    admin("GET", "/faults", () => ok(faults.list())),
    admin("POST", "/faults", ({ body }) => {
      const parsed = parseBody(FaultBody, body);
      return parsed.ok ? ok(faults.arm({ ...parsed.value, left: parsed.value.count }), 201) : parsed.refusal;
    }),
    admin("POST", "/faults/clear", () => {
      faults.clear();
      return ok([]);
    }),
    admin("POST", "/credits", ({ sim, body, requestId }) => giveCredits(sim, body, requestId)),
    admin("POST", "/stock", ({ sim, body, requestId }) => setStock(sim, body, requestId)),
  ];
}

const FaultBody = z.strictObject({
  kind: z.enum(["dropRequest", "dropResponse", "delayRequest", "delayResponse", "unavailable"]),
  operation: z.string().max(64).optional(),
  count: z.int().min(1).max(1e6).default(1),
  delayMs: z.int().min(0).max(600_000).default(1000),
});

const CreditsBody = z.strictObject({ agent: z.string(), credits: z.int().min(-1e12).max(1e12) });

/** Adds `credits` (also negative) to an agent; the books tell. */
function giveCredits(sim: Simulation, body: unknown, requestId: string | null): Answer {
  const parsed = parseBody(CreditsBody, body);
  if (!parsed.ok) return parsed.refusal;
  const agent = sim.agents.get(parsed.value.agent);
  if (agent === undefined) return notFound("Agent", parsed.value.agent);
  const value = { ...agent, credits: agent.credits + parsed.value.credits };
  sim.commit({
    operation: "adminCredits",
    requestId,
    agent: agent.symbol,
    total: parsed.value.credits,
    puts: [{ put: "agent", value }],
  });
  return ok({ symbol: value.symbol, credits: value.credits });
}

const StockBody = z.strictObject({ waypoint: z.string(), good: z.string(), tradeVolumes: z.number().min(-100).max(100) });

/** Sets a stock to so many trade volumes above balance. */
function setStock(sim: Simulation, body: unknown, requestId: string | null): Answer {
  const parsed = parseBody(StockBody, body);
  if (!parsed.ok) return parsed.refusal;
  const { waypoint, good: symbol, tradeVolumes } = parsed.value;
  const good = sim.markets.get(waypoint)?.goods.find((item) => item.good === symbol);
  if (good === undefined) return refuse(404, 4603, `${symbol} is not traded at ${waypoint}.`);
  const value = { ...good, stock: tradeVolumes * good.tradeVolume };
  value.label = supplyLabel(value.kind, visibleS(waypoint, value, sim.noise));
  sim.commit({
    operation: "adminStock",
    requestId,
    agent: null,
    waypoint,
    good: symbol,
    puts: [{ put: "good", waypoint, value }],
  });
  return ok({ waypoint, good: symbol, stock: value.stock, supply: value.label });
}

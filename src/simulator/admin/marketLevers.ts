/** Levers on markets. Each is one mutation in the books; pulling one that is where it should be writes nothing. */
import { z } from "zod";
import { supplyLabel } from "../curve.ts";
import type { Call } from "../operations/operation.ts";
import { quoteOf, visibleS } from "../quote.ts";
import { recipesOf } from "../recipes.ts";
import { type Answer, invalid, ok, type Refusal, refuse } from "../refusal.ts";
import type { Simulation } from "../simulation.ts";
import type { MarketGood, MarketRecord } from "../universe.ts";
import { type AdminOperation, lever } from "./adminOperation.ts";

const Name = z.string().min(1).max(64);
const AtMarket = z.strictObject({ waypoint: Name });
const OfGood = AtMarket.extend({ good: Name });

export const marketLevers: readonly AdminOperation[] = [
  lever(
    "/stock",
    "sets the stock of a good, in trade volumes above balance",
    OfGood.extend({ tradeVolumes: z.number().min(-100).max(100) }),
    (call, body) =>
      changeGood(call, "adminStock", body, (good) => ({ value: { ...good, stock: body.tradeVolumes * good.tradeVolume } })),
  ),
  lever(
    "/price",
    "sets the base of the price curve of a good: what an EXPORT asks, half of what an IMPORT asks, at balance; the mid of an EXCHANGE good",
    OfGood.extend({ baseCredits: z.number().min(1).max(1e9) }),
    (call, body) =>
      changeGood(call, "adminPrice", body, (good) => ({
        value: { ...good, base: body.baseCredits },
        told: { baseCredits: { before: good.base, after: body.baseCredits } },
      })),
  ),
  lever(
    "/activity",
    "sets the activity of an EXPORT or IMPORT for good; a shortage still restricts it",
    OfGood.extend({ activity: z.enum(["WEAK", "GROWING", "STRONG", "RESTRICTED"]) }),
    (call, body) =>
      changeGood(call, "adminActivity", body, (good) =>
        good.kind === "EXCHANGE"
          ? { refusal: invalid({ good: [`${good.good} is an EXCHANGE good here; it has no activity`] }) }
          : {
              value: { ...good, activity: body.activity, usualActivity: body.activity },
              told: { activity: { before: good.activity, after: body.activity } },
            },
      ),
  ),
  lever("/exports/remove", "takes an EXPORT out of a market; it stands still until it is put back", OfGood, withdraw),
  lever("/exports/restore", "puts an EXPORT back that was removed", OfGood, restore),
  lever("/markets/freeze", "lets ticks and noise of a market stand still; trades still move it", AtMarket, (call, { waypoint }) =>
    freeze(call, waypoint, true),
  ),
  lever("/markets/unfreeze", "lets a frozen market go on; what it missed is not made up for", AtMarket, (call, { waypoint }) =>
    freeze(call, waypoint, false),
  ),
];

type Change = { value: MarketGood; told?: Readonly<Record<string, unknown>> } | { refusal: Refusal };

function changeGood(
  { sim, requestId }: Call,
  operation: string,
  { waypoint, good: symbol }: z.infer<typeof OfGood>,
  changed: (good: MarketGood) => Change,
): Answer {
  const good = sim.markets.get(waypoint)?.goods.find((item) => item.good === symbol);
  if (good === undefined) return notTraded(waypoint, symbol);
  const change = changed(good);
  if ("refusal" in change) return change.refusal;
  const value = { ...change.value, label: supplyLabel(good.kind, visibleS(waypoint, change.value, sim.noise)) };
  sim.commit({
    operation,
    requestId,
    agent: null,
    waypoint,
    good: symbol,
    ...(change.told === undefined ? {} : { detail: change.told }),
    puts: [{ put: "good", waypoint, value }],
  });
  return ok(goodFacts(sim, waypoint, value));
}

function goodFacts(sim: Simulation, waypoint: string, good: MarketGood) {
  const { askCredits, bidCredits } = quoteOf(waypoint, good, sim.noise);
  const { good: symbol, stock, tradeVolume, base, activity, label } = good;
  const quote = { purchasePrice: askCredits, sellPrice: bidCredits };
  return { waypoint, good: symbol, stock, tradeVolume, supply: label, activity, baseCredits: base, ...quote };
}

function withdraw({ sim, requestId }: Call, { waypoint, good: symbol }: z.infer<typeof OfGood>): Answer {
  const market = sim.markets.get(waypoint);
  const good = market?.goods.find((item) => item.good === symbol);
  if (market?.withdrawn?.some((item) => item.good === symbol)) return ok(marketFacts(market));
  if (market === undefined || good === undefined) return notTraded(waypoint, symbol);
  if (good.kind !== "EXPORT") return invalid({ good: [`${symbol} is an ${good.kind} here, not an EXPORT`] });
  const goods = market.goods.filter((item) => item !== good);
  const value = remade(sim, { ...market, goods, withdrawn: [...(market.withdrawn ?? []), good] });
  return putMarket(sim, "adminExportsRemove", requestId, market, value, symbol);
}

function restore({ sim, requestId }: Call, { waypoint, good: symbol }: z.infer<typeof OfGood>): Answer {
  const market = sim.markets.get(waypoint);
  const good = market?.withdrawn?.find((item) => item.good === symbol);
  if (market?.goods.some((item) => item.good === symbol)) return ok(marketFacts(market));
  if (market === undefined || good === undefined) return notTraded(waypoint, symbol);
  const { withdrawn = [], ...rest } = market;
  const left = withdrawn.filter((item) => item !== good);
  const goods = [...market.goods, good];
  const value = remade(sim, { ...rest, goods, ...(left.length === 0 ? {} : { withdrawn: left }) });
  return putMarket(sim, "adminExportsRestore", requestId, market, value, symbol);
}

/** With the recipes that its goods allow. */
function remade(sim: Simulation, market: MarketRecord): MarketRecord {
  return { ...market, recipes: recipesOf(market.goods, sim.universe.supplyChain) };
}

function freeze({ sim, requestId }: Call, waypoint: string, frozen: boolean): Answer {
  const market = sim.markets.get(waypoint);
  if (market === undefined) return noMarket(waypoint);
  if ((market.frozenAtTick !== undefined) === frozen) return ok(marketFacts(market));
  const { frozenAtTick: _, ...moving } = market;
  const value = frozen ? { ...market, frozenAtTick: sim.universe.tick } : moving;
  return putMarket(sim, frozen ? "adminMarketsFreeze" : "adminMarketsUnfreeze", requestId, market, value);
}

function putMarket(
  sim: Simulation,
  operation: string,
  requestId: string | null,
  before: MarketRecord,
  value: MarketRecord,
  good?: string,
): Answer {
  sim.commit({
    operation,
    requestId,
    agent: null,
    waypoint: value.waypoint,
    ...(good === undefined ? {} : { good }),
    detail: { before: marketFacts(before), after: marketFacts(value) },
    puts: [{ put: "market", value }],
  });
  return ok(marketFacts(value));
}

function marketFacts({ waypoint, goods, withdrawn = [], frozenAtTick }: MarketRecord) {
  const exports = goods.filter(({ kind }) => kind === "EXPORT").map(({ good }) => good);
  return { waypoint, exports, withdrawn: withdrawn.map(({ good }) => good), frozenAtTick: frozenAtTick ?? null };
}

function notTraded(waypoint: string, good: string): Refusal {
  return refuse(404, 4603, `${good} is not traded at ${waypoint}.`, { waypointSymbol: waypoint, tradeSymbol: good });
}

function noMarket(waypoint: string): Refusal {
  return refuse(404, 4603, `Waypoint ${waypoint} has no marketplace.`, { waypointSymbol: waypoint });
}

import type { AgentContext } from "../machines/agent.machine.ts";
import type { Observation } from "../machines/shipProtocol.ts";
import type { TreasuryContext } from "../machines/treasuryProtocol.ts";
import type { ActorState, ProjectArgs } from "../runtime/kind.ts";
import type { RowChange } from "../runtime/readModel.ts";
import { changed, iso, type Row } from "./rowChanges.ts";

export function projectAgent({ agent, before, after, atMs }: ProjectArgs<AgentContext>): readonly RowChange[] {
  const row = (state: ActorState<AgentContext>): Row => ({
    agent,
    headquarters: state.context.headquarters,
    credits: state.context.credits,
    ship_count: state.context.ships.length,
  });
  return changed("players", before === undefined ? undefined : row(before), row(after), atMs);
}

/** The purse changes with each trade, the agent's own reading only now and then. */
export function projectTreasury({ agent, before, after, atMs }: ProjectArgs<TreasuryContext>): readonly RowChange[] {
  const credits = after.context.purse.liveCredits;
  if (credits === undefined || credits === before?.context.purse.liveCredits) return [];
  return [{ op: "upsert", table: "players", row: { agent, credits, updated_at: iso(atMs) } }];
}

/** One row per quote of an observation: the market book's durable copy. */
export function projectObservation({ agent, event }: ProjectArgs<unknown>): readonly RowChange[] {
  if (event.type !== "universe.marketObserved") return [];
  const { quotes } = event["observation"] as Observation;
  return quotes.map((quote) => ({
    op: "upsert",
    table: "market_quotes",
    row: {
      agent,
      waypoint: quote.waypoint,
      good: quote.good,
      type: quote.type,
      trade_volume: quote.tradeVolume,
      supply: quote.supply,
      activity: quote.activity ?? null,
      ask_credits: quote.askCredits,
      bid_credits: quote.bidCredits,
      observed_at: iso(quote.observedAtMs),
    },
  }));
}

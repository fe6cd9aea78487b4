/**
 * S, the serial flow that the fleet replaces: one ship makes one product at a time. It buys each input, carries it to the factory, waits
 * there until the product is HIGH, collects and sells; an input that is HIGH nowhere is made first, in the same way.
 */
import { z } from "zod";
import { type Company, openCompany, type Stage } from "./company.ts";
import type { Note } from "./marketNotes.ts";
import type { Pilot } from "./pilot.ts";
import { Lookouts } from "./scouting.ts";

/** Units of a product, sold after its factory had been fed. */
export interface SerialRun {
  readonly good: string;
  readonly units: number;
  /** The deliveries had raised the product's label. */
  readonly isRaised: boolean;
  readonly soldAtMs: number;
}

/** Manufactures until the stage is over; returns the number of requests and what each run made. */
export async function manufactureSerially(stage: Stage): Promise<{ requests: number; runs: readonly SerialRun[] }> {
  const company = await openCompany(stage, ["CRUISE"]);
  const pilot = company.traders[0];
  if (pilot === undefined) throw new Error("the serial flow needs a ship with a hold");
  const chain = await company.agent.call(SupplyChain, "GET", "/market/supply-chain");
  const lookouts = new Lookouts(company);
  const worker = new SerialWorker(company, pilot, chain.exportToImportMap, lookouts);
  await Promise.all([...company.probes.map((probe) => lookouts.patrol(probe)), worker.work()]);
  return { requests: company.agent.requests, runs: worker.runs };
}

const SupplyChain = z.object({ exportToImportMap: z.record(z.string(), z.array(z.string())) });

/** Between two looks at a factory's supply, and how long a ship waits there before it takes what there is. */
const POLL_SECONDS = 60;
const PATIENCE_SECONDS = 3600;
const LABELS = ["SCARCE", "LIMITED", "MODERATE", "HIGH", "ABUNDANT"];
/** How deep an input of an input may be made before it is bought at any price. */
const MOST_DEPTH = 3;

class SerialWorker {
  readonly runs: SerialRun[] = [];
  readonly #company: Company;
  readonly #pilot: Pilot;
  readonly #chain: Readonly<Record<string, readonly string[]>>;
  readonly #lookouts: Lookouts;

  constructor(company: Company, pilot: Pilot, chain: Readonly<Record<string, readonly string[]>>, lookouts: Lookouts) {
    this.#company = company;
    this.#pilot = pilot;
    this.#chain = chain;
    this.#lookouts = lookouts;
  }

  async work(): Promise<void> {
    await this.#pilot.look();
    while (!this.#company.isOver()) {
      const product = this.#bestProduct();
      if (product !== undefined) await this.#run(product);
      else if (!(await this.#lookouts.exploreNext(this.#pilot))) await this.#pilot.waitSeconds(POLL_SECONDS);
    }
  }

  /** Inputs to the factory, the product to its best buyer. */
  async #run({ factory, sink }: Product): Promise<void> {
    const isRaised = await this.#make(factory, 0);
    const { good } = factory;
    const units = this.#pilot.cargo.get(good) ?? 0;
    if (units === 0) return;
    await this.#pilot.goTo(sink.waypoint);
    await this.#pilot.sellAll(good);
    const sold = units - (this.#pilot.cargo.get(good) ?? 0);
    this.runs.push({ good, units: sold, isRaised, soldAtMs: this.#company.agent.clock.nowMs() });
  }

  /** Feeds the factory one input after the other, waits for HIGH and collects; true when the label rose after the first delivery. */
  async #make(factory: Note, depth: number): Promise<boolean> {
    let before: Note | undefined;
    for (const input of this.#chain[factory.good] ?? []) {
      if (this.#company.isOver()) return false;
      const source = this.#sourceOf(input);
      if (source === undefined) return false;
      const maker = isPlenty(source) || depth >= MOST_DEPTH ? undefined : this.#factoryOf(input);
      if (maker === undefined) await this.#fetch(source);
      else await this.#make(maker, depth + 1);
      await this.#pilot.goTo(factory.waypoint);
      before ??= this.#company.notes.note(factory.waypoint, factory.good);
      await this.#pilot.sellAll(input);
    }
    await this.#pilot.goTo(factory.waypoint);
    for (let waited = 0; waited < PATIENCE_SECONDS && !this.#company.isOver(); waited += POLL_SECONDS) {
      const now = this.#company.notes.note(factory.waypoint, factory.good);
      if (now === undefined || isPlenty(now)) break;
      await this.#pilot.waitSeconds(POLL_SECONDS);
      await this.#pilot.look();
    }
    const after = this.#company.notes.note(factory.waypoint, factory.good);
    await this.#fill(factory);
    return before !== undefined && after !== undefined && LABELS.indexOf(after.supply) > LABELS.indexOf(before.supply);
  }

  async #fetch(source: Note): Promise<void> {
    await this.#pilot.goTo(source.waypoint);
    await this.#fill(source);
  }

  /** One trade volume at a time while the good stays HIGH, at least one, up to a full hold. */
  async #fill({ waypoint, good }: Note): Promise<void> {
    const { notes, purse } = this.#company;
    for (let isFirst = true; ; isFirst = false) {
      const note = notes.note(waypoint, good);
      if (note === undefined || (!isFirst && !isPlenty(note))) return;
      const units = Math.min(note.tradeVolume, this.#pilot.freeUnits, Math.floor(purse.freeCredits / note.ask));
      if (units <= 0) return;
      await this.#pilot.buy(good, units);
    }
  }

  /** The product with the best margin on a hold full, of those whose inputs are all for sale somewhere known. */
  #bestProduct(): Product | undefined {
    const { notes } = this.#company;
    const products = [...notes.all()].flatMap((factory) => {
      const inputs = this.#chain[factory.good] ?? [];
      if (factory.kind !== "EXPORT" || inputs.length === 0 || !this.#isFactory(factory)) return [];
      const sink = this.#sinkOf(factory.good);
      if (sink === undefined || inputs.some((input) => this.#sourceOf(input) === undefined)) return [];
      return [{ factory, sink, margin: (sink.bid - factory.ask) * Math.min(this.#pilot.cargoCapacity, 2 * sink.tradeVolume) }];
    });
    const best = products.toSorted((a, b) => b.margin - a.margin)[0];
    return best !== undefined && best.margin > 0 ? best : undefined;
  }

  #isFactory({ waypoint, good }: Note): boolean {
    return (this.#chain[good] ?? []).every((input) => this.#company.notes.note(waypoint, input)?.kind === "IMPORT");
  }

  #factoryOf(good: string): Note | undefined {
    return [...this.#company.notes.all()].find((note) => note.good === good && note.kind === "EXPORT" && this.#isFactory(note));
  }

  /** HIGH before scarce, then cheap before dear. */
  #sourceOf(good: string): Note | undefined {
    const sources = [...this.#company.notes.all()].filter((note) => note.good === good && note.kind !== "IMPORT");
    return sources.toSorted((a, b) => Number(isPlenty(b)) - Number(isPlenty(a)) || a.ask - b.ask)[0];
  }

  #sinkOf(good: string): Note | undefined {
    const sinks = [...this.#company.notes.all()].filter((note) => note.good === good && note.kind === "IMPORT");
    return sinks.toSorted((a, b) => b.bid - a.bid)[0];
  }
}

interface Product {
  readonly factory: Note;
  readonly sink: Note;
}

function isPlenty({ kind, supply }: Note): boolean {
  return kind === "EXCHANGE" || supply === "HIGH" || supply === "ABUNDANT";
}

/** Buys light haulers for a greedy trader that may have more ships than it began with. */
import { z } from "zod";
import type { Company } from "./company.ts";
import type { Pilot } from "./pilot.ts";
import { WireRefusal } from "./wireAgent.ts";
import { WireShip, WireYard } from "./wireShapes.ts";

const HULL = "SHIP_LIGHT_HAULER";
/** Before any price was seen. */
const GUESS_CREDITS = 300_000;
/** What must be left to trade with, as a multiple of the price. */
const LEAST_MONEY = 1.5;

export class HullBuyer {
  readonly #company: Company;
  #openPlaces: number;
  #priceCredits = GUESS_CREDITS;
  #isUnderWay = false;
  #yard: string | undefined;

  /** `openPlaces`: ships still to be bought. */
  constructor(company: Company, openPlaces: number) {
    this.#company = company;
    this.#openPlaces = openPlaces;
  }

  /** Sends the ship to buy another one when there is money for it; returns the new ship, `undefined` when nothing was bought. */
  async buyWith(pilot: Pilot): Promise<Pilot | undefined> {
    if (this.#isUnderWay || this.#openPlaces === 0 || !this.#isAffordable()) return undefined;
    this.#isUnderWay = true;
    try {
      return await this.#buy(pilot);
    } finally {
      this.#isUnderWay = false;
    }
  }

  async #buy(pilot: Pilot): Promise<Pilot | undefined> {
    const { agent, purse, pilotOf } = this.#company;
    const yard = await this.#yardThatSells();
    if (yard === undefined) {
      this.#openPlaces = 0;
      return undefined;
    }
    await pilot.goTo(yard);
    const { ships = [] } = await this.#look(yard);
    this.#priceCredits = ships.find(({ type }) => type === HULL)?.purchasePrice ?? GUESS_CREDITS;
    if (!this.#isAffordable()) return undefined;
    try {
      const shape = z.object({ agent: z.object({ credits: z.number() }), ship: WireShip });
      const bought = await agent.call(shape, "POST", "/my/ships", { shipType: HULL, waypointSymbol: yard });
      purse.credits = bought.agent.credits;
      this.#openPlaces -= 1;
      return pilotOf(bought.ship);
    } catch (refusal) {
      // Another ship spent the money meanwhile.
      if (refusal instanceof WireRefusal && refusal.code === 4216) return undefined;
      throw refusal;
    }
  }

  async #yardThatSells(): Promise<string | undefined> {
    for (const yard of this.#yard === undefined ? this.#company.yards : []) {
      const { shipTypes } = await this.#look(yard);
      if (shipTypes.some(({ type }) => type === HULL)) this.#yard = yard;
    }
    return this.#yard;
  }

  #look(yard: string): Promise<z.infer<typeof WireYard>> {
    const system = yard.split("-").slice(0, 2).join("-");
    return this.#company.agent.call(WireYard, "GET", `/systems/${system}/waypoints/${yard}/shipyard`);
  }

  #isAffordable(): boolean {
    return this.#company.purse.freeCredits >= this.#priceCredits * LEAST_MONEY;
  }
}

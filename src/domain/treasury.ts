/**
 * Money guards as arithmetic, in one place: live credits minus reservations, above a floor. Unknown credits spend nothing.
 */

export interface Reservation {
  readonly id: string;
  readonly owner: string;
  readonly credits: number;
}

export interface TreasuryState {
  /** `undefined` while the balance could not be read. */
  readonly liveCredits: number | undefined;
  readonly reservations: readonly Reservation[];
  /** Working capital that trade never touches. */
  readonly floorCredits: number;
}

export type SpendDecision =
  | { readonly outcome: "granted"; readonly credits: number }
  | { readonly outcome: "refused"; readonly reason: "balanceUnknown" | "belowFloor" | "invalidAmount"; readonly detail: string };

/** What may be reserved now; never negative, 0 while the balance is unknown. */
export function spendableCredits(treasury: TreasuryState): number {
  if (treasury.liveCredits === undefined) return 0;
  return Math.max(0, treasury.liveCredits - reservedCredits(treasury) - treasury.floorCredits);
}

export function reservedCredits(treasury: TreasuryState): number {
  return treasury.reservations.reduce((sum, reservation) => sum + reservation.credits, 0);
}

/** All or nothing. A request that names an existing reservation is judged without it (it may grow or shrink). */
export function decideSpend(treasury: TreasuryState, request: { readonly id: string; readonly credits: number }): SpendDecision {
  if (!Number.isFinite(request.credits) || request.credits < 0) {
    return { outcome: "refused", reason: "invalidAmount", detail: `${request.credits} credits` };
  }
  if (treasury.liveCredits === undefined)
    return { outcome: "refused", reason: "balanceUnknown", detail: "credits could not be read" };
  const spendable = spendableCredits(release(treasury, request.id));
  if (request.credits > spendable) {
    const detail = `${request.credits} asked, ${spendable} free above the floor of ${treasury.floorCredits}`;
    return { outcome: "refused", reason: "belowFloor", detail };
  }
  return { outcome: "granted", credits: request.credits };
}

/** Replaces a reservation of the same id; the caller has been granted it. */
export function reserve(treasury: TreasuryState, reservation: Reservation): TreasuryState {
  return { ...treasury, reservations: [...release(treasury, reservation.id).reservations, reservation] };
}

/** Idempotent. */
export function release(treasury: TreasuryState, id: string): TreasuryState {
  return { ...treasury, reservations: treasury.reservations.filter((reservation) => reservation.id !== id) };
}

/** The live balance after a spend that the server confirmed; the reservation shrinks by the same credits, never below 0. */
export function settleSpend(treasury: TreasuryState, id: string, spentCredits: number, liveCredits: number): TreasuryState {
  const reservations = treasury.reservations
    .map((reservation) =>
      reservation.id === id ? { ...reservation, credits: Math.max(0, reservation.credits - spentCredits) } : reservation,
    )
    .filter((reservation) => reservation.credits > 0);
  return { ...treasury, reservations, liveCredits };
}

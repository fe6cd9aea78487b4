/** Where the actors of one agent live. `scope` is the agent's own address. */
export type Scope = string;

export const universeOf = (scope: Scope): string => `${scope}/universe`;
export const treasuryOf = (scope: Scope): string => `${scope}/treasury`;
export const supplyMonitorOf = (scope: Scope): string => `${scope}/supply-monitor`;
export const coordinatorOf = (scope: Scope): string => `${scope}/coordinator`;
export const shipOf = (scope: Scope, symbol: string): string => `${scope}/ship/${symbol}`;
export const tourOf = (scope: Scope, symbol: string): string => `${scope}/tour/${symbol}`;

/** An order for tours; its tours are below it, each by its ship, as those of the agent are. */
export const scoutingOf = (scope: Scope, id: string): string => `${scope}/scouting/${id}`;
export const isScouting = (address: string): boolean => address.includes("/scouting/");

/** The coordinator's child that sells stranded cargo, by the number it was given. */
export const liquidationChild = (number: number): string => `liquidate/${number}`;
export const isLiquidation = (address: string): boolean => address.includes("/coordinator/liquidate/");

export function isAtOrBelow(address: string, top: string): boolean {
  return address === top || address.startsWith(`${top}/`);
}

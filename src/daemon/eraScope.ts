/**
 * How eras are named: `agent/<RESET>/<SYMBOL>`, where RESET is the game's reset date. A date that is given again once its era is closed, by a server
 * that was reset twice on a day or by another universe, counts on: `agent/2026-11-21.2/BOSUN` is the second era under it.
 */

/** The scope of the first era under a reset date. */
export function eraScope(resetDate: string, agentSymbol: string): string {
  return `agent/${resetDate}/${agentSymbol}`;
}

/** What stands for the era in a scope: `2026-11-21`, or `2026-11-21.2`. */
export function resetOf(scope: string): string {
  return scope.split("/")[1] ?? "";
}

export function symbolOf(scope: string): string {
  return scope.split("/")[2] ?? "";
}

/** The same agent, one era later under the same reset date. */
export function nextUnderSameDate(scope: string): string {
  const [date, nth] = partsOf(scope);
  return eraScope(`${date}.${nth + 1}`, symbolOf(scope));
}

/** Whether the era of `scope` came before that of `other`, whoever played it. */
export function isEarlierEra(scope: string, other: string): boolean {
  const [date, nth] = partsOf(scope);
  const [otherDate, otherNth] = partsOf(other);
  return date === otherDate ? nth < otherNth : date < otherDate;
}

/** The game's reset date in a scope. */
export function dateOf(scope: string): string {
  return partsOf(scope)[0];
}

/** ISO dates compare as texts. */
function partsOf(scope: string): readonly [date: string, nth: number] {
  const reset = resetOf(scope);
  const counted = /^(.+)\.(\d+)$/.exec(reset);
  return counted === null ? [reset, 1] : [counted[1] ?? reset, Number(counted[2])];
}

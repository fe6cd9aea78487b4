/** A state value on one line: `flying`, `working.selling`, `a.x + b.y` for parallel states. */
export function stateText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([key, inner]) => {
      const below = stateText(inner);
      return below === "" ? key : `${key}.${below}`;
    })
    .join(" + ");
}

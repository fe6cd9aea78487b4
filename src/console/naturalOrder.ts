/** `ship/A-2` before `ship/A-10`, the same in every locale. */
export function naturalOrder(left: string, right: string): number {
  return left.localeCompare(right, "en", { numeric: true });
}

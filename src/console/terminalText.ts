/** Text for a terminal: colours only where they are wanted, tables aligned, foreign names without control characters. */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
}

/** Colours for a stream, or none with NO_COLOR, TERM=dumb, or when it is no terminal. */
export function paletteFor(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): Palette {
  const plain = stream.isTTY !== true || environment["TERM"] === "dumb" || (environment["NO_COLOR"] ?? "") !== "";
  const paint = (code: number) => (text: string) => (plain || text === "" ? text : `\u001b[${code}m${text}\u001b[0m`);
  return { bold: paint(1), dim: paint(2), good: paint(32), warn: paint(33), bad: paint(31) };
}

/** `text` without what could move a cursor, change colours or hide: C0, C1 and direction overrides become spaces. */
export function harmless(text: string): string {
  return text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, " ");
}

/** Lines of a name and what is said of it, the names in one column. The values are shown as they are: foreign ones must be harmless. */
export function labelled(lines: readonly LabelledLine[], palette: Palette): string {
  return lines.map(([name, said]) => `${palette.dim(name.padEnd(10))} ${said}`).join("\n");
}

export type LabelledLine = readonly [name: string, said: string];

/** Rows under headings, columns padded to their widest cell; no trailing blanks. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], palette: Palette): string {
  const safe = rows.map((row) => row.map(harmless));
  const widths = headings.map((heading, column) => Math.max(heading.length, ...safe.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [palette.dim(line(headings)), ...safe.map(line)].join("\n");
}

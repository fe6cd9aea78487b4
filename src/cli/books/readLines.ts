import { createReadStream } from "node:fs";

export interface NumberedLine {
  readonly number: number;
  readonly text: string;
  /** No newline ends it: it is being written, or its writer was killed. */
  readonly torn: boolean;
}

/** The lines of a file of any size, up to where it ends now. A line of more than 16 MB comes cut to its beginning. */
export async function* readLines(path: string): AsyncGenerator<NumberedLine> {
  let rest = "";
  let number = 0;
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: CHUNK_BYTES })) {
    const text = rest + String(chunk);
    let from = 0;
    for (let at = text.indexOf("\n", rest.length); at >= 0; at = text.indexOf("\n", from)) {
      number += 1;
      yield { number, text: text.slice(from, at), torn: false };
      from = at + 1;
    }
    rest = text.slice(from, from + LONGEST_LINE);
  }
  if (rest !== "") yield { number: number + 1, text: rest, torn: true };
}

const CHUNK_BYTES = 1 << 20;
const LONGEST_LINE = 1 << 24;

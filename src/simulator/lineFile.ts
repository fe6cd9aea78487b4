/**
 * A file of JSON lines that only grows.
 *
 * Invariants: a line is written whole or not at all (a torn last line is cut off on opening); nothing is ever rewritten, at most the
 * last line withdrawn. Written without fsync: lines survive the death of the process, not of the machine.
 */
import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

export class LineFile {
  readonly #fd: number;
  #bytes: number;

  constructor(path: string) {
    this.#fd = openSync(path, "a+", 0o600);
    this.#bytes = cutTornLine(this.#fd);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Appends lines in one write. Throws when the disk refuses; then nothing is left of them. */
  append(lines: readonly object[]): void {
    if (lines.length === 0) return;
    const data = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    try {
      for (let written = 0; written < data.length; ) written += writeSync(this.#fd, data, written);
    } catch (cause) {
      ftruncateSync(this.#fd, this.#bytes);
      throw cause;
    }
    this.#bytes += data.length;
  }

  /** Takes back what was appended since the file had so many bytes. */
  withdrawTo(bytes: number): void {
    ftruncateSync(this.#fd, bytes);
    this.#bytes = bytes;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/**
 * The whole lines from a byte offset on, one by one; a torn last line is left out. Throws for a line that is no JSON, with its
 * place, and for a file that ends before the offset: what was written is never guessed. `Line` is what the writer of the file wrote.
 */
export function* readLines<Line>(path: string, fromByte = 0): Generator<Line, void, undefined> {
  if (!existsSync(path)) return;
  const fd = openSync(path, "r");
  try {
    const { size } = fstatSync(fd);
    if (size < fromByte) throw new Error(`${path} has ${size} bytes, ${fromByte} were written; the file is damaged`);
    let number = 0;
    for (const text of textLines(fd, fromByte)) {
      number++;
      yield parse<Line>(text, () => `${path}: line ${number} after byte ${fromByte}`);
    }
  } finally {
    closeSync(fd);
  }
}

function parse<Line>(text: string, place: () => string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    throw new Error(`${place()} is not JSON; the file is damaged`);
  }
}

/** Block by block: files of a long life are larger than a string can be. */
function* textLines(fd: number, fromByte: number): Generator<string, void, undefined> {
  const block = Buffer.alloc(BLOCK_BYTES);
  let rest: Buffer[] = [];
  for (let at = fromByte; ; ) {
    const bytes = readSync(fd, block, 0, block.length, at);
    if (bytes === 0) return;
    at += bytes;
    let begin = 0;
    for (let end = newlineIn(block, begin, bytes); end >= 0; end = newlineIn(block, begin, bytes)) {
      yield Buffer.concat([...rest, block.subarray(begin, end)]).toString("utf8");
      rest = [];
      begin = end + 1;
    }
    rest.push(Buffer.from(block.subarray(begin, bytes)));
  }
}

function newlineIn(block: Buffer, from: number, bytes: number): number {
  const at = block.indexOf(NEWLINE, from);
  return at < bytes ? at : -1;
}

/** Cuts what follows the last newline; returns the size left. */
function cutTornLine(fd: number): number {
  const { size } = fstatSync(fd);
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let end = size; end > 0; end -= block.length) {
    const from = Math.max(0, end - block.length);
    const read = readSync(fd, block, 0, end - from, from);
    const newline = block.subarray(0, read).lastIndexOf(NEWLINE);
    if (newline < 0) continue;
    const keep = from + newline + 1;
    if (keep < size) ftruncateSync(fd, keep);
    return keep;
  }
  if (size > 0) ftruncateSync(fd, 0);
  return 0;
}

const NEWLINE = 0x0a;
const BLOCK_BYTES = 262_144;

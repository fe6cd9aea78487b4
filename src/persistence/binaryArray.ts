import type { Cell, ColumnType } from "./runtime.columns.ts";

/**
 * One column of a batch as a Postgres array in binary format (array_recv), which the driver passes on as it is. Nothing is escaped here and
 * nothing parsed there: as text, escaping alone was a sixth of the process's garbage under load. A cell that is not of its column's type
 * throws a TypeError.
 */
export function binaryArray<Row>(rows: readonly Row[], type: ColumnType, pick: (row: Row) => Cell): Buffer {
  let hasNull = 0;
  let at = HEADER_BYTES;
  for (const row of rows) {
    const cell = pick(row);
    if (cell === null) {
      hasNull = 1;
      makeRoom(at, 4);
      at = scratch.writeInt32BE(-1, at);
    } else if (type === "text") {
      const text = textOf(cell);
      makeRoom(at, 4 + text.length * MOST_BYTES_OF_A_CHARACTER);
      const bytes = writeText(text, at + 4);
      scratch.writeInt32BE(bytes, at);
      at += 4 + bytes;
    } else {
      makeRoom(at, 4 + BYTES[type]);
      at = writeFixed(scratch, scratch.writeInt32BE(BYTES[type], at), type, cell);
    }
  }
  scratch.writeInt32BE(1, 0);
  scratch.writeInt32BE(hasNull, 4);
  scratch.writeInt32BE(ELEMENT_OID[type], 8);
  scratch.writeInt32BE(rows.length, 12);
  scratch.writeInt32BE(1, 16);
  return Buffer.from(scratch.subarray(0, at));
}

// Written once into a buffer of our own and copied out, so that no text is measured before it is written.
let scratch = Buffer.allocUnsafe(64 * 1024);

function makeRoom(at: number, bytes: number): void {
  if (at + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafe(Math.max(at + bytes, scratch.length * 2));
  scratch.copy(larger, 0, 0, at);
  scratch = larger;
}

/** For short text a loop is faster than the call into the native encoder. Returns the number of bytes. */
function writeText(text: string, at: number): number {
  const { length } = text;
  if (length > LONGEST_BY_HAND) return scratch.write(text, at);
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return scratch.write(text, at);
    scratch[at + index] = code;
  }
  return length;
}

const LONGEST_BY_HAND = 64;

/** Of one UTF-16 unit in UTF-8. */
const MOST_BYTES_OF_A_CHARACTER = 3;
const HEADER_BYTES = 20;
const ELEMENT_OID = { text: 25, bigint: 20, integer: 23, boolean: 16 } as const;
const BYTES = { bigint: 8, integer: 4, boolean: 1 } as const;

function textOf(cell: NonNullable<Cell>): string {
  if (typeof cell === "string") return cell;
  throw new TypeError(`a text column holds ${String(cell)}`);
}

function writeFixed(buffer: Buffer, at: number, type: Exclude<ColumnType, "text">, cell: NonNullable<Cell>): number {
  if (type === "boolean") return buffer.writeUInt8(cell === true ? 1 : 0, at);
  if (typeof cell !== "number" || !Number.isSafeInteger(cell)) throw new TypeError(`a ${type} column holds ${String(cell)}`);
  if (type === "integer") return buffer.writeInt32BE(cell, at);
  const high = Math.floor(cell / 0x1_0000_0000);
  return buffer.writeUInt32BE(cell - high * 0x1_0000_0000, buffer.writeInt32BE(high, at));
}

import type { Cell, ColumnType } from "./runtime.columns.ts";

/**
 * One column of a batch as a Postgres array in binary format (array_recv), which the driver passes on as it is. Nothing is escaped here and
 * nothing parsed there: as text, escaping alone was a sixth of the process's garbage under load. A cell that is not of its column's type
 * throws a TypeError.
 */
export function binaryArray<Row>(rows: readonly Row[], type: ColumnType, pick: (row: Row) => Cell): Buffer {
  const cells = rows.map(pick);
  let size = HEADER_BYTES;
  let hasNull = 0;
  for (const cell of cells) {
    size += 4;
    if (cell === null) hasNull = 1;
    else size += type === "text" ? Buffer.byteLength(textOf(cell)) : BYTES[type];
  }
  const buffer = Buffer.allocUnsafe(size);
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(hasNull, 4);
  buffer.writeInt32BE(ELEMENT_OID[type], 8);
  buffer.writeInt32BE(cells.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  for (const cell of cells) {
    if (cell === null) at = buffer.writeInt32BE(-1, at);
    else if (type === "text") {
      const bytes = buffer.write(textOf(cell), at + 4);
      buffer.writeInt32BE(bytes, at);
      at += 4 + bytes;
    } else {
      at = buffer.writeInt32BE(BYTES[type], at);
      at = writeFixed(buffer, at, type, cell);
    }
  }
  return buffer;
}

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

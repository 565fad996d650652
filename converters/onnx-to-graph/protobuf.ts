/**
 * Reads protocol-buffer messages by a table of fields: the wire format of https://protobuf.dev/programming-guides/encoding.
 *
 * The bytes are a stranger's: every length is checked, nesting is limited, and what goes wrong has a name. Fields that the
 * table does not list are skipped, as the format asks. Groups are not read: no ONNX message has one.
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { BionoirError } from '../../src/errors.ts';

export type ScalarKind = 'string' | 'bytes' | 'int' | 'uint' | 'float' | 'double';

/** A field of a message: a scalar, or (as a function, since messages contain one another) a message. */
export interface Field {
  readonly name: string;
  readonly kind: ScalarKind | (() => MessageTable);
  readonly repeated?: true;
}

/** What a message is called in errors, and its fields by number. */
export interface MessageTable {
  readonly message: string;
  readonly fields: Readonly<Record<number, Field>>;
}

/** A decoded message: lists for repeated fields, always; other fields only where the bytes have them. */
export type Message = Record<string, unknown>;

/** Deeper nests of messages than any writer makes. */
const DEPTH_MAX = 64;

/**
 * Decodes a message.
 *
 * @param depth how many messages are around this one.
 * @throws MALFORMED_MODEL when the bytes are cut short or are not such a message.
 */
export function decodeMessage(table: MessageTable, bytes: Uint8Array, depth = 0): Message {
  if (depth > DEPTH_MAX) {
    throw malformed(table, `nests messages more than ${DEPTH_MAX} deep`, { depth });
  }
  const message: Message = {};
  for (const field of Object.values(table.fields)) if (field.repeated) message[field.name] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    try {
      readField(table, message, reader, depth);
    } catch (error) {
      if (error instanceof BionoirError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw malformed(
        table,
        `breaks off or is damaged at byte ${start} of ${bytes.length}`,
        { reason },
        error,
      );
    }
  }
  return message;
}

function malformed(
  table: MessageTable,
  problem: string,
  details: Readonly<Record<string, unknown>>,
  cause?: unknown,
): BionoirError {
  return new BionoirError(
    'MALFORMED_MODEL',
    `The model's ${table.message} ${problem}. Is it an ONNX file, and is the download complete?`,
    { details: { message: table.message, ...details }, cause },
  );
}

function readField(table: MessageTable, message: Message, reader: BinaryReader, depth: number): void {
  const [number, wireType] = reader.tag();
  const field = table.fields[number];
  if (field === undefined) {
    reader.skip(wireType, number);
    return;
  }
  if (typeof field.kind === 'function') {
    checkWireType(table, field, wireType, WireType.LengthDelimited);
    put(message, field, decodeMessage(field.kind(), reader.bytes(), depth + 1));
    return;
  }
  const expected = WIRE_TYPES[field.kind];
  const isPacked =
    field.repeated && wireType === WireType.LengthDelimited && expected !== WireType.LengthDelimited;
  if (isPacked) {
    readPacked(message, field, field.kind, reader.bytes());
    return;
  }
  checkWireType(table, field, wireType, expected);
  put(message, field, readScalar(reader, field.kind));
}

const WIRE_TYPES: Readonly<Record<ScalarKind, WireType>> = {
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
  int: WireType.Varint,
  uint: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64,
};

function checkWireType(table: MessageTable, field: Field, actual: WireType, expected: WireType): void {
  if (actual === expected) return;
  const problem = `has the field '${field.name}' with wire type ${actual}; expected ${expected}`;
  throw malformed(table, problem, { field: field.name, actual, expected });
}

function put(message: Message, field: Field, value: unknown): void {
  const list = message[field.name];
  if (field.repeated && Array.isArray(list)) list.push(value);
  else message[field.name] = value;
}

function readPacked(message: Message, field: Field, kind: ScalarKind, bytes: Uint8Array): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) put(message, field, readScalar(reader, kind));
}

/** 64-bit integers become numbers: sizes and indices are small, and a saturated slice end only has to be large. */
function readScalar(reader: BinaryReader, kind: ScalarKind): string | number | Uint8Array {
  switch (kind) {
    case 'string':
      return reader.string();
    case 'bytes':
      return reader.bytes();
    case 'int':
      return Number(reader.int64());
    case 'uint':
      return Number(reader.uint64());
    case 'float':
      return reader.float();
    case 'double':
      return reader.double();
    default:
      return kind satisfies never;
  }
}

/** Operands of Brillig instructions in the text form, each kind with its printer and its parser. */
import {
  BRILLIG_BLACK_BOXES,
  type BrilligAddress,
  type BrilligArgument,
  type BrilligOperandTypes,
  type BrilligRegion,
  type BrilligScalar,
  type BrilligType,
  FIELD_OPERATIONS,
  type HeapType,
  INTEGER_OPERATIONS,
} from './brillig.ts';
import type { TextCursor } from './text-cursor.ts';
import {
  listOf,
  parseConstant,
  parseFlag,
  parseName,
  parseNumber,
  parseText,
  printConstant,
  type TextCodec,
} from './text-values.ts';

/** Deepest nesting of heap types that the parser follows. */
const MAX_DEPTH = 64;

const address: TextCodec<BrilligAddress> = {
  print: ({ base, index }) => (base === 'memory' ? `@${index}` : `@sp+${index}`),
  parse: cursor => {
    const stack = cursor.takes('@sp+');
    if (!stack) cursor.expect('@');
    return { base: stack ? 'stack' : 'memory', index: parseNumber(cursor) };
  },
};

const brilligScalar: TextCodec<BrilligScalar> = {
  print: value => (typeof value === 'number' ? String(value) : address.print(value)),
  parse: cursor => (cursor.sees('@') ? address.parse(cursor) : parseNumber(cursor)),
};

const region: TextCodec<BrilligRegion> = {
  print: ({ pointer, size }) => `(${brilligScalar.print(pointer)} ${brilligScalar.print(size)})`,
  parse: cursor => {
    cursor.expect('(');
    const value = { pointer: brilligScalar.parse(cursor), size: brilligScalar.parse(cursor) };
    cursor.expect(')');
    return value;
  },
};

const type: TextCodec<BrilligType> = {
  print: value => (value === 'field' ? value : `u${value}`),
  parse: cursor => {
    if (cursor.takes('field')) return 'field';
    cursor.expect('u');
    return parseNumber(cursor);
  },
};

function printHeapType(value: HeapType): string {
  if (value.kind === 'simple') return type.print(value.type);
  const items = value.items.map(printHeapType).join(' ');
  return value.kind === 'vector' ? `vector(${items})` : `array:${value.size}(${items})`;
}

function parseHeapType(cursor: TextCursor, depth = 0): HeapType {
  if (depth > MAX_DEPTH) throw cursor.fail(`types nested at most ${MAX_DEPTH} levels deep`);
  const items = () => cursor.until(')', () => parseHeapType(cursor, depth + 1));
  if (cursor.takes('vector(')) return { kind: 'vector', items: items() };
  if (!cursor.takes('array:')) return { kind: 'simple', type: type.parse(cursor) };
  const size = parseNumber(cursor);
  cursor.expect('(');
  return { kind: 'array', items: items(), size };
}

const argument: TextCodec<BrilligArgument> = {
  print: value => {
    if (typeof value === 'boolean' || typeof value === 'number') return String(value);
    return 'base' in value ? address.print(value) : region.print(value);
  },
  parse: cursor => {
    if (cursor.sees('(')) return region.parse(cursor);
    if (cursor.sees('@')) return address.parse(cursor);
    return cursor.sees('t') || cursor.sees('f') ? parseFlag(cursor) : parseNumber(cursor);
  },
};

const place: TextCodec<BrilligAddress | BrilligRegion> = {
  print: argument.print,
  parse: cursor => (cursor.sees('(') ? region.parse(cursor) : address.parse(cursor)),
};

/** Text of every operand kind of Brillig instructions. */
export const OPERAND_TEXT: { readonly [K in keyof BrilligOperandTypes]: TextCodec<BrilligOperandTypes[K]> } =
  {
    address,
    scalar: brilligScalar,
    region,
    type,
    bits: { print: String, parse: parseNumber },
    target: { print: String, parse: parseNumber },
    value: { print: printConstant, parse: parseConstant },
    name: { print: JSON.stringify, parse: parseText },
    'field-operation': { print: String, parse: parseName(FIELD_OPERATIONS) },
    'integer-operation': { print: String, parse: parseName(INTEGER_OPERATIONS) },
    'black-box': { print: String, parse: parseName(BRILLIG_BLACK_BOXES) },
    arguments: listOf(argument),
    values: listOf(place),
    types: listOf({ print: printHeapType, parse: cursor => parseHeapType(cursor) }),
  };

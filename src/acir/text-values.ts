/**
 * Values of the text form, each kind with its printer and its parser side by side.
 *
 *     w7                 witness                    {2*w1*w2 - w3 + 5}   expression
 *     15                 constant (negative above p/2)                    7 and w3 alone are expressions too
 *     [w1 w2 15]         list                       (w1 w2)              point or pair
 *     @3   @sp+2         Brillig cell               (@3 @4)              cells from pointer on, so many
 */
import { BN254_SCALAR_PRIME, mod, toSigned } from '../field/index.ts';
import { acirWitness, asConstant, asWitness, constantExpression, witnessExpression } from './expression.ts';
import type { FieldKind } from './fields.ts';
import type { TextCursor } from './text-cursor.ts';
import type {
  AcirWitness,
  BlockKind,
  BrilligInput,
  BrilligOutput,
  CurvePointInput,
  Expression,
  FunctionInput,
  MulTerm,
} from './types.ts';

const P = BN254_SCALAR_PRIME;
const U32_LIMIT = 2 ** 32;

/** How one kind of value is printed and parsed. */
export interface TextCodec<T> {
  print(value: T): string;
  parse(cursor: TextCursor): T;
}

// Scalars

/** A constant as people read it: -1 rather than p - 1. */
export function printConstant(value: bigint): string {
  return toSigned(value, P).toString();
}

/** Parses what {@link printConstant} writes. */
export function parseConstant(cursor: TextCursor): bigint {
  return mod(BigInt(cursor.match(/-?\d+/y, 'a number')), P);
}

/** Parses an amount, an index or an id. */
export function parseNumber(cursor: TextCursor): number {
  const value = Number(cursor.match(/\d+/y, 'a number'));
  if (!Number.isSafeInteger(value)) throw cursor.fail('a number below 2^53 before this place');
  return value;
}

function parseWitness(cursor: TextCursor): AcirWitness {
  const index = Number(cursor.match(/w\d+/y, 'a witness').slice(1));
  if (index >= U32_LIMIT) throw cursor.fail('a witness below 2^32 before this place');
  return acirWitness(index);
}

/** Parses true or false. */
export function parseFlag(cursor: TextCursor): boolean {
  if (cursor.takes('true')) return true;
  cursor.expect('false');
  return false;
}

/** Makes the parser of a fixed set of names. */
export function parseName<T extends string>(names: readonly T[]): (cursor: TextCursor) => T {
  return cursor => {
    const found = cursor.match(/[a-z][a-z0-9-]*/y, 'a name');
    const name = names.find(candidate => candidate === found);
    if (name === undefined) throw cursor.fail(`one of ${names.join(', ')} before this place`);
    return name;
  };
}

/** Parses a JSON string. */
export function parseText(cursor: TextCursor): string {
  const quoted = cursor.match(/"(?:[^"\\]|\\.)*"/y, 'a quoted text');
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw cursor.fail('a text with JSON escapes before this place');
  }
}

const bytes: TextCodec<Uint8Array> = {
  print: value => `0x${Array.from(value, byte => byte.toString(16).padStart(2, '0')).join('')}`,
  parse: cursor => {
    const digits = cursor.match(/0x(?:[0-9a-f]{2})*/y, 'bytes such as 0x00ff').slice(2);
    return Uint8Array.from(digits.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
  },
};

/** Makes the text of a list. */
export function listOf<T>(item: TextCodec<T>): TextCodec<readonly T[]> {
  return {
    print: values => `[${values.map(value => item.print(value)).join(' ')}]`,
    parse: cursor => {
      cursor.expect('[');
      return cursor.until(']', () => item.parse(cursor));
    },
  };
}

// Arguments of black boxes

const witness: TextCodec<AcirWitness> = { print: index => `w${index}`, parse: parseWitness };

const input: TextCodec<FunctionInput> = {
  print: value => (value.kind === 'witness' ? `w${value.witness}` : printConstant(value.value)),
  parse: cursor =>
    cursor.sees('w')
      ? { kind: 'witness', witness: parseWitness(cursor) }
      : { kind: 'constant', value: parseConstant(cursor) },
};

const point: TextCodec<CurvePointInput> = {
  print: ({ x, y, infinite }) => {
    const parts = infinite === undefined ? [x, y] : [x, y, infinite];
    return `(${parts.map(input.print).join(' ')})`;
  },
  parse: cursor => {
    cursor.expect('(');
    const head = { x: input.parse(cursor), y: input.parse(cursor) };
    if (cursor.takes(')')) return head;
    const infinite = input.parse(cursor);
    cursor.expect(')');
    return { ...head, infinite };
  },
};

const scalar: TextCodec<{ readonly low: FunctionInput; readonly high: FunctionInput }> = {
  print: ({ low, high }) => `(${input.print(low)} ${input.print(high)})`,
  parse: cursor => {
    cursor.expect('(');
    const value = { low: input.parse(cursor), high: input.parse(cursor) };
    cursor.expect(')');
    return value;
  },
};

// Expressions

/** Prints the sum, terms in the order in which they stand. */
export function printSum({ mulTerms, linear, constant }: Expression): string {
  const terms = [
    ...mulTerms.map(({ coefficient, left, right }) => [coefficient, `w${left}*w${right}`] as const),
    ...linear.coefficients.map((coefficient, i) => [coefficient, `w${linear.witnesses[i]}`] as const),
  ].map(([coefficient, factors]) => {
    const signed = toSigned(coefficient, P);
    if (signed === 1n || signed === -1n) return signed === 1n ? factors : `-${factors}`;
    return `${signed}*${factors}`;
  });
  if (constant !== 0n || terms.length === 0) terms.push(printConstant(constant));
  return terms.join(' + ').replaceAll('+ -', '- ');
}

/** Parses a sum as {@link printSum} writes it. */
export function parseSum(cursor: TextCursor): Expression {
  const mulTerms: MulTerm[] = [];
  const witnesses: number[] = [];
  const coefficients: bigint[] = [];
  let constant = 0n;
  let negative = cursor.takes('-');
  for (;;) {
    const { coefficient, factors } = parseTerm(cursor, negative);
    const [left, right] = factors;
    if (left === undefined) constant = mod(constant + coefficient, P);
    else if (right !== undefined) mulTerms.push({ coefficient, left, right });
    else {
      witnesses.push(left);
      coefficients.push(coefficient);
    }
    negative = cursor.takes('-');
    if (!negative && !cursor.takes('+')) break;
  }
  return { mulTerms, linear: { witnesses: Uint32Array.from(witnesses), coefficients }, constant };
}

/** A number, a witness, or factors with `*` between them: one number in front, at most two witnesses. */
function parseTerm(cursor: TextCursor, negative: boolean) {
  const factors: AcirWitness[] = [];
  let magnitude = 1n;
  if (cursor.sees('w')) factors.push(parseWitness(cursor));
  else magnitude = BigInt(cursor.match(/\d+/y, 'a number or a witness'));
  while (factors.length < 2 && cursor.takes('*')) factors.push(parseWitness(cursor));
  return { coefficient: mod(negative ? -magnitude : magnitude, P), factors };
}

const expression: TextCodec<Expression> = {
  print: value => {
    const single = asWitness(value);
    if (single !== undefined) return `w${single}`;
    const constant = asConstant(value);
    return constant === undefined ? `{${printSum(value)}}` : printConstant(constant);
  },
  parse: cursor => {
    if (cursor.sees('w')) return witnessExpression(parseWitness(cursor));
    if (!cursor.takes('{')) return constantExpression(parseConstant(cursor));
    const sum = parseSum(cursor);
    cursor.expect('}');
    return sum;
  },
};

// Memory and calls

const blockKind: TextCodec<BlockKind> = {
  print: value => (value.kind === 'call-data' ? `call-data:${value.id}` : value.kind),
  parse: cursor => {
    if (cursor.takes('memory')) return { kind: 'memory' };
    if (cursor.takes('return-data')) return { kind: 'return-data' };
    cursor.expect('call-data:');
    return { kind: 'call-data', id: parseNumber(cursor) };
  },
};

const block = { print: (id: number) => `block:${id}`, parse: parseNumber };

const brilligInput: TextCodec<BrilligInput> = {
  print: value => {
    if (value.kind === 'single') return expression.print(value.expression);
    return value.kind === 'array' ? listOf(expression).print(value.expressions) : block.print(value.block);
  },
  parse: cursor => {
    if (cursor.sees('[')) return { kind: 'array', expressions: listOf(expression).parse(cursor) };
    if (cursor.takes('block:')) return { kind: 'memory', block: block.parse(cursor) };
    return { kind: 'single', expression: expression.parse(cursor) };
  },
};

const brilligOutput: TextCodec<BrilligOutput> = {
  print: value =>
    value.kind === 'simple' ? witness.print(value.witness) : listOf(witness).print(value.witnesses),
  parse: cursor =>
    cursor.sees('[')
      ? { kind: 'array', witnesses: listOf(witness).parse(cursor) }
      : { kind: 'simple', witness: parseWitness(cursor) },
};

const number: TextCodec<number> = { print: String, parse: parseNumber };

interface FieldTypes {
  number: number;
  flag: boolean;
  bytes: Uint8Array;
  witness: AcirWitness;
  witnesses: readonly AcirWitness[];
  input: FunctionInput;
  inputs: readonly FunctionInput[];
  'optional-input': FunctionInput;
  point: CurvePointInput;
  points: readonly CurvePointInput[];
  scalars: readonly { readonly low: FunctionInput; readonly high: FunctionInput }[];
  expression: Expression;
  'block-kind': BlockKind;
  'brillig-inputs': readonly BrilligInput[];
  'brillig-outputs': readonly BrilligOutput[];
}

/** Text of every field kind of opcodes and black boxes. */
export const FIELD_TEXT: { readonly [K in FieldKind]: TextCodec<FieldTypes[K]> } = {
  number,
  flag: { print: String, parse: parseFlag },
  bytes,
  witness,
  witnesses: listOf(witness),
  input,
  inputs: listOf(input),
  'optional-input': input,
  point,
  points: listOf(point),
  scalars: listOf(scalar),
  expression,
  'block-kind': blockKind,
  'brillig-inputs': listOf(brilligInput),
  'brillig-outputs': listOf(brilligOutput),
};

/** Payload of an assertion message. */
export const PAYLOAD_TEXT = listOf<
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'memory'; readonly block: number }
>({
  print: item => (item.kind === 'expression' ? expression.print(item.expression) : block.print(item.block)),
  parse: cursor =>
    cursor.takes('block:')
      ? { kind: 'memory', block: block.parse(cursor) }
      : { kind: 'expression', expression: expression.parse(cursor) },
});

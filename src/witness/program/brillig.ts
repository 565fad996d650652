/** Unconstrained functions as instructions of fixed size. What no engine does becomes 'unsupported', and stops there. */
import type {
  BrilligAddress,
  BrilligArgument,
  BrilligFunction,
  BrilligOpcode,
  BrilligRegion,
  BrilligScalar,
  BrilligType,
} from '../../acir/index.ts';
import { push, type U32List } from '../../r1cs/index.ts';
import { BRILLIG_BOXES, BRILLIG_OPS, type BrilligOp, STACK_BIT } from './codes.ts';
import { constantId, type Pools } from './pools.ts';

/** Where the functions go. */
export interface BrilligContext {
  readonly pools: Pools;
  /** Start, count and whether cells are typed, by function. */
  readonly index: U32List;
  readonly code: U32List;
  readonly boxArguments: U32List;
}

const INSTRUCTION_WORDS = 6;
/** Widest integers that engines calculate with. */
const BITS_MAX = 128;

/** Appends a function. */
export function compileBrilligFunction(context: BrilligContext, { opcodes }: BrilligFunction): void {
  push(context.index, context.code.length / INSTRUCTION_WORDS);
  push(context.index, opcodes.length);
  push(context.index, isTyped(opcodes) ? 1 : 0);
  for (const opcode of opcodes) compileInstruction(context, opcode);
}

/** As the reference machine has it: releases whose functions end with constant regions have no types. */
function isTyped(opcodes: readonly BrilligOpcode[]): boolean {
  return !opcodes.some(opcode => opcode.kind === 'stop' && typeof opcode.data.pointer === 'number');
}

interface Operands {
  readonly bits?: number;
  readonly a?: number;
  readonly b?: number;
  readonly c?: number;
  readonly d?: number;
}

function write(
  { code }: BrilligContext,
  op: BrilligOp,
  { bits = 0, a = 0, b = 0, c = 0, d = 0 }: Operands,
): void {
  for (const word of [BRILLIG_OPS.indexOf(op), bits, a, b, c, d]) push(code, word);
}

function compileInstruction(context: BrilligContext, opcode: BrilligOpcode): void {
  switch (opcode.kind) {
    case 'binary-field':
      write(context, `field-${opcode.operation}`, {
        a: address(opcode.destination),
        b: address(opcode.left),
        c: address(opcode.right),
      });
      return;
    case 'binary-int':
      if (opcode.bits > BITS_MAX) break;
      write(context, `int-${opcode.operation}`, {
        bits: opcode.bits,
        a: address(opcode.destination),
        b: address(opcode.left),
        c: address(opcode.right),
      });
      return;
    case 'not':
      if (opcode.bits > BITS_MAX) break;
      write(context, 'not', { bits: opcode.bits, a: address(opcode.destination), b: address(opcode.source) });
      return;
    case 'cast':
      if (width(opcode.type) > BITS_MAX) break;
      write(context, 'cast', {
        bits: width(opcode.type),
        a: address(opcode.destination),
        b: address(opcode.source),
      });
      return;
    case 'jump-if-not':
    case 'jump-if':
      write(context, opcode.kind, { a: address(opcode.condition), b: opcode.target });
      return;
    case 'jump':
    case 'call':
      write(context, opcode.kind, { b: opcode.target });
      return;
    case 'return':
      write(context, 'return', {});
      return;
    case 'calldata-copy':
      write(context, 'calldata-copy', {
        a: address(opcode.destination),
        b: scalar(opcode.size),
        c: scalar(opcode.offset),
        d: (typeof opcode.size === 'number' ? 1 : 0) + (typeof opcode.offset === 'number' ? 2 : 0),
      });
      return;
    case 'const':
    case 'indirect-const':
      if (width(opcode.type) > BITS_MAX) break;
      write(context, opcode.kind, {
        bits: width(opcode.type),
        a: address(opcode.kind === 'const' ? opcode.destination : opcode.pointer),
        b: constantId(context.pools, opcode.value),
      });
      return;
    case 'mov':
      write(context, 'mov', { a: address(opcode.destination), b: address(opcode.source) });
      return;
    case 'conditional-mov':
      write(context, 'conditional-mov', {
        a: address(opcode.destination),
        b: address(opcode.left),
        c: address(opcode.right),
        d: address(opcode.condition),
      });
      return;
    case 'load':
      write(context, 'load', { a: address(opcode.destination), b: address(opcode.pointer) });
      return;
    case 'store':
      write(context, 'store', { a: address(opcode.pointer), b: address(opcode.source) });
      return;
    case 'trap':
      write(context, 'trap', {});
      return;
    case 'stop':
      write(context, 'stop', region(opcode.data));
      return;
    case 'black-box':
      if (compileBox(context, opcode.operation, opcode.arguments)) return;
      break;
    case 'foreign-call':
      break;
    default:
      opcode satisfies never;
  }
  write(context, 'unsupported', {});
}

function address({ base, index }: BrilligAddress): number {
  return base === 'stack' ? (index | STACK_BIT) >>> 0 : index;
}

function scalar(value: BrilligScalar): number {
  return typeof value === 'number' ? value : address(value);
}

function width(type: BrilligType): number {
  return type === 'field' ? 0 : type;
}

function region({ pointer, size }: BrilligRegion): Operands {
  return {
    a: scalar(pointer),
    b: scalar(size),
    d: (typeof pointer === 'number' ? 1 : 0) + (typeof size === 'number' ? 2 : 0),
  };
}

/** Start and size of a list: of each whether it is a number, and the number or the cell. */
function listWords({ pointer, size }: BrilligRegion): number[] {
  return [pointer, size].flatMap(part => [typeof part === 'number' ? 1 : 0, scalar(part)]);
}

function isRegion(value: BrilligArgument | undefined): value is BrilligRegion {
  return typeof value === 'object' && 'pointer' in value;
}

function isAddress(value: BrilligArgument | undefined): value is BrilligAddress {
  return typeof value === 'object' && 'base' in value;
}

/** False where engines do not have the black box. */
function compileBox(context: BrilligContext, name: string, values: readonly BrilligArgument[]): boolean {
  const box = (BRILLIG_BOXES as readonly string[]).indexOf(name);
  if (box < 0) return false;
  const words =
    name === 'to-radix' ? radixWords(values) : values.every(isRegion) ? values.flatMap(listWords) : undefined;
  if (words === undefined || words.length !== [10, 8, 12, 8][box]) return false;
  write(context, 'black-box', { a: box, b: context.boxArguments.length, c: words.length });
  for (const word of words) push(context.boxArguments, word);
  return true;
}

/** See the reference machine's runToRadix for the operands of each release. */
function radixWords([input, radix, output, ...rest]: readonly BrilligArgument[]): number[] | undefined {
  if (!isAddress(input) || (typeof radix !== 'number' && !isAddress(radix))) return undefined;
  const isNumber = typeof radix === 'number';
  const head = [address(input), isNumber ? 1 : 0, isNumber ? radix : address(radix)];
  const [count, bits] = rest;
  if (rest.length === 2) {
    if (!isAddress(output) || !isAddress(count) || !isAddress(bits)) return undefined;
    return [...head, 1, 0, address(output), 0, address(count), 2, address(bits)];
  }
  if (!isRegion(output)) return undefined;
  return [...head, 0, ...listWords(output), count === true ? 1 : 0, 0];
}

/** The recipe of a lowered program as words: copies by call, steps, the slots of wires, lookups. */
import { createU32List, finishU32, push, type U32List } from '../../r1cs/index.ts';
import {
  type CallInstance,
  type LookupColumns,
  type Recipe,
  STEP_KINDS,
  type StepColumns,
} from '../types.ts';
import { NONE } from './codes.ts';
import { consecutiveConstants, constantId, type Pools, Uncompilable, writeForm } from './pools.ts';

/** The calls of each function, in the order in which its code makes them. */
export type CallLists = ReadonlyMap<number, readonly number[]>;

/** Throws unless the recipe's calls are those of the code. @throws Uncompilable */
export function assertSameCalls(calls: CallInstance, lists: CallLists): void {
  const pending = [calls];
  for (let call = pending.pop(); call !== undefined; call = pending.pop()) {
    const expected = lists.get(call.functionIndex) ?? [];
    const isSame =
      expected.length === call.children.length &&
      call.children.every(({ functionIndex }, k) => functionIndex === expected[k]);
    if (!isSame) throw new Uncompilable('calls that constant arguments switch off');
    for (const child of call.children) pending.push(child);
  }
}

/** Copies by call: where those of each begin, and pairs (slot, witness). */
export function writeCopies({ copies }: Recipe, instanceCount: number): readonly [Uint32Array, Uint32Array] {
  const { slots, instances, witnesses } = copies;
  const starts = new Uint32Array(instanceCount + 1);
  const pairs = new Uint32Array(2 * slots.length);
  let instance = 0;
  for (let k = 0; k < slots.length; k++) {
    const own = instances[k] as number;
    if (own < instance) throw new Uncompilable('copies are not in the order of calls');
    while (instance < own) starts[++instance] = k;
    pairs[2 * k] = slots[k] as number;
    pairs[2 * k + 1] = witnesses[k] as number;
  }
  while (instance < instanceCount) starts[++instance] = slots.length;
  return [starts, pairs];
}

/** Writes the steps: kind, operand, first slot, size, parameter or number of operands. */
export function writeSteps(pools: Pools, { steps }: Recipe): Uint32Array {
  const words = createU32List(5 * steps.kinds.length);
  for (let step = 0; step < steps.kinds.length; step++) {
    const operand = steps.operands[step] ?? 0;
    const size = steps.sizes[step] ?? 0;
    const count = operandCount(steps, step);
    const place = count === 1 ? writeRow(pools, steps, operand) : writeRows(pools, steps, operand, count);
    const kind = STEP_KINDS[steps.kinds[step] ?? 0];
    const divisor = kind === 'divide' ? (steps.coefficients[steps.parameters[step] ?? 0] ?? 0n) : undefined;
    push(words, steps.kinds[step] ?? 0);
    push(words, place);
    push(words, steps.firsts[step] ?? 0);
    push(words, size);
    push(words, divisor === undefined ? count : constantId(pools, divisor));
  }
  return finishU32(words);
}

/** How many rows of `forms` a step reads; 1 stands for a form itself, more for a list of forms. */
function operandCount(steps: StepColumns, step: number): number {
  const kind = STEP_KINDS[steps.kinds[step] ?? 0];
  const operand = steps.operands[step] ?? 0;
  const constant = (row: number): number => Number(constantRow(steps, operand + row));
  switch (kind) {
    case 'bits':
    case 'linear':
    case 'inverse':
    case 'divide':
    case 'one-hot':
      return 1;
    case 'product':
    case 'quotient':
      return 2;
    case 'limbs':
      return Math.max(2, steps.sizes[step] ?? 0);
    case 'word-entries':
      return 5 + constant(0);
    case 'table-value':
      return 4 + Math.ceil(constant(1) / constant(3));
    default:
      throw new Uncompilable(`the step ${kind}`);
  }
}

/** The value of a row that reads no slot but the constant one. */
function constantRow({ forms, coefficients }: StepColumns, row: number): bigint {
  const [start = 0, end = 0] = [forms.rowStarts[row], forms.rowStarts[row + 1]];
  if (start === end) return 0n;
  if (end !== start + 1 || forms.wires[start] !== 0)
    throw new Uncompilable('an operand that should be constant');
  return coefficients[forms.coefficientIds[start] ?? 0] ?? 0n;
}

function writeRow(pools: Pools, { forms, coefficients }: StepColumns, row: number): number {
  const [start = 0, end = 0] = [forms.rowStarts[row], forms.rowStarts[row + 1]];
  const terms = new Map<number, bigint>();
  let constant = 0n;
  for (let k = start; k < end; k++) {
    const slot = forms.wires[k] ?? 0;
    const coefficient = coefficients[forms.coefficientIds[k] ?? 0] ?? 0n;
    if (slot === 0) constant += coefficient;
    else terms.set(slot, (terms.get(slot) ?? 0n) + coefficient);
  }
  return writeForm(pools, { terms, constant });
}

function writeRows(pools: Pools, steps: StepColumns, row: number, count: number): number {
  const places = Array.from({ length: count }, (_, k) => writeRow(pools, steps, row + k));
  const place = pools.forms.length;
  for (const each of places) push(pools.forms, each);
  return place;
}

/** Writes the lookups; nothing where there are none. */
export function writeLookups(pools: Pools, { lookups, steps }: Recipe): Uint32Array {
  const words = createU32List(1024);
  if (lookups !== undefined) pushLookups(pools, words, { lookups, steps });
  return finishU32(words);
}

function pushLookups(
  pools: Pools,
  words: U32List,
  { lookups, steps }: { readonly lookups: LookupColumns; readonly steps: StepColumns },
): void {
  const { challengeSlot, tables, tableIds, operands, firstInverse, products } = lookups;
  const form = (row: number): number => writeRow(pools, steps, row);
  const cells = tables.flatMap(({ size, firstCell }) =>
    firstCell === undefined ? [] : Array.from({ length: size }, (_, row) => form(firstCell + row)),
  );
  const head = [challengeSlot, firstInverse, products?.challengeSlot ?? 0, products?.first ?? 0];
  for (const word of [...head, products?.operands.length ?? 0, tables.length, tableIds.length, cells.length])
    push(words, word);
  for (const { size, entries, firstCell, firstMultiplicity, firstQuotient } of tables) {
    push(words, size);
    push(words, entries === undefined ? NONE : consecutiveConstants(pools, entries));
    push(words, firstCell === undefined ? 0 : size);
    push(words, firstMultiplicity);
    push(words, firstQuotient);
  }
  for (const id of tableIds) push(words, id);
  for (const operand of operands) push(words, form(operand));
  operands.forEach((operand, k) => {
    const isRead = tables[tableIds[k] ?? 0]?.firstCell !== undefined;
    push(words, isRead ? form(operand + 1) : NONE);
  });
  for (const cell of cells) push(words, cell);
  for (const operand of products?.operands ?? []) push(words, form(operand));
}

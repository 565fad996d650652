/**
 * How many words a program puts through each function of word-tables.ts, so that tables are as large as they pay for. A
 * count that is wrong costs rows, never soundness.
 */
import type { BitwiseCall, BlackBoxCall, Program } from '../../../src/acir/types.ts';
import type { WordUses } from '../lookups/tables.ts';
import { AND, CHI, CHOICE, MAJORITY, PARITY, PARITY_5, type WordFunction } from './word-tables.ts';

type Counts = Map<string, Map<number, number>>;

/** Counts the words of a program, by function and width, over all calls. */
export function countWordUses({ functions }: Program): WordUses {
  const counts: Counts = new Map();
  const instances = countInstances(functions);
  const bitwise: BitwiseUse[] = [];
  functions.forEach(({ opcodes }, index) => {
    const times = instances[index] ?? 0;
    const calls = opcodes.flatMap(opcode => (opcode.kind === 'black-box' ? [opcode.call] : []));
    for (const call of calls) countHash(counts, call, times);
    bitwise.push(...bitwiseUses(calls, times));
  });
  const tableRows = counts.has(AND.name) ? 0 : 2 * 257;
  const pays = bitwise.reduce((sum, use) => sum + use.saving, 0) > tableRows;
  if (pays) for (const { width, times } of bitwise) addWords(counts, AND, times, width);
  return { counts, bitwise: pays };
}

interface BitwiseUse {
  readonly width: number;
  readonly times: number;
  /** Rows by bits less rows by lookups in chunks of four bits and ranges in limbs of eight. */
  readonly saving: number;
}

/** An opcode of two witnesses takes a product a bit; an operand that no other such opcode made has bits to be proved. */
function bitwiseUses(calls: readonly BlackBoxCall[], times: number): BitwiseUse[] {
  const known = new Set<number>();
  return calls.flatMap(call => {
    if ((call.name !== 'and' && call.name !== 'xor') || !isLookedUp(call)) return [];
    const operands = [call.left, call.right].flatMap(input =>
      input.kind === 'witness' ? [input.witness] : [],
    );
    const newCount = operands.filter(witness => !known.has(witness)).length;
    for (const witness of [...operands, call.output]) known.add(witness);
    const byBits = call.bits * (1 + newCount);
    const byLookups = Math.ceil(call.bits / 4) + Math.ceil(call.bits / 8) * (1 + newCount);
    return [{ width: call.bits, times, saving: times * (byBits - byLookups) }];
  });
}

/** Tells whether an opcode may use a table: neither operand is a constant, and three columns fit the field. */
export function isLookedUp({ left, right, bits }: BitwiseCall): boolean {
  return left.kind === 'witness' && right.kind === 'witness' && bits >= 4 && bits <= 64;
}

/** How often each function runs; a recursive call counts once. */
export function countInstances(functions: Program['functions']): number[] {
  const counts = functions.map(() => 0);
  const active = new Set<number>();
  const ofCallee = new Map<number, readonly number[]>();
  const visit = (index: number): readonly number[] => {
    const known = ofCallee.get(index);
    if (known !== undefined) return known;
    const own = functions.map(() => 0);
    own[index] = 1;
    active.add(index);
    for (const opcode of functions[index]?.opcodes ?? []) {
      if (opcode.kind !== 'call' || active.has(opcode.id)) continue;
      visit(opcode.id).forEach((count, callee) => {
        own[callee] = (own[callee] ?? 0) + count;
      });
    }
    active.delete(index);
    ofCallee.set(index, own);
    return own;
  };
  if (functions.length > 0)
    visit(0).forEach((count, index) => {
      counts[index] = count;
    });
  return counts;
}

function addWords(counts: Counts, { name }: WordFunction, words: number, width: number): void {
  const byWidth = counts.get(name) ?? new Map<number, number>();
  byWidth.set(width, (byWidth.get(width) ?? 0) + words);
  counts.set(name, byWidth);
}

function countHash(counts: Counts, call: BlackBoxCall, times: number): void {
  const add = (shape: WordFunction, words: number): void => addWords(counts, shape, words * times, 32);
  switch (call.name) {
    case 'sha256-compression':
    case 'sha256': {
      const blocks = call.name === 'sha256' ? Math.ceil((call.inputs.length + 9) / 64) : 1;
      add(PARITY, 176 * blocks);
      add(MAJORITY, 112 * blocks);
      add(CHOICE, 64 * blocks);
      break;
    }
    case 'keccakf1600':
    case 'keccak256': {
      const blocks = call.name === 'keccak256' ? Math.floor(call.inputs.length / 136) + 1 : 1;
      add(PARITY_5, 240 * blocks);
      add(AND, 1440 * blocks);
      add(CHI, 1200 * blocks);
      break;
    }
    case 'blake2s':
      add(AND, 336 * Math.max(1, Math.ceil(call.inputs.length / 64)));
      break;
    case 'schnorr-verify':
      // Blake2s of a hash and the message.
      add(AND, 336 * Math.ceil((32 + call.message.length) / 64));
      break;
    case 'blake3':
      add(AND, 232 * Math.max(1, Math.ceil(call.inputs.length / 64)));
      break;
    case 'aes128-encrypt': {
      const blocks = Math.ceil(call.outputs.length / 16);
      add(PARITY_5, 40 * blocks);
      add(AND, 40 + 4 * blocks);
      break;
    }
    default:
  }
}

/**
 * How many words a program puts through each function of word-tables.ts, so that tables are as large as they pay for. A
 * count that is wrong costs rows, never soundness.
 */
import type { BlackBoxCall, Program } from '../../../src/acir/types.ts';
import type { WordUses } from '../lookups/tables.ts';
import { AND, CHI, CHOICE, MAJORITY, PARITY, PARITY_5, type WordFunction } from './word-tables.ts';

type Counts = Map<string, Map<number, number>>;

/** Counts the words of a program, by function and width, over all calls. */
export function countWordUses({ functions }: Program): WordUses {
  const counts: Counts = new Map();
  const instances = countInstances(functions);
  functions.forEach(({ opcodes }, index) => {
    for (const opcode of opcodes)
      if (opcode.kind === 'black-box') countCall(counts, opcode.call, instances[index] ?? 0);
  });
  return counts;
}

/** How often each function runs; a recursive call counts once. */
function countInstances(functions: Program['functions']): number[] {
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

function countCall(counts: Counts, call: BlackBoxCall, times: number): void {
  const add = (shape: WordFunction, words: number, width = 32): void => {
    const byWidth = counts.get(shape.name) ?? new Map<number, number>();
    byWidth.set(width, (byWidth.get(width) ?? 0) + words * times);
    counts.set(shape.name, byWidth);
  };
  switch (call.name) {
    case 'and':
    case 'xor':
      add(AND, 1, call.bits);
      break;
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
    case 'blake3':
      add(AND, 232 * Math.max(1, Math.ceil(call.inputs.length / 64)));
      break;
    default:
  }
}

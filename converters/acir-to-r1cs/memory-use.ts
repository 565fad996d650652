/**
 * How a function uses its memory blocks: what the choice between bits, selectors and lookups rests on. A count that is
 * wrong costs rows, never soundness.
 */
import type { Circuit, Expression } from '../../src/acir/types.ts';

/** Counts over all opcodes of a function. */
export interface MemoryUse {
  /** Blocks that some opcode writes to. */
  readonly written: ReadonlySet<number>;
  /** By block: reads at an index that is not constant. */
  readonly dynamicReads: ReadonlyMap<number, number>;
  /** By index (its text): how many reads of blocks that are never written. */
  readonly tablesAt: ReadonlyMap<string, number>;
  /** By witness: bits of the narrowest range opcode. */
  readonly ranges: ReadonlyMap<number, number>;
}

/** Counts how a function uses its memory. */
export function countMemoryUse({ opcodes }: Circuit): MemoryUse {
  const written = new Set<number>();
  const dynamicReads = new Map<number, number>();
  const tablesAt = new Map<string, number>();
  const ranges = new Map<number, number>();
  for (const opcode of opcodes) if (opcode.kind === 'memory-op' && opcode.write) written.add(opcode.block);
  for (const opcode of opcodes) {
    if (opcode.kind === 'memory-op' && !opcode.write && isDynamic(opcode.index)) {
      const key = indexText(opcode.index);
      dynamicReads.set(opcode.block, (dynamicReads.get(opcode.block) ?? 0) + 1);
      if (!written.has(opcode.block)) tablesAt.set(key, (tablesAt.get(key) ?? 0) + 1);
    } else if (opcode.kind === 'black-box' && opcode.call.name === 'range') {
      const { input, bits } = opcode.call;
      if (input.kind === 'witness')
        ranges.set(input.witness, Math.min(bits, ranges.get(input.witness) ?? bits));
    }
  }
  return { written, dynamicReads, tablesAt, ranges };
}

function isDynamic({ linear, mulTerms }: Expression): boolean {
  return linear.witnesses.length > 0 || mulTerms.length > 0;
}

/** A text that equal indices share. */
export function indexText({ linear, mulTerms, constant }: Expression): string {
  const terms = Array.from(linear.witnesses, (witness, k) => `${linear.coefficients[k]}*${witness}`);
  const products = mulTerms.map(({ coefficient, left, right }) => `${coefficient}*${left}*${right}`);
  return [...terms, ...products, constant].join(' ');
}

/** The bits that a range opcode proves of an index that is a single witness; undefined where none does. */
export function provenBits(
  { ranges }: MemoryUse,
  { linear, mulTerms, constant }: Expression,
): number | undefined {
  const [witness] = linear.witnesses;
  const isWitness = linear.witnesses.length === 1 && mulTerms.length === 0 && constant === 0n;
  return isWitness && linear.coefficients[0] === 1n && witness !== undefined
    ? ranges.get(witness)
    : undefined;
}

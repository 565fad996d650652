/**
 * How a function uses its memory blocks: what the choice between bits, selectors and lookups rests on. A count that is
 * wrong costs rows, never soundness.
 */
import type { Circuit, Expression, MemoryOp, Program } from '../../src/acir/types.ts';
import { invertOrZero, mod } from '../../src/field/index.ts';
import { countInstances } from './black-box/word-uses.ts';
import { memoryKey } from './lookups/tables.ts';

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
  /** Blocks that are written at a witness index. */
  readonly blocks: ReadonlyMap<number, BlockUse>;
}

/** How a block is used that is written at a witness index. */
export interface BlockUse {
  /** The opcode of its first write at a witness index, and that of the last access there or write anywhere. */
  readonly first: number;
  readonly last: number;
  /** From the first to the last of these. */
  readonly ram: {
    readonly reads: number;
    readonly writes: number;
    readonly constantReads: number;
    readonly constantWrites: number;
    /** Different witness indices. */
    readonly indexCount: number;
    /** Cells that are read afterwards, at constant indices. */
    readonly finalReads: ReadonlySet<number>;
  };
}

/** Counts how a function uses its memory. */
export function countMemoryUse({ opcodes }: Circuit, prime: bigint): MemoryUse {
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
  spreadRanges(opcodes, ranges, prime);
  return { written, dynamicReads, tablesAt, ranges, blocks: findBlocks(opcodes) };
}

/** Of two witnesses that an opcode makes equal, the range of one is the other's. */
function spreadRanges(opcodes: Circuit['opcodes'], ranges: Map<number, number>, prime: bigint): void {
  for (const opcode of opcodes) {
    if (opcode.kind !== 'assert-zero') continue;
    const { linear, mulTerms, constant } = opcode.expression;
    const [one, other] = linear.witnesses;
    if (one === undefined || other === undefined || linear.witnesses.length !== 2) continue;
    const [a = 0n, b = 0n] = linear.coefficients;
    if (mulTerms.length > 0 || constant !== 0n || mod(a + b, prime) !== 0n) continue;
    const bits = Math.min(
      ranges.get(one) ?? Number.POSITIVE_INFINITY,
      ranges.get(other) ?? Number.POSITIVE_INFINITY,
    );
    if (Number.isFinite(bits)) for (const witness of [one, other]) ranges.set(witness, bits);
  }
}

function findBlocks(opcodes: Circuit['opcodes']): Map<number, BlockUse> {
  const accesses = new Map<number, { readonly op: MemoryOp; readonly at: number }[]>();
  const again = new Set<number>();
  for (const [at, opcode] of opcodes.entries()) {
    if (opcode.kind === 'memory-init') {
      if (accesses.has(opcode.block)) again.add(opcode.block);
      accesses.set(opcode.block, []);
    } else if (opcode.kind === 'memory-op') accesses.get(opcode.block)?.push({ op: opcode, at });
  }
  const blocks = new Map<number, BlockUse>();
  for (const [block, list] of accesses) {
    const first = list.find(({ op }) => op.write && isDynamic(op.index))?.at;
    if (first === undefined || again.has(block)) continue;
    const last = Math.max(...list.filter(({ op }) => op.write || isDynamic(op.index)).map(({ at }) => at));
    const within = list.filter(({ at }) => at >= first && at <= last).map(({ op }) => op);
    const count = (write: boolean, dynamic: boolean): number =>
      within.filter(op => op.write === write && isDynamic(op.index) === dynamic).length;
    const dynamic = within.filter(op => isDynamic(op.index));
    const finalReads = new Set(list.filter(({ at }) => at > last).map(({ op }) => Number(op.index.constant)));
    blocks.set(block, {
      first,
      last,
      ram: {
        reads: count(false, true),
        writes: count(true, true),
        constantReads: count(false, false),
        constantWrites: count(true, false),
        indexCount: new Set(dynamic.map(op => indexText(op.index))).size,
        finalReads,
      },
    });
  }
  return blocks;
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

/** How often a program reads memories of the same constants at witness indices, over all calls. */
export function countConstantReads({ functions }: Program, prime: bigint): Map<string, number> {
  const instances = countInstances(functions);
  const counts = new Map<string, number>();
  for (const [index, { opcodes }] of functions.entries()) {
    const pinned = new Map<number, bigint>();
    const keys = new Map<number, string>();
    for (const opcode of opcodes) {
      if (opcode.kind === 'assert-zero') pin(pinned, opcode.expression, prime);
      else if (opcode.kind === 'memory-init') {
        const cells = opcode.init.flatMap(witness => pinned.get(witness) ?? []);
        if (cells.length === opcode.init.length) keys.set(opcode.block, memoryKey(cells));
        else keys.delete(opcode.block);
      } else if (opcode.kind === 'memory-op' && !opcode.write && isDynamic(opcode.index)) {
        const key = keys.get(opcode.block);
        if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + (instances[index] ?? 0));
      }
    }
  }
  return counts;
}

function pin(pinned: Map<number, bigint>, { linear, mulTerms, constant }: Expression, prime: bigint): void {
  const [witness] = linear.witnesses;
  if (witness === undefined || linear.witnesses.length !== 1 || mulTerms.length > 0) return;
  pinned.set(witness, mod(-constant * invertOrZero(linear.coefficients[0] ?? 1n, prime), prime));
}

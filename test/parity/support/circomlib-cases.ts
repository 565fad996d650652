/**
 * Functions of circomlib (npm circomlib, a development dependency) and the Noir that an experienced author would write
 * for them. Where Noir's types check ranges, the Circom side has the Num2Bits that an author must not forget.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { SeededRandom } from '../../../fixtures/data/random.ts';
import { BN254_SCALAR_PRIME } from '../../../src/field/index.ts';

/** Values by parameter; of Circom as given, of Noir after `toNoir`. */
export type CircomlibInputs = Readonly<Record<string, readonly bigint[]>>;

export interface CircomlibCase {
  /** The row of the table. */
  readonly name: string;
  /** Main template and includes. */
  readonly circom: string;
  readonly noir: string;
  /** Parameters of the Noir program that are one value, not an array. */
  readonly scalars?: readonly string[];
  readonly draw: (random: SeededRandom) => CircomlibInputs;
  /** Inputs that no proof may exist for, of both. */
  readonly refused?: readonly CircomlibInputs[];
  /** How many constraints more than Circom with O2 ours takes, where it does: see docs/parity.md. */
  readonly excess?: number;
}

/** Folder of circomlib's templates. */
export const CIRCOMLIB = `${dirname(createRequire(import.meta.url).resolve('circomlib/package.json'))}/circuits`;

const INITIAL_STATE = [
  0x6a09e667n,
  0xbb67ae85n,
  0x3c6ef372n,
  0xa54ff53an,
  0x510e527fn,
  0x9b05688cn,
  0x1f83d9abn,
  0x5be0cd19n,
];
/** Levels of the Merkle trees. */
const DEPTH = 8;

/** A uniform integer below 2^bits; about every fourth is an edge. */
function drawWord(random: SeededRandom, bits: number): bigint {
  const edge = random.below(16);
  if (edge < 4) return [0n, 1n, (1n << BigInt(bits)) - 1n, 1n << BigInt(bits - 1)][edge] as bigint;
  let word = 0n;
  for (let taken = 0; taken < bits; taken += 16) word = (word << 16n) + BigInt(random.below(65536));
  return word & ((1n << BigInt(bits)) - 1n);
}

function drawField(random: SeededRandom): bigint {
  if (random.below(8) === 0) return BN254_SCALAR_PRIME - 1n;
  return drawWord(random, 256) % BN254_SCALAR_PRIME;
}

function many<T>(count: number, draw: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => draw(index));
}

/** A template with range checks of its inputs before the comparison. */
function comparison(template: string, bits: number): string {
  return `include "comparators.circom";
template Main() {
    signal input x;
    signal input y;
    signal output out;
    component rangeX = Num2Bits(${bits});
    component rangeY = Num2Bits(${bits});
    rangeX.in <== x;
    rangeY.in <== y;
    component compare = ${template}(${bits});
    compare.in[0] <== x;
    compare.in[1] <== y;
    out <== compare.out;
}`;
}

function comparisonCase(name: string, template: string, bits: number, operator: string): CircomlibCase {
  return {
    name,
    circom: comparison(template, bits),
    noir: `fn main(x: u${bits}, y: u${bits}) -> pub bool { x ${operator} y }`,
    scalars: ['x', 'y'],
    draw: random => {
      const x = drawWord(random, bits);
      return { x: [x], y: [random.below(3) === 0 ? x : drawWord(random, bits)] };
    },
    refused: [{ x: [1n << BigInt(bits)], y: [0n] }],
  };
}

/** The 91 round constants of circomlib's MiMC7, out of its source. */
function mimcConstants(): string[] {
  const source = readFileSync(`${CIRCOMLIB}/mimc.circom`, 'utf8');
  const [, list = ''] = /var c\[91\] = \[([^\]]*)\]/.exec(source) ?? [];
  const constants = list.match(/\d+/g) ?? [];
  if (constants.length !== 91) throw new Error(`circomlib has ${constants.length} MiMC7 constants, not 91.`);
  return constants;
}

const MIMC = `global ROUNDS: [Field; 91] = [${mimcConstants().join(', ')}];

fn mimc7(x: Field, key: Field) -> Field {
    let mut state = x;
    for i in 0..91 {
        let t = key + state + ROUNDS[i];
        let t2 = t * t;
        state = t2 * t2 * t2 * t;
    }
    state + key
}

fn multi_mimc7(x: Field, y: Field, key: Field) -> Field {
    let first = key + x + mimc7(x, key);
    first + y + mimc7(y, first)
}
`;

const SHA256_WORDS = `include "bitify.circom";
include "sha256/sha256compression.circom";
template Compress() {
    signal input block[16];
    signal input state[8];
    signal output out[8];
    component blockBits[16];
    component stateBits[8];
    component outWords[8];
    component compression = Sha256compression();
    for (var i = 0; i < 16; i++) {
        blockBits[i] = Num2Bits(32);
        blockBits[i].in <== block[i];
        for (var k = 0; k < 32; k++) compression.inp[32 * i + 31 - k] <== blockBits[i].out[k];
    }
    for (var i = 0; i < 8; i++) {
        stateBits[i] = Num2Bits(32);
        stateBits[i].in <== state[i];
        for (var k = 0; k < 32; k++) compression.hin[32 * i + k] <== stateBits[i].out[k];
    }
    for (var i = 0; i < 8; i++) {
        outWords[i] = Bits2Num(32);
        for (var k = 0; k < 32; k++) outWords[i].in[k] <== compression.out[32 * i + 31 - k];
        out[i] <== outWords[i].out;
    }
}
`;

/** The functions that are compared. Circom's main component is `Main()`. */
export const CIRCOMLIB_CASES: readonly CircomlibCase[] = [
  {
    name: 'Num2Bits(8)',
    circom:
      'include "bitify.circom";\ntemplate Main() { signal input x; signal output out[8]; component n = Num2Bits(8); n.in <== x; for (var i = 0; i < 8; i++) out[i] <== n.out[i]; }',
    noir: 'fn main(x: Field) -> pub [bool; 8] { x.to_le_bits() }',
    scalars: ['x'],
    draw: random => ({ x: [drawWord(random, 8)] }),
    refused: [{ x: [256n] }, { x: [BN254_SCALAR_PRIME - 1n] }],
  },
  {
    name: 'Num2Bits(128)',
    circom:
      'include "bitify.circom";\ntemplate Main() { signal input x; signal output out[128]; component n = Num2Bits(128); n.in <== x; for (var i = 0; i < 128; i++) out[i] <== n.out[i]; }',
    noir: 'fn main(x: Field) -> pub [bool; 128] { x.to_le_bits() }',
    scalars: ['x'],
    draw: random => ({ x: [drawWord(random, 128)] }),
    refused: [{ x: [1n << 128n] }],
  },
  {
    name: 'IsZero',
    circom:
      'include "comparators.circom";\ntemplate Main() { signal input x; signal output out; component z = IsZero(); z.in <== x; out <== z.out; }',
    noir: 'fn main(x: Field) -> pub bool { x == 0 }',
    scalars: ['x'],
    draw: random => ({ x: [random.below(2) === 0 ? 0n : drawField(random)] }),
  },
  {
    name: 'IsEqual',
    circom:
      'include "comparators.circom";\ntemplate Main() { signal input x; signal input y; signal output out; component e = IsEqual(); e.in[0] <== x; e.in[1] <== y; out <== e.out; }',
    noir: 'fn main(x: Field, y: Field) -> pub bool { x == y }',
    scalars: ['x', 'y'],
    draw: random => {
      const x = drawField(random);
      return { x: [x], y: [random.below(2) === 0 ? x : drawField(random)] };
    },
  },
  comparisonCase('LessThan(32) of two words', 'LessThan', 32, '<'),
  comparisonCase('LessEqThan(64) of two words', 'LessEqThan', 64, '<='),
  comparisonCase('GreaterThan(8) of two bytes', 'GreaterThan', 8, '>'),
  {
    name: 'Switcher',
    circom: `include "switcher.circom";
template Main() {
    signal input c; signal input x; signal input y; signal output out[2];
    c * (c - 1) === 0;
    component s = Switcher(); s.sel <== c; s.L <== x; s.R <== y; out[0] <== s.outL; out[1] <== s.outR;
}`,
    noir: `fn main(c: bool, x: Field, y: Field) -> pub [Field; 2] {
    let change = c as Field * (y - x);
    [x + change, y - change]
}`,
    scalars: ['c', 'x', 'y'],
    draw: random => ({ c: [BigInt(random.below(2))], x: [drawField(random)], y: [drawField(random)] }),
    refused: [{ c: [2n], x: [1n], y: [1n] }],
    excess: 1,
  },
  {
    name: 'Multiplexer(1, 8)',
    circom:
      'include "multiplexer.circom";\ntemplate Main() { signal input i; signal input cells[8]; signal output out; component m = Multiplexer(1, 8); m.sel <== i; for (var k = 0; k < 8; k++) m.inp[k][0] <== cells[k]; out <== m.out[0]; }',
    noir: 'fn main(i: u32, cells: [Field; 8]) -> pub Field { cells[i] }',
    scalars: ['i'],
    draw: random => ({ i: [BigInt(random.below(8))], cells: many(8, () => drawField(random)) }),
    refused: [{ i: [8n], cells: many(8, BigInt) }],
  },
  {
    name: 'Mux3 of eight constants',
    circom: `include "mux3.circom";
template Main() {
    signal input bits[3]; signal output out;
    component m = Mux3();
    for (var k = 0; k < 3; k++) { bits[k] * (bits[k] - 1) === 0; m.s[k] <== bits[k]; }
    for (var k = 0; k < 8; k++) m.c[k] <== k * k * k * k + 7;
    out <== m.out;
}`,
    noir: `fn select(cells: [Field; 4], low: Field, high: Field, both: Field) -> Field {
    let (a, b, c, d) = (cells[0], cells[1], cells[2], cells[3]);
    a + (b - a) * low + (c - a) * high + (a - b - c + d) * both
}
fn main(bits: [bool; 3]) -> pub Field {
    let (low, high) = (bits[0] as Field, bits[1] as Field);
    let both = low * high;
    let first = select([7, 8, 23, 88], low, high, both);
    first + bits[2] as Field * (select([263, 632, 1303, 2408], low, high, both) - first)
}`,
    draw: random => ({ bits: many(3, () => BigInt(random.below(2))) }),
    refused: [{ bits: [2n, 0n, 0n] }],
  },
  {
    name: 'MiMC7(91)',
    circom:
      'include "mimc.circom";\ntemplate Main() { signal input x; signal input k; signal output out; component m = MiMC7(91); m.x_in <== x; m.k <== k; out <== m.out; }',
    noir: `${MIMC}\nfn main(x: Field, k: Field) -> pub Field { mimc7(x, k) }`,
    scalars: ['x', 'k'],
    draw: random => ({ x: [drawField(random)], k: [drawField(random)] }),
  },
  {
    name: `Merkle proof of ${DEPTH} levels, MultiMiMC7`,
    circom: `include "mimc.circom";
include "switcher.circom";
include "bitify.circom";
template Main() {
    signal input leaf; signal input index; signal input siblings[${DEPTH}]; signal output root;
    component path = Num2Bits(${DEPTH});
    path.in <== index;
    component sides[${DEPTH}]; component hashes[${DEPTH}];
    signal nodes[${DEPTH + 1}];
    nodes[0] <== leaf;
    for (var i = 0; i < ${DEPTH}; i++) {
        sides[i] = Switcher();
        sides[i].sel <== path.out[i]; sides[i].L <== nodes[i]; sides[i].R <== siblings[i];
        hashes[i] = MultiMiMC7(2, 91);
        hashes[i].k <== 0; hashes[i].in[0] <== sides[i].outL; hashes[i].in[1] <== sides[i].outR;
        nodes[i + 1] <== hashes[i].out;
    }
    root <== nodes[${DEPTH}];
}`,
    noir: `${MIMC}
fn main(leaf: Field, index: Field, siblings: [Field; ${DEPTH}]) -> pub Field {
    let path: [bool; ${DEPTH}] = index.to_le_bits();
    let mut node = leaf;
    for i in 0..${DEPTH} {
        let change = path[i] as Field * (siblings[i] - node);
        node = multi_mimc7(node + change, siblings[i] - change, 0);
    }
    node
}`,
    scalars: ['leaf', 'index'],
    draw: random => ({
      leaf: [drawField(random)],
      index: [BigInt(random.below(1 << DEPTH))],
      siblings: many(DEPTH, () => drawField(random)),
    }),
    refused: [{ leaf: [1n], index: [1n << BigInt(DEPTH)], siblings: many(DEPTH, BigInt) }],
    excess: 1,
  },
  {
    name: 'Sha256compression of words',
    circom: `${SHA256_WORDS}template Main() {
    signal input block[16]; signal input state[8]; signal output out[8];
    component c = Compress();
    for (var i = 0; i < 16; i++) c.block[i] <== block[i];
    for (var i = 0; i < 8; i++) c.state[i] <== state[i];
    for (var i = 0; i < 8; i++) out[i] <== c.out[i];
}`,
    noir: 'fn main(block: [u32; 16], state: [u32; 8]) -> pub [u32; 8] { std::hash::sha256_compression(block, state) }',
    draw: random => ({
      block: many(16, () => drawWord(random, 32)),
      state: random.below(2) === 0 ? INITIAL_STATE : many(8, () => drawWord(random, 32)),
    }),
    refused: [{ block: many(16, () => 1n << 32n), state: INITIAL_STATE }],
  },
];

/**
 * The gadgets of zkml as circuits: values and refusals on run-time inputs against integer arithmetic, and provers that
 * lie in every hint.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import { seededRandom } from '../../fixtures/data/random.ts';
import type { Program } from '../../src/acir/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { BN254_SCALAR_PRIME, toSigned } from '../../src/field/index.ts';
import { executeArtifact, type NoirArtifact, noirWasm } from '../../src/toolchain/index.ts';
import { pinCosts } from '../support/ledger.ts';
import { programPackage } from '../support/noir-package.ts';
import { provableOutputs } from './support/lying-prover.ts';

/** A gadget as a folded function of some fields, and what it means; undefined where it refuses. */
interface Gadget {
  readonly name: string;
  readonly call: string;
  readonly arity: number;
  /** Bits around which inputs are drawn. */
  readonly bits: number;
  readonly meaning: (inputs: readonly bigint[]) => bigint | undefined;
}

const floorDiv = (x: bigint, shift: bigint): bigint => x >> shift;
const cut = (x: bigint, shift: bigint): bigint =>
  floorDiv(x + (shift === 0n ? 0n : 1n << (shift - 1n)), shift);
const fits = (t: bigint, bits: bigint): boolean => t < 1n << bits && -t < 1n << bits;

const at = (inputs: readonly bigint[], index: number): bigint => inputs[index] as bigint;

function reluGadget(bits: number, shift: number): Gadget {
  const [q, f] = [BigInt(bits), BigInt(shift)];
  return {
    name: `relu of ${bits} bits cut by ${shift}`,
    call: `zkml::activation::relu::<${bits}, ${shift}>(x[0])`,
    arity: 1,
    bits: bits + shift,
    meaning: inputs => {
      const t = cut(at(inputs, 0), f);
      return fits(t, q) ? (t > 0n ? t : 0n) : undefined;
    },
  };
}

function cutGadget(bits: number, shift: number, low: bigint): Gadget {
  return {
    name: `cut by ${shift} to ${bits} bits from ${low}`,
    call: `zkml::rescale::cut::<${bits}, ${shift}>(x[0], ${low})`,
    arity: 1,
    bits: bits + shift,
    meaning: inputs => {
      const t = cut(at(inputs, 0), BigInt(shift));
      return t >= low && t < low + (1n << BigInt(bits)) ? t : undefined;
    },
  };
}

/** y with y v <= 2^K < (y + 1) v, or the same of y^2 and 2^(2K); rests of at most D bits. */
function inverseGadget(
  name: 'reciprocal' | 'reciprocal_root',
  precision: number,
  result: number,
  rest: number,
): Gadget {
  const degree = name === 'reciprocal' ? 1 : 2;
  const top = 1n << BigInt(degree * precision);
  return {
    name: `${name} of 2^${precision}, ${result} bits, rests of ${rest}`,
    call: `zkml::inverse::${name}::<${precision}, ${result}, ${rest}>(x[0])`,
    arity: 1,
    bits: rest - (degree - 1) * result,
    meaning: inputs => {
      const v = at(inputs, 0);
      if (v < 1n) return undefined;
      let y = 0n;
      for (let bit = 1n << BigInt(result); bit > 0n; bit >>= 1n) {
        if ((y + bit) ** BigInt(degree) * v <= top) y += bit;
      }
      const below = top - y ** BigInt(degree) * v;
      const above = (y + 1n) ** BigInt(degree) * v - 1n - top;
      const fit = [below, above].every(value => value < 1n << BigInt(rest));
      return y < 1n << BigInt(result) && fit ? y : undefined;
    },
  };
}

function compareGadget(name: string, bits: number, meaning: (a: bigint, b: bigint) => bigint): Gadget {
  return {
    name: `${name} of ${bits} bits`,
    call: `zkml::compare::${name}::<${bits}>(x[0], x[1])`,
    arity: 2,
    bits,
    meaning: inputs => {
      const [a, b] = [at(inputs, 0), at(inputs, 1)];
      return fits(a - b, BigInt(bits)) ? meaning(a, b) : undefined;
    },
  };
}

/** The index of the first largest, if no candidate is further from the best before it than the proof allows. */
function argmaxMeaning(inputs: readonly bigint[], bits: bigint): bigint | undefined {
  let best = 0;
  for (let i = 1; i < inputs.length; i++) {
    const difference = at(inputs, i) - at(inputs, best) - 1n;
    if (difference >= 1n << bits || difference < -(1n << bits)) return undefined;
    if (difference >= 0n) best = i;
  }
  return BigInt(best);
}

/** A relation of two numbers whose difference lies in [-2^bits + shift, 2^bits + shift). */
function relationGadget(name: 'greater' | 'at_least', bits: number): Gadget {
  const shift = name === 'greater' ? 1n : 0n;
  const limit = 1n << BigInt(bits);
  return {
    name: `${name} of ${bits} bits`,
    call: `zkml::compare::${name}::<${bits}>(x[0], x[1])`,
    arity: 2,
    bits,
    meaning: inputs => {
      const difference = at(inputs, 0) - at(inputs, 1) - shift;
      if (difference >= limit || difference < -limit) return undefined;
      return difference >= 0n ? 1n : 0n;
    },
  };
}

/** The first two of three numbers as first + 3 * second, where keys 4 x + 2 - index differ by no more than is proved. */
function topTwo(inputs: readonly bigint[], bits: bigint): bigint | undefined {
  const keys = [0, 1, 2].map(index => ({ index, key: 4n * at(inputs, index) + 2n - BigInt(index) }));
  keys.sort((one, other) => (one.key > other.key ? -1 : 1));
  const [first = 0n, second = 0n, third = 0n] = keys.map(({ key }) => key);
  const limit = 1n << (bits + 2n);
  if (first - second - 1n >= limit || second - third >= limit) return undefined;
  return BigInt((keys[0]?.index ?? 0) + 3 * (keys[1]?.index ?? 0));
}

/** A table of four segments of four steps from -8 on: 10 * segment + low, 1 below, 2 + t above. */
function tableMeaning(x: bigint, shift: bigint): readonly [value: bigint, t: bigint] {
  const t = cut(x, shift);
  const v = t + 8n;
  if (v < 0n) return [1n, t];
  return [v > 15n ? 2n + t : 10n * (v >> 2n) + (v & 3n), t];
}

const GADGETS: readonly Gadget[] = [
  relationGadget('greater', 3),
  relationGadget('at_least', 3),
  relationGadget('at_least', 120),
  {
    name: 'absolute of 4 bits',
    call: 'zkml::compare::absolute::<4>(x[0])',
    arity: 1,
    bits: 4,
    meaning: inputs => {
      const x = at(inputs, 0);
      return fits(x, 4n) ? (x < 0n ? -x : x) : undefined;
    },
  },
  {
    name: 'sign of 12 bits',
    call: 'zkml::compare::sign::<12>(x[0])',
    arity: 1,
    bits: 12,
    meaning: inputs => {
      const x = at(inputs, 0);
      if (x < -4096n || x > 4095n) return undefined;
      return x === 0n ? 0n : x > 0n ? 1n : -1n;
    },
  },
  {
    name: 'at_most_each of three thresholds',
    call: '{ let yes = zkml::compare::at_most_each::<3, 3>(x[0], [-5, 0, 1], -8, 7); yes[0] + 2 * yes[1] + 4 * yes[2] }',
    arity: 1,
    bits: 4,
    meaning: inputs => {
      const x = at(inputs, 0);
      if (x < -8n || x > 7n) return undefined;
      return (x <= -5n ? 1n : 0n) + (x <= 0n ? 2n : 0n) + (x <= 1n ? 4n : 0n);
    },
  },
  {
    name: 'top_k two of three of 2 bits',
    call: '{ let top = zkml::compare::top_k::<2, 2, 2, 3>(x); top[0] + 3 * top[1] }',
    arity: 3,
    bits: 3,
    meaning: inputs => topTwo(inputs, 2n),
  },
  {
    name: 'a function inside its table',
    call: '{ let place = zkml::table::locate::<2, 1>(x[0], -8); [0, 10, 20, 30][place.segment] + place.low }',
    arity: 1,
    bits: 10,
    meaning: inputs => {
      const [value, t] = tableMeaning(at(inputs, 0), 1n);
      return t < -8n || t > 7n ? undefined : value;
    },
  },
  {
    name: 'a mirrored function',
    call: '{ let (place, turns) = zkml::table::mirror_anywhere::<2, 2, 2, 3>(x[0]); 8 * place.positive + zkml::table::value_inside(turns, [0, 10, 20, 30][place.segment] + place.low) }',
    arity: 1,
    bits: 10,
    meaning: inputs => {
      const t = cut(at(inputs, 0), 3n);
      const size = t < 0n ? -t : t;
      if (size > 63n) return undefined;
      return 8n * (t > 0n ? t : 0n) + (size < 16n ? 10n * (size >> 2n) + (size & 3n) : 0n);
    },
  },
  {
    name: 'a function anywhere',
    call: '{ let place = zkml::table::reach::<3, 2, 2, 3>(x[0], -8); place.choose([0, 10, 20, 30][place.segment] + place.low, 1, 2 + place.t) }',
    arity: 1,
    bits: 10,
    meaning: inputs => {
      const [value, t] = tableMeaning(at(inputs, 0), 3n);
      return t < -72n || t >= 56n ? undefined : value;
    },
  },
  {
    name: 'a value inside of three turns',
    call: '{ zkml::integer::assert_bits::<2>(x[0]); zkml::table::value_inside(x[0], x[1]) }',
    arity: 2,
    bits: 3,
    meaning: ([turns = 0n, value = 0n]) => (turns < 0n || turns > 3n ? undefined : turns === 0n ? value : 0n),
  },
  {
    name: 'two products at once, cut by 1 to 3 bits',
    call: '{ let y = zkml::product::scale_row_packed::<2, 11, 2>([x[0], x[1]], x[2]); zkml::rescale::cut::<3, 1>(y[0], -4) + 100 * zkml::rescale::cut::<3, 1>(y[1], -4) }',
    arity: 3,
    bits: 3,
    meaning: ([a = 0n, b = 0n, factor = 0n]) => {
      const [first, second] = [cut(a * factor, 1n), cut(b * factor, 1n)];
      const isProved = [first, second].every(t => t >= -4n && t < 4n);
      return isProved ? first + 100n * second : undefined;
    },
  },
  {
    name: 'products by pairs',
    call: '{ let packed: [[Field; 2]; 3] = zkml::product::pack_columns::<2, 11, 1, 3, 3, 2>([[x[0], x[1], x[2]], [x[2], x[0], x[1]], [1, x[0], 2]]); let pairs = zkml::product::column_pairs(packed); let y = zkml::product::multiply_row_paired::<2, 11, 1, 3, 3, 2>([x[1], x[2], x[0]], packed, pairs); zkml::integer::assert_bits::<4>(y[1] + 8); zkml::integer::assert_bits::<4>(y[2] + 8); y[0] + 100 * y[1] + 10000 * y[2] }',
    arity: 3,
    bits: 3,
    meaning: ([a = 0n, b = 0n, c = 0n]) => {
      const [first, second, third] = [b * a + c * c + a, b * b + c * a + a * a, 2n * b * c + 2n * a];
      const isProved = [second, third].every(sum => sum >= -8n && sum < 8n);
      return isProved ? first + 100n * second + 10_000n * third : undefined;
    },
  },
  {
    name: 'bilinear sums side by side',
    call: '{ let y = zkml::product::bilinear_packed::<2, 9, 2, 2, 2>([x[0], x[1]], [x[1], x[2]], [[1 + 2 * 512, 1 - 512], [-1, 512]], [1, 2 * 512]); zkml::integer::assert_bits::<5>(y[0] + 16); zkml::integer::assert_bits::<5>(y[1] + 16); y[0] + 100 * y[1] }',
    arity: 3,
    bits: 3,
    meaning: ([a = 0n, b = 0n, c = 0n]) => {
      const [first, second] = [a * (b + c + 1n) - b * b, a * (2n * b - c) + b * (c + 2n)];
      const isProved = [first, second].every(sum => sum >= -16n && sum < 16n);
      return isProved ? first + 100n * second : undefined;
    },
  },
  {
    name: 'a sum of squares below 32',
    call: '{ let y = zkml::product::sum_of_squares([x[0], x[1], x[2]]); zkml::integer::assert_bits::<5>(y); y }',
    arity: 3,
    bits: 3,
    meaning: ([a = 0n, b = 0n, c = 0n]) => {
      const sum = a * a + b * b + c * c;
      return sum < 32n ? sum : undefined;
    },
  },
  {
    name: 'the largest of three within 3 bits',
    call: '{ let y = zkml::softmax::largest_of([x[0], x[1], x[2]]); for i in 0..3 { zkml::integer::assert_bits::<3>(y - x[i]); } y }',
    arity: 3,
    bits: 3,
    meaning: inputs => {
      const sorted = inputs.toSorted((a, b) => (a < b ? -1 : 1));
      return at(sorted, 2) - at(sorted, 0) < 8n ? at(sorted, 2) : undefined;
    },
  },
  {
    name: 'the largest of packed products within 3 bits',
    call: '{ let packed: [[Field; 2]; 1] = zkml::product::pack_columns::<2, 11, 1, 1, 3, 2>([[x[0], x[1], x[2]]]); let y = zkml::product::multiply_row_packed::<2, 11, 1, 1, 3, 2>([-3], packed); let z = zkml::softmax::largest_of(y); for i in 0..3 { zkml::integer::assert_bits::<3>(z - y[i]); } z + 100 * y[1] }',
    arity: 3,
    bits: 3,
    meaning: inputs => {
      const products = inputs.map(value => -3n * value);
      const sorted = products.toSorted((a, b) => (a < b ? -1 : 1));
      return at(sorted, 2) - at(sorted, 0) < 8n ? at(sorted, 2) + 100n * at(products, 1) : undefined;
    },
  },
  {
    name: 'a depth below the largest',
    call: '{ let place = zkml::softmax::depth::<2, 2, 2, 3>(x[0]); zkml::table::value_inside(place.turns, [40, 30, 20, 10][place.segment] - place.low) }',
    arity: 1,
    bits: 10,
    meaning: ([distance = 0n]) => {
      const t = distance >> 3n;
      if (t < 0n || t > 63n) return undefined;
      return t > 15n ? 0n : 40n - 10n * (t >> 2n) - (t & 3n);
    },
  },
  reluGadget(3, 2),
  reluGadget(3, 0),
  reluGadget(1, 1),
  reluGadget(0, 3),
  reluGadget(14, 8),
  reluGadget(120, 80),
  reluGadget(60, 127),
  {
    name: 'rescale of 4 bits cut by 3',
    call: 'zkml::activation::rescale::<4, 3>(x[0])',
    arity: 1,
    bits: 7,
    meaning: inputs => {
      const t = cut(at(inputs, 0), 3n);
      return t >= 0n && t < 16n ? t : undefined;
    },
  },
  {
    name: 'rescale_negative of 4 bits cut by 3',
    call: 'zkml::activation::rescale_negative::<4, 3>(x[0])',
    arity: 1,
    bits: 7,
    meaning: inputs => {
      const t = cut(at(inputs, 0), 3n);
      return t <= 0n && t > -16n ? t : undefined;
    },
  },
  {
    name: 'leaky relu of 5 bits cut by 2, slope 3/8',
    call: 'zkml::activation::leaky_relu::<5, 2, 3>(x[0], 3)',
    arity: 1,
    bits: 7,
    meaning: inputs => {
      const t = cut(at(inputs, 0), 2n);
      return fits(t, 5n) ? t * (t < 0n ? 3n : 8n) : undefined;
    },
  },
  cutGadget(4, 3, -5n),
  cutGadget(3, 0, 2n),
  cutGadget(0, 2, 1n),
  cutGadget(130, 90, -(1n << 129n)),
  inverseGadget('reciprocal', 5, 5, 4),
  inverseGadget('reciprocal', 60, 50, 45),
  inverseGadget('reciprocal_root', 4, 5, 8),
  inverseGadget('reciprocal_root', 40, 35, 75),
  compareGadget('maximum', 4, (a, b) => (a > b ? a : b)),
  compareGadget('minimum', 4, (a, b) => (a < b ? a : b)),
  {
    name: 'argmax of 3 bits over 3',
    call: 'zkml::compare::argmax::<3, 3>(x)',
    arity: 3,
    bits: 2,
    meaning: inputs => argmaxMeaning(inputs, 3n),
  },
  {
    name: 'a score of 4 bits above its threshold',
    call: 'zkml::application::assert_at_least::<4>(x[0], x[1]);\n    1',
    arity: 2,
    bits: 5,
    meaning: ([score = 0n, threshold = 0n]) =>
      score >= threshold && score - threshold < 16n ? 1n : undefined,
  },
  {
    name: 'features of 2 bits in steps of 2 near to an output',
    call: 'zkml::application::assert_near::<2, 1, 0, 1>([x[0]], [x[1]], -2, x[2]);\n    1',
    arity: 3,
    bits: 4,
    meaning: ([output = 0n, feature = 0n, threshold = 0n]) => {
      const rest = threshold - (output - 2n * feature) ** 2n;
      return feature >= -2n && feature < 2n && rest >= 0n && rest < 64n ? 1n : undefined;
    },
  },
  {
    name: 'an account and a nonce',
    call: 'zkml::application::bind(x[0], x[1]);\n    1',
    arity: 2,
    bits: 3,
    meaning: ([address, nonce]) => (address === 0n || nonce === -1n ? undefined : 1n),
  },
  {
    name: 'argmax of 190 bits over 2',
    call: 'zkml::compare::argmax::<190, 2>(x)',
    arity: 2,
    bits: 190,
    meaning: inputs => argmaxMeaning(inputs, 190n),
  },
];

/** Every gadget folded, and a main that runs the one it is told to. */
function harness(): string {
  const functions = GADGETS.map(
    ({ call, arity }, index) =>
      `#[fold]\nfn gadget_${index}(x: [Field; ${arity}]) -> Field {\n    ${call}\n}\n`,
  );
  const calls = GADGETS.map(({ arity }, index) => {
    const args = Array.from({ length: arity }, (_, i) => `x[${i}]`).join(', ');
    return `    if which == ${index} {\n        y = gadget_${index}([${args}]);\n    }\n`;
  });
  return `${functions.join('')}fn main(which: Field, x: [Field; 3]) -> pub Field {\n    let mut y = 0;\n${calls.join('')}    y\n}\n`;
}

function libraryFiles(): Record<string, string> {
  const folder = 'noir-templates/zkml';
  const files: Record<string, string> = { 'zkml/Nargo.toml': readFileSync(`${folder}/Nargo.toml`, 'utf8') };
  for (const name of readdirSync(`${folder}/src`))
    files[`zkml/src/${name}`] = readFileSync(`${folder}/src/${name}`, 'utf8');
  return files;
}

/** Zero, ones, powers of two up to the gadget's width with their neighbours, random ones; of both signs. */
function edgeValues(bits: number, seed: number): bigint[] {
  const random = seededRandom(seed);
  const powers = Array.from({ length: bits + 2 }, (_, i) => 1n << BigInt(i)).filter(
    (_, i) => i < 8 || i > bits - 3 || i === 64 || i === 128,
  );
  const draws = Array.from({ length: 10 }, () => {
    const digits = Array.from({ length: Math.ceil(bits / 16) }, () =>
      random.below(65536).toString(16).padStart(4, '0'),
    );
    return BigInt(`0x${digits.join('')}`) & ((1n << BigInt(bits + 1)) - 1n);
  });
  const magnitudes = [0n, ...powers.flatMap(power => [power - 1n, power, power + 1n]), ...draws];
  return [...new Set(magnitudes.flatMap(value => [value, -value]))];
}

function inputsOf({ arity, bits }: Gadget): bigint[][] {
  const values = edgeValues(bits, 11);
  if (arity === 1) return values.map(value => [value]);
  const few =
    bits > 100 ? values.filter((_, i) => i % 4 === 0) : values.filter(value => value < 20n && value > -20n);
  let tuples: bigint[][] = [[]];
  for (let i = 0; i < arity; i++) tuples = tuples.flatMap(tuple => few.map(value => [...tuple, value]));
  return tuples.filter((_, i) => i % Math.ceil(tuples.length / 150) === 0);
}

describe('the gadgets of zkml', () => {
  let artifact: NoirArtifact;
  let program: Program;

  before(async () => {
    artifact = await noirWasm().compile(programPackage(harness(), libraryFiles()));
    ({ program } = decodeArtifact(artifact));
  });

  it('cost what the ledger says', () => {
    const entries = GADGETS.map(({ name }, index) => {
      const circuit = program.functions.find(candidate => candidate.name === `gadget_${index}`);
      assert.ok(circuit, `no circuit gadget_${index}`);
      return [name.replaceAll(',', ''), { ...program, functions: [circuit] }] as const;
    });
    pinCosts('gadgets', Object.fromEntries(entries));
  });

  const toField = (value: bigint): string =>
    (((value % BN254_SCALAR_PRIME) + BN254_SCALAR_PRIME) % BN254_SCALAR_PRIME).toString();

  async function run(which: number, inputs: readonly bigint[]): Promise<bigint | undefined> {
    const x = [0, 1, 2].map(index => toField(inputs[index] ?? 0n));
    try {
      const { returnValue } = await executeArtifact(artifact, { which, x });
      return toSigned(BigInt(returnValue as string), BN254_SCALAR_PRIME);
    } catch (error) {
      if (error instanceof BionoirError && error.code === 'EXECUTION_FAILED') return undefined;
      throw error;
    }
  }

  for (const [index, gadget] of GADGETS.entries()) {
    it(`${gadget.name} computes what it means, and refuses what it cannot prove`, async () => {
      let refusals = 0;
      for (const inputs of inputsOf(gadget)) {
        const expected = gadget.meaning(inputs);
        assert.equal(await run(index, inputs), expected, `inputs ${inputs.join()}`);
        if (expected === undefined) refusals++;
      }
      assert.ok(refusals > 0, 'no input was refused');
    });
  }

  for (const [index, gadget] of GADGETS.entries()) {
    if (gadget.bits > 8) continue;
    it(`${gadget.name} leaves a lying prover no other result`, () => {
      const circuit = program.functions.find(({ name }) => name === `gadget_${index}`);
      assert.ok(circuit, `no circuit gadget_${index}`);
      for (const inputs of inputsOf(gadget)) {
        const expected = gadget.meaning(inputs);
        const outputs = provableOutputs(circuit, inputs, BN254_SCALAR_PRIME);
        assert.deepEqual([...outputs], expected === undefined ? [] : [expected], `inputs ${inputs.join()}`);
      }
    });
  }
});

/** What the parts of a compiled witness program share while it is written: constants, forms, and the way to refuse. */
import { mod, toSigned } from '../../field/index.ts';
import { createU32List, push, type U32List } from '../../r1cs/index.ts';
import { FORM, FORM_COUNT_MAX, FORM_COUNT_SHIFT } from './codes.ts';

/** Thrown inside the compiler, caught at its top: the reference machine runs what engines cannot. */
export class Uncompilable extends Error {}

/** Constants by value, and forms as words. */
export interface Pools {
  readonly prime: bigint;
  readonly constants: U32List;
  readonly ids: Map<bigint, number>;
  readonly forms: U32List;
}

export function createPools(prime: bigint): Pools {
  return { prime, constants: createU32List(1024), ids: new Map(), forms: createU32List(4096) };
}

const CONSTANT_WORDS = 8;

/** The id of a constant. */
export function constantId(pools: Pools, value: bigint): number {
  const known = pools.ids.get(value);
  if (known !== undefined) return known;
  const id = pools.constants.length / CONSTANT_WORDS;
  pushConstant(pools, value);
  pools.ids.set(value, id);
  return id;
}

/** Appends constants that must follow each other; returns the id of the first. */
export function consecutiveConstants(pools: Pools, values: readonly bigint[]): number {
  const first = pools.constants.length / CONSTANT_WORDS;
  for (const value of values) pushConstant(pools, value);
  return first;
}

function pushConstant({ constants }: Pools, value: bigint): void {
  for (let word = 0; word < CONSTANT_WORDS; word++)
    push(constants, Number((value >> BigInt(32 * word)) & 0xffffffffn));
}

/** sum coefficients[k] * wire[k] + sum products + constant; coefficients are any integers, wires may repeat. */
export interface FormParts {
  readonly terms: ReadonlyMap<number, bigint>;
  readonly products?: readonly { readonly left: number; readonly right: number; readonly factor: bigint }[];
  readonly constant: bigint;
}

const I32 = 2n ** 31n;
/** Runs shorter than this are written as pairs. */
const RUN_MIN = 12;
/** Wires that a run may step over: they get the coefficient 0. */
const GAP_MAX = 3;

/** Writes `sign` times a form; returns its place. */
export function writeForm(
  pools: Pools,
  { terms, products = [], constant }: FormParts,
  sign: 1n | -1n = 1n,
): number {
  const { forms, prime } = pools;
  const place = forms.length;
  const small: (readonly [wire: number, coefficient: number])[] = [];
  const big: (readonly [wire: number, coefficient: bigint])[] = [];
  for (const [wire, coefficient] of terms) {
    const signed = toSigned(mod(sign * coefficient, prime), prime);
    if (signed === 0n) continue;
    if (signed < I32 && signed >= -I32) small.push([wire, Number(signed)]);
    else big.push([wire, mod(signed, prime)]);
  }
  const fixed = mod(sign * constant, prime);
  if (
    fixed === 0n &&
    big.length === 0 &&
    products.length === 0 &&
    small.length === 1 &&
    small[0]?.[1] === 1
  ) {
    push(forms, FORM.single);
    push(forms, small[0][0]);
    return place;
  }
  small.sort(([left], [right]) => left - right);
  const [from, to] = longestRun(small);
  const run = to - from >= RUN_MIN ? small.slice(from, to) : [];
  const pairs = run.length === 0 ? small : [...small.slice(0, from), ...small.slice(to)];
  writeHead(pools, { fixed, big, products: products.length, run, pairs });
  if (fixed !== 0n) push(forms, constantId(pools, fixed));
  if (big.length > 0) {
    push(forms, big.length);
    for (const [wire, coefficient] of big) {
      push(forms, wire);
      push(forms, constantId(pools, coefficient));
    }
  }
  if (products.length > 0) {
    push(forms, products.length);
    for (const { left, right, factor } of products) {
      push(forms, left);
      push(forms, right);
      push(forms, constantId(pools, mod(sign * factor, prime)));
    }
  }
  if (run.length > 0 && pairs.length > 0) push(forms, pairs.length);
  writePairs(forms, pairs);
  if (run.length > 0) writeRun(forms, run);
  return place;
}

type SmallTerms = readonly (readonly [wire: number, coefficient: number])[];

interface Head {
  readonly fixed: bigint;
  readonly big: readonly unknown[];
  readonly products: number;
  readonly run: SmallTerms;
  readonly pairs: SmallTerms;
}

function writeHead({ forms }: Pools, { fixed, big, products, run, pairs }: Head): void {
  const count = run.length === 0 ? pairs.length : spanOf(run);
  if (count > FORM_COUNT_MAX) throw new Uncompilable(`a sum has ${count} terms`);
  const flags =
    (fixed === 0n ? 0 : FORM.constant) |
    (big.length === 0 ? 0 : FORM.big) |
    (products === 0 ? 0 : FORM.products) |
    (run.length === 0 ? 0 : classOf(run) << FORM.classShift) |
    (run.length > 0 && pairs.length > 0 ? FORM.pairs : 0);
  push(forms, flags + count * 2 ** FORM_COUNT_SHIFT);
}

/** Half-open range of terms whose wires follow each other with small gaps only. */
function longestRun(terms: SmallTerms): readonly [number, number] {
  let [bestFrom, bestTo, from] = [0, 0, 0];
  for (let k = 1; k <= terms.length; k++) {
    const [previous] = terms[k - 1] as readonly [number, number];
    const next = terms[k]?.[0];
    if (next !== undefined && next - previous <= GAP_MAX + 1) continue;
    if (k - from > bestTo - bestFrom) [bestFrom, bestTo] = [from, k];
    from = k;
  }
  return [bestFrom, bestTo];
}

function spanOf(run: SmallTerms): number {
  return (run.at(-1)?.[0] ?? 0) - (run[0]?.[0] ?? 0) + 1;
}

/** 1, 2, 3: coefficients of 8, 16, 32 bits. */
function classOf(run: SmallTerms): 1 | 2 | 3 {
  let size = 0;
  for (const [, coefficient] of run) size = Math.max(size, coefficient < 0 ? -coefficient - 1 : coefficient);
  return size < 2 ** 7 ? 1 : size < 2 ** 15 ? 2 : 3;
}

function writePairs(forms: U32List, pairs: SmallTerms): void {
  for (const [wire, coefficient] of pairs) {
    push(forms, wire);
    push(forms, coefficient >>> 0);
  }
}

function writeRun(forms: U32List, run: SmallTerms): void {
  const first = run[0]?.[0] ?? 0;
  push(forms, first);
  const perWord = 4 >> (classOf(run) - 1);
  const words = new Uint32Array(Math.ceil(spanOf(run) / perWord));
  const bits = 32 / perWord;
  const mask = 2 ** bits - 1;
  for (const [wire, coefficient] of run) {
    const k = wire - first;
    const at = Math.floor(k / perWord);
    words[at] = ((words[at] as number) | (((coefficient & mask) >>> 0) << (bits * (k % perWord)))) >>> 0;
  }
  for (const word of words) push(forms, word);
}

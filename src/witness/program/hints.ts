/**
 * Unconstrained functions of the library for networks (noir-templates/zkml) that engines know by heart.
 *
 * They are recognised by what they do, not by their bytes, which change with each compiler: a function of one argument that
 * gives what a hint gives on many numbers of every size is taken for it. Should it differ elsewhere, no harm is done: hints
 * prove nothing, the constraints beside them refuse a wrong value, and a program that an engine stops is run by the
 * reference machine, which knows no hints.
 */
import type { BrilligFunction, Program } from '../../acir/types.ts';
import type { Hint } from './codes.ts';

/** A function that engines know: which hint, and by how many bits it cuts. */
export interface KnownHint {
  readonly name: Hint;
  readonly bits: number;
  readonly outputCount: number;
}

/** Runs unconstrained function `id`; undefined where it stops. */
export type Probe = (id: number, input: bigint) => readonly bigint[] | undefined;

/** Longer functions are none of the library's hints. */
const INSTRUCTIONS_MAX = 400;
/** Widest cut that the library makes. */
const BITS_MAX = 127;

/** Finds the hints of a program. */
export function findHints(program: Program, prime: bigint, probe: Probe): ReadonlyMap<number, KnownHint> {
  const found = new Map<number, KnownHint>();
  program.unconstrained.forEach((unconstrained, id) => {
    const hint = isCandidate(unconstrained) ? recognise(id, prime, probe) : undefined;
    if (hint !== undefined) found.set(id, hint);
  });
  return found;
}

function isCandidate({ opcodes }: BrilligFunction): boolean {
  return (
    opcodes.length <= INSTRUCTIONS_MAX &&
    !opcodes.some(({ kind }) => kind === 'black-box' || kind === 'foreign-call')
  );
}

function recognise(id: number, prime: bigint, probe: Probe): KnownHint | undefined {
  // a cut takes 2^200 to 2^(200 - bits), and only the sign of it may be asked
  const high = probe(id, 1n << 200n);
  const candidate = high && candidateOf(high);
  if (candidate === undefined) return undefined;
  const agrees = probes(prime, candidate.bits).every(input => {
    const given = probe(id, input);
    const expected = hintResult(candidate, input, prime);
    return given?.length === expected.length && expected.every((value, k) => value === given[k]);
  });
  return agrees ? candidate : undefined;
}

function candidateOf(high: readonly bigint[]): KnownHint | undefined {
  const [first, second] = high;
  if (first === undefined || high.length > 2 || (high.length === 2 && first !== second)) return undefined;
  if (high.length === 1 && first === 1n) return { name: 'not-negative', bits: 0, outputCount: 1 };
  const bits = 200 - (first.toString(2).length - 1);
  if (bits < 0 || bits > BITS_MAX || first !== 1n << BigInt(200 - bits)) return undefined;
  return { name: high.length === 2 ? 'positive-part' : 'quotient', bits, outputCount: high.length };
}

/** What a hint gives: t = floor(x / 2^bits) of a signed number; (max(0, t), |t|), |t|, or whether x is not negative. */
export function hintResult({ name, bits }: KnownHint, input: bigint, prime: bigint): readonly bigint[] {
  const isNegative = input > (prime - 1n) / 2n;
  if (name === 'not-negative') return [isNegative ? 0n : 1n];
  const shift = BigInt(bits);
  const magnitude = isNegative ? (prime - input + (1n << shift) - 1n) >> shift : input >> shift;
  return name === 'quotient' ? [magnitude] : [isNegative ? 0n : magnitude, magnitude];
}

/** Numbers around every border: of the field's sign, of the cut, of machine words; and some in between. */
function probes(prime: bigint, bits: number): bigint[] {
  const borders = [0n, prime, prime / 2n];
  for (const exponent of [bits - 1, bits, bits + 1, 31, 32, 62, 63, 64, 127, 128, 150, 240])
    if (exponent >= 0) borders.push(1n << BigInt(exponent), prime - (1n << BigInt(exponent)));
  const around = borders.flatMap(border => [border - 1n, border, border + 1n, border + 2n]);
  // steps of an irrational share of the field
  const step = (prime * 618033988749894848n) / 10n ** 18n;
  const spread = Array.from({ length: 16 }, (_, k) => (BigInt(k) * step + 12345n) % prime);
  const small = spread.map(value => value % (1n << BigInt(bits + 20)));
  return [
    ...around.filter(value => value >= 0n && value < prime),
    ...spread,
    ...small,
    ...small.map(v => prime - 1n - v),
  ];
}

/** Random ACIR programs over BN254 that a solver can solve in order: for running solvers, lowering and checker against each other. */
import type { seededRandom } from '../../fixtures/data/random.ts';
import { acirWitness, ONE_EXPRESSION, witnessExpression } from '../../src/acir/index.ts';
import type {
  AcirWitness,
  BlackBoxCall,
  Circuit,
  Expression,
  FunctionInput,
  Opcode,
  Program,
} from '../../src/acir/types.ts';
import { BN254_SCALAR_PRIME as p } from '../../src/field/index.ts';

type Random = ReturnType<typeof seededRandom>;

/** Widths of the parameters of every function; 254 is any field element. */
export const PARAMETER_BITS: readonly number[] = [254, 8, 1, 32];
const FIELD_BITS = 254;
const WORD_BITS = 32;

interface Writing {
  readonly random: Random;
  readonly opcodes: Opcode[];
  /** Known witnesses, with the bits they fit. */
  readonly pool: { readonly witness: AcirWitness; readonly bits: number }[];
  readonly isMain: boolean;
  next: number;
  blocks: number;
}

/** Makes a program of main and one function that it may call, switched by a witness or not. */
export function randomProgram(random: Random): Program {
  return { functions: [randomCircuit(random, true), randomCircuit(random, false)], unconstrained: [] };
}

function randomCircuit(random: Random, isMain: boolean): Circuit {
  const parameters = PARAMETER_BITS.map((_, index) => acirWitness(index));
  const pool = parameters.map((witness, index) => ({ witness, bits: PARAMETER_BITS[index] ?? FIELD_BITS }));
  const writing: Writing = { random, opcodes: [], pool, isMain, next: parameters.length, blocks: 0 };
  // main's inputs are anything; a function's come with the ranges that its caller proved
  if (isMain) for (const { witness, bits } of pool) if (bits < FIELD_BITS) pushRange(writing, witness, bits);
  const steps = 4 + random.below(isMain ? 10 : 5);
  for (let step = 0; step < steps; step++) STEPS[random.below(STEPS.length)]?.(writing);
  const result = push(writing, FIELD_BITS);
  writing.opcodes.push(assertZero({ ...sum(writing, [pick(writing), pick(writing)]), minus: result }));
  return {
    name: isMain ? 'main' : 'callee',
    opcodes: writing.opcodes,
    privateParameters: isMain ? parameters.slice(0, 3) : parameters,
    publicParameters: isMain ? parameters.slice(3) : [],
    returnValues: [result],
    assertMessages: [],
  };
}

const STEPS: readonly ((writing: Writing) => void)[] = [
  multiply,
  multiply,
  combine,
  combine,
  range,
  bitwise,
  bitwise,
  memory,
  check,
  hash,
  call,
];

function pick({ random, pool }: Writing, bitsMax = FIELD_BITS): AcirWitness {
  const fitting = pool.filter(({ bits }) => bits <= bitsMax);
  return (fitting[random.below(fitting.length)] ?? pool[2])?.witness as AcirWitness; // parameter 2 is a bit
}

function push(writing: Writing, bits: number): AcirWitness {
  const witness = acirWitness(writing.next++);
  writing.pool.push({ witness, bits });
  return witness;
}

function coefficient(random: Random): bigint {
  const small = BigInt(1 + random.below(9));
  return [small, p - small, (1n << 200n) + small][random.below(3)] ?? 1n;
}

interface Terms {
  readonly mulTerms: Expression['mulTerms'];
  readonly linear: readonly (readonly [AcirWitness, bigint])[];
  readonly constant: bigint;
}

function sum({ random }: Writing, witnesses: readonly AcirWitness[]): Terms {
  const linear = new Map<AcirWitness, bigint>();
  for (const witness of witnesses) linear.set(witness, coefficient(random));
  return { mulTerms: [], linear: [...linear], constant: BigInt(random.below(5)) };
}

/** terms - minus = 0. */
function assertZero({ mulTerms, linear, constant, minus }: Terms & { readonly minus?: AcirWitness }): Opcode {
  const all = minus === undefined ? linear : [...linear, [minus, p - 1n] as const];
  const sorted = [...all].sort(([left], [right]) => left - right);
  const expression: Expression = {
    mulTerms,
    linear: {
      witnesses: Uint32Array.from(sorted, ([witness]) => witness),
      coefficients: sorted.map(([, value]) => value),
    },
    constant,
  };
  return { kind: 'assert-zero', expression };
}

function multiply(writing: Writing): void {
  const { random, opcodes } = writing;
  const terms = sum(writing, random.below(2) === 0 ? [] : [pick(writing)]);
  const count = 1 + random.below(3);
  const mulTerms = Array.from({ length: count }, () => {
    const pair = [pick(writing), pick(writing)].sort((a, b) => a - b) as [AcirWitness, AcirWitness];
    return { coefficient: coefficient(random), left: pair[0], right: pair[1] };
  });
  opcodes.push(assertZero({ ...terms, mulTerms, minus: push(writing, FIELD_BITS) }));
}

function combine(writing: Writing): void {
  const terms = sum(writing, [pick(writing), pick(writing), pick(writing)]);
  writing.opcodes.push(assertZero({ ...terms, minus: push(writing, FIELD_BITS) }));
}

function pushBlackBox({ opcodes }: Writing, blackBox: BlackBoxCall): void {
  opcodes.push({ kind: 'black-box', call: blackBox });
}

function input(witness: AcirWitness): FunctionInput {
  return { kind: 'witness', witness };
}

function pushRange(writing: Writing, witness: AcirWitness, bits: number): void {
  pushBlackBox(writing, { name: 'range', input: input(witness), bits });
}

/** Mostly true; narrower at times. */
function range(writing: Writing): void {
  const { random, pool } = writing;
  const { witness, bits } = pool[random.below(pool.length)] ?? { witness: acirWitness(2), bits: 1 };
  pushRange(writing, witness, Math.max(1, bits - (random.below(8) === 0 ? 1 : 0)));
}

function bitwise(writing: Writing): void {
  const bits = [8, WORD_BITS][writing.random.below(2)] ?? 8;
  const name = writing.random.below(2) === 0 ? 'and' : 'xor';
  const [left, right] = [input(pick(writing, bits)), input(pick(writing, bits))];
  pushBlackBox(writing, { name, left, right, bits, output: push(writing, bits) });
}

/** A block of values, written and read at bits (or at bytes, which are mostly out of bounds). */
function memory(writing: Writing): void {
  const { random, opcodes } = writing;
  const block = writing.blocks++;
  const init = Array.from({ length: 2 + random.below(4) }, () => pick(writing));
  opcodes.push({ kind: 'memory-init', block, init, blockKind: { kind: 'memory' } });
  for (let access = random.below(4); access >= 0; access--) {
    const index = witnessExpression(pick(writing, random.below(10) === 0 ? 8 : 1));
    const isWrite = random.below(3) === 0;
    const value = witnessExpression(isWrite ? pick(writing) : push(writing, FIELD_BITS));
    opcodes.push({ kind: 'memory-op', block, write: isWrite, index, value });
  }
}

/** An assertion that seldom holds. */
function check(writing: Writing): void {
  const bit = pick(writing, 1);
  if (writing.random.below(4) === 0)
    writing.opcodes.push(assertZero({ mulTerms: [], linear: [[bit, 1n]], constant: 0n }));
}

function hash(writing: Writing): void {
  if (writing.random.below(3) !== 0) return;
  const inputs = Array.from({ length: 4 }, () => input(pick(writing)));
  const outputs = Array.from({ length: 4 }, () => push(writing, FIELD_BITS));
  pushBlackBox(writing, { name: 'poseidon2-permutation', inputs, outputs });
}

function call(writing: Writing): void {
  const { random, opcodes, isMain } = writing;
  if (!isMain) return;
  const inputs = PARAMETER_BITS.map(bits => pick(writing, bits));
  const predicate = random.below(2) === 0 ? ONE_EXPRESSION : witnessExpression(pick(writing, 1));
  opcodes.push({ kind: 'call', id: 1, inputs, outputs: [push(writing, FIELD_BITS)], predicate });
}

/** Values of main's parameters. */
export function randomInputs(random: Random): Map<number, bigint> {
  const word = (): bigint => BigInt(random.below(2 ** 31)) * 2n + BigInt(random.below(2));
  const field = (): bigint =>
    Array.from({ length: 8 }, word).reduce((sum, part) => sum * 2n ** 32n + part) % p;
  return new Map([
    [0, random.below(3) === 0 ? BigInt(random.below(4)) : field()],
    [1, BigInt(random.below(256))],
    [2, BigInt(random.below(2))],
    [3, word()],
  ]);
}

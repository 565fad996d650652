/** Runs random programs on both machines, and their witnesses through both lowerings. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type * as Acvm from '@noir-lang/acvm_js';
import { lowerProgram } from '../../converters/acir-to-r1cs/index.ts';
import { encodeProgram } from '../../converters/nargo-to-acir/index.ts';
import { seededRandom } from '../../fixtures/data/random.ts';
import type { Program, WitnessStack } from '../../src/acir/types.ts';
import { executeProgram } from '../../src/acvm/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { assertSatisfied } from '../../src/r1cs/index.ts';
import { solveRounds, solveWires } from '../../src/witness/index.ts';
import { randomInputs, randomProgram } from './random-programs.ts';

const acvm = createRequire(import.meta.url)('@noir-lang/acvm_js') as typeof Acvm;

/** Of the programs at least this share must be solved: failures alone would show little. */
const SOLVED_SHARE = 0.3;

/** Checks the programs of `count` seeds. A failure names its seed. */
export async function checkRandomPrograms(first: number, count: number): Promise<void> {
  let solved = 0;
  for (let seed = first; seed < first + count; seed++) {
    const random = seededRandom(seed);
    const program = randomProgram(random);
    const inputs = randomInputs(random);
    const ours = await runOurs(program, inputs);
    assert.deepEqual(ours && toLists(ours), await runTheirs(program, inputs), `seed ${seed}`);
    if (ours === undefined) continue;
    solved++;
    checkLowerings(program, ours, { seed, challenge: BigInt(random.below(2 ** 31)) + 2n ** 200n });
  }
  assert.ok(solved >= SOLVED_SHARE * count, `${solved} of ${count} programs have a witness`);
}

type Lists = (readonly [number, (readonly [number, bigint])[]])[];

function toLists(stack: WitnessStack): Lists {
  return stack.map(({ functionIndex, witnesses }) => [functionIndex, [...witnesses]]);
}

async function runOurs(
  program: Program,
  inputs: ReadonlyMap<number, bigint>,
): Promise<WitnessStack | undefined> {
  try {
    return await executeProgram(program, inputs);
  } catch (error) {
    assert.ok(error instanceof BionoirError && error.code === 'EXECUTION_FAILED', String(error));
    return undefined;
  }
}

async function runTheirs(program: Program, inputs: ReadonlyMap<number, bigint>): Promise<Lists | undefined> {
  const initial = new Map(
    [...inputs].map(([witness, value]) => [witness, `0x${value.toString(16).padStart(64, '0')}`]),
  );
  try {
    const stack = await acvm.executeProgram(encodeProgram(program), initial, async () => []);
    return stack.map(({ index, witness }) => [
      index,
      [...witness].sort(([a], [b]) => a - b).map(([key, value]) => [key, BigInt(value)] as const),
    ]);
  } catch (error) {
    assert.ok(!(error instanceof WebAssembly.RuntimeError), String(error));
    return undefined;
  }
}

function checkLowerings(
  program: Program,
  stack: WitnessStack,
  { seed, challenge }: { readonly seed: number; readonly challenge: bigint },
): void {
  const plain = lowerProgram(program);
  assertHolds(
    () => assertSatisfied(plain.system, solveWires(plain.recipe, stack)),
    `seed ${seed}, with bits`,
  );
  const looked = lowerProgram(program, { lookups: { rangeBits: [4] } });
  const { wires, challengeCount, finish } = solveRounds(looked.recipe, stack);
  const challenges = Array.from({ length: challengeCount }, (_, index) => challenge + BigInt(index));
  const all = challengeCount === 0 ? wires : finish(challenges);
  assertHolds(() => assertSatisfied(looked.system, all), `seed ${seed}, with lookups`);
}

function assertHolds(action: () => void, what: string): void {
  try {
    action();
  } catch (cause) {
    throw new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

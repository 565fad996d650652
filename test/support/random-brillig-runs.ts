/** Runs random unconstrained functions on three machines: Noir's, the reference, the kernel's engine. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type * as Acvm from '@noir-lang/acvm_js';
import { lowerProgram } from '../../converters/acir-to-r1cs/index.ts';
import { encodeProgram } from '../../converters/nargo-to-acir/index.ts';
import { seededRandom } from '../../fixtures/data/random.ts';
import type { Program } from '../../src/acir/types.ts';
import { executeProgram } from '../../src/acvm/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { openKernel } from '../../src/kernel/index.ts';
import { randomBrilligInputs, randomBrilligProgram } from './random-brillig.ts';
import { assertSameWitness, loadFor } from './witness-engine.ts';

const acvm = createRequire(import.meta.url)('@noir-lang/acvm_js') as typeof Acvm;

/** Of the functions at least this share must end: stops alone would show little. */
const ENDED_SHARE = 0.3;

/** Checks the functions of `count` seeds. A failure names its seed. */
export async function checkRandomBrillig(first: number, count: number): Promise<void> {
  const kernel = await openKernel('best');
  let ended = 0;
  try {
    for (let seed = first; seed < first + count; seed++) {
      const random = seededRandom(seed);
      const program = randomBrilligProgram(random);
      const inputs = randomBrilligInputs(random);
      const ours = await runOurs(program, inputs);
      assert.deepEqual(ours, await runTheirs(program, inputs), `seed ${seed}`);
      const lowered = lowerProgram(program);
      const loaded = await loadFor(kernel, program, lowered);
      assert.ok(loaded, `seed ${seed} compiles`);
      const outcome = await assertSameWitness(
        loaded,
        { program, lowered },
        [...inputs.values()],
        `seed ${seed}`,
      );
      loaded.release();
      assert.notEqual(outcome, 'left', `seed ${seed}`);
      if (ours !== 'stopped') ended++;
    }
  } finally {
    await kernel.close();
  }
  assert.ok(ended >= ENDED_SHARE * count, `${ended} of ${count} functions end`);
}

type Witnesses = readonly (readonly [number, bigint])[];

async function runOurs(
  program: Program,
  inputs: ReadonlyMap<number, bigint>,
): Promise<Witnesses | 'stopped'> {
  try {
    return [...((await executeProgram(program, inputs)).at(-1)?.witnesses ?? [])];
  } catch (error) {
    assert.ok(error instanceof BionoirError && error.code === 'EXECUTION_FAILED', String(error));
    return 'stopped';
  }
}

async function runTheirs(
  program: Program,
  inputs: ReadonlyMap<number, bigint>,
): Promise<Witnesses | 'stopped'> {
  const initial = new Map(
    [...inputs].map(([witness, value]) => [witness, `0x${value.toString(16).padStart(64, '0')}`]),
  );
  try {
    const stack = await acvm.executeProgram(encodeProgram(program), initial, async () => []);
    const witnesses = [...(stack.at(-1)?.witness ?? [])];
    return witnesses.sort(([a], [b]) => a - b).map(([key, value]) => [key, BigInt(value)] as const);
  } catch (error) {
    assert.ok(!(error instanceof WebAssembly.RuntimeError), String(error));
    return 'stopped';
  }
}

/** The kernel's witness engine beside the reference machine: the same wires and frames, or a stop at the same place. */
import assert from 'node:assert/strict';
import type { LoweredProgram } from '../../converters/acir-to-r1cs/index.ts';
import type { Program, WitnessStack } from '../../src/acir/types.ts';
import { executeProgram, type FailureDetails, probeFunctions } from '../../src/acvm/index.ts';
import { BionoirError } from '../../src/errors.ts';
import type { Kernel, LoadedWitnessProgram, StoppedProgram } from '../../src/kernel/index.ts';
import { decodeFrames, decodeWires } from '../../src/solving.ts';
import {
  compileWitnessProgram,
  STOP_REASONS,
  solveRounds,
  type WitnessProgram,
} from '../../src/witness/index.ts';

/** What became of one input: on how many of them the engine gave a witness, stopped, or left the reference machine to it. */
export type Outcome = 'solved' | 'stopped' | 'left';

/** Compiles a program, with the library's hints recognised. */
export function compileFor(program: Program, { recipe }: Pick<LoweredProgram, 'recipe'>): WitnessProgram {
  return compileWitnessProgram(program, recipe, { probe: probeFunctions(program) });
}

/** Compiles and loads; undefined where engines cannot run the program. */
export async function loadFor(
  kernel: Kernel,
  program: Program,
  lowered: Pick<LoweredProgram, 'recipe'>,
): Promise<LoadedWitnessProgram | undefined> {
  assert.ok(kernel.witness, `the kernel '${kernel.name}' has a witness engine`);
  const made = compileFor(program, lowered);
  return made.kind === 'compiled' ? kernel.witness.load(made.bytes) : undefined;
}

/** Reasons for which the reference machine may solve what the engine does not. */
const LEFT: readonly string[] = ['unsupported', 'ratio', 'memory'];

/** Solves one input on both and compares everything. */
export async function assertSameWitness(
  loaded: LoadedWitnessProgram,
  { program, lowered }: { readonly program: Program; readonly lowered: Pick<LoweredProgram, 'recipe'> },
  inputs: readonly bigint[],
  what: string,
): Promise<Outcome> {
  const expected = await runReference(program, inputs);
  const found = await loaded.solve(inputs, { keepFrames: true });
  if (found.kind === 'stopped') {
    if (LEFT.includes(STOP_REASONS[found.reason] ?? '')) return 'left';
    assert.ok(
      !Array.isArray(expected),
      `${what}: the engine stopped (${STOP_REASONS[found.reason]}), the reference did not`,
    );
    // calls wait until a result is needed, so that something after one may stop first
    if (program.functions.length === 1) assert.deepEqual(placeOf(found), expected, what);
    return 'stopped';
  }
  assert.ok(
    Array.isArray(expected),
    `${what}: the reference stopped at ${JSON.stringify(expected)}, the engine did not`,
  );
  const stack = expected as WitnessStack;
  const round = solveRounds(lowered.recipe, stack);
  assert.deepEqual(decodeWires(found.wires), round.wires, `${what}: wires`);
  assert.deepEqual(toLists(decodeFrames(await found.frames())), toLists(stack), `${what}: frames`);
  if (round.challengeCount > 0) {
    const challenges = Array.from({ length: round.challengeCount }, (_, k) => 2n ** 200n + BigInt(k));
    assert.deepEqual(
      decodeWires(await found.finish(challenges)),
      round.finish(challenges),
      `${what}: round 2`,
    );
  }
  found.release();
  return 'solved';
}

type Place = Pick<FailureDetails['place'], 'functionIndex' | 'callStack'>;

async function runReference(program: Program, inputs: readonly bigint[]): Promise<WitnessStack | Place> {
  try {
    return await executeProgram(program, new Map(inputs.entries()));
  } catch (error) {
    assert.ok(error instanceof BionoirError && error.code === 'EXECUTION_FAILED', String(error));
    const { functionIndex, callStack } = (error.details as unknown as FailureDetails).place;
    return { functionIndex, callStack };
  }
}

function placeOf({ functionIndex, opcodes, brillig }: StoppedProgram): Place {
  const callers = opcodes.slice(0, -1).map(String);
  const last = String(opcodes.at(-1));
  const inner = brillig === undefined ? [last] : brillig.instructions.map(index => `${last}.${index}`);
  return { functionIndex, callStack: [...callers, ...inner] };
}

function toLists(stack: WitnessStack): unknown {
  return stack.map(({ functionIndex, witnesses }) => [functionIndex, [...witnesses]]);
}

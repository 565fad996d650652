/**
 * One artifact of any release, from its bytes to a checked witness: decoded, executed on our machine with inputs of the
 * right types, lowered, solved, checked; then with each returned value changed, which the system must refuse.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type LoweredProgram, lowerProgram } from '../../converters/acir-to-r1cs/index.ts';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import type { Circuit, WitnessStack } from '../../src/acir/types.ts';
import { executeProgram, type ForeignCallHandler } from '../../src/acvm/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { BN254_SCALAR_PRIME } from '../../src/field/index.ts';
import { assertSatisfied, checkWitness } from '../../src/r1cs/index.ts';
import { solveWires } from '../../src/witness/index.ts';
import { valuesOf } from './abi-values.ts';
import { readArtifact, readVectors } from './artifacts.ts';

/** Runs of each artifact that must succeed. */
const RUNS = 2;
/** Inputs that may be tried for them: some programs stop for most. */
const TRIES = 40;
const SEED = 20261122;

/** Programs whose results are hints, oracle answers or private parameters: nothing determines them. */
const LOOSE = [
  ...[
    'abi',
    'brillig',
    'brillig26',
    'cmpub',
    'oracle',
    'oracle2',
    'radbe',
    'radle',
    'radobe',
    'radole',
    'retdup',
  ],
  ...['slice', 'ubassert', 'ubbb', 'ubbb26', 'ubecdsa', 'ubmain', 'vec26'],
];

/** What two programs' oracles answer. */
const ANSWERS: Readonly<Record<string, readonly (bigint | readonly bigint[])[]>> = {
  getThing: [[2n, 3n]],
  getVec: [4n, [5n, 5n], [5n, 5n, 5n, 5n]],
};
const onForeignCall: ForeignCallHandler = name => ANSWERS[name] ?? [];

/** The program's name, without release: 'fold' of 'fold.1.0.0-beta.26.json'. */
export function programOf(artifactName: string): string {
  return artifactName.slice(0, artifactName.indexOf('.'));
}

/** The constraints of an artifact whose runs all pass, or the words in which lowering refuses it. */
export async function runArtifact(artifactName: string): Promise<number | string> {
  const { program, abi } = decodeArtifact(readArtifact(artifactName));
  const main = program.functions[0] as Circuit; // decoding checks that there is one
  const lowered = lowerOrRefuse(() => lowerProgram(program));
  if (typeof lowered === 'string') return lowered;
  const size = main.publicParameters.length + main.privateParameters.length;
  const random = fc.tuple(...abi.parameters.map(({ type }) => valuesOf(type))).map(values => values.flat());
  const known = vectorInputs(programOf(artifactName)).filter(inputs => inputs.length === size);
  let runs = 0;
  for (const inputs of [...known, ...fc.sample(random, { seed: SEED, numRuns: TRIES })]) {
    if (runs === RUNS) break;
    const stack = await stackOrStop(() =>
      executeProgram(program, new Map(inputs.entries()), { onForeignCall }),
    );
    if (stack === undefined) continue;
    runs++;
    checkRun(lowered, stack, { main, isLoose: LOOSE.includes(programOf(artifactName)) });
  }
  assert.equal(runs, RUNS, `of ${TRIES} inputs`);
  return lowered.system.constraintCount;
}

function lowerOrRefuse(lower: () => LoweredProgram): LoweredProgram | string {
  try {
    return lower();
  } catch (error) {
    if (error instanceof BionoirError && error.code === 'UNSUPPORTED_OPCODE') return error.message;
    throw error;
  }
}

async function stackOrStop(execute: () => Promise<WitnessStack>): Promise<WitnessStack | undefined> {
  try {
    return await execute();
  } catch (error) {
    if (error instanceof BionoirError && error.code === 'EXECUTION_FAILED') return undefined;
    throw error;
  }
}

function checkRun(
  { system, recipe }: LoweredProgram,
  stack: WitnessStack,
  { main, isLoose }: { readonly main: Circuit; readonly isLoose: boolean },
): void {
  const wires = solveWires(recipe, stack);
  assertSatisfied(system, wires);
  if (isLoose) return;
  const publics = [...new Set([...main.publicParameters, ...main.returnValues])].sort((a, b) => a - b);
  const parameters = new Set<number>([...main.publicParameters, ...main.privateParameters]);
  publics.forEach((witness, index) => {
    if (parameters.has(witness) || !stack.at(-1)?.witnesses.has(witness)) return;
    const edited = wires.with(index + 1, ((wires[index + 1] ?? 0n) + 1n) % BN254_SCALAR_PRIME);
    assert.notEqual(checkWitness(system, edited), undefined, `return value at public wire ${index + 1}`);
  });
}

function vectorInputs(program: string): bigint[][] {
  return readVectors()
    .filter(({ artifact }) => programOf(artifact) === program)
    .map(({ initial }) =>
      Object.entries(initial)
        .sort(([a], [b]) => Number(a) - Number(b))
        .map(([, value]) => BigInt(value)),
    );
}

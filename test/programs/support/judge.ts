/** What every program of the suite must pass: its runs, in Noir's machine and in the constraints. */
import assert from 'node:assert/strict';
import { type LoweredProgram, lowerProgram } from '../../../converters/acir-to-r1cs/index.ts';
import { decodeArtifact } from '../../../converters/nargo-to-acir/index.ts';
import type { Circuit } from '../../../src/acir/types.ts';
import { BionoirError } from '../../../src/errors.ts';
import { mod } from '../../../src/field/index.ts';
import { assertSatisfied, checkWitness } from '../../../src/r1cs/index.ts';
import type { ConstraintSystem } from '../../../src/r1cs/types.ts';
import { type Execution, executeArtifact, type NoirArtifact } from '../../../src/toolchain/index.ts';
import { solveWires } from '../../../src/witness/index.ts';
import { canonical, type ProgramRun, type SuiteProgram } from './programs.ts';

/** A program of the suite in all its forms. */
export interface PreparedProgram {
  readonly program: SuiteProgram;
  readonly artifact: NoirArtifact;
  readonly main: Circuit;
  readonly lowered: LoweredProgram;
}

/** Decodes and lowers. */
export function prepare(program: SuiteProgram, artifact: NoirArtifact): PreparedProgram {
  const { program: acir, locate } = decodeArtifact(artifact);
  const main = acir.functions[0];
  assert.ok(main);
  return { program, artifact, main, lowered: lowerProgram(acir, { locate }) };
}

/** Executes a run that must succeed, and gives a value to every wire of the constraints, which must hold. */
export async function solveRun(prepared: PreparedProgram, run: ProgramRun): Promise<bigint[]> {
  const printed: string[] = [];
  const { stack, returnValue } = await execute(prepared.artifact, run, printed);
  assert.deepEqual(canonical(returnValue), canonical(run.returns), 'the return value');
  if (run.prints !== undefined) assert.deepEqual(printed, run.prints);
  const { system, recipe } = prepared.lowered;
  const wires = solveWires(recipe, stack);
  assertSatisfied(system, wires);
  if (run.public !== undefined) assert.deepEqual(wires.slice(1, system.publicCount + 1), run.public);
  return wires;
}

/** Asserts that Noir stops with the expected message, in the expected line. */
export async function assertFails({ artifact, program }: PreparedProgram, run: ProgramRun): Promise<void> {
  const error = await execute(artifact, run, []).then(
    () => assert.fail(`it did not fail with '${run.fails}'`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof BionoirError, String(error));
  assert.equal(error.code, 'EXECUTION_FAILED', error.message);
  assert.ok(
    error.message.includes(`: ${run.fails}`) || error.message.includes(` ${run.fails}`),
    error.message,
  );
  if (run.at === undefined) return;
  const [, line] = /main\.nr:(\d+):\d+$/.exec(error.location ?? '') ?? [];
  assert.ok(line, `no line in '${error.location}'`);
  const text = program.source.split('\n')[Number(line) - 1] ?? '';
  assert.ok(text.includes(run.at), `stopped in line ${line}: ${text}`);
}

function execute(artifact: NoirArtifact, run: ProgramRun, printed: string[]): Promise<Execution> {
  return executeArtifact(artifact, run.inputs, {
    onPrint: text => void printed.push(text),
    onForeignCall: async name => {
      const answer = run.oracles?.[name];
      assert.ok(answer, `the run has no answer of oracle '${name}'`);
      return answer;
    },
  });
}

/** Larger systems have only their first and last results edited. */
const SMALL_SYSTEM = 20_000;

/** Asserts that no result can be exchanged for another one, all else being equal. */
export function assertResultsFixed(
  { main, lowered: { system } }: PreparedProgram,
  wires: readonly bigint[],
): void {
  const results = returnWires(main);
  const edited =
    system.constraintCount < SMALL_SYSTEM ? results : [...new Set([results.at(0), results.at(-1)])];
  for (const wire of edited) {
    if (wire !== undefined) assertEditRejected(system, wires, wire);
  }
}

function assertEditRejected(system: ConstraintSystem, wires: readonly bigint[], wire: number): void {
  const lie = mod((wires[wire] ?? 0n) + 1n, system.prime);
  assert.notEqual(checkWitness(system, wires.with(wire, lie)), undefined, `public wire ${wire}`);
}

/** Public wires that are return values and no parameters. */
export function returnWires({ publicParameters, returnValues }: Circuit): number[] {
  const publics = [...new Set([...publicParameters, ...returnValues])].sort((x, y) => x - y);
  const parameters = new Set<number>(publicParameters);
  return publics.flatMap((witness, index) => (parameters.has(witness) ? [] : [index + 1]));
}

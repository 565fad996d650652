/** A QuantGraph through bionoir: generated Noir, compiled, lowered; executed by Noir's machine, solved, checked. */
import assert from 'node:assert/strict';
import { lowerProgram } from '../../../converters/acir-to-r1cs/index.ts';
import { decodeArtifact } from '../../../converters/nargo-to-acir/index.ts';
import { BionoirError, type ErrorCode } from '../../../src/errors.ts';
import { generatePackage, proverInputs } from '../../../src/noir/index.ts';
import type { QuantGraph } from '../../../src/quantize/index.ts';
import { assertSatisfied } from '../../../src/r1cs/index.ts';
import { executeArtifact, type InputValue, noirWasm } from '../../../src/toolchain/index.ts';
import { solveWires } from '../../../src/witness/index.ts';
import { answerOrRefusal, type Implementation, readOutputs, toSignedIntegers } from './implementation.ts';

/** Generates, compiles and lowers a network. */
export async function ourNetwork(graph: QuantGraph): Promise<Implementation> {
  const artifact = await noirWasm().compile(generatePackage(graph));
  const { program, locate } = decodeArtifact(artifact);
  const { system, recipe } = lowerProgram(program, { locate });
  return {
    system,
    run: inputs =>
      answerOrRefusal(async () => {
        const execution = await executeArtifact(artifact, proverInputs(graph, inputs));
        const wires = solveWires(recipe, execution.stack);
        assertSatisfied(system, wires);
        const outputs = readOutputs(graph, wires, system.prime);
        const returned = toSignedIntegers(flatten(execution.returnValue), system.prime);
        assert.deepEqual(outputs.flat(), returned, 'public wires differ from what the Noir program returned');
        return outputs;
      }, isRefusal),
  };
}

const REFUSAL_CODES: readonly ErrorCode[] = ['EXECUTION_FAILED', 'MALFORMED_INPUT'];

/** Whether an assertion of the program failed, or a value is beyond its parameter's type. */
function isRefusal(error: unknown): boolean {
  return error instanceof BionoirError && REFUSAL_CODES.includes(error.code);
}

/** The fields of a Noir value in declaration order. */
function flatten(value: InputValue | null): string[] {
  if (value === null) return [];
  if (typeof value === 'string' || typeof value === 'number') return [String(value)];
  if (typeof value === 'boolean') return [value ? '1' : '0'];
  return Object.values(value).flatMap(flatten);
}

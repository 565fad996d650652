/** A QuantGraph as a Circom circuit, from the templates in fixtures/circom. */
import { fileURLToPath } from 'node:url';
import { readR1cs } from '../../../converters/r1cs-to-iden3/index.ts';
import type { QuantGraph } from '../../../src/quantize/index.ts';
import { assertSatisfied } from '../../../src/r1cs/index.ts';
import { type CircomOptimisation, compileCircom } from '../../support/circom.ts';
import { type CircomStyle, circomSignalName, generateCircom } from './generate-circom.ts';
import { answerOrRefusal, type Implementation, readOutputs, toIntegers } from './implementation.ts';

const LIBRARY = fileURLToPath(new URL('../../../fixtures/circom', import.meta.url));

/** Writes, compiles and loads the Circom circuit of a network. */
export async function circomNetwork(
  graph: QuantGraph,
  optimisation: CircomOptimisation,
  style: CircomStyle = {},
): Promise<Implementation> {
  const circuit = await compileCircom(generateCircom(graph, style), { optimisation, library: LIBRARY });
  const system = readR1cs(circuit.r1cs);
  return {
    system,
    run: inputs =>
      answerOrRefusal(() => {
        const named = graph.inputs.map((id, i) => {
          const tensor = inputs[i];
          if (tensor === undefined) throw new Error(`Input ${i} is missing.`);
          return [circomSignalName(graph, id), toIntegers(tensor)] as const;
        });
        const wires = circuit.solve(Object.fromEntries(named));
        assertSatisfied(system, wires);
        return readOutputs(graph, wires, system.prime);
      }, isRefusal),
  };
}

/** Whether an assertion of the program failed. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Assert failed');
}

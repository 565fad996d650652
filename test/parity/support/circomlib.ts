/** A function of circomlib and its Noir twin, as constraint systems that can be run. */
import assert from 'node:assert/strict';
import { lowerProgram } from '../../../converters/acir-to-r1cs/index.ts';
import { decodeArtifact } from '../../../converters/nargo-to-acir/index.ts';
import { readR1cs } from '../../../converters/r1cs-to-iden3/index.ts';
import { BionoirError } from '../../../src/errors.ts';
import { assertSatisfied } from '../../../src/r1cs/index.ts';
import type { ConstraintSystem } from '../../../src/r1cs/types.ts';
import { executeArtifact, type NoirToolchain } from '../../../src/toolchain/index.ts';
import { solveWires } from '../../../src/witness/index.ts';
import { type CircomOptimisation, compileCircom } from '../../support/circom.ts';
import { programPackage } from '../../support/noir-package.ts';
import { CIRCOMLIB, type CircomlibCase, type CircomlibInputs } from './circomlib-cases.ts';

/** One side of a comparison. */
export interface CircomlibForm {
  readonly system: ConstraintSystem;
  /** The outputs, which are the first public wires on either side; undefined when the inputs are refused. */
  run(inputs: CircomlibInputs): Promise<bigint[] | undefined>;
}

/** Compiles the Circom side. */
export async function circomForm(
  { circom }: CircomlibCase,
  optimisation: CircomOptimisation,
): Promise<CircomlibForm> {
  const source = `pragma circom 2.1.6;\n${circom}\ncomponent main = Main();\n`;
  const circuit = await compileCircom(source, { optimisation, library: CIRCOMLIB });
  const system = readR1cs(circuit.r1cs);
  return {
    system,
    run: async inputs => {
      try {
        const wires = circuit.solve(inputs);
        assertSatisfied(system, wires);
        return wires.slice(1, system.publicCount + 1);
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('Assert failed')) return undefined;
        throw error;
      }
    },
  };
}

/** Compiles and lowers the Noir side. */
export async function noirForm(
  { noir, scalars = [] }: CircomlibCase,
  compiler: NoirToolchain,
): Promise<CircomlibForm> {
  const artifact = await compiler.compile(programPackage(`${noir}\n`));
  const { program, locate } = decodeArtifact(artifact);
  const { system, recipe } = lowerProgram(program, { locate });
  return {
    system,
    run: async inputs => {
      const named = Object.entries(inputs).map(([name, values]) => {
        const texts = values.map(String);
        return [name, scalars.includes(name) ? (texts[0] as string) : texts] as const; // a scalar has one value
      });
      try {
        const { stack } = await executeArtifact(artifact, Object.fromEntries(named));
        const wires = solveWires(recipe, stack);
        assertSatisfied(system, wires);
        assert.ok(system.publicCount > 0);
        return wires.slice(1, system.publicCount + 1);
      } catch (error) {
        if (error instanceof BionoirError && REFUSALS.includes(error.code)) return undefined;
        throw error;
      }
    },
  };
}

/** An assertion failed, or a value is beyond its parameter's type. */
const REFUSALS: readonly string[] = ['EXECUTION_FAILED', 'MALFORMED_INPUT'];

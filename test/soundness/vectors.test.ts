import assert from 'node:assert/strict';
import { lowerProgram } from '../../converters/acir-to-r1cs/index.ts';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import type { WitnessStack } from '../../src/acir/types.ts';
import { BN254_SCALAR_PRIME } from '../../src/field/index.ts';
import { assertSatisfied, checkWitness } from '../../src/r1cs/index.ts';
import { solveWires } from '../../src/witness/index.ts';
import { readArtifact, readVectors, type Vector } from '../support/artifacts.ts';

/**
 * Programs that return what they do not determine: results of unconstrained code or oracles, and private parameters as
 * they are. All others must refuse any other result.
 */
const LOOSE = ['ubmain', 'ubassert', 'ubbb26', 'oracle', 'oracle2', 'brillig26', 'abi', 'retdup'];
/** Of these, the ones with a value that no input determines: the others return a parameter. */
const FREE = ['ubmain', 'ubassert', 'ubbb26', 'oracle2', 'brillig26'];

function stackOf({ stack }: Vector): WitnessStack {
  return stack.map(({ index, witness }) => ({
    functionIndex: index,
    witnesses: new Map(Object.entries(witness).map(([key, value]) => [Number(key), BigInt(value)] as const)),
  }));
}

describe('programs of the Noir compiler', () => {
  for (const vector of readVectors()) {
    if (vector.case === 'recursive') continue; // refused by name, see black-box tests
    it(`are satisfied by ACVM's witness, and not by another result: ${vector.case}`, () => {
      const { program } = decodeArtifact(readArtifact(vector.artifact));
      const { system, recipe, unconstrained } = lowerProgram(program);
      const wires = solveWires(recipe, stackOf(vector));
      assertSatisfied(system, wires);
      assert.equal(unconstrained.freeValues.length > 0, FREE.includes(vector.case), 'free values');
      if (LOOSE.includes(vector.case)) return;
      for (const wire of returnWires(vector, system.publicCount)) {
        const edited = wires.with(wire, ((wires[wire] ?? 0n) + 1n) % BN254_SCALAR_PRIME);
        assert.notEqual(checkWitness(system, edited), undefined, `public wire ${wire}`);
      }
    });
  }

  /** Public wires that are return values: all but the public parameters, which come first. */
  function returnWires({ artifact }: Vector, publicCount: number): number[] {
    const main = decodeArtifact(readArtifact(artifact)).program.functions[0];
    const publics = [...new Set([...(main?.publicParameters ?? []), ...(main?.returnValues ?? [])])].sort(
      (x, y) => x - y,
    );
    assert.equal(publics.length, publicCount);
    return publics.flatMap((witness, index) => (main?.returnValues.includes(witness) ? [index + 1] : []));
  }
});

/** The 40 solved runs beside the artifacts: Noir's machine wrote them, ours must find the same witnesses. */
import assert from 'node:assert/strict';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import { executeProgram } from '../../src/acvm/index.ts';
import { readArtifact, readVectors } from '../support/artifacts.ts';

const numbered = (record: Readonly<Record<string, string>>): Map<number, bigint> =>
  new Map(Object.entries(record).map(([witness, value]) => [Number(witness), BigInt(value)]));

/** What the oracles of two programs answered when the vectors were written. */
const ANSWERS: Readonly<Record<string, readonly (bigint | readonly bigint[])[]>> = {
  getThing: [[2n, 3n]],
  getVec: [4n, [5n, 5n], [5n, 5n, 5n, 5n]],
};

describe('acvm: vectors of 1.0.0-beta.26', () => {
  for (const vector of readVectors()) {
    it(`solves ${vector.case} as Noir's machine did`, async () => {
      const { program } = decodeArtifact(JSON.parse(readArtifact(vector.artifact)));
      const stack = await executeProgram(program, numbered(vector.initial), {
        onForeignCall: name => ANSWERS[name] ?? [],
      });
      assert.equal(stack.length, vector.stack.length);
      vector.stack.forEach(({ index, witness }, frame) => {
        assert.equal(stack[frame]?.functionIndex, index);
        const expected = numbered(witness);
        assert.deepEqual(
          new Map([...(stack[frame]?.witnesses ?? [])]),
          new Map([...expected].sort(([a], [b]) => a - b)),
        );
      });
    });
  }
});

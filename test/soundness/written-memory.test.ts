/** A Noir program that writes where its input says: with selectors, and by the events of its memory. */
import assert from 'node:assert/strict';
import { lowerProgram } from '../../converters/acir-to-r1cs/index.ts';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import { checkWitness } from '../../src/r1cs/index.ts';
import { executeArtifact, noirWasm } from '../../src/toolchain/index.ts';
import { assertRoundsSound } from '../../src/ultragroth/index.ts';
import { solveRounds, solveWires } from '../../src/witness/index.ts';
import { programPackage } from '../support/noir-package.ts';

const HISTOGRAM = `fn main(x: [u8; 40], at: u8) -> pub Field {
    let mut counts = [0; 16];
    for i in 0..40 {
        counts[(x[i] & 15) as u32] += 1;
    }
    counts[(at & 15) as u32] + 100 * counts[3]
}
`;

describe('a histogram in Noir', () => {
  it('takes a third of the rows by events, and both lowerings accept what Noir computes', async () => {
    const artifact = await noirWasm().compile(programPackage(HISTOGRAM));
    const { program } = decodeArtifact(artifact);
    const plain = lowerProgram(program);
    const looked = lowerProgram(program, { lookups: {} });
    assert.ok(looked.lookups?.tables.some(({ name }) => name === 'order of 97 events'));
    assert.ok(looked.system.constraintCount * 3 < plain.system.constraintCount);
    assert.ok(assertRoundsSound(looked.system).soundnessBits > 240);
    const x = Array.from({ length: 40 }, (_, i) => (i * i * 7 + 3) % 256);
    const count = (bucket: number): number => x.filter(value => value % 16 === bucket).length;
    for (const at of [3, 5, 250]) {
      const { stack, returnValue } = await executeArtifact(artifact, { x, at }, { program });
      const expected = BigInt(count(at % 16) + 100 * count(3));
      assert.equal(BigInt(returnValue as string), expected);
      assert.equal(checkWitness(plain.system, solveWires(plain.recipe, stack)), undefined);
      const { wires, finish } = solveRounds(looked.recipe, stack);
      assert.equal(wires[1], expected);
      const complete = finish([2n ** 200n + 9n, 2n ** 190n + 77n]);
      assert.equal(checkWitness(looked.system, complete), undefined);
      assert.notEqual(checkWitness(looked.system, complete.with(1, expected + 1n)), undefined);
    }
  });
});

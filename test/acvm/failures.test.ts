/** Programs that stop: our machine and Noir's give the same message at the same place of the source. */
import assert from 'node:assert/strict';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { executeArtifact, type NoirArtifact, noirWasm } from '../../src/toolchain/index.ts';
import { readArtifact } from '../support/artifacts.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { programPackage } from '../support/noir-package.ts';

const MAIN = `
struct Point { x: Field, y: u8 }

unconstrained fn halve(value: u32) -> u32 {
    assert(value % 2 == 0, "an odd value");
    value / 2
}

unconstrained fn deep(value: u32) -> u32 {
    if value > 3 { assert(value != 7); halve(value) } else { deep(value + 1) }
}

unconstrained fn divide(left: u32, right: u32) -> u32 { left / right }

unconstrained fn pick(values: [u32; 3], index: u32) -> u32 { values[index] }

#[fold]
fn guarded(value: u32, limit: u32) -> u32 {
    assert(value < limit, f"{value} is not below {limit}");
    value + 1
}

fn main(mode: u8, value: u32, table: [u32; 3], point: Point) -> pub u32 {
    // Safety: a test.
    unsafe {
        if mode == 1 { assert(halve(value) * 2 == value); }
        if mode == 2 { assert(deep(value) < 100); }
        if mode == 3 { assert(divide(100, value) < 100); }
        if mode == 4 { assert(pick(table, value) < 100); }
    }
    let mut result = guarded(value, 1000);
    if mode == 5 { result = table[value]; }
    if mode == 6 { result = 10 / value; }
    if mode == 7 { result = value - 5; }
    if mode == 8 { result = value * 0x7fffffff; }
    if mode == 9 { assert(point.x == 1, "x must be one"); }
    if mode == 10 { assert(point.x * point.x == value as Field); }
    if mode == 11 { result = 1 << value; }
    if mode == 12 { assert(point.y as u32 == value); }
    result
}
`;

/** mode, value; the rest is fixed. */
const CASES: readonly (readonly [mode: number, value: number])[] = [
  [0, 4],
  [0, 1000],
  [1, 4],
  [1, 5],
  [2, 3],
  [2, 7],
  [2, 9],
  [3, 0],
  [4, 3],
  [5, 2],
  [5, 3],
  [6, 0],
  [7, 4],
  [8, 3],
  [9, 1],
  [10, 48],
  [10, 49],
  [11, 40],
  [12, 300],
];

describe('acvm: programs that stop', () => {
  let artifact: NoirArtifact;

  before(async () => {
    artifact = await noirWasm().compile(programPackage(MAIN));
  });

  for (const [mode, value] of CASES) {
    it(`says what Noir's machine says in mode ${mode} for ${value}`, async () => {
      const { program } = decodeArtifact(artifact);
      const inputs = { mode, value, table: [7, 8, 9], point: { x: 7, y: 3 } };
      const outcome = async (options: Parameters<typeof executeArtifact>[2]) => {
        try {
          return (await executeArtifact(artifact, inputs, options)).returnValue;
        } catch (error) {
          assert.ok(error instanceof BionoirError && error.code === 'EXECUTION_FAILED', String(error));
          // Noir's words for a bare assertion of unconstrained code
          const message = error.message.replace(
            'Failed to solve brillig function',
            'an assertion does not hold',
          );
          return { message, location: error.location };
        }
      };
      assert.deepEqual(await outcome({ program }), await outcome({}));
    });
  }
});

describe('acvm: artifacts of the first releases', () => {
  it('takes inputs, decodes the return value by the witnesses that the ABI lists, and names assertions', async () => {
    const artifact = JSON.parse(readArtifact('basic.0.25.0.json')) as NoirArtifact;
    const { program } = decodeArtifact(artifact);
    const { returnValue } = await executeArtifact(artifact, { x: 3, y: 4 }, { program });
    assert.equal(returnValue, '0x0f');
    await assertRejectsCode(
      () => executeArtifact(artifact, { x: 3, y: 3 }, { program }),
      'EXECUTION_FAILED',
      /^The program stopped: assertion failed: x eq y/,
    );
  });
});

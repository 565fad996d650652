/** Noir programs whose lookups are of every kind, from source to a verified UltraGroth proof. */
import assert from 'node:assert/strict';
import type { NativeKernel } from '../../src/kernel/index.ts';
import {
  lowerArtifact,
  proveUltraGroth,
  setupUltraGroth,
  solveProgram,
  verifyUltraGroth,
} from '../../src/pipeline/index.ts';
import { noirWasm } from '../../src/toolchain/index.ts';
import { assertRoundsSound, loadProvingKey } from '../../src/ultragroth/index.ts';
import { openTestKernel } from './kernel.ts';

const PROGRAMS: readonly {
  readonly name: string;
  readonly source: string;
  readonly inputs: Record<string, number | readonly number[]>;
  readonly publicSignals: readonly bigint[];
}[] = [
  {
    name: 'ranges of odd widths',
    source: 'fn main(a: u64, b: u8, c: pub u32) -> pub bool { (a as u32 < c) & (b as u32 < c) }',
    inputs: { a: 70_000, b: 200, c: 100_000 },
    publicSignals: [100_000n, 1n],
  },
  {
    name: 'AND and XOR',
    source:
      'fn main(words: [u32; 40], mask: pub u32) -> pub u32 { let mut sum = 0; for i in 0..40 { sum = sum ^ (words[i] & mask); } sum }',
    inputs: { words: Array.from({ length: 40 }, (_, i) => (i * 0x1234_567) >>> 0), mask: 0x0f0f_0f0f },
    publicSignals: [
      0x0f0f_0f0fn,
      Array.from({ length: 40 }, (_, i) => BigInt((i * 0x1234_567) >>> 0) & 0x0f0f_0f0fn).reduce(
        (sum, each) => sum ^ each,
      ),
    ],
  },
  {
    name: 'reads of an array at private places',
    source:
      'fn main(values: [Field; 40], at: [u32; 24]) -> pub Field { let mut sum = 0; for i in 0..24 { sum += values[at[i]]; } sum }',
    inputs: {
      values: Array.from({ length: 40 }, (_, i) => i * i),
      at: Array.from({ length: 24 }, (_, i) => (i * 7) % 40),
    },
    publicSignals: [
      BigInt(Array.from({ length: 24 }, (_, i) => ((i * 7) % 40) ** 2).reduce((sum, each) => sum + each)),
    ],
  },
  {
    name: 'writes to an array at private places',
    source:
      'fn main(bytes: [u8; 60]) -> pub u32 { let mut counts = [0; 32]; for i in 0..60 { counts[bytes[i] as u32 / 8] += 1; } counts[3] }',
    inputs: { bytes: Array.from({ length: 60 }, (_, i) => (i * 11) % 256) },
    publicSignals: [
      BigInt(Array.from({ length: 60 }, (_, i) => (i * 11) % 256).filter(byte => byte >> 3 === 3).length),
    ],
  },
];

describe('Noir programs under UltraGroth', function () {
  this.timeout(120_000);
  let kernel: NativeKernel;
  before(async () => {
    kernel = await openTestKernel();
  });
  after(() => kernel.close());

  for (const { name, source, inputs, publicSignals } of PROGRAMS) {
    it(`proves ${name}`, async function () {
      const files = new Map([
        ['Nargo.toml', '[package]\nname = "program"\ntype = "bin"\nauthors = [""]\n'],
        ['src/main.nr', source],
      ]);
      const artifact = await noirWasm().compile({ name: 'program', files });
      const circuit = await lowerArtifact(artifact, { proofSystem: 'ultragroth' });
      const { system } = circuit.lowered;
      const report = assertRoundsSound(system);
      assert.ok(report.arguments.length > 0 && report.soundnessBits > 230);
      const { provingKey, verificationKey } = await setupUltraGroth(kernel, circuit);
      const key = await loadProvingKey(kernel, provingKey);
      const result = await proveUltraGroth(kernel, key, await solveProgram(circuit, inputs as never));
      key.release();
      assert.deepEqual(result.publicSignals, publicSignals);
      assert.equal(await verifyUltraGroth(kernel, verificationKey, result), true);
      const [first = 0n, ...rest] = result.publicSignals;
      const changed = { ...result, publicSignals: [first + 1n, ...rest] };
      assert.equal(await verifyUltraGroth(kernel, verificationKey, changed), false);
      if (this.test)
        this.test.title += ` (${system.constraintCount} rows, ${system.rounds?.challengeCount} challenges, ${report.soundnessBits.toFixed(0)} bits)`;
    });
  }
});

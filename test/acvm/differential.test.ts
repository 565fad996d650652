/**
 * Our machine beside Noir's (@noir-lang/acvm_js) on the artifacts of its release, with random inputs: the same witnesses
 * in the same frames, or both stop.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type * as Acvm from '@noir-lang/acvm_js';
import fc from 'fast-check';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import { executeProgram } from '../../src/acvm/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { valuesOf } from '../support/abi-values.ts';
import { artifactNames, readArtifact } from '../support/artifacts.ts';

const acvm = createRequire(import.meta.url)('@noir-lang/acvm_js') as typeof Acvm;

const RUNS = 12;
const SEED = 20261122;

type Outcome = { frames: (readonly [number, Map<number, bigint>])[] } | 'stopped';

async function ours(artifact: string, initial: readonly bigint[]): Promise<Outcome> {
  try {
    const stack = await executeProgram(decodeArtifact(artifact).program, new Map(initial.entries()), {
      onForeignCall: () => [],
    });
    return { frames: stack.map(({ functionIndex, witnesses }) => [functionIndex, new Map(witnesses)]) };
  } catch (error) {
    assert.ok(error instanceof BionoirError && error.code === 'EXECUTION_FAILED', String(error));
    return 'stopped';
  }
}

async function theirs(artifact: string, initial: readonly bigint[]): Promise<Outcome> {
  const { bytecode } = JSON.parse(artifact) as { bytecode: string };
  const witnesses = new Map(
    initial.map((value, witness) => [witness, `0x${value.toString(16).padStart(64, '0')}`]),
  );
  try {
    const stack = await acvm.executeProgram(Buffer.from(bytecode, 'base64'), witnesses, async () => []);
    return {
      frames: stack.map(({ index, witness }) => {
        const sorted = [...witness].sort(([a], [b]) => a - b);
        return [index, new Map(sorted.map(([key, value]) => [key, BigInt(value)] as const))] as const;
      }),
    };
  } catch (error) {
    assert.ok(!(error instanceof WebAssembly.RuntimeError), String(error));
    return 'stopped';
  }
}

describe("acvm: beside Noir's machine", () => {
  for (const name of artifactNames().filter(found => found.includes('1.0.0-beta.26'))) {
    it(`does what it does with ${name}`, async () => {
      const artifact = readArtifact(name);
      const { abi } = decodeArtifact(artifact);
      const inputs = fc.tuple(...abi.parameters.map(({ type }) => valuesOf(type)));
      await fc.assert(
        fc.asyncProperty(inputs, async values => {
          const initial = values.flat();
          assert.deepEqual(await ours(artifact, initial), await theirs(artifact, initial));
        }),
        { numRuns: RUNS, seed: SEED },
      );
    });
  }
});

/**
 * Our machine beside Noir's (@noir-lang/acvm_js) on the artifacts of its release, with random inputs: the same witnesses
 * in the same frames, or both stop.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type * as Acvm from '@noir-lang/acvm_js';
import fc from 'fast-check';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import type { AbiType } from '../../src/acir/index.ts';
import { executeProgram } from '../../src/acvm/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { BN254_SCALAR_PRIME as p } from '../../src/field/index.ts';
import { artifactNames, readArtifact } from '../support/artifacts.ts';

const acvm = createRequire(import.meta.url)('@noir-lang/acvm_js') as typeof Acvm;

const RUNS = 12;
const SEED = 20261122;

/** Flattened values of a type: mostly small, so that indices and divisors are met often. */
function valuesOf(type: AbiType): fc.Arbitrary<bigint[]> {
  switch (type.kind) {
    case 'field':
      return fc
        .oneof(fc.bigInt(0n, 9n), fc.bigInt(0n, p - 1n), fc.constantFrom(p - 1n, p - 2n, 1n << 64n))
        .map(value => [value]);
    case 'boolean':
      return fc.bigInt(0n, 1n).map(value => [value]);
    case 'integer': {
      const top = (1n << BigInt(type.width)) - 1n;
      const few = top < 9n ? top : 9n;
      return fc.oneof(fc.bigInt(0n, few), fc.bigInt(0n, top), fc.constant(top)).map(value => [value]);
    }
    case 'string':
      return fc.array(fc.bigInt(32n, 126n), { minLength: type.length, maxLength: type.length });
    case 'array':
      return fc
        .tuple(...Array.from({ length: type.length }, () => valuesOf(type.type)))
        .map(values => values.flat());
    case 'tuple':
      return fc.tuple(...type.fields.map(valuesOf)).map(values => values.flat());
    case 'struct':
      return fc.tuple(...type.fields.map(field => valuesOf(field.type))).map(values => values.flat());
    default:
      throw new Error(`Unknown type ${JSON.stringify(type satisfies never)}.`);
  }
}

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

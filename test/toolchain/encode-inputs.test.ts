/** Inputs encoded by the ABI: as Noir's own encoder (npm @noir-lang/noirc_abi) has them, for every artifact's types. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type * as NoirAbi from '@noir-lang/noirc_abi';
import fc from 'fast-check';
import { BN254_SCALAR_PRIME as p } from '../../src/field/index.ts';
import {
  type AbiType,
  checkInputs,
  encodeInputs,
  type InputMap,
  type InputValue,
} from '../../src/toolchain/index.ts';

const noirAbi = createRequire(import.meta.url)('@noir-lang/noirc_abi') as typeof NoirAbi;
const SEED = 20261122;

const TYPES: readonly AbiType[] = [
  { kind: 'field' },
  { kind: 'boolean' },
  { kind: 'integer', sign: 'unsigned', width: 1 },
  { kind: 'integer', sign: 'unsigned', width: 64 },
  { kind: 'integer', sign: 'signed', width: 8 },
  { kind: 'integer', sign: 'signed', width: 64 },
  { kind: 'string', length: 5 },
  { kind: 'array', length: 3, type: { kind: 'integer', sign: 'signed', width: 16 } },
  {
    kind: 'tuple',
    fields: [{ kind: 'field' }, { kind: 'array', length: 2, type: { kind: 'boolean' } }],
  },
  {
    kind: 'struct',
    path: 'Point',
    fields: [
      { name: 'y', type: { kind: 'field' } },
      { name: 'x', type: { kind: 'tuple', fields: [{ kind: 'string', length: 2 }, { kind: 'field' }] } },
    ],
  },
];

function valueFor(type: AbiType): fc.Arbitrary<InputValue> {
  switch (type.kind) {
    case 'field':
      return fc.bigInt({ min: -p + 1n, max: p - 1n }).map(String);
    case 'boolean':
      return fc.boolean();
    case 'integer': {
      const top = 1n << BigInt(type.sign === 'signed' ? type.width - 1 : type.width);
      return fc.bigInt({ min: type.sign === 'signed' ? -top : 0n, max: top - 1n }).map(String);
    }
    case 'string':
      return fc.stringMatching(new RegExp(`^[ -~]{${type.length}}$`));
    case 'array':
      return fc.tuple(...Array.from({ length: type.length }, () => valueFor(type.type)));
    case 'tuple':
      return fc.tuple(...type.fields.map(valueFor));
    case 'struct':
      return fc.record(
        Object.fromEntries(type.fields.map(({ name, type: inner }) => [name, valueFor(inner)])),
      );
    default:
      return type satisfies never;
  }
}

describe('encoding inputs', () => {
  it("gives what Noir's encoder gives, for every kind of type", () => {
    const parameters = TYPES.map((type, k) => ({ name: `p${k}`, type, visibility: 'private' as const }));
    const abi = { parameters, return_type: null, error_types: {} };
    const inputs = fc.record(Object.fromEntries(parameters.map(({ name, type }) => [name, valueFor(type)])));
    fc.assert(
      fc.property(inputs, given => {
        const map = given as InputMap;
        const theirs = noirAbi.abiEncode(abi, checkInputs(parameters, map));
        const expected = [...theirs].sort(([a], [b]) => a - b).map(([, value]) => BigInt(value));
        assert.deepEqual(encodeInputs({ abi }, map), expected);
      }),
      { numRuns: 200, seed: SEED },
    );
  });
});

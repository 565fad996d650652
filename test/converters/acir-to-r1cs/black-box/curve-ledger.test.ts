import assert from 'node:assert/strict';
import { lowerProgram } from '../../../../converters/acir-to-r1cs/index.ts';
import type { Program } from '../../../../src/acir/types.ts';
import { pinCosts } from '../../../support/ledger.ts';
import { blackBoxProgram, constant, constants, witness, witnesses } from './support/black-box.ts';
import { curveAdd, flaggedCurveAdd, multiple, multiScalarMul } from './support/curves.ts';

const inputs = (count: number) => witnesses(new Array<number>(count).fill(0));
const { x, y } = multiple(123456789n);

const pedersenHash = (count: number): Program =>
  blackBoxProgram(inputs(count), 1, (args, outputs) => ({
    name: 'pedersen-hash',
    inputs: args,
    domainSeparator: 0,
    outputs,
  }));

const bigInt = (name: 'big-int-mul' | 'big-int-div'): Program =>
  blackBoxProgram(inputs(64), 32, (args, outputs) => {
    const modulus = new Uint8Array(32).fill(0xff).with(0, 0x2f).with(1, 0xfc).with(4, 0xfe);
    return [
      { name: 'big-int-from-le-bytes', inputs: args.slice(0, 32), modulus, output: 0 },
      { name: 'big-int-from-le-bytes', inputs: args.slice(32), modulus, output: 1 },
      { name, left: 0, right: 1, output: 2 },
      { name: 'big-int-to-le-bytes', input: 2, outputs },
    ];
  });

const PROGRAMS = {
  'embedded-curve-add': blackBoxProgram([...inputs(4), constant(1)], 2, curveAdd),
  'embedded-curve-add with a predicate': blackBoxProgram([...inputs(4), witness(1)], 2, curveAdd),
  'embedded-curve-add with flags': blackBoxProgram([...inputs(6), constant(1)], 3, flaggedCurveAdd),
  'multi-scalar-mul of a constant point': blackBoxProgram(
    [constant(1), ...constants([x, y]), ...inputs(2)],
    2,
    multiScalarMul,
  ),
  'multi-scalar-mul of a variable point': blackBoxProgram([constant(1), ...inputs(4)], 2, multiScalarMul),
  'multi-scalar-mul of two variable points': blackBoxProgram([constant(1), ...inputs(8)], 2, multiScalarMul),
  'pedersen-hash of 1 input': pedersenHash(1),
  'pedersen-hash of 2 inputs': pedersenHash(2),
  'big-int-mul modulo p of secp256k1 with 64 bytes': bigInt('big-int-mul'),
  'big-int-div modulo p of secp256k1 with 64 bytes': bigInt('big-int-div'),
};

describe('the ledger of curves', () => {
  it('pins what curve operations and big integers cost', () => {
    pinCosts('curves', PROGRAMS);
  });

  it('pins what some of them cost with lookups, tables included, which is never more', () => {
    const systems = Object.entries(PROGRAMS)
      .filter(([name]) => !name.startsWith('embedded'))
      .map(([name, program]) => {
        const { system } = lowerProgram(program, { lookups: {} });
        assert.ok(system.constraintCount <= lowerProgram(program).system.constraintCount, name);
        return [name, system] as const;
      });
    pinCosts('curves with lookups', Object.fromEntries(systems));
  });
});

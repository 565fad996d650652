import assert from 'node:assert/strict';
import {
  chooseProofSystem,
  type LoweredProgram,
  lowerProgram,
} from '../../../../converters/acir-to-r1cs/index.ts';
import { checkWitness, firstOfRoundOne, firstOfRoundTwo, isLookupRow } from '../../../../src/r1cs/index.ts';
import { solveRounds, solveWires } from '../../../../src/witness/index.ts';
import { pinCosts } from '../../../support/ledger.ts';
import { judgeRounds } from '../../../support/lookup-rows.ts';
import { denseNetwork, network } from '../../../support/networks.ts';
import { program } from '../../../support/program-text.ts';

/** A challenge as good as any: no test's keys come near it. */
const CHALLENGE = 2n ** 200n + 9n;

const DENSE = denseNetwork({ inputs: 32, units: 12, quotientBits: 14, shiftBits: 9, outputs: 4 });
const PIXELS = Array.from({ length: 32 }, (_, index) => (index * 71) % 256);

/** 4800 ReLUs of 28 bits: tables of 2^8 and 2^11 rows pay off. */
const CONVOLUTION = network({
  inputs: 300,
  window: 27,
  stride: 3,
  calls: 300,
  functions: 1,
  units: 16,
  quotientBits: 16,
  shiftBits: 11,
  outputs: 10,
}).program;

describe('lowering with lookups', () => {
  let convolution: LoweredProgram;

  before(() => {
    convolution = lowerProgram(CONVOLUTION, { lookups: {} });
  });

  it('gives a system with rounds whose honest witness satisfies it, whatever the challenge', () => {
    const { system, recipe } = lowerProgram(DENSE.program, { lookups: { rangeBits: [7, 5] } });
    const { wires, challengeCount, finish } = solveRounds(recipe, DENSE.solve(PIXELS));
    assert.equal(challengeCount, 1);
    assert.equal(system.rounds?.challengeCount, 1);
    const start = firstOfRoundTwo(system);
    assert.ok(start < system.wireCount);
    assert.ok(wires.slice(start).every(value => value === 0n));
    for (const challenge of [CHALLENGE, 12345n]) {
      const complete = finish([challenge]);
      assert.equal(complete[firstOfRoundOne(system) - 1], challenge);
      assert.deepEqual(
        complete.slice(firstOfRoundOne(system), start),
        wires.slice(firstOfRoundOne(system), start),
      );
      assert.equal(checkWitness(system, complete), undefined);
    }
  });

  it('needs both rounds to be solved', () => {
    const { recipe } = lowerProgram(DENSE.program, { lookups: {} });
    assert.throws(
      () => solveWires(recipe, DENSE.solve(PIXELS)),
      /A system with rounds cannot be solved before its challenges are known/,
    );
  });

  it('puts no wire of a later round into rows that are no lookups', () => {
    const { system } = lowerProgram(DENSE.program, { lookups: { rangeBits: [7, 5] } });
    let lookupRows = 0;
    for (let row = 0; row < system.constraintCount; row++) if (isLookupRow(system, row)) lookupRows++;
    const { lookups } = lowerProgram(DENSE.program, { lookups: { rangeBits: [7, 5] } });
    assert.equal(lookupRows, (lookups?.lookupCount ?? 0) + (lookups?.tableRowCount ?? 0));
  });

  it('finds the values that nothing constrains as bits do', () => {
    const free =
      'fn main\nprivate w0 w3\nreturn w2\nbrillig w1\nrange w1 20\nrange w0 20\nrange w3 20\nw0 + w1 - w2';
    const { freeValues, isolatedParameters } = lowerProgram(program(free), {
      lookups: { rangeBits: [8] },
    }).unconstrained;
    assert.deepEqual(
      freeValues.map(({ name }) => name),
      ['main.w1'],
    );
    assert.deepEqual(isolatedParameters, [3]);
  });

  it('reports its tables', () => {
    const { lookups } = lowerProgram(DENSE.program, { lookups: { rangeBits: [8] } });
    // 32 pixels; 12 times 14 bits (a limb of 6 bits, twice, and one of 8) and 9 bits (a bit and a limb)
    assert.deepEqual(lookups, {
      tables: [{ name: 'range 8', rowCount: 256, lookupCount: 32 + 12 * 3 + 12 }],
      lookupCount: 80,
      tableRowCount: 257,
    });
  });

  it('has rounds without tables where bits cost less', () => {
    const { system, recipe, lookups } = lowerProgram(program('fn main\nprivate w0\nrange w0 4'), {
      lookups: {},
    });
    assert.deepEqual(system.rounds, { challengeCount: 1, roundOneCount: 4 });
    assert.equal(system.constraintCount, 4);
    assert.equal(lookups?.tableRowCount, 0);
    const witnesses = new Map([[0, 9n]]);
    const { finish } = solveRounds(recipe, [{ functionIndex: 0, witnesses }]);
    assert.equal(checkWitness(system, finish([CHALLENGE])), undefined);
  });

  it('changes nothing without the option', () => {
    const { system, recipe, lookups } = lowerProgram(DENSE.program);
    assert.equal(system.rounds, undefined);
    assert.equal(lookups, undefined);
    const { wires, challengeCount, finish } = solveRounds(recipe, DENSE.solve(PIXELS));
    assert.equal(challengeCount, 0);
    assert.deepEqual(finish([]), wires);
  });

  it('pins what lookups cost', () => {
    const range = (bits: number, rangeBits: readonly number[]) =>
      lowerProgram(program(`fn main\nprivate w0\nrange w0 ${bits}`), { lookups: { rangeBits } }).system;
    pinCosts('lookups', {
      'range 64 with a table of 2^8': range(64, [8]),
      'range 64 with a table of 2^16': range(64, [16]),
      'range 27 with a table of 2^14': range(27, [14]),
      '4800 ReLUs of 28 bits': convolution.system,
      'dense 32-12-4': lowerProgram(DENSE.program, { lookups: {} }).system,
    });
  });

  it('takes hardly more than 4 rows for a ReLU of 28 bits, and at most 6 for a range of 64, beside the tables', () => {
    const { system: relus, lookups: tables } = convolution;
    const rows = relus.constraintCount - (tables?.tableRowCount ?? 0) - 300 - 10;
    assert.ok(rows / 4800 < 4.2, `${rows / 4800} rows a ReLU`);
    const { system, lookups } = lowerProgram(program('fn main\nprivate w0\nrange w0 64'), {
      lookups: { rangeBits: [14] },
    });
    assert.ok(system.constraintCount - (lookups?.tableRowCount ?? 0) <= 6);
  });
});

/** Every edit of round 1, completed by the best second round there is. */
describe('a lying prover of lookups', () => {
  const { system, recipe } = lowerProgram(DENSE.program, { lookups: { rangeBits: [7, 5] } });
  const { wires } = solveRounds(recipe, DENSE.solve(PIXELS));
  const judge = judgeRounds(system);
  const challengeWire = firstOfRoundOne(system) - 1;
  const honest = wires.with(challengeWire, CHALLENGE);

  it('is accepted when it does not lie', () => {
    assert.equal(judge(honest), true);
  });

  it('cannot change any single wire of round 1: a limb beyond its table, a count off by one, an output', () => {
    for (let wire = 1; wire < firstOfRoundTwo(system); wire++) {
      if (wire === challengeWire) continue;
      for (const change of [1n, 128n]) {
        const edited = honest.with(wire, ((honest[wire] ?? 0n) + change) % system.prime);
        assert.equal(judge(edited), false, `wire ${wire} + ${change}`);
      }
    }
  });

  it('cannot move a lookup from one table row to another, nor carry between limbs', () => {
    const start = firstOfRoundOne(system);
    const end = firstOfRoundTwo(system);
    for (let wire = start; wire + 1 < end; wire += 3) {
      const [left, right] = [honest[wire] ?? 0n, honest[wire + 1] ?? 0n];
      const swapped = honest.with(wire, left + 1n).with(wire + 1, (right - 1n + system.prime) % system.prime);
      assert.equal(judge(swapped), false, `wires ${wire} and ${wire + 1}`);
    }
  });

  it('cannot prove a pixel beyond its range by any counts', () => {
    const single = lowerProgram(program('fn main\nprivate w0\nrange w0 8'), { lookups: { rangeBits: [8] } });
    const stray = solveRounds(single.recipe, [{ functionIndex: 0, witnesses: new Map([[0, 256n]]) }]);
    const failure = checkWitness(single.system, stray.finish([CHALLENGE]));
    assert.match(failure?.place ?? '', /table 'range 8'/);
  });
});

describe('the choice of the proof system', () => {
  it('is Groth16 for a small program', () => {
    const choice = chooseProofSystem(DENSE.program);
    assert.equal(choice.system, 'groth16');
    assert.equal(
      choice.reason,
      'about 544 constraints with bits, 182 with lookups: small enough for the shorter proof of Groth16.',
    );
  });

  it('is UltraGroth where lookups shrink the domain, and predicts both counts well', () => {
    const net = denseNetwork({ inputs: 64, units: 150, quotientBits: 14, shiftBits: 9, outputs: 4 }).program;
    const { system, reason, predicted } = chooseProofSystem(net);
    assert.equal(system, 'ultragroth');
    assert.match(reason, /with lookups: transforms and keys shrink 8 times\.$/);
    const plain = lowerProgram(net).system.constraintCount;
    const looked = lowerProgram(net, { lookups: {} }).system.constraintCount;
    assert.ok(Math.abs(predicted.groth16.constraintCount / plain - 1) < 0.05);
    assert.ok(Math.abs(predicted.ultragroth.constraintCount / looked - 1) < 0.05);
  });

  it('is Groth16 where lookups save nothing', () => {
    const products = Array.from({ length: 3000 }, (_, index) => `w${index}*w${index} - w${index + 1}`).join(
      '\n',
    );
    const { system, reason } = chooseProofSystem(program(`fn main\nprivate w0\nreturn w3000\n${products}`));
    assert.equal(system, 'groth16');
    assert.equal(
      reason,
      'about 3000 constraints with bits, 3000 with lookups: the domain of 4096 stays the same.',
    );
  });
});

import assert from 'node:assert/strict';
import { lowerProgram } from '../../../../converters/acir-to-r1cs/index.ts';
import { checkWitness, firstOfRoundOne, firstOfRoundTwo } from '../../../../src/r1cs/index.ts';
import type { WireId } from '../../../../src/r1cs/types.ts';
import { assertRoundsSound } from '../../../../src/ultragroth/index.ts';
import { solveRounds } from '../../../../src/witness/index.ts';
import { pinCosts } from '../../../support/ledger.ts';
import { judgeRounds } from '../../../support/lookup-rows.ts';
import { program } from '../../../support/program-text.ts';

const CHALLENGES = [2n ** 200n + 9n, 2n ** 190n + 77n];

/** Cells w0.., indices, results; constant cells are pinned to squares. */
function reads(cellCount: number, readCount: number, constants: boolean, last = ''): string {
  const names = (start: number, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `w${start + index}`);
  const cells = names(0, cellCount);
  const indices = names(cellCount, readCount);
  const results = names(cellCount + readCount, readCount);
  return [
    'fn main',
    `private ${[...(constants ? [] : cells), ...indices].join(' ')}`,
    `return ${results.join(' ')}`,
    ...(constants ? cells.map((cell, index) => `${cell} - ${index * index + 5}`) : []),
    `init 0 ${cells.join(' ')}`,
    ...indices.map((index, read) => `read 0 [${index}] ${results[read]}`),
    last,
  ].join('\n');
}

function witnessesOf(cells: readonly bigint[], indices: readonly number[]): Map<number, bigint> {
  const values = [...cells, ...indices.map(BigInt), ...indices.map(index => cells[index] ?? 0n)];
  return new Map(values.map((value, witness) => [witness, value]));
}

describe('memory by lookups', () => {
  it('is read in two rows, with two challenges, by a sound argument', () => {
    const lowered = lowerProgram(program(reads(8, 5, false)), { lookups: {} });
    assert.equal(lowered.system.rounds?.challengeCount, 2);
    assert.deepEqual(lowered.lookups?.tables, [{ name: 'memory of 8', rowCount: 8, lookupCount: 5 }]);
    assert.equal(lowered.system.constraintCount, 2 * 5 + 2 * 8 + 1);
    assert.ok(assertRoundsSound(lowered.system).soundnessBits > 240);
  });

  it('names the wires of its argument', () => {
    const { system, wireName } = lowerProgram(program(reads(8, 5, false)), { lookups: {} });
    const names = Array.from({ length: system.wireCount }, (_, wire) => wireName(wire as WireId)); // the loop runs over wires
    for (const name of [
      'challenge0',
      'challenge1',
      'product12',
      'table0.count7',
      'table0.quotient0',
      'lookup4.inverse',
    ])
      assert.ok(names.includes(name), name);
    assert.equal(new Set(names).size, names.length);
  });

  it('is solved for any cells and indices', () => {
    const { system, recipe } = lowerProgram(program(reads(8, 5, false)), { lookups: {} });
    const cells = [7n, 0n, system.prime - 1n, 7n, 2n ** 250n, 1n, 5n, 6n];
    const { finish, challengeCount } = solveRounds(recipe, [
      { functionIndex: 0, witnesses: witnessesOf(cells, [4, 0, 7, 2, 4]) },
    ]);
    assert.equal(challengeCount, 2);
    assert.equal(checkWitness(system, finish(CHALLENGES)), undefined);
  });

  it('may hold cells that only simplification finds to be sums or constants', () => {
    const text =
      'fn main\nprivate w0 w1 w2 w4 w5 w6\nreturn w7 w8 w9 w10\nw3 + w0 - w1\nw0 - w1 + 9*w3 - 80\ninit 0 w0 w1 w2 w3\nread 0 [w4] w7\nread 0 [w5] w8\nread 0 [w6] w9\nread 0 [w4] w10';
    const { system, recipe } = lowerProgram(program(text), { lookups: {} });
    assert.ok(assertRoundsSound(system).soundnessBits > 240);
    const values = [5n, 15n, 77n, 10n, 0n, 3n, 1n, 5n, 10n, 15n, 5n];
    const witnesses = new Map(values.map((value, witness) => [witness, value] as const));
    const { finish } = solveRounds(recipe, [{ functionIndex: 0, witnesses }]);
    assert.equal(checkWitness(system, finish(CHALLENGES)), undefined);
  });

  it('gives no other value, takes no index outside, and no counts make up for it', () => {
    const { system, recipe } = lowerProgram(program(reads(6, 4, true)), { lookups: {} });
    const cells = Array.from({ length: 6 }, (_, index) => BigInt(index * index + 5));
    const { wires } = solveRounds(recipe, [
      { functionIndex: 0, witnesses: witnessesOf(cells, [1, 5, 0, 1]) },
    ]);
    const judge = judgeRounds(system);
    const first = firstOfRoundOne(system);
    const honest = wires.with(first - 2, CHALLENGES[0] ?? 0n).with(first - 1, CHALLENGES[1] ?? 0n);
    assert.equal(judge(honest), true);
    for (let wire = 1; wire < firstOfRoundTwo(system); wire++) {
      if (wire === first - 1 || wire === first - 2) continue;
      for (const change of [1n, 6n])
        assert.equal(
          judge(honest.with(wire, (honest[wire] ?? 0n) + change)),
          false,
          `wire ${wire} + ${change}`,
        );
    }
  });

  it('is named where a read is wrong', () => {
    const { system, recipe } = lowerProgram(program(reads(8, 5, false)), { lookups: {} });
    const witnesses = witnessesOf([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n], [0, 1, 2, 3, 4]).set(13, 9n);
    const { finish } = solveRounds(recipe, [{ functionIndex: 0, witnesses }]);
    assert.match(checkWitness(system, finish(CHALLENGES))?.place ?? '', /table 'memory of 8'/);
  });

  it('hides no cell that the prover may choose, and blames no value that is read', () => {
    const free = reads(5, 6, false).replace('w3 w4', 'w3').replace('init 0', 'brillig w4\ninit 0');
    for (const text of [reads(5, 6, false), free]) {
      const { freeValues, ...others } = lowerProgram(program(text), { lookups: {} }).unconstrained;
      const plain = lowerProgram(program(text)).unconstrained;
      const names = (values: typeof freeValues): readonly string[] => values.map(({ name }) => name);
      assert.deepEqual(names(freeValues), text === free ? ['main.w4'] : []);
      assert.deepEqual(
        { ...others, freeValues: names(freeValues) },
        { ...plain, freeValues: names(plain.freeValues) },
      );
    }
  });

  it('stays with selects where it is read seldom, or written', () => {
    for (const text of [reads(8, 1, false), reads(8, 5, false, 'write 0 [w8] w0')]) {
      const { lookups } = lowerProgram(program(text), { lookups: {} });
      assert.deepEqual(
        lookups?.tables.filter(({ name }) => name.startsWith('memory')),
        [],
      );
    }
  });

  it('has a table for each call of a function', () => {
    const callee = reads(4, 4, false).replace('fn main', 'fn read');
    const ports = (start: number): string =>
      Array.from({ length: 8 }, (_, index) => `w${index === 7 ? start : index}`).join(' ');
    const calls = [7, 8]
      .map(
        (last, call) =>
          `call 1 (${ports(last)}) (${[0, 1, 2, 3].map(k => `w${9 + 4 * call + k}`).join(' ')})`,
      )
      .join('\n');
    const outputs = Array.from({ length: 8 }, (_, index) => `w${9 + index}`).join(' ');
    const text = `fn main\nprivate w0 w1 w2 w3 w4 w5 w6 w7 w8\nreturn ${outputs}\n${calls}\n${callee}`;
    const { system, recipe, lookups } = lowerProgram(program(text), { lookups: {} });
    assert.equal(lookups?.tables.length, 2);
    const cells = [10n, 20n, 30n, 40n];
    const frame = (indices: readonly number[]) => ({
      functionIndex: 1,
      witnesses: witnessesOf(cells, indices),
    });
    const [first, second] = [
      [0, 1, 2, 3],
      [0, 1, 2, 0],
    ];
    const main = new Map(
      [
        ...cells,
        ...[0n, 1n, 2n, 3n, 0n],
        ...[first, second].flatMap(indices => indices?.map(index => cells[index] ?? 0n) ?? []),
      ].map((value, witness) => [witness, value] as const),
    );
    const stack = [frame(first ?? []), frame(second ?? []), { functionIndex: 0, witnesses: main }];
    assert.equal(checkWitness(system, solveRounds(recipe, stack).finish(CHALLENGES)), undefined);
  });

  it('is one table for all calls that read the same constants', () => {
    const callee = reads(16, 4, true).replace('fn main', 'fn read');
    const calls = Array.from({ length: 5 }, (_, call) => {
      const outputs = [0, 1, 2, 3].map(k => `w${4 + 4 * call + k}`).join(' ');
      return `call 1 (w0 w1 w2 w3) (${outputs})`;
    });
    const outputs = Array.from({ length: 20 }, (_, k) => `w${4 + k}`).join(' ');
    const text = `fn main\nprivate w0 w1 w2 w3\nreturn ${outputs}\n${calls.join('\n')}\n${callee}`;
    const { system, recipe, lookups } = lowerProgram(program(text), { lookups: {} });
    assert.deepEqual(lookups?.tables, [{ name: 'memory of 16', rowCount: 16, lookupCount: 20 }]);
    assert.ok(assertRoundsSound(system).soundnessBits > 240);
    const cells = Array.from({ length: 16 }, (_, index) => BigInt(index * index + 5));
    const indices = [3, 15, 0, 3];
    const frame = { functionIndex: 1, witnesses: witnessesOf(cells, indices) };
    const found = calls.flatMap(() => indices.map(index => cells[index] ?? 0n));
    const main = new Map(
      [...indices.map(BigInt), ...found].map((value, witness) => [witness, value] as const),
    );
    const stack = [...calls.map(() => frame), { functionIndex: 0, witnesses: main }];
    const { wires, finish } = solveRounds(recipe, stack);
    assert.equal(checkWitness(system, finish(CHALLENGES)), undefined);
    const first = firstOfRoundOne(system);
    const honest = wires.with(first - 2, CHALLENGES[0] ?? 0n).with(first - 1, CHALLENGES[1] ?? 0n);
    const judge = judgeRounds(system);
    for (let wire = 1; wire < firstOfRoundTwo(system); wire++) {
      if (wire === first - 1 || wire === first - 2) continue;
      assert.equal(judge(honest.with(wire, (honest[wire] ?? 0n) + 1n)), false, `wire ${wire}`);
    }
  });

  it('pins what reads cost', () => {
    const cost = (text: string) => lowerProgram(program(text), { lookups: {} }).system;
    pinCosts('memory with lookups', {
      '8 reads of 16': cost(reads(16, 8, false)),
      '50 reads of 64': cost(reads(64, 50, false)),
      '100 reads of 256 constants': cost(reads(256, 100, true)),
    });
  });
});

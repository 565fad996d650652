import assert from 'node:assert/strict';
import { lowerProgram } from '../../../../converters/acir-to-r1cs/index.ts';
import { seededRandom } from '../../../../fixtures/data/random.ts';
import { mod } from '../../../../src/field/index.ts';
import { checkWitness, firstOfRoundOne, firstOfRoundTwo } from '../../../../src/r1cs/index.ts';
import type { WireId } from '../../../../src/r1cs/types.ts';
import { assertRoundsSound } from '../../../../src/ultragroth/index.ts';
import { solveRounds } from '../../../../src/witness/index.ts';
import { pinCosts } from '../../../support/ledger.ts';
import { judgeRounds } from '../../../support/lookup-rows.ts';
import { program } from '../../../support/program-text.ts';

const CHALLENGES = [2n ** 200n + 9n, 2n ** 190n + 77n];

type Step = readonly ['read' | 'write', index: number | 'witness'];

/** A program of accesses to one block; inputs are cells, then an index and a value for each access that takes one. */
class Machine {
  readonly text: string;
  readonly #cellCount: number;
  readonly #steps: readonly Step[];

  constructor(cellCount: number, steps: readonly Step[], constants = false) {
    this.#cellCount = cellCount;
    this.#steps = steps;
    const names = Array.from({ length: cellCount + 2 * steps.length }, (_, index) => `w${index}`);
    const cells = names.slice(0, cellCount);
    const reads = steps.flatMap(([kind], i) => (kind === 'read' ? [this.#value(i)] : []));
    const inputs = names.filter(name => !reads.includes(name) && !(constants && cells.includes(name)));
    this.text = [
      'fn main',
      `private ${inputs.join(' ')}`,
      `return ${reads.join(' ')}`,
      ...(constants ? cells.map((cell, j) => `${cell} - ${j * j + 5}`) : []),
      `init 0 ${cells.join(' ')}`,
      ...steps.map(([kind, index], i) => {
        const place = index === 'witness' ? `w${cellCount + 2 * i}` : `${index}`;
        return `${kind} 0 [${place}] ${this.#value(i)}`;
      }),
    ].join('\n');
  }

  #value(step: number): string {
    return `w${this.#cellCount + 2 * step + 1}`;
  }

  /** Whether a wire is a first or a written value, which the prover may choose where nobody reads it. */
  isInputValue(name: string): boolean {
    const witness = Number(/^main\.w(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    const step = this.#steps[(witness - this.#cellCount - 1) / 2];
    return witness < this.#cellCount || step?.[0] === 'write';
  }

  /** What the machine does: values of all witnesses. */
  run(cells: readonly bigint[], draw: (limit: number) => number): Map<number, bigint> {
    const memory = [...cells];
    const values = new Map(cells.map((cell, j) => [j, cell] as const));
    for (const [i, [kind, place]] of this.#steps.entries()) {
      const index = place === 'witness' ? draw(memory.length) : place;
      const value = kind === 'read' ? (memory[index] ?? 0n) : BigInt(draw(1000));
      memory[index] = value;
      values.set(this.#cellCount + 2 * i, BigInt(index)).set(this.#cellCount + 2 * i + 1, value);
    }
    return values;
  }
}

const READ: Step = ['read', 'witness'];
const WRITE: Step = ['write', 'witness'];
const STEPS: readonly Step[] = [
  READ,
  ['write', 2],
  WRITE,
  READ,
  WRITE,
  ['read', 3],
  ['write', 1],
  READ,
  WRITE,
  READ,
  READ,
  WRITE,
  ['read', 3],
  ['read', 0],
];
const machine = new Machine(8, STEPS);
const short = new Machine(8, [WRITE, WRITE, READ, READ, WRITE, READ]);
const FIRST = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n];
const cells = [7n, 0n, 2n ** 250n, 7n, 11n, 1n, 5n, 6n];

describe('memory that is written, by lookups', () => {
  const { system, recipe, wireName, lookups, unconstrained } = lowerProgram(program(machine.text), {
    lookups: {},
  });

  it('is a table of events, and one of their order, by a sound argument', () => {
    const names = lookups?.tables.map(({ name }) => name) ?? [];
    assert.ok(names.includes('order of 18 events') && names.includes('memory of 18'), names.join());
    assert.equal(system.rounds?.challengeCount, 2);
    assert.ok(assertRoundsSound(system).soundnessBits > 240);
  });

  it('leaves nothing to the prover that selectors do not', () => {
    const plain = lowerProgram(program(machine.text)).unconstrained;
    assert.deepEqual(
      unconstrained.freeValues.map(({ name }) => name),
      plain.freeValues.map(({ name }) => name),
    );
  });

  it('is solved whatever is read and written where', () => {
    const random = seededRandom(3);
    for (let run = 0; run < 20; run++) {
      const witnesses = machine.run(cells, limit => random.below(limit));
      const { finish } = solveRounds(recipe, [{ functionIndex: 0, witnesses }]);
      assert.equal(checkWitness(system, finish(CHALLENGES)), undefined);
    }
  });

  it('gives no stale value, takes no other order, and no index outside', () => {
    const random = seededRandom(4);
    const judge = judgeRounds(system);
    const first = firstOfRoundOne(system);
    for (const limit of [8, 2]) {
      const witnesses = machine.run(cells, most => random.below(most === 8 ? limit : most));
      const { wires } = solveRounds(recipe, [{ functionIndex: 0, witnesses }]);
      const honest = wires.with(first - 2, CHALLENGES[0] ?? 0n).with(first - 1, CHALLENGES[1] ?? 0n);
      assert.equal(judge(honest), true);
      for (let wire = 1; wire < firstOfRoundTwo(system); wire++) {
        if (wire === first - 1 || wire === first - 2 || machine.isInputValue(wireName(wire as WireId)))
          continue;
        for (const change of [1n, -1n, 6n]) {
          const edited = honest.with(wire, mod((honest[wire] ?? 0n) + change, system.prime));
          assert.equal(judge(edited), false, `${wireName(wire as WireId)} + ${change}`);
        }
      }
    }
  });

  it('refuses a read of what was there before', () => {
    const lowered = lowerProgram(program(short.text), { lookups: {} });
    assert.ok(lowered.lookups?.tables.some(({ name }) => name.startsWith('order')));
    // cells 1 2 3 ...; cell 1 becomes 9, then 8; reads of cell 1 find 8 or lie with 9 or 2
    const values = [...FIRST, 1n, 9n, 1n, 8n, 1n, 8n, 0n, 1n, 2n, 5n, 1n, 8n];
    for (const [found, isRight] of [
      [8n, true],
      [9n, false],
      [2n, false],
    ] as const) {
      const witnesses = new Map(values.with(19, found).map((value, witness) => [witness, value] as const));
      const { finish } = solveRounds(lowered.recipe, [{ functionIndex: 0, witnesses }]);
      assert.equal(checkWitness(lowered.system, finish(CHALLENGES)) === undefined, isRight, `${found}`);
    }
  });

  it('refuses an index outside, though nothing else looks at it', () => {
    const values = [...FIRST, 8n, 9n, 1n, 8n, 1n, 8n, 0n, 1n, 2n, 5n, 8n, 9n];
    const lowered = lowerProgram(program(short.text), { lookups: {} });
    const witnesses = new Map(values.map((value, witness) => [witness, value] as const));
    const { finish } = solveRounds(lowered.recipe, [{ functionIndex: 0, witnesses }]);
    assert.notEqual(checkWitness(lowered.system, finish(CHALLENGES)), undefined);
  });

  it('stays with selectors where it is written once, and in calls that may be off', () => {
    const once = new Machine(8, [WRITE]).text;
    const off = `fn main\nprivate ${Array.from({ length: 37 }, (_, i) => `w${i}`).join(' ')}\n`;
    const callee = new Machine(8, STEPS).text.replace('fn main', 'fn f');
    const results = callee.split('\n')[2]?.split(' ').slice(1) ?? [];
    const outputs = results.map((_, i) => `w${40 + i}`).join(' ');
    const inputs = callee.split('\n')[1]?.split(' ').slice(1) ?? [];
    const call = `call 1 (${inputs.map((_, i) => `w${i % 36}`).join(' ')}) (${outputs}) if w36\n`;
    for (const text of [once, `${off}${call}${callee}`]) {
      const lowered = lowerProgram(program(text), { lookups: {} });
      assert.ok(!lowered.lookups?.tables.some(({ name }) => name.startsWith('order')), text);
    }
  });

  it('pins what accesses cost', () => {
    const mixed = (count: number): Step[] =>
      Array.from({ length: count }, (_, i) => (i % 2 === 0 ? WRITE : READ));
    const cost = (cellCount: number, steps: readonly Step[]) =>
      lowerProgram(program(new Machine(cellCount, steps, true).text), { lookups: {} }).system;
    pinCosts('written memory with lookups', {
      '16 accesses to 16': cost(16, mixed(16)),
      '64 accesses to 64': cost(64, mixed(64)),
      '256 accesses to 64': cost(64, mixed(256)),
    });
  });
});

/** The claim of converters/acir-to-r1cs/ram.ts, on every choice of a prover for small memories. */
describe('the order of events', () => {
  for (const [cellCount, accessCount] of [
    [1, 3],
    [2, 3],
    [3, 3],
    [2, 4],
  ] as const)
    it(`leaves one choice for ${accessCount} accesses to ${cellCount} cells`, () => {
      const events = cellCount + accessCount;
      for (const addresses of vectors(accessCount, cellCount + 1)) {
        const addressOf = (event: number): number =>
          event < cellCount ? event : (addresses[event - cellCount] ?? 0);
        const choices = permutations(events).filter(order =>
          order.every((event, consumer) => {
            const isAccess = consumer < accessCount;
            const address = isAccess ? (addresses[consumer] ?? 0) : consumer - accessCount;
            return addressOf(event) === address && (!isAccess || event < cellCount + consumer);
          }),
        );
        const isInside = addresses.every(address => address < cellCount);
        assert.equal(choices.length, isInside ? 1 : 0, addresses.join());
        for (const [consumer, event] of choices[0]?.slice(0, accessCount).entries() ?? []) {
          const last = addresses.slice(0, consumer).lastIndexOf(addresses[consumer] ?? 0);
          assert.equal(event, last < 0 ? addresses[consumer] : cellCount + last);
        }
      }
    });
});

function vectors(length: number, limit: number): number[][] {
  if (length === 0) return [[]];
  return vectors(length - 1, limit).flatMap(rest =>
    Array.from({ length: limit }, (_, value) => [...rest, value]),
  );
}

function permutations(count: number): number[][] {
  if (count === 0) return [[]];
  return permutations(count - 1).flatMap(rest =>
    Array.from({ length: count }, (_, place) => [...rest.slice(0, place), count - 1, ...rest.slice(place)]),
  );
}

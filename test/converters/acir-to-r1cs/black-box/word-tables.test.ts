import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as tables from '../../../../converters/acir-to-r1cs/black-box/word-tables.ts';
import { claimWords } from '../../../../converters/acir-to-r1cs/black-box/word-tables.ts';
import {
  createBuilder,
  type GadgetBuilder,
  witnessForm,
} from '../../../../converters/acir-to-r1cs/builder.ts';
import type { Form } from '../../../../converters/acir-to-r1cs/forms.ts';
import { createTableRegistry } from '../../../../converters/acir-to-r1cs/lookups/tables.ts';
import { createTemplate } from '../../../../converters/acir-to-r1cs/template.ts';
import { toSigned } from '../../../../src/field/index.ts';
import { createCoefficientTable } from '../../../../src/r1cs/index.ts';
import { applyTruth } from '../../../../src/witness/index.ts';
import { P } from './support/curves.ts';

const { AND, PARITY, MAJORITY, CHOICE, CHI, PARITY_5 } = tables;
const FUNCTIONS = [AND, PARITY, MAJORITY, CHOICE, CHI, PARITY_5];

/** What the functions are, said in another way. */
const MEANING: Readonly<Record<string, (words: readonly bigint[]) => bigint>> = {
  and: ([x = 0n, y = 0n]) => x & y,
  parity: ([x = 0n, y = 0n, z = 0n]) => x ^ y ^ z,
  majority: ([x = 0n, y = 0n, z = 0n]) => (x & y) | (y & z) | (x & z),
  choice: ([x = 0n, y = 0n, z = 0n]) => (x & y) | (~x & z),
  chi: ([x = 0n, y = 0n, z = 0n]) => x ^ (~y & z),
  'parity of five': words => words.reduce((sum, word) => sum ^ word),
};

function emptyBuilder(): GadgetBuilder {
  const circuit = { name: 'main', opcodes: [], privateParameters: [], publicParameters: [] };
  const table = createCoefficientTable(P);
  return createBuilder({
    table,
    origins: { list: [], locate: () => [], describe: () => ({}), functionNames: [] },
    circuit: { ...circuit, returnValues: [], assertMessages: [] },
    template: createTemplate(table, 0),
    gated: false,
    // One use of one bit: chunks of one bit.
    tables: createTableRegistry({
      counts: new Map(FUNCTIONS.map(({ name }) => [name, new Map([[1, 1]])])),
      bitwise: true,
    }),
  });
}

/** A claim as a function of its words and of the entries that the prover chose. */
function claimOf(shape: tables.WordFunction, width: number) {
  const builder = emptyBuilder();
  const words = Array.from({ length: shape.arity }, (_, index) => witnessForm(builder, index));
  const form = claimWords(builder, shape, words, width);
  const entries = builder.tables?.list[0]?.entries ?? [];
  const wordSignals = words.flatMap(word => word.signals);
  const chosen = form.signals.filter(signal => !wordSignals.includes(signal));
  const read = (values: readonly bigint[], picked: readonly bigint[]): bigint => {
    const bySignal = new Map<number, bigint>();
    for (const [index, signal] of wordSignals.entries()) bySignal.set(signal, values[index] ?? 0n);
    for (const [index, signal] of chosen.entries()) bySignal.set(signal, picked[index] ?? 0n);
    return toSigned(evaluate(form, bySignal), P);
  };
  return { read, entries, chunkCount: chosen.length };
}

function evaluate({ signals, coefficients }: Form, values: ReadonlyMap<number, bigint>): bigint {
  const sum = signals.reduce(
    (total, signal, index) => total + (coefficients[index] ?? 0n) * (values.get(signal) ?? 0n),
    0n,
  );
  return ((sum % P) + P) % P;
}

const word32 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n });

describe('tables of Boolean functions of words', () => {
  it('list the functions that they are named after', () => {
    for (const shape of FUNCTIONS) {
      fc.assert(
        fc.property(fc.array(word32, { minLength: shape.arity, maxLength: shape.arity }), words => {
          const value = MEANING[shape.name]?.(words) ?? 0n;
          assert.equal(applyTruth(words, shape.truth, 32), BigInt.asUintN(32, value), shape.name);
        }),
        { seed: 11, numRuns: 20 },
      );
    }
  });

  it('let no claim be small unless it is true: all words of two bits and all entries', () => {
    for (const shape of [AND, PARITY, CHOICE]) {
      const { read, entries, chunkCount } = claimOf(shape, 2);
      assert.equal(chunkCount, 2);
      const count = 4 ** shape.arity;
      for (let packed = 0; packed < count; packed++) {
        const words = Array.from({ length: shape.arity }, (_, index) => BigInt((packed >> (2 * index)) & 3));
        let small = 0;
        for (const low of entries) {
          for (const high of entries) {
            const claim = read(words, [low, high]);
            if (claim > 2n ** 40n || claim < -(2n ** 40n)) continue;
            small++;
            assert.equal(claim, applyTruth(words, shape.truth, 2));
          }
        }
        assert.equal(small, 1, `${shape.name} of ${words}`);
      }
    }
  });

  it('let no sum of a claim in low columns and one in high ones be small unless both are true', () => {
    const [low, high] = [claimOf(PARITY, 1), claimOf(MAJORITY, 1)];
    for (let packed = 0; packed < 64; packed++) {
      const words = Array.from({ length: 6 }, (_, index) => BigInt((packed >> index) & 1));
      const [first, second] = [words.slice(0, 3), words.slice(3)];
      let small = 0;
      for (const x of low.entries) {
        for (const y of high.entries) {
          // As in SHA-256: the parity that a majority gives is in there twice.
          const claim = low.read(first, [x]) - 2n * high.read(second, [y]);
          if (claim > 2n ** 40n || claim < -(2n ** 40n)) continue;
          small++;
          assert.equal(
            claim,
            applyTruth(first, PARITY.truth, 1) - 2n * applyTruth(second, MAJORITY.truth, 1),
          );
        }
      }
      assert.equal(small, 1);
    }
  });

  it('keep the columns of words of 32 bits apart, whatever entries a prover picks', () => {
    for (const shape of FUNCTIONS) {
      const { read, entries, chunkCount } = claimOf(shape, 32);
      assert.equal(chunkCount, 32);
      const edits = fc.array(fc.tuple(fc.nat(chunkCount - 1), fc.nat(entries.length - 1)), { maxLength: 3 });
      const words = fc.array(word32, { minLength: shape.arity, maxLength: shape.arity });
      fc.assert(
        fc.property(words, edits, (values, changes) => {
          const honest = honestEntries(shape, values);
          const picked = [...honest];
          for (const [chunk, entry] of changes) picked[chunk] = entries[entry] ?? 0n;
          const claim = read(values, picked);
          const isSmall = claim <= 2n ** 34n && claim >= -(2n ** 34n);
          const isHonest = picked.every((entry, chunk) => entry === honest[chunk]);
          assert.equal(isSmall, isHonest);
          if (isHonest) assert.equal(claim, applyTruth(values, shape.truth, 32));
        }),
        { seed: 3, numRuns: 60 },
      );
    }
  });
});

/** The entries of words bit by bit, as chunks are here. */
function honestEntries(
  { arity, truth, base, spacing }: tables.WordFunction,
  words: readonly bigint[],
): bigint[] {
  return Array.from({ length: 32 }, (_, bit) => {
    const inputs = Array.from(
      { length: arity },
      (_word, index) => ((words[index] ?? 0n) >> BigInt(bit)) & 1n,
    );
    return inputs.reduce(
      (sum, input, index) => sum + (input << BigInt(base + spacing * index)),
      applyTruth(inputs, truth, 1),
    );
  });
}

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readR1cs, readR1csFile, writeR1cs } from '../../../converters/r1cs-to-iden3/index.ts';
import { readSections, writeSections } from '../../../src/bytes/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../../src/field/index.ts';
import type { ConstraintSystem, SparseRows } from '../../../src/r1cs/types.ts';
import { circuitOf, mixedCircuit, productCircuit, type Row } from '../../groth16/circuits.ts';
import { assertThrowsCode } from '../../support/errors.ts';

const FORMAT = { magic: 'r1cs', versionMax: 1, what: 'file', code: 'MALFORMED_R1CS' } as const;
const SEED = 20240611;

/** Rows as [wire, coefficient] pairs. */
function termsOf(system: ConstraintSystem): (readonly [number, bigint])[][][] {
  const expand = (rows: SparseRows) =>
    Array.from({ length: system.constraintCount }, (_, row) =>
      Array.from(
        rows.wires.subarray(rows.rowStarts[row], rows.rowStarts[row + 1]),
        (wire, i) =>
          [
            wire,
            system.coefficients[rows.coefficientIds[(rows.rowStarts[row] as number) + i] as number] as bigint,
          ] as const,
      ),
    );
  return [expand(system.a), expand(system.b), expand(system.c)];
}

/** The sections of a written file, for tampering. */
function sectionsOf(bytes: Uint8Array): [number, Uint8Array][] {
  return [...readSections(bytes, FORMAT).sections].map(([id, payload]) => [id, payload.slice()]);
}

function withSection(bytes: Uint8Array, id: number, edit: (payload: Uint8Array) => Uint8Array): Uint8Array {
  return writeSections(
    'r1cs',
    1,
    sectionsOf(bytes).map(([section, payload]) => [section, section === id ? edit(payload) : payload]),
  );
}

const setWord = (index: number, value: number) => (payload: Uint8Array) => {
  new DataView(payload.buffer, payload.byteOffset).setUint32(index * 4, value, true);
  return payload;
};

const terms = fc.uniqueArray(
  fc.tuple(fc.nat(9), fc.oneof(fc.bigInt(1n, 20n), fc.bigInt(r - 20n, r - 1n), fc.bigInt(1n, r - 1n))),
  { selector: ([wire]) => wire, maxLength: 6 },
);
const rowsArbitrary = fc.array(fc.tuple(terms, terms, terms), { maxLength: 8 });
const sorted = (row: readonly (readonly [number, bigint])[]) => [...row].sort(([a], [b]) => a - b);

describe('.r1cs', () => {
  it('holds the smallest circuit byte for byte', () => {
    const { r1cs } = productCircuit();
    const prime = '010000f093f5e1439170b97948e833285d588181b64550b829a031e1724e6430';
    const one = `01${'00'.repeat(31)}`;
    assert.equal(
      Buffer.from(r1cs).toString('hex'),
      [
        '72316373 01000000 03000000',
        '01000000 4000000000000000 20000000',
        prime,
        '04000000 00000000 01000000 00000000 0400000000000000 01000000',
        '02000000 7800000000000000',
        `01000000 02000000 ${one} 01000000 03000000 ${one} 01000000 01000000 ${one}`,
        '03000000 2000000000000000 0000000000000000 0100000000000000 0200000000000000 0300000000000000',
      ]
        .join('')
        .replaceAll(' ', ''),
    );
  });

  it('reads back what was written, whatever the order of terms', () => {
    fc.assert(
      fc.property(rowsArbitrary, rows => {
        const { system } = circuitOf(rows as readonly Row[], new Array(10).fill(1n), 3);
        const back = readR1cs(writeR1cs(system), { prime: r });
        assert.deepEqual(
          termsOf(back),
          termsOf(system).map(matrix => matrix.map(sorted)),
        );
        assert.equal(back.wireCount, 10);
        assert.equal(back.publicCount, 3);
        assert.equal(back.provenanceIds.length, rows.length);
        assert.equal(new Set(back.coefficients).size, back.coefficients.length);
      }),
      { seed: SEED },
    );
  });

  it('writes systems over other primes with as many bytes as those need', () => {
    const tiny: ConstraintSystem = { ...productCircuit().system, prime: 101n };
    const file = readR1csFile(writeR1cs(tiny));
    assert.equal(file.coefficientBytes, 8);
    assert.deepEqual(termsOf(readR1cs(writeR1cs(tiny))), termsOf(tiny));
  });

  it('reads sections in any order', () => {
    const { r1cs, system } = mixedCircuit(4);
    const [header, constraints, labels] = sectionsOf(r1cs) as [
      [number, Uint8Array],
      [number, Uint8Array],
      [number, Uint8Array],
    ];
    const shuffled = writeSections('r1cs', 1, [labels, constraints, header]);
    assert.deepEqual(termsOf(readR1cs(shuffled)), termsOf(system));
  });

  it('reads from bytes at an odd address', () => {
    const { r1cs, system } = mixedCircuit(4);
    const shifted = new Uint8Array(r1cs.length + 1);
    shifted.set(r1cs, 1);
    assert.deepEqual(termsOf(readR1cs(shifted.subarray(1))), termsOf(system));
  });

  it('adds up terms of one wire and drops those that vanish', () => {
    const rows: Row[] = [
      [
        [
          [2, 5],
          [1, 3],
          [2, -5],
          [1, 4],
          [3, 0],
        ],
        [],
        [[1, 0]],
      ],
    ];
    assert.deepEqual(termsOf(readR1cs(circuitOf(rows, [1n, 0n, 0n, 0n], 1).r1cs)), [[[[1, 7n]]], [[]], [[]]]);
  });

  it('interns thousands of distinct coefficients', () => {
    const rows: Row[] = Array.from({ length: 3 }, () => [
      Array.from({ length: 5000 }, (_, i) => [i, BigInt(i + 1) ** 9n] as const),
      [],
      [],
    ]);
    const { system, r1cs } = circuitOf(rows, new Array(5000).fill(1n), 0);
    const back = readR1cs(r1cs);
    assert.equal(back.coefficients.length, 5000);
    assert.deepEqual(termsOf(back), termsOf(system));
  });

  it('counts public outputs before public inputs', () => {
    const header = (outputs: number, inputs: number) => (payload: Uint8Array) =>
      setWord(10, outputs)(setWord(11, inputs)(payload));
    const { r1cs } = mixedCircuit(4);
    assert.equal(readR1cs(withSection(r1cs, 1, header(2, 1))).publicCount, 3);
  });

  it('is refused over another field', () => {
    assertThrowsCode(
      () => readR1cs(writeR1cs({ ...productCircuit().system, prime: 101n }), { prime: r }),
      'MALFORMED_R1CS',
      `The constraint system (.r1cs) is over the field of order 101; ${r} is expected. Compile it for that curve.`,
    );
  });

  it('is refused when cut anywhere', () => {
    const { r1cs } = productCircuit();
    for (let length = 0; length < r1cs.length; length++) {
      assertThrowsCode(() => readR1cs(r1cs.subarray(0, length)), 'MALFORMED_R1CS');
    }
  });

  it('is refused when its constraints end early, late, or off a word', () => {
    const { r1cs } = productCircuit();
    assertThrowsCode(
      () => readR1cs(withSection(r1cs, 2, payload => payload.subarray(0, 60))),
      'MALFORMED_R1CS',
      'The constraint system (.r1cs) ends inside constraint 0. Is the file complete?',
    );
    assertThrowsCode(
      () => readR1cs(withSection(r1cs, 2, payload => payload.subarray(0, 80))),
      'MALFORMED_R1CS',
      'The constraint system (.r1cs) ends inside constraint 0. Is the file complete?',
    );
    assertThrowsCode(
      () => readR1cs(withSection(r1cs, 2, payload => Uint8Array.of(...payload, 0, 0, 0, 0))),
      'MALFORMED_R1CS',
      'The constraint system (.r1cs) has 4 bytes after its last constraint; its header promises 1 constraints.',
    );
    assertThrowsCode(
      () => readR1cs(withSection(r1cs, 2, payload => payload.subarray(0, 119))),
      'MALFORMED_R1CS',
      'The constraints of the constraint system (.r1cs) take 119 bytes, which is not a multiple of 4. Is the file complete?',
    );
    assertThrowsCode(
      () => readR1cs(withSection(r1cs, 2, setWord(0, 0xffffffff))),
      'MALFORMED_R1CS',
      'The constraint system (.r1cs) ends inside constraint 0. Is the file complete?',
    );
  });

  it('is refused with an unknown wire', () => {
    assertThrowsCode(
      () => readR1cs(withSection(productCircuit().r1cs, 2, setWord(1, 4))),
      'MALFORMED_R1CS',
      'Constraint 0 of the constraint system (.r1cs) names wire 4, but there are 4 wires.',
    );
  });

  it('is refused with a coefficient that is not canonical', () => {
    const { system } = productCircuit();
    assertThrowsCode(
      () => readR1cs(writeR1cs({ ...system, coefficients: [r] })),
      'MALFORMED_R1CS',
      `Constraint 0 of the constraint system (.r1cs) holds the coefficient ${r}, which is not below the prime.`,
    );
    assert.equal(readR1cs(writeR1cs({ ...system, coefficients: [r - 1n] })).coefficients[0], r - 1n);
  });

  it('is refused with custom gates, but not with empty lists of them', () => {
    const { r1cs, system } = productCircuit();
    const gates = (payload: Uint8Array): Uint8Array =>
      writeSections('r1cs', 1, [...sectionsOf(r1cs), [4, payload], [5, new Uint8Array(4)]]);
    assertThrowsCode(
      () => readR1cs(gates(Uint8Array.of(1, 0, 0, 0, 65, 0, 0, 0, 0, 0))),
      'MALFORMED_R1CS',
      'The constraint system (.r1cs) uses custom gates (section 4), which Groth16 cannot prove. Compile the circuit without custom templates.',
    );
    assert.deepEqual(termsOf(readR1cs(gates(new Uint8Array(4)))), termsOf(system));
  });

  it('may say that it has more private inputs than wires, as files of Circom with --O2 do', () => {
    const { r1cs, system } = productCircuit();
    assert.deepEqual(termsOf(readR1cs(withSection(r1cs, 1, setWord(12, 9)))), termsOf(system));
  });

  it('is refused with a header that contradicts itself', () => {
    const { r1cs } = productCircuit();
    assertThrowsCode(
      () => readR1cs(withSection(r1cs, 1, setWord(11, 4))),
      'MALFORMED_R1CS',
      'The header of the constraint system (.r1cs) contradicts itself: 4 wires, of which 5 are the constant and public ones.',
    );
    assertThrowsCode(
      () => readR1cs(withSection(r1cs, 1, setWord(9, 5))),
      'MALFORMED_R1CS',
      'Section 3 (wire to label) of the constraint system (.r1cs) has 32 bytes; its header promises 40.',
    );
    assertThrowsCode(
      () => readR1cs(withSection(r1cs, 1, setWord(0, 31))),
      'MALFORMED_R1CS',
      'The constraint system (.r1cs) says a coefficient takes 31 bytes; a multiple of 8 up to 256 is expected.',
    );
    assertThrowsCode(
      () => readR1cs(withSection(r1cs, 1, payload => Uint8Array.of(...payload, 0))),
      'MALFORMED_R1CS',
      'The header of the constraint system (.r1cs) is 1 bytes too long. Is the file corrupt?',
    );
    for (const id of [1, 2, 3]) {
      const without = writeSections(
        'r1cs',
        1,
        sectionsOf(r1cs).filter(([section]) => section !== id),
      );
      assertThrowsCode(
        () => readR1cs(without),
        'MALFORMED_R1CS',
        new RegExp(`^The constraint system \\(\\.r1cs\\) has no section ${id} `),
      );
    }
  });
});

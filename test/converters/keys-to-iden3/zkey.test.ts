import assert from 'node:assert/strict';
import {
  type Contribution,
  cutZkeyHead,
  encodeG1,
  encodeG2,
  G1_GENERATOR,
  G2_GENERATOR,
  parseContributions,
  printContributions,
  readZkey,
  readZkeyHead,
  readZkeyHeader,
  writeZkey,
  type Zkey,
} from '../../../converters/keys-to-iden3/index.ts';
import { arraySource, readSections, writeSections } from '../../../src/bytes/index.ts';
import { BN254_BASE_PRIME as q, BN254_SCALAR_PRIME as r } from '../../../src/field/index.ts';
import { assertRejectsCode, assertThrowsCode } from '../../support/errors.ts';

const FORMAT = { magic: 'zkey', versionMax: 1, what: 'file', code: 'MALFORMED_KEY' } as const;
const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

/** A key of 3 wires, 1 public, domain 4; its sections are not points, only recognisable. */
const KEY: Zkey = {
  wireCount: 3,
  publicCount: 1,
  domainSize: 4,
  alpha1: G1_GENERATOR,
  beta1: [1n, q - 2n],
  beta2: G2_GENERATOR,
  gamma2: G2_GENERATOR,
  delta1: G1_GENERATOR,
  delta2: [G2_GENERATOR[0], [q - G2_GENERATOR[1][0], q - G2_GENERATOR[1][1]]],
  ic: filled(128, 3),
  coefficients: Uint8Array.of(1, 0, 0, 0, ...filled(44, 4)),
  a: filled(192, 5),
  b1: filled(192, 6),
  b2: filled(384, 7),
  c: filled(64, 8),
  h: filled(256, 9),
  contributions: filled(68, 0),
};

function edited(id: number, edit: (payload: Uint8Array) => Uint8Array): Uint8Array {
  return writeSections(
    'zkey',
    1,
    [...readSections(writeZkey(KEY), FORMAT).sections].map(([section, payload]) => [
      section,
      section === id ? edit(payload.slice()) : payload,
    ]),
  );
}

const word = (index: number, value: number) => (payload: Uint8Array) => {
  new DataView(payload.buffer, payload.byteOffset).setUint32(index * 4, value, true);
  return payload;
};

describe('.zkey', () => {
  it('reads back what was written', () => {
    assert.deepEqual(readZkey(writeZkey(KEY)), KEY);
  });

  it('has its header where iden3 puts it', () => {
    const header = readSections(writeZkey(KEY), FORMAT).sections.get(2) as Uint8Array;
    assert.equal(header.length, 660);
    assert.deepEqual([...header.subarray(72, 84)], [3, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0]);
    assert.deepEqual(header.subarray(84, 148), encodeG1(G1_GENERATOR));
    assert.deepEqual(header.subarray(212, 340), encodeG2(G2_GENERATOR));
  });

  it('reads the header alone', () => {
    const { wireCount, delta2 } = readZkeyHeader(writeZkey(KEY));
    assert.equal(wireCount, 3);
    assert.deepEqual(delta2, KEY.delta2);
  });

  it('has its head cut out of a file without the rest being read', async () => {
    const bytes = writeZkey(KEY);
    const read: number[] = [];
    const source = {
      size: bytes.length,
      read: async (offset: number, length: number) => {
        read.push(length);
        return bytes.subarray(offset, offset + length);
      },
    };
    const head = await cutZkeyHead(source);
    const { coefficients, a, b1, b2, c, h, contributions, ...expected } = KEY;
    assert.deepEqual(readZkeyHead(head), expected);
    assert.deepEqual(readZkeyHead(bytes), expected);
    const sections = 10;
    assert.equal(
      read.reduce((sum, length) => sum + length, 0),
      12 + sections * 12 + 4 + 660 + 128,
    );
  });

  it('refuses to cut the head out of what is no key, or has a head too large', async () => {
    const bytes = writeZkey(KEY);
    await assertRejectsCode(
      () => cutZkeyHead(arraySource(bytes.subarray(0, 900))),
      'MALFORMED_KEY',
      /ends too early/,
    );
    const huge = 2 ** 27;
    const forged = {
      size: 12 + 12 + huge,
      read: async (offset: number, length: number) => {
        const start = Uint8Array.of(
          0x7a,
          0x6b,
          0x65,
          0x79,
          1,
          0,
          0,
          0,
          1,
          0,
          0,
          0,
          3,
          0,
          0,
          0,
          0,
          0,
          0,
          8,
          0,
          0,
          0,
          0,
        );
        return start.subarray(offset, offset + length);
      },
    };
    await assertRejectsCode(() => cutZkeyHead(forged), 'MALFORMED_KEY', /Section 3 .* has 134217728 bytes/);
  });

  it('is refused when cut anywhere', () => {
    const bytes = writeZkey(KEY);
    for (let length = 0; length < bytes.length; length += 7) {
      assertThrowsCode(() => readZkey(bytes.subarray(0, length)), 'MALFORMED_KEY');
    }
  });

  it('is refused for another protocol or curve', () => {
    assertThrowsCode(
      () => readZkey(edited(1, word(0, 2))),
      'MALFORMED_KEY',
      'The proving key (.zkey) is for protocol 2; Groth16 (1) is expected. Make the key with a Groth16 set-up.',
    );
    assertThrowsCode(
      () => readZkey(edited(2, word(1, 1))),
      'MALFORMED_KEY',
      new RegExp(
        `over a field of order \\d+; BN254 with ${q} is expected\\. It belongs to another curve\\.$`,
      ),
    );
    assertThrowsCode(
      () => readZkey(edited(2, word(10, 2))),
      'MALFORMED_KEY',
      new RegExp(`BN254 with ${r} is expected`),
    );
  });

  it('is refused with counts that contradict one another', () => {
    for (const [index, value, text] of [
      [18, 1, '1 wires, 1 public, domain of 4, 0 bytes left over'],
      [19, 4, '3 wires, 4 public, domain of 4, 0 bytes left over'],
      [20, 3, '3 wires, 1 public, domain of 3, 0 bytes left over'],
      [20, 1, '3 wires, 1 public, domain of 1, 0 bytes left over'],
    ] as const) {
      assertThrowsCode(
        () => readZkey(edited(2, word(index, value))),
        'MALFORMED_KEY',
        `The header of the proving key (.zkey) contradicts itself: ${text}.`,
      );
    }
    assertThrowsCode(
      () => readZkey(edited(2, payload => Uint8Array.of(...payload, 0))),
      'MALFORMED_KEY',
      'The header of the proving key (.zkey) contradicts itself: 3 wires, 1 public, domain of 4, 1 bytes left over.',
    );
  });

  it('is refused with a section of another size than its header promises', () => {
    const names = ['IC', 'coefficients', 'A', 'B in G1', 'B in G2', 'C', 'H'];
    names.forEach((name, i) => {
      const cut = edited(i + 3, payload => payload.subarray(0, payload.length - 4));
      assertThrowsCode(
        () => readZkey(cut),
        'MALFORMED_KEY',
        new RegExp(
          `^Section ${i + 3} \\(${name}\\) of the proving key \\(\\.zkey\\) has \\d+ bytes; its header promises \\d+\\.$`,
        ),
      );
    });
    assertThrowsCode(
      () => readZkey(edited(4, () => new Uint8Array(3))),
      'MALFORMED_KEY',
      /^The coefficients of the proving key ends too early/,
    );
  });

  it('is refused with a header point that is infinite, not canonical, off the curve or outside of the group', () => {
    const at = {
      'alpha in G1': 84,
      'beta in G1': 148,
      'beta in G2': 212,
      'gamma in G2': 340,
      'delta in G1': 468,
      'delta in G2': 532,
    };
    for (const [name, offset] of Object.entries(at)) {
      const size = name.endsWith('G1') ? 64 : 128;
      const edits: ((payload: Uint8Array) => Uint8Array)[] = [
        payload => payload.fill(0, offset, offset + size),
        payload => payload.fill(255, offset, offset + 32),
        payload => payload.fill(1, offset, offset + 1),
      ];
      for (const edit of edits) {
        assertThrowsCode(
          () => readZkey(edited(2, edit)),
          'MALFORMED_KEY',
          `The point ${name} of the proving key (.zkey) is not a finite point of the curve's group of order r. Is the file corrupt?`,
        );
      }
    }
  });
});

describe('contributions of a .zkey', () => {
  const person: Contribution = {
    kind: 'person',
    name: 'Émilie',
    deltaAfter: filled(64, 1),
    g1s: filled(64, 2),
    g1sx: filled(64, 3),
    g2spx: filled(128, 4),
    transcript: filled(64, 5),
  };
  const { name: _, ...nameless } = person;
  const beacon: Contribution = {
    ...person,
    kind: 'beacon',
    name: 'b',
    iterationsExponent: 10,
    beacon: Uint8Array.of(1, 2, 3),
  };
  const section = printContributions({ circuitHash: filled(64, 6), list: [person, beacon, nameless] });

  it('read back what was written', () => {
    assert.deepEqual(parseContributions(section), {
      circuitHash: filled(64, 6),
      list: [person, beacon, nameless],
    });
  });

  it('are refused when cut anywhere, and with bytes after the last', () => {
    for (let length = 0; length < section.length; length++) {
      assertThrowsCode(() => parseContributions(section.subarray(0, length)), 'MALFORMED_KEY');
    }
    assertThrowsCode(
      () => parseContributions(Uint8Array.of(...section, 0)),
      'MALFORMED_KEY',
      'The proving key (.zkey) has 1 bytes after its last contribution. Is the file corrupt?',
    );
  });

  it('are refused with an unknown type, or parameters out of order', () => {
    const one = printContributions({ circuitHash: filled(64, 6), list: [beacon] });
    const typeAt = 68 + 64 * 3 + 128 + 64;
    assertThrowsCode(
      () => parseContributions(one.slice().fill(2, typeAt, typeAt + 1)),
      'MALFORMED_KEY',
      'The proving key (.zkey) has contribution 0 of unknown type 2. Is the file corrupt?',
    );
    const secondTagAt = typeAt + 8 + 3;
    for (const tag of [0, 1, 4]) {
      assertThrowsCode(
        () => parseContributions(one.slice().fill(tag, secondTagAt, secondTagAt + 1)),
        'MALFORMED_KEY',
        `The proving key (.zkey) has contribution 0 with parameter ${tag} out of order. Is the file corrupt?`,
      );
    }
  });
});

import assert from 'node:assert/strict';
import {
  G1_GENERATOR,
  G2_GENERATOR,
  parseProof,
  parsePublicSignals,
  parseVerificationKey,
  printProof,
  printPublicSignals,
  printVerificationKey,
} from '../../../converters/keys-to-iden3/index.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import { BN254_BASE_PRIME as q, BN254_SCALAR_PRIME as r } from '../../../src/field/index.ts';
import type { G2Point, Groth16Points, Groth16VerificationKey } from '../../../src/kernel/types.ts';
import { assertThrowsCode } from '../../support/errors.ts';

const NEGATED: G2Point = [G2_GENERATOR[0], [q - G2_GENERATOR[1][0], q - G2_GENERATOR[1][1]]];
const PROOF: Groth16Points = { a: G1_GENERATOR, b: G2_GENERATOR, c: [1n, q - 2n] };
const KEY: Groth16VerificationKey = {
  alpha: G1_GENERATOR,
  beta: G2_GENERATOR,
  gamma: G2_GENERATOR,
  delta: NEGATED,
  ic: [G1_GENERATOR, [1n, q - 2n]],
};

/** A value with one field changed, as JSON. */
function edited(text: string, path: readonly (string | number)[], value: unknown): string {
  const json = JSON.parse(text) as Record<string | number, unknown>;
  let node = json;
  for (const key of path.slice(0, -1)) node = node[key] as Record<string | number, unknown>;
  node[path.at(-1) as string | number] = value;
  return JSON.stringify(json);
}

interface BadCase {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  readonly text: string;
}

function refuseAll(
  parse: (text: string) => unknown,
  good: string,
  code: ErrorCode,
  cases: readonly BadCase[],
): void {
  parse(good);
  for (const { path, value, text } of cases) {
    assertThrowsCode(() => parse(edited(good, path, value)), code, `${text}. Is this the right file?`);
  }
}

const [X, Y] = ['1', '2'];
const G2_JSON = JSON.parse(printProof(PROOF)).pi_b as string[][];

describe('proof.json', () => {
  it('has the shape of snarkjs', () => {
    assert.deepEqual(JSON.parse(printProof(PROOF)), {
      pi_a: ['1', '2', '1'],
      pi_b: [G2_GENERATOR[0].map(String), G2_GENERATOR[1].map(String), ['1', '0']],
      pi_c: ['1', String(q - 2n), '1'],
      protocol: 'groth16',
      curve: 'bn128',
    });
  });

  it('parses what it prints, infinity too', () => {
    const infinite: Groth16Points = {
      a: [0n, 0n],
      b: [
        [0n, 0n],
        [0n, 0n],
      ],
      c: PROOF.c,
    };
    for (const proof of [PROOF, infinite]) assert.deepEqual(parseProof(printProof(proof)), proof);
  });

  it('may lack the curve, as rapidsnark writes it', () => {
    const { curve: _, ...rest } = JSON.parse(printProof(PROOF));
    assert.deepEqual(parseProof(JSON.stringify(rest)), PROOF);
  });

  it('is refused when it is not JSON or not an object', () => {
    assertThrowsCode(
      () => parseProof(printProof(PROOF).slice(0, 100)),
      'MALFORMED_PROOF',
      'The proof is not JSON. Is the file complete?',
    );
    for (const text of ['[]', 'null', '1']) {
      assertThrowsCode(
        () => parseProof(text),
        'MALFORMED_PROOF',
        'The proof is not a JSON object. Is this the right file?',
      );
    }
  });

  it('is refused with anything but canonical points of the groups', () => {
    const p = (path: string, problem: string): string => `"${path}" of the proof ${problem}`;
    refuseAll(parseProof, printProof(PROOF), 'MALFORMED_PROOF', [
      { path: ['protocol'], value: 'plonk', text: p('protocol', 'is "plonk"; "groth16" is expected') },
      { path: ['curve'], value: 'bls12381', text: p('curve', 'is "bls12381"; "bn128" is expected') },
      { path: ['pi_a'], value: undefined, text: p('pi_a', 'is not an array of 3') },
      { path: ['pi_a'], value: [X, Y], text: p('pi_a', 'is not an array of 3') },
      { path: ['pi_a', 0], value: 1, text: p('pi_a[0]', 'is 1; a decimal string is expected') },
      { path: ['pi_a', 0], value: '01', text: p('pi_a[0]', 'is "01"; a decimal string is expected') },
      { path: ['pi_a', 0], value: '-1', text: p('pi_a[0]', 'is "-1"; a decimal string is expected') },
      { path: ['pi_a', 0], value: '0x1', text: p('pi_a[0]', 'is "0x1"; a decimal string is expected') },
      { path: ['pi_a', 0], value: ' 1', text: p('pi_a[0]', 'is " 1"; a decimal string is expected') },
      { path: ['pi_a', 0], value: '', text: p('pi_a[0]', 'is ""; a decimal string is expected') },
      {
        path: ['pi_a', 0],
        value: String(q + 1n),
        text: p('pi_a[0]', `is ${q + 1n}, which is not below ${q}`),
      },
      { path: ['pi_a', 1], value: '3', text: p('pi_a', 'is not on the curve') },
      { path: ['pi_a', 2], value: '2', text: p('pi_a', 'is not affine: its last coordinate is not 1') },
      { path: ['pi_c', 2], value: '0', text: p('pi_c', 'is not affine: its last coordinate is not 1') },
      { path: ['pi_b', 0], value: G2_JSON[1], text: p('pi_b', 'is not in the group of order r') },
      { path: ['pi_b', 0, 1], value: '3', text: p('pi_b', 'is not in the group of order r') },
      { path: ['pi_b', 0], value: ['1'], text: p('pi_b[0]', 'is not an array of 2') },
      {
        path: ['pi_b', 2],
        value: ['1', '1'],
        text: p('pi_b', 'is not affine: its last coordinate is not 1'),
      },
      { path: ['pi_b', 1, 1], value: null, text: p('pi_b[1][1]', 'is null; a decimal string is expected') },
    ]);
  });
});

describe('verification_key.json', () => {
  it('has the shape of snarkjs, without the precomputed pairing', () => {
    const json = JSON.parse(printVerificationKey(KEY));
    assert.deepEqual(Object.keys(json), [
      'protocol',
      'curve',
      'nPublic',
      'vk_alpha_1',
      'vk_beta_2',
      'vk_gamma_2',
      'vk_delta_2',
      'IC',
    ]);
    assert.equal(json.nPublic, 1);
    assert.deepEqual(json.IC, [
      ['1', '2', '1'],
      ['1', String(q - 2n), '1'],
    ]);
  });

  it('parses what it prints', () => {
    assert.deepEqual(parseVerificationKey(printVerificationKey(KEY)), KEY);
  });

  it('is refused with anything but canonical finite points of the groups', () => {
    const p = (path: string, problem: string): string => `"${path}" of the verification key ${problem}`;
    const infinity2 = [
      ['0', '0'],
      ['1', '0'],
      ['0', '0'],
    ];
    refuseAll(parseVerificationKey, printVerificationKey(KEY), 'MALFORMED_KEY', [
      { path: ['protocol'], value: undefined, text: p('protocol', 'is undefined; "groth16" is expected') },
      { path: ['curve'], value: undefined, text: p('curve', 'is undefined; "bn128" is expected') },
      { path: ['IC'], value: [], text: p('IC', 'is not an array of nPublic + 1 points') },
      { path: ['IC'], value: {}, text: p('IC', 'is not an array of nPublic + 1 points') },
      { path: ['nPublic'], value: 2, text: p('IC', 'is not an array of nPublic + 1 points') },
      { path: ['IC', 1, 1], value: '7', text: p('IC[1]', 'is not on the curve') },
      { path: ['vk_alpha_1'], value: ['0', '1', '0'], text: p('vk_alpha_1', 'is the point at infinity') },
      { path: ['vk_beta_2'], value: infinity2, text: p('vk_beta_2', 'is the point at infinity') },
      { path: ['vk_gamma_2'], value: infinity2, text: p('vk_gamma_2', 'is the point at infinity') },
      { path: ['vk_delta_2'], value: infinity2, text: p('vk_delta_2', 'is the point at infinity') },
      { path: ['vk_delta_2', 1, 0], value: '1', text: p('vk_delta_2', 'is not in the group of order r') },
    ]);
  });
});

describe('public.json', () => {
  it('is an array of decimal strings', () => {
    assert.deepEqual(JSON.parse(printPublicSignals([0n, r - 1n])), ['0', String(r - 1n)]);
    assert.deepEqual(parsePublicSignals(printPublicSignals([0n, 5n, r - 1n])), [0n, 5n, r - 1n]);
    assert.deepEqual(parsePublicSignals('[]'), []);
  });

  it('is refused with an alias of a value, or another shape', () => {
    assertThrowsCode(
      () => parsePublicSignals(JSON.stringify(['1', String(r)])),
      'MALFORMED_PROOF',
      `"[1]" of the list of public signals is ${r}, which is not below ${r}. Is this the right file?`,
    );
    assertThrowsCode(
      () => parsePublicSignals('{}'),
      'MALFORMED_PROOF',
      'The list of public signals is not an array of decimal strings. Is this the right file?',
    );
    assertThrowsCode(
      () => parsePublicSignals('[1]'),
      'MALFORMED_PROOF',
      '"[0]" of the list of public signals is 1; a decimal string is expected. Is this the right file?',
    );
  });
});

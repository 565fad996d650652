import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Application,
  assertTrueClaim,
  type Claim,
  claimInputs,
  commitValues,
  enrolOutput,
  formatAddress,
  type Liveness,
  type Proximity,
  parseAddress,
  parseEnrolment,
  parseFieldNumber,
  planApplication,
  printEnrolment,
  randomSalt,
  readStatement,
  resolveClaim,
  thresholdInteger,
  thresholdReal,
} from '../../src/applications/index.ts';
import { poseidon2Hash, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { smallQuantGraph } from './support/small-network.ts';

const ADDRESS = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'; // the first example of EIP-55
const numbers = smallQuantGraph(4);
const liveness = planApplication(smallQuantGraph(1), { kind: 'liveness', commitInput: true }) as Liveness;
const proximity = planApplication(numbers, { kind: 'proximity' }) as Proximity;
const committed = planApplication(numbers, { kind: 'proximity', commitFeatures: true }) as Proximity;
const unbound = planApplication(smallQuantGraph(4, 'label'), { kind: 'classification', bound: false });

describe('accounts', () => {
  it('are read in one case, or with the checksum', () => {
    const value = BigInt(ADDRESS);
    assert.equal(parseAddress(ADDRESS), value);
    assert.equal(parseAddress(ADDRESS.toLowerCase()), value);
    assert.equal(parseAddress(`0x${ADDRESS.slice(2).toUpperCase()}`), value);
    assert.equal(formatAddress(value), ADDRESS);
    assert.equal(formatAddress(0xaan), '0x00000000000000000000000000000000000000AA');
  });

  const refusals: readonly [string, string][] = [
    ['0x12', 'is no address'],
    [`0x${'0'.repeat(40)}`, 'is zero, which is nobody'],
    [ADDRESS.replace('5aA', '5AA'), 'has a typing error: its checksum (EIP-55) is wrong'],
  ];
  for (const [address, reason] of refusals) {
    it(`are refused: ${address} ${reason}`, () => {
      assertThrowsCode(
        () => parseAddress(address),
        'MALFORMED_INPUT',
        `The address '${address}' ${reason}. Give the account that will send the proof: 0x and 40 hexadecimal digits.`,
      );
    });
  }

  it('have nonces of the field', () => {
    assert.equal(parseFieldNumber('nonce', '0x1f'), 31n);
    assert.equal(parseFieldNumber('nonce', 12), 12n);
    assert.equal(parseFieldNumber('nonce', r - 1n), r - 1n);
    for (const value of ['-1', '1.5', '', 1.5, -1, r, '0x']) {
      assertThrowsCode(
        () => parseFieldNumber('nonce', value),
        'MALFORMED_INPUT',
        `The nonce is '${value}'; it must be a whole number from 0 to ${r - 1n}, decimal or hexadecimal after 0x.`,
      );
    }
    assertThrowsCode(
      () =>
        resolveClaim(proximity, { address: ADDRESS, nonce: r - 1n, threshold: 1, features: [0, 0, 0, 0] }),
      'MALFORMED_INPUT',
      /^The nonce is '\d+'/,
    );
  });
});

describe('thresholds', () => {
  it('are rounded so that a proof never shows less', () => {
    fc.assert(
      fc.property(fc.double({ min: -100, max: 100, noNaN: true }), real => {
        assert.ok(thresholdReal(liveness, thresholdInteger(liveness, real)) >= real);
        assert.ok(thresholdReal(proximity, thresholdInteger(proximity, real)) <= real);
      }),
      { seed: 5 },
    );
    assert.equal(thresholdInteger(liveness, 0.8), BigInt(Math.ceil(0.8 * 2 ** liveness.scaleBits)));
    assert.equal(thresholdInteger(liveness, 17n), 17n);
  });

  it('of a sigmoid that was left out stand for its argument', () => {
    const logit: Liveness = { ...liveness, isLogit: true };
    assert.equal(thresholdInteger(logit, 0.5), 0n);
    assert.equal(
      thresholdInteger(logit, 0.8),
      BigInt(Math.ceil(Math.log(4.000000000000001) * 2 ** logit.scaleBits)),
    );
    assert.ok(Math.abs(thresholdReal(logit, thresholdInteger(logit, 0.8)) - 0.8) < 1e-6);
    for (const value of [0, 1, 1.5, Number.NaN]) {
      assertThrowsCode(
        () => thresholdInteger(logit, value),
        'MALFORMED_INPUT',
        `The threshold is ${value}; it must be a number between 0 and 1, as the sigmoid at the end of the network gives it.`,
      );
    }
  });

  it('are finite', () => {
    assertThrowsCode(
      () => thresholdInteger(proximity, Number.POSITIVE_INFINITY),
      'MALFORMED_INPUT',
      "The threshold is Infinity; it must be a finite number in the units of the network's output.",
    );
  });
});

describe('claims', () => {
  const base: Claim = { address: ADDRESS, nonce: 3 };

  it('become the values of parameters, negative numbers as elements of the field', () => {
    const claim = resolveClaim(committed, {
      ...base,
      threshold: 2n,
      features: [-1, 0n, 5, 7],
      featuresSalt: '0x10',
    });
    assert.deepEqual(claimInputs(claim), {
      address: BigInt(ADDRESS).toString(),
      nonce: '3',
      threshold: '2',
      features: [(r - 1n).toString(), '0', '5', '7'],
      features_salt: '16',
    });
  });

  it('get a salt of 248 random bits for the input unless they have one', () => {
    const salts = [0, 1].map(() => resolveClaim(liveness, { ...base, threshold: 0 }).inputSalt ?? -1n);
    assert.notEqual(salts[0], salts[1]);
    for (const salt of salts) assert.ok(salt > 1n << 200n && salt < 1n << 248n);
    assert.equal(resolveClaim(liveness, { ...base, threshold: 0, inputSalt: 9 }).inputSalt, 9n);
  });

  const enrolled = "--features features.json, of 'bionoir enrol'";
  const lacking: readonly [keyof Claim, Application, Claim, flag: string][] = [
    ['address', liveness, { nonce: 1, threshold: 0 }, '--address 0x..'],
    ['nonce', liveness, { address: ADDRESS, threshold: 0 }, '--nonce 0'],
    ['threshold', liveness, base, '--threshold 0.8'],
    ['features', proximity, { ...base, threshold: 0 }, enrolled],
    ['featuresSalt', committed, { ...base, threshold: 0, features: [0, 0, 0, 0] }, enrolled],
  ];
  for (const [part, application, claim, flag] of lacking) {
    it(`without ${part} are refused`, () => {
      assertThrowsCode(
        () => resolveClaim(application, claim),
        'MALFORMED_INPUT',
        `The claim has no ${part}; a proof of '${application.kind}' needs one. Add it to the claim (${flag}).`,
      );
    });
  }

  const needless: readonly [keyof Claim, Application, Claim][] = [
    ['address', unbound, base],
    ['threshold', unbound, { threshold: 1 }],
    ['features', liveness, { ...base, threshold: 0, features: [] }],
    ['featuresSalt', proximity, { ...base, threshold: 0, features: [0, 0, 0, 0], featuresSalt: 1 }],
    ['inputSalt', proximity, { ...base, threshold: 0, features: [0, 0, 0, 0], inputSalt: 1 }],
  ];
  for (const [part, application, claim] of needless) {
    it(`with a ${part} that the program does not take are refused`, () => {
      assertThrowsCode(
        () => resolveClaim(application, claim),
        'MALFORMED_INPUT',
        `The claim has a value for ${part}, which this program of '${application.kind}' does not take. Leave it out, or compile the application with it.`,
      );
    });
  }

  it('with another number of features, or features out of range, are refused', () => {
    assertThrowsCode(
      () => resolveClaim(proximity, { ...base, threshold: 0, features: [1, 2, 3] }),
      'INPUT_SHAPE',
      'The claim has 3 features; the network gives 4. Enrol with this very network.',
    );
    assertThrowsCode(
      () => resolveClaim(proximity, { ...base, threshold: 0, features: [1, 2, -32769, 3] }),
      'INPUT_RANGE',
      "Feature 2 is -32769; the network's outputs lie from -32768 to 32767. Enrol with this very network.",
    );
  });

  it('that are false are refused in units of the network', () => {
    const unit = 2 ** liveness.scaleBits;
    const claim = resolveClaim(liveness, { ...base, threshold: 0.5 });
    assertTrueClaim(liveness, claim, [unit / 2]);
    assertThrowsCode(
      () => assertTrueClaim(liveness, claim, [unit / 4]),
      'FALSE_CLAIM',
      'The score is 0.25, below the threshold 0.5; that it reaches it cannot be proved. Take a better picture, or claim less.',
    );
    const least = Number(thresholdReal(liveness, liveness.scoreMin).toPrecision(6));
    assertThrowsCode(
      () => assertTrueClaim(liveness, resolveClaim(liveness, { ...base, threshold: -4096 }), [unit / 4]),
      'FALSE_CLAIM',
      `The threshold is -4096, far below every score of the network; the least is ${least}. Claim at least that.`,
    );
    const step = 2 ** proximity.stepBits;
    const near = resolveClaim(proximity, { ...base, threshold: 0.25, features: [0, 0, 0, 0] });
    const side = 2 ** (proximity.scaleBits - 1); // 1/2
    assertTrueClaim(proximity, near, [side, 0, 0, 0]);
    assertThrowsCode(
      () => assertTrueClaim(proximity, near, [side, side, 0, 0]),
      'FALSE_CLAIM',
      'The squared distance to the enrolled features is 0.5, above the threshold 0.25; that it is within cannot be proved. Is it the same person? Else take a better picture.',
    );
    const moved = resolveClaim(proximity, { ...base, threshold: 0, features: [3, -4, 0, 0] });
    assertTrueClaim(proximity, moved, [3 * step, -4 * step, 0, 0]);
    const bits = 2 * (proximity.features.bits + proximity.stepBits) + proximity.extraBits;
    const wide = resolveClaim(proximity, { ...base, threshold: 1n << BigInt(bits), features: [0, 0, 0, 0] });
    assertThrowsCode(
      () => assertTrueClaim(proximity, wide, [0, 0, 0, 0]),
      'FALSE_CLAIM',
      `The threshold is 256, far above every squared distance that the network's outputs can have. Claim at most 256.`,
    );
  });
});

describe('enrolments', () => {
  it('round outputs to the nearest step and commit to them', () => {
    const step = 2 ** proximity.stepBits;
    const enrolment = enrolOutput(proximity, [step, step / 2, -step / 2 - 1, 3 * step - 1], 77n);
    assert.deepEqual(enrolment.features, [1n, 1n, -1n, 3n]);
    assert.equal(enrolment.scaleBits, proximity.scaleBits - proximity.stepBits);
    const offset = 1n << 15n;
    const word = enrolment.features.reduceRight((sum, value) => (sum << 16n) + value + offset, 0n);
    assert.equal(enrolment.commitment, poseidon2Hash([77n, word]));
    const highest = enrolOutput(proximity, [2 ** (15 + proximity.stepBits) - 1, 0, 0, 0]);
    assert.equal(highest.features[0], 32767n);
  });

  it('are written and read', () => {
    const enrolment = enrolOutput(proximity, [1, -2, 3, 70000], randomSalt());
    assert.deepEqual(parseEnrolment(printEnrolment(enrolment)), enrolment);
  });

  const valid = {
    format: 'bionoir-features',
    version: 1,
    scaleBits: 3,
    features: ['1'],
    salt: '0x1',
    commitment: '1',
  };
  const broken: readonly [unknown, string | RegExp][] = [
    ['{', /not usable: it is not JSON \(.*\)\. Enrol again with 'bionoir enrol'\.$/],
    ['null', 'it is no JSON object'],
    [{ ...valid, version: 2 }, 'it is "bionoir-features" of version 2, not "bionoir-features" of version 1'],
    [{ ...valid, scaleBits: '3' }, '"scaleBits" is no whole number'],
    [{ ...valid, features: '1' }, '"features" is no list'],
    [{ ...valid, features: ['1', 2] }, '"features[1]" is 2, no integer in quotes'],
    [{ ...valid, salt: 'secret' }, '"salt" is "secret", no integer in quotes'],
  ];
  for (const [content, reason] of broken) {
    it(`are refused: ${String(reason)}`, () => {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      const message =
        typeof reason === 'string'
          ? `The file of enrolled features is not usable: ${reason}. Enrol again with 'bionoir enrol'.`
          : reason;
      assertThrowsCode(() => parseEnrolment(text), 'MALFORMED_FILE', message);
    });
  }
});

describe('commitments', () => {
  it('pack as many values to a word as fit 252 bits', () => {
    const bytes = Array.from({ length: 32 }, (_, index) => BigInt(index));
    const first = bytes.slice(0, 31).reduceRight((sum, value) => (sum << 8n) + value, 0n);
    assert.equal(commitValues(bytes, { low: 0n, bits: 8 }, 5n), poseidon2Hash([5n, first, 31n]));
  });
});

describe('statements', () => {
  it('are read from public signals', () => {
    assert.deepEqual(readStatement(liveness, [BigInt(ADDRESS), 4n, r - 2n ** 21n, 99n]), {
      address: ADDRESS,
      nonce: 4n,
      threshold: -(2 ** (21 - liveness.scaleBits)),
      inputCommitment: 99n,
    });
    const { features } = readStatement(proximity, [1n, 0n, 0n, r - 1n, 2n, 3n, 4n]);
    assert.deepEqual(features, [-1n, 2n, 3n, 4n]);
    assert.deepEqual(readStatement(unbound, [3n]), { label: 3 });
  });

  it('are refused when there are too few signals, or an address beyond 160 bits', () => {
    assertThrowsCode(
      () => readStatement(unbound, []),
      'MALFORMED_PROOF',
      "The proof has 0 public signals; one of 'classification' has 1. Was main.nr changed, or is it another network's?",
    );
    assertThrowsCode(
      () => readStatement(liveness, [1n << 160n, 0n, 0n, 0n]),
      'MALFORMED_PROOF',
      `The public address is ${1n << 160n}, beyond 160 bits: it is no account's. No contract will take this proof.`,
    );
  });
});

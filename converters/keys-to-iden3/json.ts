/**
 * Verification keys, proofs and public signals <-> the JSON that snarkjs writes and reads (`verification_key.json`,
 * `proof.json`, `public.json`): decimal strings, projective points with z = 1 (or 0 1 0 for infinity), G2 coordinates as
 * [c0, c1].
 *
 * Parsing is strict: canonical decimals, points on the curve and in the group of order r. `vk_alphabeta_12`, a
 * precomputed pairing that no verifier needs, is neither printed nor trusted.
 */
import { BionoirError, type ErrorCode } from '../../src/errors.ts';
import { BN254_BASE_PRIME as q, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import type { G1Point, G2Point, Groth16Points, Groth16VerificationKey } from '../../src/kernel/types.ts';
import { isInfinityG1, isInfinityG2, isValidG1, isValidG2 } from './curve.ts';

/** Where a value sits, for messages, and the code of its errors. */
interface Place {
  readonly code: ErrorCode;
  /** "verification key", "proof". */
  readonly what: string;
  readonly path: string;
}

/** Prints a verification key as `verification_key.json`. */
export function printVerificationKey(key: Groth16VerificationKey): string {
  return print({
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: key.ic.length - 1,
    vk_alpha_1: g1Json(key.alpha),
    vk_beta_2: g2Json(key.beta),
    vk_gamma_2: g2Json(key.gamma),
    vk_delta_2: g2Json(key.delta),
    IC: key.ic.map(g1Json),
  });
}

/**
 * Parses `verification_key.json`.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function parseVerificationKey(text: string): Groth16VerificationKey {
  const place: Place = { code: 'MALFORMED_KEY', what: 'verification key', path: '' };
  const json = parseObject(text, place);
  checkProtocol(json, place, 'required');
  const ic = json.IC;
  if (!Array.isArray(ic) || ic.length === 0 || json.nPublic !== ic.length - 1) {
    throw malformed({ ...place, path: 'IC' }, `is not an array of nPublic + 1 points`);
  }
  const finiteG1 = (path: string) =>
    refuseInfinity(parseG1(json[path], { ...place, path }), isInfinityG1, { ...place, path });
  const finiteG2 = (path: string) =>
    refuseInfinity(parseG2(json[path], { ...place, path }), isInfinityG2, { ...place, path });
  return {
    alpha: finiteG1('vk_alpha_1'),
    beta: finiteG2('vk_beta_2'),
    gamma: finiteG2('vk_gamma_2'),
    delta: finiteG2('vk_delta_2'),
    ic: ic.map((point: unknown, i) => parseG1(point, { ...place, path: `IC[${i}]` })),
  };
}

/** Prints a proof as `proof.json`. */
export function printProof(proof: Groth16Points): string {
  return print({
    pi_a: g1Json(proof.a),
    pi_b: g2Json(proof.b),
    pi_c: g1Json(proof.c),
    protocol: 'groth16',
    curve: 'bn128',
  });
}

/**
 * Parses `proof.json`; the curve may be left out, as rapidsnark does.
 *
 * @throws BionoirError MALFORMED_PROOF.
 */
export function parseProof(text: string): Groth16Points {
  const place: Place = { code: 'MALFORMED_PROOF', what: 'proof', path: '' };
  const json = parseObject(text, place);
  checkProtocol(json, place, 'optional');
  return {
    a: parseG1(json.pi_a, { ...place, path: 'pi_a' }),
    b: parseG2(json.pi_b, { ...place, path: 'pi_b' }),
    c: parseG1(json.pi_c, { ...place, path: 'pi_c' }),
  };
}

/** Prints public signals as `public.json`. */
export function printPublicSignals(signals: readonly bigint[]): string {
  return print(signals.map(String));
}

/**
 * Parses `public.json`.
 *
 * @throws BionoirError MALFORMED_PROOF.
 */
export function parsePublicSignals(text: string): bigint[] {
  const place: Place = { code: 'MALFORMED_PROOF', what: 'list of public signals', path: '' };
  const json = parseJson(text, place);
  if (!Array.isArray(json)) throw malformed(place, 'is not an array of decimal strings');
  return json.map((value: unknown, i) => parseDecimal(value, r, { ...place, path: `[${i}]` }));
}

function print(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

function g1Json(point: G1Point): string[] {
  return isInfinityG1(point) ? ['0', '1', '0'] : [String(point[0]), String(point[1]), '1'];
}

function g2Json(point: G2Point): string[][] {
  if (isInfinityG2(point)) {
    return [
      ['0', '0'],
      ['1', '0'],
      ['0', '0'],
    ];
  }
  return [...point.map(coordinate => coordinate.map(String)), ['1', '0']];
}

function parseJson(text: string, place: Place): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BionoirError(place.code, `The ${place.what} is not JSON. Is the file complete?`, { cause });
  }
}

function parseObject(text: string, place: Place): Record<string, unknown> {
  const json = parseJson(text, place);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw malformed(place, 'is not a JSON object');
  }
  return json as Record<string, unknown>;
}

function checkProtocol(json: Record<string, unknown>, place: Place, curve: 'required' | 'optional'): void {
  if (json.protocol !== 'groth16') {
    throw malformed(
      { ...place, path: 'protocol' },
      `is ${JSON.stringify(json.protocol)}; "groth16" is expected`,
    );
  }
  if (json.curve === 'bn128' || (curve === 'optional' && json.curve === undefined)) return;
  throw malformed({ ...place, path: 'curve' }, `is ${JSON.stringify(json.curve)}; "bn128" is expected`);
}

function parseG1(value: unknown, place: Place): G1Point {
  const [x, y, z] = parseArray(value, 3, place).map((item, i) =>
    parseDecimal(item, q, { ...place, path: `${place.path}[${i}]` }),
  ) as [bigint, bigint, bigint];
  const point = affine<G1Point>([x, y], z === 1n, z === 0n && x === 0n && y === 1n, [0n, 0n], place);
  if (!isValidG1(point)) throw malformed(place, 'is not on the curve');
  return point;
}

function parseG2(value: unknown, place: Place): G2Point {
  const [x, y, z] = parseArray(value, 3, place).map((pair, i) => {
    const path = `${place.path}[${i}]`;
    return parseArray(pair, 2, { ...place, path }).map((item, j) =>
      parseDecimal(item, q, { ...place, path: `${path}[${j}]` }),
    );
  }) as unknown as [[bigint, bigint], [bigint, bigint], [bigint, bigint]];
  const is = (pair: [bigint, bigint], c0: bigint): boolean => pair[0] === c0 && pair[1] === 0n;
  const infinity: G2Point = [
    [0n, 0n],
    [0n, 0n],
  ];
  const point = affine<G2Point>([x, y], is(z, 1n), is(z, 0n) && is(x, 0n) && is(y, 1n), infinity, place);
  if (!isValidG2(point)) throw malformed(place, 'is not in the group of order r');
  return point;
}

function affine<Point>(
  point: Point,
  zIsOne: boolean,
  isInfinity: boolean,
  infinity: Point,
  place: Place,
): Point {
  if (zIsOne) return point;
  if (isInfinity) return infinity;
  throw malformed(place, 'is not affine: its last coordinate is not 1');
}

function refuseInfinity<Point>(point: Point, isInfinity: (point: Point) => boolean, place: Place): Point {
  if (isInfinity(point)) throw malformed(place, 'is the point at infinity');
  return point;
}

function parseArray(value: unknown, length: number, place: Place): unknown[] {
  if (!Array.isArray(value) || value.length !== length) {
    throw malformed(place, `is not an array of ${length}`);
  }
  return value;
}

function parseDecimal(value: unknown, limit: bigint, place: Place): bigint {
  if (typeof value !== 'string' || !/^(0|[1-9][0-9]{0,77})$/.test(value)) {
    throw malformed(place, `is ${JSON.stringify(value)}; a decimal string is expected`);
  }
  const number = BigInt(value);
  if (number >= limit) throw malformed(place, `is ${value}, which is not below ${limit}`);
  return number;
}

function malformed({ code, what, path }: Place, problem: string): BionoirError {
  const subject = path === '' ? `The ${what}` : `"${path}" of the ${what}`;
  return new BionoirError(code, `${subject} ${problem}. Is this the right file?`, { details: { path } });
}

/**
 * The values inside the JSON files of iden3 tools: decimal strings, projective points with z = 1 (or 0 1 0 for infinity), G2
 * coordinates as [c0, c1]. Parsing is strict: canonical decimals, points on the curve and in the group of order r.
 */
import { BionoirError, type ErrorCode } from '../../src/errors.ts';
import { BN254_BASE_PRIME as q } from '../../src/field/index.ts';
import type { G1Point, G2Point } from '../../src/kernel/types.ts';
import { isInfinityG1, isInfinityG2, isValidG1, isValidG2 } from './curve.ts';

/** Where a value sits, for messages, and the code of its errors. */
export interface Place {
  readonly code: ErrorCode;
  /** "verification key", "proof". */
  readonly what: string;
  readonly path: string;
}

/** Prints JSON as snarkjs does. */
export function print(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

/** A point of G1 as strings. */
export function g1Json(point: G1Point): string[] {
  return isInfinityG1(point) ? ['0', '1', '0'] : [String(point[0]), String(point[1]), '1'];
}

/** A point of G2 as strings. */
export function g2Json(point: G2Point): string[][] {
  if (isInfinityG2(point)) {
    return [
      ['0', '0'],
      ['1', '0'],
      ['0', '0'],
    ];
  }
  return [...point.map(coordinate => coordinate.map(String)), ['1', '0']];
}

/** Parses JSON text. */
export function parseJson(text: string, place: Place): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BionoirError(place.code, `The ${place.what} is not JSON. Is the file complete?`, { cause });
  }
}

/** Parses the text of a JSON object. */
export function parseObject(text: string, place: Place): Record<string, unknown> {
  const json = parseJson(text, place);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw malformed(place, 'is not a JSON object');
  }
  return json as Record<string, unknown>;
}

/** Refuses another protocol or curve. */
export function checkProtocol(
  json: Record<string, unknown>,
  protocol: string,
  place: Place,
  curve: 'required' | 'optional',
): void {
  if (json.protocol !== protocol) {
    throw malformed(
      { ...place, path: 'protocol' },
      `is ${JSON.stringify(json.protocol)}; "${protocol}" is expected`,
    );
  }
  if (json.curve === 'bn128' || (curve === 'optional' && json.curve === undefined)) return;
  throw malformed({ ...place, path: 'curve' }, `is ${JSON.stringify(json.curve)}; "bn128" is expected`);
}

/** Parses a point of G1. */
export function parseG1(value: unknown, place: Place): G1Point {
  const [x, y, z] = parseArray(value, 3, place).map((item, i) =>
    parseDecimal(item, q, { ...place, path: `${place.path}[${i}]` }),
  ) as [bigint, bigint, bigint];
  const point = affine<G1Point>([x, y], z === 1n, z === 0n && x === 0n && y === 1n, [0n, 0n], place);
  if (!isValidG1(point)) throw malformed(place, 'is not on the curve');
  return point;
}

/** Parses a point of the group of order r in G2. */
export function parseG2(value: unknown, place: Place): G2Point {
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

/** Parses a point of G1 that must not be infinite. */
export function finiteG1(value: unknown, place: Place): G1Point {
  return refuseInfinity(parseG1(value, place), isInfinityG1, place);
}

/** Parses a point of G2 that must not be infinite. */
export function finiteG2(value: unknown, place: Place): G2Point {
  return refuseInfinity(parseG2(value, place), isInfinityG2, place);
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

/** Parses a canonical decimal below a limit. */
export function parseDecimal(value: unknown, limit: bigint, place: Place): bigint {
  if (typeof value !== 'string' || !/^(0|[1-9][0-9]{0,77})$/.test(value)) {
    throw malformed(place, `is ${JSON.stringify(value)}; a decimal string is expected`);
  }
  const number = BigInt(value);
  if (number >= limit) throw malformed(place, `is ${value}, which is not below ${limit}`);
  return number;
}

/** An error at a place. */
export function malformed({ code, what, path }: Place, problem: string): BionoirError {
  const subject = path === '' ? `The ${what}` : `"${path}" of the ${what}`;
  return new BionoirError(code, `${subject} ${problem}. Is this the right file?`, { details: { path } });
}

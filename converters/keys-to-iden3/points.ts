/**
 * Points of BN254 <-> the bytes of iden3 keys ("LEM"): affine x then y, each coordinate 32 bytes little-endian in
 * Montgomery form (times 2^256 mod q), G2 coordinates as c0 then c1, infinity all zero.
 */
import { bytesToBigint, writeBigint } from '../../src/bytes/index.ts';
import { invertOrZero, BN254_BASE_PRIME as q } from '../../src/field/index.ts';
import type { G1Point, G2Point } from '../../src/kernel/types.ts';

export const G1_BYTES = 64;
export const G2_BYTES = 128;
const COORDINATE_BYTES = 32;
const R = (1n << 256n) % q;
/** 2^-256 mod q. */
const R_INVERSE = invertOrZero(R, q);

/** Prints a G1 point as 64 bytes. */
export function encodeG1(point: G1Point): Uint8Array {
  return encode(point);
}

/** Prints a G2 point as 128 bytes. */
export function encodeG2([x, y]: G2Point): Uint8Array {
  return encode([...x, ...y]);
}

/** Reads a G1 point; undefined if a coordinate is not canonical. Does not check the curve. */
export function decodeG1(bytes: Uint8Array): G1Point | undefined {
  const [x, y] = decode(bytes, 2);
  return x === undefined || y === undefined ? undefined : [x, y];
}

/** Reads a G2 point; undefined if a coordinate is not canonical. Does not check the curve. */
export function decodeG2(bytes: Uint8Array): G2Point | undefined {
  const [x0, x1, y0, y1] = decode(bytes, 4);
  if (x0 === undefined || x1 === undefined || y0 === undefined || y1 === undefined) return undefined;
  return [
    [x0, x1],
    [y0, y1],
  ];
}

/**
 * Prints a point's bytes in the form that goes into transcripts' hashes: big-endian, not Montgomery, x then y, each with
 * the coefficient of u first; infinity all zero. Coordinates are taken mod q.
 */
export function printForHash(point: Uint8Array): Uint8Array {
  const half = point.length / 2;
  const out = new Uint8Array(point.length);
  for (let at = 0; at < point.length; at += COORDINATE_BYTES) {
    const raw = bytesToBigint(point.subarray(at, at + COORDINATE_BYTES));
    writeBigint(out, at, (raw * R_INVERSE) % q, COORDINATE_BYTES);
  }
  out.subarray(0, half).reverse();
  out.subarray(half).reverse();
  return out;
}

function encode(coordinates: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(coordinates.length * COORDINATE_BYTES);
  coordinates.forEach((value, i) => {
    writeBigint(bytes, i * COORDINATE_BYTES, (value * R) % q, COORDINATE_BYTES);
  });
  return bytes;
}

function decode(bytes: Uint8Array, count: number): (bigint | undefined)[] {
  return Array.from({ length: count }, (_, i) => {
    const raw = bytesToBigint(bytes.subarray(i * COORDINATE_BYTES, (i + 1) * COORDINATE_BYTES));
    return raw < q ? (raw * R_INVERSE) % q : undefined;
  });
}

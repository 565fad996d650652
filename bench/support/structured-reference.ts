/**
 * A structured reference string for KZG (powers of tau in G1, tau in G2) in the files that barretenberg reads, from a
 * secret drawn here, so that it can be timed without a download. Good for nothing but benches.
 *
 * bn254_g1.dat: 64 bytes a point, x then y, big-endian; bn254_g2.dat: x.c1, x.c0, y.c1, y.c0 in 128 bytes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bn254 } from '@noble/curves/bn254.js';
import { BN254_BASE_PRIME as q, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { drawToxicWaste } from '../../src/groth16/index.ts';
import { startEngine } from '../../test/support/ffjavascript-kernel/engine.ts';
import { buildTable, multiplyGenerator } from '../../test/support/ffjavascript-kernel/fixed-base.ts';

const WORD_BYTES = 32;
/** Points are in Montgomery form of 2^256 there. */
const UNSHIFT = bn254.fields.Fp.inv(2n ** 256n % q);

/** Writes both files for `pointCount` points. */
export async function forgeReferenceString(folder: string, pointCount: number): Promise<void> {
  const { tau } = drawToxicWaste();
  const powers = [1n];
  while (powers.length < pointCount) powers.push(((powers.at(-1) as bigint) * tau) % r);
  const engine = await startEngine();
  try {
    const table = await buildTable(engine, 'g1m', pointCount);
    mkdirSync(folder, { recursive: true });
    const points = await multiplyGenerator(engine, table, powers, 'powers');
    writeFileSync(join(folder, 'bn254_g1.dat'), toBigEndian(points));
  } finally {
    await engine.close();
  }
  const { x, y } = bn254.G2.Point.BASE.multiply(tau).toAffine();
  const words = [x.c1, x.c0, y.c1, y.c0].map(word => word.toString(16).padStart(2 * WORD_BYTES, '0'));
  writeFileSync(join(folder, 'bn254_g2.dat'), Buffer.from(words.join(''), 'hex'));
}

function toBigEndian(points: Uint8Array): Buffer {
  const bytes = Buffer.from(points);
  for (let at = 0; at < bytes.length; at += WORD_BYTES) {
    const word = bytes.subarray(at, at + WORD_BYTES).reverse();
    const value = (BigInt(`0x${word.toString('hex')}`) * UNSHIFT) % q;
    word.write(value.toString(16).padStart(2 * WORD_BYTES, '0'), 'hex');
  }
  return bytes;
}

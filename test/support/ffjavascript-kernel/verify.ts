/**
 * Groth16 verification: e(A, B) = e(alpha, beta) e(IC_0 + sum x_i IC_i, gamma) e(C, delta).
 */
import { encodeG1, encodeG2 } from '../../../converters/keys-to-iden3/index.ts';
import { writeBigint } from '../../../src/bytes/index.ts';
import type { G1Point, Groth16Points, Groth16VerificationKey } from '../../../src/kernel/types.ts';
import type { Engine } from './engine.ts';
import { classifyScalars, multiplySum, sparsePoints } from './multi-exp.ts';

/** True iff the pairing equation holds. */
export async function verifyGroth16(
  engine: Engine,
  key: Groth16VerificationKey,
  publicInputs: readonly bigint[],
  proof: Groth16Points,
): Promise<boolean> {
  const { G1 } = engine.curve;
  const [ic0, ...ic] = key.ic as readonly [G1Point, ...G1Point[]];
  const points = new Uint8Array(ic.length * 64);
  ic.forEach((point, i) => {
    points.set(encodeG1(point), i * 64);
  });
  const scalars = new Uint8Array(publicInputs.length * 32);
  publicInputs.forEach((value, i) => {
    writeBigint(scalars, i * 32, value, 32);
  });
  const inputs = await multiplySum(
    engine,
    sparsePoints('g1m', points, 0),
    classifyScalars(scalars),
    'public inputs',
  );
  return engine.curve.pairingEq(
    ...[G1.neg(encodeG1(proof.a)), encodeG2(proof.b)],
    ...[encodeG1(key.alpha), encodeG2(key.beta)],
    ...[G1.add(inputs, encodeG1(ic0)), encodeG2(key.gamma)],
    ...[encodeG1(proof.c), encodeG2(key.delta)],
  );
}

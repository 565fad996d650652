/** A point of G2 that is neither the generator nor its negative, from independent curve code. */
import { bn254 } from '@noble/curves/bn254.js';
import type { G2Point } from '../../src/kernel/types.ts';

/** Five times the generator. */
export function otherG2Point(): G2Point {
  const { x, y } = bn254.G2.Point.BASE.multiply(5n).toAffine();
  return [
    [x.c0, x.c1],
    [y.c0, y.c1],
  ];
}

/** Points that tests of keys need, from independent curve code. */
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

/** x = i, with a square root of x^3 + 3/(9 + i): on the twist, but not in its subgroup of order r. */
export const OUTSIDE_G2: G2Point = [
  [0n, 1n],
  [
    5857410223677516958241855868975604786906559121396168184066542210254491971240n,
    3499505209057624827709920819629410982529044040404494099368353913743455207650n,
  ],
];

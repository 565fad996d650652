import assert from 'node:assert/strict';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { isAtMost } from '../../../../converters/acir-to-r1cs/black-box/bounds.ts';
import {
  type AnyPoint,
  addComplete,
  createEmulatedCurve,
} from '../../../../converters/acir-to-r1cs/black-box/emulated-curve.ts';
import {
  assertCanonical,
  type Polynomial,
  reduce,
} from '../../../../converters/acir-to-r1cs/black-box/emulated-field.ts';
import {
  multiplyGenerator,
  multiplyPoint,
} from '../../../../converters/acir-to-r1cs/black-box/emulated-multiply.ts';
import type { Curve } from '../../../../converters/acir-to-r1cs/black-box/weierstrass.ts';
import type { GadgetBuilder } from '../../../../converters/acir-to-r1cs/builder.ts';
import type { Form } from '../../../../converters/acir-to-r1cs/forms.ts';
import { assertBoolean, toBits } from '../../../../converters/acir-to-r1cs/gadgets.ts';
import { lowerGadget } from './support/gadgets.ts';

const CURVES = { secp256k1, secp256r1: p256 } as const;

interface Affine {
  readonly x: bigint;
  readonly y: bigint;
}

const INFINITY: Affine = { x: 0n, y: 0n };

const limbsOf = (value: bigint): bigint[] =>
  Array.from({ length: 8 }, (_, limb) => (value >> BigInt(32 * limb)) % 2n ** 32n);
const valuesOf = (point: Affine): bigint[] => [
  ...limbsOf(point.x),
  ...limbsOf(point.y),
  point === INFINITY ? 1n : 0n,
];

function parameters(name: keyof typeof CURVES): Curve {
  const { p, n, a, b, Gx, Gy } = CURVES[name].Point.CURVE();
  return { fieldPrime: p, a, b, order: n, generator: { x: Gx, y: Gy } };
}

function multiple(name: keyof typeof CURVES, scalar: bigint): Affine {
  const { Point } = CURVES[name];
  const reduced = Point.Fn.create(scalar);
  return reduced === 0n ? INFINITY : Point.BASE.multiply(reduced).toAffine();
}

function readPoint(builder: GadgetBuilder, forms: readonly Form[]): AnyPoint {
  const number = (from: number): Polynomial =>
    forms.slice(from, from + 8).map(form => {
      toBits(builder, form, 32);
      return { form, low: 0n, high: 2n ** 32n - 1n };
    });
  const infinite = forms[16] ?? assert.fail();
  assertBoolean(builder, infinite);
  return { x: number(0), y: number(8), infinite };
}

/** The point's canonical limbs and its flag. */
function writePoint(
  builder: GadgetBuilder,
  { field }: ReturnType<typeof createEmulatedCurve>,
  { x, y, infinite }: AnyPoint,
): Form[] {
  const canonical = [x, y].flatMap(number => {
    const reduced = reduce(builder, field, number);
    assertCanonical(builder, field, reduced);
    return reduced.map(({ form }) => form);
  });
  return [...canonical, infinite];
}

for (const name of ['secp256k1', 'secp256r1'] as const) {
  describe(`the emulated curve ${name}`, () => {
    it('adds any two points', () => {
      const { accepts } = lowerGadget(34, (builder, inputs) => {
        const curve = createEmulatedCurve(builder.prime, parameters(name));
        const [left, right] = [readPoint(builder, inputs.slice(0, 17)), readPoint(builder, inputs.slice(17))];
        return writePoint(builder, curve, addComplete(builder, curve, left, right));
      });
      for (const [left, right] of [
        [5n, 7n],
        [5n, 5n],
        [5n, -5n],
        [0n, 5n],
        [5n, 0n],
        [0n, 0n],
        [-1n, 2n],
      ] as const) {
        const operands = [left, right].flatMap(scalar => valuesOf(multiple(name, scalar)));
        const sum = valuesOf(multiple(name, left + right));
        assert.ok(accepts([...operands, ...sum]), `${left} + ${right}`);
        for (const at of [0, 7, 8, 16])
          assert.ok(
            !accepts([...operands, ...sum.with(at, (sum[at] ?? 0n) ^ 1n)]),
            `${left} + ${right}, ${at}`,
          );
      }
    });

    it('multiplies by short scalars', () => {
      const { order } = parameters(name);
      const { accepts } = lowerGadget(1, (builder, [scalar = assert.fail()]) => {
        const curve = createEmulatedCurve(builder.prime, parameters(name));
        const bits = toBits(builder, scalar, 16);
        const { x, y } = readConstant(builder, multiple(name, 5n));
        return [
          ...writePoint(builder, curve, multiplyPoint(builder, curve, { x, y }, bits)),
          ...writePoint(builder, curve, multiplyGenerator(builder, curve, bits)),
        ];
      });
      for (const scalar of [0n, 1n, 2n, 3n, 4n, 7n, 255n, 256n, 32768n, 65535n]) {
        const expected = [valuesOf(multiple(name, 5n * scalar)), valuesOf(multiple(name, scalar))].flat();
        assert.ok(accepts([scalar, ...expected]), `${scalar} of ${order}`);
        assert.ok(!accepts([scalar, ...expected.with(3, (expected[3] ?? 0n) + 1n)]));
        assert.ok(!accepts([scalar, ...expected.with(20, (expected[20] ?? 0n) + 1n)]));
      }
    });
  });
}

function readConstant(builder: GadgetBuilder, point: Affine): AnyPoint {
  const constants = valuesOf(point).map(value => ({
    signals: value === 0n ? [] : [0],
    coefficients: value === 0n ? [] : [value],
  }));
  return readPoint(builder, constants);
}

describe('a comparison with a constant', () => {
  it('answers for every number of 6 bits and every bound', () => {
    for (let bound = 0; bound < 70; bound++) {
      const { accepts } = lowerGadget(1, (builder, [input = assert.fail()]) => [
        isAtMost(builder, toBits(builder, input, 6), BigInt(bound)),
      ]);
      for (let value = 0; value < 64; value++) {
        const answer = value <= bound ? 1n : 0n;
        assert.ok(accepts([BigInt(value), answer]), `${value} <= ${bound}`);
        assert.ok(!accepts([BigInt(value), 1n - answer]), `${value} <= ${bound}`);
      }
    }
  });
});

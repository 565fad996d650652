/** Random inputs of Noir programs, flattened as main's parameters are. */
import fc from 'fast-check';
import type { AbiType } from '../../src/acir/index.ts';
import { BN254_SCALAR_PRIME as p } from '../../src/field/index.ts';

/** Flattened values of a type: mostly small, so that indices and divisors are met often. */
export function valuesOf(type: AbiType): fc.Arbitrary<bigint[]> {
  switch (type.kind) {
    case 'field':
      return fc
        .oneof(fc.bigInt(0n, 9n), fc.bigInt(0n, p - 1n), fc.constantFrom(p - 1n, p - 2n, 1n << 64n))
        .map(value => [value]);
    case 'boolean':
      return fc.bigInt(0n, 1n).map(value => [value]);
    case 'integer': {
      const top = (1n << BigInt(type.width)) - 1n;
      const few = top < 9n ? top : 9n;
      return fc.oneof(fc.bigInt(0n, few), fc.bigInt(0n, top), fc.constant(top)).map(value => [value]);
    }
    case 'string':
      return fc.array(fc.bigInt(32n, 126n), { minLength: type.length, maxLength: type.length });
    case 'array':
      return fc
        .tuple(...Array.from({ length: type.length }, () => valuesOf(type.type)))
        .map(values => values.flat());
    case 'tuple':
      return fc.tuple(...type.fields.map(valuesOf)).map(values => values.flat());
    case 'struct':
      if (type.path.endsWith('EmbeddedCurvePoint')) return curvePoint(type.fields.length === 3);
      if (type.path.endsWith('EmbeddedCurveScalar'))
        return fc.tuple(fc.bigInt(0n, (1n << 128n) - 1n), fc.bigInt(0n, (1n << 124n) - 1n));
      return fc.tuple(...type.fields.map(field => valuesOf(field.type))).map(values => values.flat());
    default:
      throw new Error(`Unknown type ${JSON.stringify(type satisfies never)}.`);
  }
}

const GENERATOR = [1n, 17631683881184975370165255887551781615748388533673675138860n] as const;
/** Twice the generator. */
const DOUBLE = [
  3078034153852398078128400807926804309327113743808504829582559963737223069694n,
  12696890884641142049456609402511852099066095483298083855939691685001536962732n,
] as const;

/** Points of Grumpkin, infinity among them; older releases flag it. */
function curvePoint(isFlagged: boolean): fc.Arbitrary<bigint[]> {
  const flag = (value: bigint): readonly bigint[] => (isFlagged ? [value] : []);
  return fc.constantFrom(
    [...GENERATOR, ...flag(0n)],
    [...DOUBLE, ...flag(0n)],
    [GENERATOR[0], p - GENERATOR[1], ...flag(0n)],
    [0n, 0n, ...flag(1n)],
  );
}

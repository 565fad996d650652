/** Rounding of numbers that depend on the input, and division of whole ones by constants: exact on the circuit's integers. */
import { compose as compositions } from '../../../src/graph/index.ts';
import { intAttribute, stringAttribute } from '../attributes.ts';
import { broadcastDims, combineConstants, expandConstant } from '../constants.ts';
import {
  type Call,
  constantOperand,
  type OperatorImporter,
  operand,
  unsupported,
  type Variable,
} from '../context.ts';
import { expandVariable } from '../moves.ts';
import { type Constant, isWholeType, rangeOfType } from '../tensors.ts';
import { compose, unary } from './activations.ts';
import { importDiv as importRealDiv, mapConstant, scaleBy, uniformValue } from './elementwise.ts';

type Composition = (site: compositions.Site) => compositions.ComposedNode[];

export const importFloor = unary((call, x) => compose(call, x, floorBy(1)));
export const importCeil = unary((call, x) => compose(call, x, compositions.ceil));
export const importRound = unary((call, x) => compose(call, x, compositions.roundHalfToEven));

/** What a cast to whole numbers does: the fraction is cut off. */
export function truncated(call: Call, x: Variable): Variable {
  return compose(call, x, compositions.truncate);
}

function floorBy(divisor: number): Composition {
  return site => [compositions.nodeSpec(site.name, compositions.floorOp(1, 0, divisor), site.input)];
}

/** Whole numbers by a constant: the fraction is cut off, towards zero. */
export const importDiv: OperatorImporter = call => {
  const [a, b] = [operand(call, 0), operand(call, 1)];
  if (a.kind !== 'variable' || b.kind !== 'constant' || !isWholeType(a.type)) return importRealDiv(call);
  const { divisor, x } = dividedBy(call, a, b);
  return [compose(call, x, site => compositions.truncate(site, divisor))];
};

/** `fmod` takes the sign of the dividend, else that of the divisor. */
export const importMod: OperatorImporter = call => {
  const [a, b] = [operand(call, 0), constantOperand(call, 1, 'what it divides by')];
  const isTruncated = intAttribute(call, 'fmod', 0) !== 0;
  if (a.kind === 'variable') {
    const { divisor, x } = dividedBy(call, a, b);
    const mode = isTruncated ? 'truncate' : 'floor';
    return [compose(call, x, site => compositions.remainder(site, { divisor, mode }))];
  }
  if (!isTruncated) return [combineConstants(call, a, b)];
  const dims = broadcastDims(call, [a.dims, b.dims]);
  const divisors = expandConstant(b, dims);
  const dividends = expandConstant(a, dims);
  return [{ ...dividends, data: dividends.data.map((value, i) => value % (divisors.data[i] as number)) }];
};

/** One positive whole number, and what it divides in the shape of the result. */
function dividedBy(call: Call, a: Variable, b: Constant): { readonly divisor: number; readonly x: Variable } {
  const divisor = uniformValue(b);
  if (divisor !== undefined && Number.isSafeInteger(divisor) && divisor > 0)
    return { divisor, x: expandVariable(call, a, broadcastDims(call, [a.dims, b.dims])) };
  throw unsupported(
    call,
    `divides tensors of type ${a.type} by ${divisor ?? 'numbers that differ'}`,
    'Whole numbers that depend on the input are divided by one positive whole number.',
  );
}

/** To the left a multiplication, to the right a division that rounds down. */
export const importBitShift: OperatorImporter = call => {
  const bits = constantOperand(call, 1, 'its number of bits');
  const isLeft = stringAttribute(call, 'direction', 'LEFT') === 'LEFT';
  const factors = mapConstant(bits, count => 2 ** (isLeft ? count : -count));
  const x = operand(call, 0);
  if (x.kind === 'constant') {
    const shifted = combineConstants({ ...call, opType: 'Mul' }, { ...x, type: 'float64' }, factors);
    const size = rangeOfType(x.type)[1] + 1;
    return [{ ...mapConstant(shifted, value => Math.floor(value) % size), type: x.type }];
  }
  if (isLeft) return [scaleBy(call, x, factors, 0)];
  const count = uniformValue(bits);
  if (count !== undefined) return [compose(call, x, floorBy(2 ** count))];
  const remedy = 'One number of bits for all elements is imported.';
  throw unsupported(call, 'shifts to the right by numbers of bits that differ', remedy);
};

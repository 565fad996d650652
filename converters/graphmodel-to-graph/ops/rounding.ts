/** Rounding, remainders and division of whole numbers: of constants at once, of others exactly on the circuit's integers. */
import { compose } from '../../../src/graph/index.ts';
import { type Call, constantOperand, type OpImporter, operand, placeAll, siteOf } from '../context.ts';
import { unsupportedOption } from '../nodes.ts';
import { constant, uniform, type Variable } from '../values.ts';
import { broadcast, broadcastTo } from './arithmetic.ts';
import { onConstants } from './constants.ts';
import { isNonNegative } from './signs.ts';

type Composition = (site: compose.Site) => compose.ComposedNode[];

/** An operator of one tensor: what it does to a number, and as nodes. */
function rounding(round: (value: number) => number, nodes: Composition): OpImporter {
  return call => {
    const x = operand(call, 0);
    if (x.kind === 'constant') return constant(call.node.name, x.shape, Array.from(x.data, round));
    return placeAll(call, nodes(siteOf(call, x)), x.shape);
  };
}

export const importFloor = rounding(Math.floor, floorBy(1));
export const importCeil = rounding(Math.ceil, compose.ceil);

/** Round, Rint: halves to the even number. */
export const importRound = rounding(
  value => (Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value)),
  compose.roundHalfToEven,
);

function floorBy(divisor: number): Composition {
  return ({ name, input }) => [compose.nodeSpec(name, compose.floorOp(1, 0, divisor), input)];
}

/** What a cast to whole numbers does: the fraction is cut off, which of nothing negative is rounding down. */
export function truncated(call: Call, x: Variable): Variable {
  const isPlain = isNonNegative(call.importer.writer, x.node);
  const nodes = isPlain ? floorBy(1) : (site: compose.Site) => compose.truncate(site);
  return placeAll(call, nodes(siteOf(call, x)), x.shape);
}

/** An operator of two tensors: of constants at once; of a tensor and one positive whole number as nodes. */
function dividing(
  combine: (a: number, b: number) => number,
  nodes: (site: compose.Site, divisor: number) => compose.ComposedNode[],
): OpImporter {
  const ofConstants = onConstants(combine);
  return call => {
    const a = operand(call, 0);
    if (a.kind === 'constant') return ofConstants(call);
    const b = constantOperand(call, 1, 'right side');
    const divisor = uniform(b);
    if (divisor === undefined || !Number.isSafeInteger(divisor) || divisor <= 0) {
      const remedy = 'what depends on the input is divided by one positive whole number';
      throw unsupportedOption(call.node, `the divisor ${divisor ?? 'that varies'}`, remedy);
    }
    const shape = broadcast(call, [a, b]);
    const x = broadcastTo(call, a, shape, 'expanded');
    return placeAll(call, nodes(siteOf(call, x), divisor), shape);
  };
}

export const importFloorDiv = dividing(
  (a, b) => Math.floor(a / b),
  (site, divisor) => floorBy(divisor)(site),
);

export const importFloorMod = dividing(
  (a, b) => a - b * Math.floor(a / b),
  (site, divisor) => compose.remainder(site, { divisor, mode: 'floor' }),
);

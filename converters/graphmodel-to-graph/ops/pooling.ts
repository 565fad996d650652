/** Pools over windows, and reductions over whole axes. */
import type { Op, Reduction } from '../../../src/graph/index.ts';
import {
  type Call,
  imageOperand,
  integerOperand,
  type OpImporter,
  place,
  placeImage,
  reshapeTo,
  resolveAxis,
  variableOperand,
  viewAs,
} from '../context.ts';
import { readFlag } from '../nodes.ts';
import type { Variable } from '../values.ts';
import { readPadding, requireChannelsLast, spatial } from './convolutions.ts';

/** MaxPool, AvgPool. */
export function pool(kind: 'max-pool2d' | 'average-pool2d'): OpImporter {
  return call => {
    requireChannelsLast(call.node);
    const x = imageOperand(call, 0);
    const poolSize = spatial(call.node, 'ksize');
    const strides = spatial(call.node, 'strides');
    const window = { size: poolSize, strides, dilations: [1, 1] } as const;
    const padding = readPadding(call.node, x.shape.slice(1), window);
    return placeImage(call, { kind, poolSize, strides, padding }, x);
  };
}

/** Sum, Mean, Max, Min over constant axes, kept with size 1 on request. */
export function reduction(kind: Reduction): OpImporter {
  return call => {
    const x = variableOperand(call, 0);
    const rank = x.shape.length;
    const named = integerOperand(call, 1, 'list of axes').map(axis => resolveAxis(call, axis, rank));
    const axes = [...new Set(named)].sort((a, b) => a - b);
    const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const shape = readFlag(call.node, 'keep_dims') ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
    const real = axes.filter(axis => x.shape[axis] !== 1);
    if (real.length === 0) return reshapeTo(call, x, shape);
    if (isGlobalPool(x, real, kind)) return globalPool(call, x, kind, shape);
    const node = viewAs(call, x, x.shape);
    return place(call, { kind: 'reduce', reduction: kind, axes: real }, [node], shape);
  };
}

type PoolReduction = 'mean' | 'max';

function isGlobalPool(x: Variable, axes: readonly number[], kind: Reduction): kind is PoolReduction {
  return (
    (kind === 'mean' || kind === 'max') && x.shape.length === 4 && x.shape[0] === 1 && axes.join() === '1,2'
  );
}

function globalPool(call: Call, x: Variable, kind: PoolReduction, shape: readonly number[]): Variable {
  const [, height = 1, width = 1] = x.shape;
  const poolSize = [height, width] as const;
  const padding = { top: 0, bottom: 0, left: 0, right: 0 };
  const op: Op = {
    kind: kind === 'mean' ? 'average-pool2d' : 'max-pool2d',
    poolSize,
    strides: poolSize,
    padding,
  };
  return place(call, op, [x.node], shape);
}

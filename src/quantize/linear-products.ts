/**
 * Where the products of linear layers are: runs of rows of weights and of cells, for whoever adds them up (kernels.ts for one
 * sample, batch.ts for several).
 */
import type { Rows, RowsStart } from '../graph/index.ts';
import type { QuantConv2dOp, QuantDenseOp, Shape } from './types.ts';
import { visitTaps, windowOf } from './window.ts';

/** The products of a linear layer, as runs of rows to be added up. */
export interface LinearProducts {
  readonly layout: Pick<Rows, 'weights' | 'cellCount' | 'step' | 'count'>;
  readonly visit: (add: (start: RowsStart) => void) => void;
}

/** The products of a dense layer over so many cells. */
export function denseProducts({ units, weights }: QuantDenseOp, cellCount: number): LinearProducts {
  const inputs = weights.length / units;
  return {
    layout: { weights, cellCount: inputs, step: units, count: units },
    visit: add => {
      for (let row = 0; row < cellCount / inputs; row++)
        add({ sum: row * units, cell: row * inputs, weight: 0 });
    },
  };
}

/** Sums before anything is added: the bias at each position. */
export function repeat(bias: readonly bigint[], length: number): Float64Array {
  const y = new Float64Array(length);
  const numbers = bias.map(Number);
  for (let start = 0; start < length; start += numbers.length) y.set(numbers, start);
  return y;
}

/** The products of a convolution. */
export function conv2dProducts(op: QuantConv2dOp, inputShape: Shape, outputShape: Shape): LinearProducts {
  const { filters, groups, kernel } = op;
  const channels = inputShape[2] as number;
  const groupChannels = channels / groups;
  const groupFilters = filters / groups;
  return {
    layout: { weights: kernel, cellCount: groupChannels, step: filters, count: groupFilters },
    visit: add =>
      visitTaps(windowOf(op), inputShape, outputShape, (outPosition, inPosition, tap) => {
        for (let group = 0; group < groups; group++) {
          const sum = outPosition * filters + group * groupFilters;
          const cell = inPosition * channels + group * groupChannels;
          add({ sum, cell, weight: tap * groupChannels * filters + group * groupFilters });
        }
      }),
  };
}

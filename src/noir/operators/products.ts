/** Products of two variables. */
import type { QuantMultiplyOp } from '../../quantize/index.ts';
import { channelsOf, elementwise, withoutWeights } from '../module-parts.ts';
import { pointwise } from '../spatial.ts';
import type { LayerDefinition } from './definition.ts';

export const multiply: LayerDefinition<QuantMultiplyOp> = {
  summary: () => 'product',
  gadget: 'product',
  module: layer => {
    const wrappers = new Array<string>(channelsOf(layer.node.shape)).fill('{}');
    const value = (index: string): string => `a[${index}] * b[${index}]`;
    return withoutWeights(
      pointwise(['a', 'b'], layer.node.shape, { ...elementwise(wrappers), folded: true, value }),
    );
  },
};

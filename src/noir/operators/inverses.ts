/** Reciprocals and reciprocal roots as layers. */
import type { QuantInverseOp } from '../../quantize/index.ts';
import { channelsOf, elementwise, withoutWeights } from '../module-parts.ts';
import { pointwise } from '../spatial.ts';
import type { LayerDefinition } from './definition.ts';

function inverse(word: string, call: string): LayerDefinition<QuantInverseOp> {
  return {
    summary: op => `${word}, times 2^${op.precisionBits}`,
    gadget: 'inverse',
    module: (layer, op) => {
      const value = `${op.doublings === 1 ? '2 * {}' : '{}'}${op.offset === 0n ? '' : ` + ${op.offset}`}`;
      const wrapper = `${call}::<${op.precisionBits}, ${op.resultBits}, ${op.restBits}>(${value})`;
      const wrappers = new Array<string>(channelsOf(layer.node.shape)).fill(wrapper);
      return withoutWeights(
        pointwise(['input'], layer.node.shape, { ...elementwise(wrappers), folded: true }),
      );
    },
  };
}

export const reciprocal = inverse('reciprocal', 'reciprocal');

export const rsqrt = inverse('reciprocal root', 'reciprocal_root');

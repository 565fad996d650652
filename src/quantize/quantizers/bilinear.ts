/**
 * Bilinear layers: their forms are quantised as a linear layer is, and multiplied with the hubs, whose scales add. Sums that
 * an activation reads share their products (packing.ts).
 */
import type { BilinearOp } from '../../graph/index.ts';
import { boundsAt, boundsOf, formBounds } from '../bounds.ts';
import { append, frameOf, type Value } from '../builder.ts';
import { normaliseScale, withoutOffset } from '../frame.ts';
import { quantizeForms } from '../linear.ts';
import { hubCountOf } from '../operators/bilinear.ts';
import { SINGLE_LANE } from '../operators/lanes.ts';
import type { QuantBilinearOp } from '../operators/types.ts';
import { narrowFactor, narrowOperand, narrowResult } from './narrow.ts';
import { productInterval } from './products.ts';
import type { Quantizer } from './rule.ts';

/** Quantises a bilinear layer. */
export const quantizeBilinear: Quantizer<BilinearOp> = (builder, { node, op, operands }) => {
  const [hubs, values] = operands as readonly [Value, Value];
  const a = narrowFactor(builder, node, withoutOffset(builder, hubs));
  const x = narrowOperand(builder, node, values);
  const { kernel, bias, scaleBits } = quantizeForms(builder, node, op, x);
  const { cells, units } = op;
  const quantised: QuantBilinearOp = { kind: 'bilinear', cells, units, kernel, bias, lanes: SINGLE_LANE };
  const forms = formBounds(quantised, x.node.bounds);
  const hubCount = hubCountOf(quantised);
  const bounds = boundsOf(cells * units, sum => {
    const cell = Math.floor(sum / units);
    let [min, max] = [0n, 0n];
    for (let h = 0; h < hubCount; h++) {
      const hub = boundsAt(a.node.bounds, cell * hubCount + h);
      const [low, high] = productInterval(hub, boundsAt(forms, sum * hubCount + h), false);
      [min, max] = [min + low, max + high];
    }
    return [min, max];
  });
  const scale = normaliseScale(a.node.scaleBits + scaleBits, { factor: frameOf(a.node).factor, offset: 0 });
  const draft = { name: node.name, op: quantised, shape: node.shape, bounds, ...scale };
  return narrowResult(builder, node, append(builder, draft, [a, x]));
};

/** Layers that are linear in each of two vectors of activations: what squeeze-and-excite, seen from the next layer, is. */
import { checkCounts, checkLength, checkRank, mismatch } from '../shape-checks.ts';
import type { OperatorDefinition, Values } from './definition.ts';
import type { BilinearOp } from './types.ts';

export const bilinear: OperatorDefinition<BilinearOp> = {
  operandCount: 2,
  shape: (context, op) => {
    const [hubs = [], values = []] = context.shapes;
    checkCounts(context, 'cells and units', [op.cells, op.units]);
    for (const shape of [hubs, values]) checkRank(context, shape, 'vectors', shape.length === 1);
    const [hubCount = 0, valueCount = 0] = [hubs[0], values[0]].map(size => (size ?? 0) / op.cells);
    if (!Number.isInteger(hubCount) || !Number.isInteger(valueCount))
      throw mismatch(
        context,
        `divides ${hubs[0]} and ${values[0]} numbers among ${op.cells} cells`,
        'each cell must get as many',
      );
    const forms = op.cells * op.units * hubCount;
    checkLength(context, 'kernel weights', op.kernel.length, valueCount * forms);
    checkLength(context, 'biases', op.bias.length, forms);
    return [op.cells * op.units];
  },
  evaluate: (op, [hubs, values]) => sumsOfProducts(op, hubs as Values, values as Values),
  print: op => [`${op.cells} cells of ${op.units} sums`],
  weights: op => [
    ['kernel', op.kernel],
    ['bias', op.bias],
  ],
};

function sumsOfProducts(
  { cells, units, kernel, bias }: BilinearOp,
  hubs: Values,
  values: Values,
): Float64Array {
  const hubCount = hubs.data.length / cells;
  const valueCount = values.data.length / cells;
  const y = new Float64Array(cells * units);
  for (let form = 0; form < bias.length; form++) {
    const sum = Math.floor(form / hubCount);
    const cell = Math.floor(sum / units);
    let factor = bias[form] as number;
    for (let i = 0; i < valueCount; i++)
      factor += (kernel[i * bias.length + form] as number) * (values.data[cell * valueCount + i] as number);
    y[sum] = (y[sum] as number) + (hubs.data[cell * hubCount + (form % hubCount)] as number) * factor;
  }
  return y;
}

/** Operators on rows as layers; see noir-templates/zkml/src/product.nr and softmax.nr for what is proved. */
import {
  type QuantLanes,
  type QuantScaleRowsOp,
  type QuantSoftmaxPowersOp,
  type QuantSumOfSquaresOp,
  type Shape,
  segmentBits,
} from '../../quantize/index.ts';
import type { Layer } from '../layers.ts';
import { inputShapeOf, loops, withoutWeights } from '../module-parts.ts';
import { functionText, globalArray, type Parameter, tensorType, zeros } from '../source.ts';
import type { LayerDefinition } from './definition.ts';

/** How many products share a constraint, in words. */
export function lanesText({ count }: QuantLanes): string {
  return count === 1 ? '' : `, ${count} at once`;
}

export const scaleRows: LayerDefinition<QuantScaleRowsOp> = {
  summary: op => `rows times factors${lanesText(op.lanes)}`,
  gadget: 'product',
  module: (layer, { lanes }) => {
    const shape = inputShapeOf(layer);
    const columns = shape.at(-1) ?? 1;
    const parameters = [
      { name: 'a', type: tensorType([columns]) },
      { name: 'factor', type: 'Field' },
    ];
    const body =
      lanes.count > 1
        ? [`    scale_row_packed::<${lanes.count}, ${lanes.bits}, _>(a, factor)`]
        : [
            `    let mut output = [0; ${columns}];`,
            ...loops([columns], ['i'], 'output[i] = a[i] * factor;'),
            '    output',
          ];
    const doc = lanes.count > 1 ? 'One row; who reads it proves its range.' : 'One row.';
    const row = { doc, parameters, returns: tensorType([columns]), body };
    return withoutWeights(rowByRow(layer, { a: shape, b: shape.slice(0, -1) }, row));
  },
};

export const sumOfSquares: LayerDefinition<QuantSumOfSquaresOp> = {
  summary: () => 'sums of squares',
  gadget: 'product',
  module: layer => {
    const shape = inputShapeOf(layer);
    const parameters = [{ name: 'a', type: tensorType(shape.slice(-1)) }];
    const body = ['    sum_of_squares(a)'];
    return withoutWeights(
      rowByRow(layer, { a: shape }, { doc: 'One row.', parameters, returns: 'Field', body }),
    );
  },
};

export const softmaxPowers: LayerDefinition<QuantSoftmaxPowersOp> = {
  summary: op => `powers below the largest of a row by a table of ${op.bases.length} segments`,
  gadget: 'function',
  module: (layer, op) => {
    const shape = inputShapeOf(layer);
    const columns = shape.at(-1) ?? 1;
    const generics = `${op.turnBits}, ${segmentBits(op)}, ${op.lowBits}, ${op.shiftBits}`;
    const value = 'BASES[place.segment] + SLOPES[place.segment] * place.low';
    const body = [
      '    let largest = largest_of(a);',
      `    let mut output = [0; ${columns}];`,
      `    for i in 0..${columns} {`,
      `        let place = depth::<${generics}>(largest - a[i]);`,
      ...(op.turnBits === 0
        ? [`        output[i] = ${value};`]
        : [`        let value = ${value};`, '        output[i] = value_inside(place.turns, value);']),
      '    }',
      '    output',
    ];
    const parameters = [{ name: 'a', type: tensorType([columns]) }];
    const doc = 'One row: the powers of its distances to its largest number.';
    const constant = (name: string, values: readonly bigint[]): string =>
      globalArray(name, [values.length], index => String(values[index]));
    return {
      functions: rowByRow(layer, { a: shape }, { doc, parameters, returns: tensorType([columns]), body }),
      weightNames: ['BASES', 'SLOPES'],
      weights: [
        `/// The power at the beginning of each segment of ${2 ** op.lowBits} steps.\n${constant('BASES', op.bases)}`,
        `/// What each step adds.\n${constant('SLOPES', op.slopes)}`,
      ],
    };
  },
};

interface RowText {
  readonly doc: string;
  readonly parameters: readonly Parameter[];
  readonly returns: string;
  readonly body: readonly string[];
}

/** `forward` over all rows, and the folded function of one. */
function rowByRow(layer: Layer, operands: Readonly<Record<string, Shape>>, row: RowText): string[] {
  const { shape } = layer.node;
  const leading = inputShapeOf(layer).slice(0, -1);
  const indices = leading.map((_, axis) => `i${axis}`);
  const at = indices.map(index => `[${index}]`).join('');
  const names = Object.keys(operands);
  const call = `row(${names.map(name => `${name}${at}`).join(', ')})`;
  const isSingle = leading.length === 0;
  const forward = functionText({
    doc: ['Computes the layer, row by row.'],
    visibility: 'pub ',
    name: 'forward',
    parameters: names.map(name => ({ name, type: tensorType(operands[name] ?? []) })),
    returns: tensorType(shape),
    body: isSingle
      ? [`    ${call}`]
      : [
          `    let mut output = ${zeros(shape)};`,
          ...loops(leading, indices, `output${at} = ${call};`),
          '    output',
        ],
  });
  return [forward, functionText({ ...row, doc: [row.doc], folded: true, name: 'row' })];
}

/** Sums, extrema, matrix products and cuts as layers. */
import {
  isPaired,
  packedColumns,
  type QuantLanes,
  type QuantMatmulOp,
  type QuantReduceExtremumOp,
  type QuantReduceSumOp,
  type QuantRescaleOp,
} from '../../quantize/index.ts';
import type { Layer } from '../layers.ts';
import {
  channelsOf,
  elementwise,
  inputShapeOf,
  loops,
  type ModuleParts,
  wiring,
  withoutWeights,
} from '../module-parts.ts';
import { functionText, tensorType, zeros } from '../source.ts';
import { pointwise } from '../spatial.ts';
import type { LayerDefinition } from './definition.ts';
import { lanesText } from './rows.ts';

function axesText(axes: readonly number[]): string {
  return `over ${axes.length === 1 ? 'axis' : 'axes'} ${axes.join(', ')}`;
}

export const reduceSum: LayerDefinition<QuantReduceSumOp> = {
  summary: op => `sum ${axesText(op.axes)}`,
  gadget: 'sum',
  module: (layer, op) => {
    const from = inputShapeOf(layer);
    const indices = from.map((_, axis) => `i${axis}`);
    const target = indices
      .filter((_, axis) => !op.axes.includes(axis))
      .map(index => `[${index}]`)
      .join('');
    const body = loops(
      from,
      indices,
      `output${target} += input${indices.map(index => `[${index}]`).join('')};`,
    );
    return withoutWeights([wiring([{ name: 'input', type: tensorType(from) }], layer.node.shape, body)]);
  },
};

function extremum(word: string, call: string): LayerDefinition<QuantReduceExtremumOp> {
  return {
    summary: op => `${word} ${axesText(op.axes)}`,
    gadget: 'comparison',
    module: (layer, op) => extremumModule(layer, op, call),
  };
}

export const reduceMax = extremum('maximum', 'maximum_of');

export const reduceMin = extremum('minimum', 'minimum_of');

/** The elements of a group are brought side by side, then compared in a circuit of their own. */
function extremumModule(layer: Layer, op: QuantReduceExtremumOp, call: string): ModuleParts {
  const from = inputShapeOf(layer);
  const to = layer.node.shape;
  const kept = from.map((_, axis) => axis).filter(axis => !op.axes.includes(axis));
  const reduced = op.axes.toSorted((a, b) => a - b);
  const reducedShape = reduced.map(axis => from[axis] as number);
  const count = reducedShape.reduce((product, size) => product * size, 1);
  const names = from.map((_, axis) => `${op.axes.includes(axis) ? 'j' : 'i'}${axis}`);
  const flat = reduced
    .map(axis => names[axis] as string)
    .reduce(
      (text, name, i) => (i === 0 ? name : `${reducedShape[i]} * ${i === 1 ? text : `(${text})`} + ${name}`),
      '0',
    );
  const read = `input${names.map(name => `[${name}]`).join('')}`;
  const target = kept.map(axis => `[${names[axis]}]`).join('');
  const indent = (lines: readonly string[]): string[] =>
    lines.map(line => `${'    '.repeat(kept.length)}${line}`);
  const inner = [
    `    let mut values = [0; ${count}];`,
    ...loops(
      reducedShape,
      reduced.map(axis => names[axis] as string),
      `values[${flat}] = ${read};`,
    ),
    `    output${target} = group(values);`,
  ];
  const body = [
    ...kept.map((axis, depth) => `${'    '.repeat(depth + 1)}for ${names[axis]} in 0..${from[axis]} {`),
    ...indent(inner),
    ...kept.map((_, depth) => `${'    '.repeat(kept.length - depth)}}`),
  ];
  const forward = functionText({
    doc: ['Computes the layer: gathers each group and compares its elements.'],
    visibility: 'pub ',
    name: 'forward',
    parameters: [{ name: 'input', type: tensorType(from) }],
    returns: tensorType(to),
    body: [`    let mut output = ${zeros(to)};`, ...body, '    output'],
  });
  const group = functionText({
    doc: ['One group.'],
    folded: true,
    name: 'group',
    parameters: [{ name: 'values', type: tensorType([count]) }],
    returns: 'Field',
    body: [`    ${call}::<${op.differenceBits}, _>(values)`],
  });
  return withoutWeights([forward, group]);
}

export const matmul: LayerDefinition<QuantMatmulOp> = {
  summary: op => `matrix product${lanesText(op.lanes)}`,
  gadget: 'product',
  module: (layer, { lanes }) => {
    const [a = [], b = []] = layer.inputs.map(input => input.shape);
    const to = layer.node.shape;
    const leading = to.slice(0, -2);
    const [rows = 1, columns = 1] = to.slice(-2);
    const indices = leading.map((_, axis) => `i${axis}`);
    const at = indices.map(index => `[${index}]`).join('');
    const row = matrixRow(lanes, { rows, inner: a.at(-1) ?? 1, columns });
    const rowIndex = `i${leading.length}`;
    const call = `row(a${at}[${rowIndex}], ${row.operands.map(name => (name === 'b' ? `b${at}` : name)).join(', ')})`;
    const inner = [
      ...row.prepare(`b${at}`),
      `for ${rowIndex} in 0..${rows} {`,
      `    output${at}[${rowIndex}] = ${call};`,
      '}',
    ].map(line => `${'    '.repeat(leading.length + 1)}${line}`);
    const body = [
      ...leading.map((size, axis) => `${'    '.repeat(axis + 1)}for ${indices[axis]} in 0..${size} {`),
      ...inner,
      ...leading.map((_, axis) => `${'    '.repeat(leading.length - axis)}}`),
    ];
    const forward = functionText({
      doc: ['Computes the layer: a row for each row of a.'],
      visibility: 'pub ',
      name: 'forward',
      parameters: [
        { name: 'a', type: tensorType(a) },
        { name: 'b', type: tensorType(b) },
      ],
      returns: tensorType(to),
      body: [`    let mut output = ${zeros(to)};`, ...body, '    output'],
    });
    return withoutWeights([forward, row.text]);
  },
};

/** The folded function of a row, its operands besides a, and the statements that make them of the matrix. */
function matrixRow(
  lanes: QuantLanes,
  { rows, inner, columns }: { readonly rows: number; readonly inner: number; readonly columns: number },
): { text: string; operands: readonly string[]; prepare: (matrix: string) => string[] } {
  const isPacked = lanes.count > 1;
  const isInPairs = isPaired(lanes, rows, columns);
  const groups = packedColumns(lanes, columns);
  const alone = isPacked ? lanes.alone : columns;
  const generics = `${lanes.count}, ${lanes.bits}, ${alone}, _, _, _`;
  const matrix = isPacked ? 'packed' : 'b';
  const type = tensorType([inner, groups]);
  const operands = isInPairs ? [matrix, 'pairs'] : [matrix];
  const body = isInPairs
    ? `multiply_row_paired::<${generics}>(a, ${matrix}, pairs)`
    : isPacked
      ? `multiply_row_packed::<${generics}>(a, packed)`
      : 'multiply_row(a, b)';
  const text = functionText({
    doc: [isPacked ? 'One row of the product; who reads it proves its range.' : 'One row of the product.'],
    folded: true,
    name: 'row',
    parameters: [
      { name: 'a', type: tensorType([inner]) },
      { name: matrix, type },
      ...(isInPairs ? [{ name: 'pairs', type: tensorType([groups]) }] : []),
    ],
    returns: tensorType([columns]),
    body: [`    ${body}`],
  });
  const prepare = (source: string): string[] => [
    ...(isPacked ? [`let packed: ${type} = pack_columns::<${generics}>(${source});`] : []),
    ...(isInPairs ? [`let pairs = column_pairs(${isPacked ? 'packed' : source});`] : []),
  ];
  return { text, operands, prepare };
}

export const rescale: LayerDefinition<QuantRescaleOp> = {
  summary: op => `cut by ${op.shiftBits} bits`,
  gadget: 'cut',
  module: (layer, op) => {
    const { shape } = layer.node;
    const at = <T>(values: readonly T[], channel: number): T =>
      values[values.length === 1 ? 0 : channel] as T;
    const wrappers = Array.from(
      { length: channelsOf(shape) },
      (_, channel) => `cut::<${at(op.bits, channel)}, ${op.shiftBits}>({}, ${at(op.low, channel)})`,
    );
    return withoutWeights(pointwise(['input'], shape, { ...elementwise(wrappers), folded: true }));
  },
};

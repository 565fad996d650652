/**
 * Bilinear layers: a folded function for the sums of a cell that stand in one number, with their weights side by side in as
 * few constants.
 */
import { hubCountOf, packedColumns, type QuantBilinearOp } from '../../quantize/index.ts';
import type { Layer } from '../layers.ts';
import type { Submodule } from '../module-parts.ts';
import { channelsOf, inputShapeOf } from '../module-parts.ts';
import { functionText, globalArray, tensorType } from '../source.ts';
import { DEFAULT_DIVISION, isDivided } from '../submodules.ts';
import type { LayerDefinition } from './definition.ts';
import { lanesText } from './rows.ts';

export const bilinear: LayerDefinition<QuantBilinearOp> = {
  summary: op => `sums of products with forms, ${op.cells} x ${op.units} sums${lanesText(op.lanes)}`,
  gadget: 'product',
  module: (layer, op, division = DEFAULT_DIVISION) => {
    const groups = groupsOf(op);
    const hubCount = hubCountOf(op);
    const valueCount = op.kernel.length / op.bias.length;
    const functions = groups.map(group => functionOf(group, op, hubCount, valueCount));
    if (!isDivided(groups.length * hubCount * valueCount, division)) {
      const forward = forwardOf(layer, groups, ({ name }) => name);
      const weights = groups.flatMap(group => weightsOf(op, group, group.name.toUpperCase()));
      const names = groups.flatMap(({ name }) => [
        `BIASES_${name.toUpperCase()}`,
        `FORMS_${name.toUpperCase()}`,
      ]);
      return { functions: [forward, ...functions.map(text => text(true))], weights, weightNames: names };
    }
    return {
      functions: [forwardOf(layer, groups, ({ name }) => `${name}::sums`)],
      weights: [],
      weightNames: [],
      submodules: groups.map(
        (group, index): Submodule => ({
          name: group.name,
          functions: [functions[index]?.(false) ?? ''],
          weights: weightsOf(op, group),
          weightNames: ['BIASES', 'FORMS'],
        }),
      ),
    };
  },
};

/** Sums of one cell that stand side by side: sums `from` to `from + count - 1` of the layer. */
interface Group {
  readonly name: string;
  readonly cell: number;
  readonly from: number;
  readonly count: number;
}

function groupsOf(op: QuantBilinearOp): Group[] {
  const { cells, units, lanes } = op;
  const perCell = packedColumns(lanes, units);
  return Array.from({ length: cells * perCell }, (_, index) => {
    const cell = Math.floor(index / perCell);
    const first = (index % perCell) * lanes.count;
    const count = Math.min(lanes.count, units - first);
    const range = count === 1 ? `${first}` : `${first}_to_${first + count - 1}`;
    return { name: `cell_${cell}_sums_${range}`, cell, from: cell * units + first, count };
  });
}

function functionOf(
  group: Group,
  { lanes }: QuantBilinearOp,
  hubCount: number,
  valueCount: number,
): (isNamed: boolean) => string {
  const isPacked = lanes.count > 1;
  return isNamed => {
    const suffix = isNamed ? `_${group.name.toUpperCase()}` : '';
    const call = isPacked
      ? `bilinear_packed::<${lanes.count}, ${lanes.bits}, ${group.count}, _, _>(hubs, values, FORMS${suffix}, BIASES${suffix})`
      : `[bilinear(hubs, values, FORMS${suffix}, BIASES${suffix})]`;
    return functionText({
      doc: [isPacked ? 'These sums; who reads them proves their range.' : 'This sum.'],
      folded: true,
      ...(isNamed ? {} : { visibility: 'pub(crate) ' as const }),
      name: isNamed ? group.name : 'sums',
      parameters: [
        { name: 'hubs', type: tensorType([hubCount]) },
        { name: 'values', type: tensorType([valueCount]) },
      ],
      returns: tensorType([group.count]),
      body: [`    ${call}`],
    });
  };
}

function forwardOf(layer: Layer, groups: readonly Group[], nameOf: (group: Group) => string): string {
  const hubShape = inputShapeOf(layer);
  const valueShape = layer.inputs[1]?.shape ?? [];
  const cells = Math.max(...groups.map(({ cell }) => cell)) + 1;
  const [hubCount, valueCount] = [channelsOf(hubShape) / cells, channelsOf(valueShape) / cells];
  return functionText({
    doc: ['Computes the layer: a circuit for the sums of a cell that stand side by side.'],
    visibility: 'pub ',
    name: 'forward',
    parameters: [
      { name: 'hubs', type: tensorType(hubShape) },
      { name: 'values', type: tensorType(valueShape) },
    ],
    returns: tensorType(layer.node.shape),
    body: [
      `    let mut output = ${tensorType(layer.node.shape, '0')};`,
      ...groups.flatMap(group => [
        `    let sums = ${nameOf(group)}(slice(hubs, ${group.cell * hubCount}), slice(values, ${group.cell * valueCount}));`,
        `    for i in 0..${group.count} {`,
        `        output[${group.from} + i] = sums[i];`,
        '    }',
      ]),
      '    output',
    ],
  });
}

/** The forms and biases of a group, the coefficients of its sums side by side. */
function weightsOf(op: QuantBilinearOp, group: Group, suffix = ''): string[] {
  const hubCount = hubCountOf(op);
  const valueCount = op.kernel.length / op.bias.length;
  const name = (base: string): string => (suffix === '' ? base : `${base}_${suffix}`);
  const about =
    op.lanes.count > 1
      ? `/// Sums ${group.from} to ${group.from + group.count - 1}: each number holds ${group.count} weights, the first plus 2^${op.lanes.bits} times the next ...\n`
      : `/// Sum ${group.from}.\n`;
  const sideBySide = (hub: number, weight: (form: number) => bigint): string => {
    let packed = 0n;
    for (let lane = 0; lane < group.count; lane++)
      packed += weight((group.from + lane) * hubCount + hub) << BigInt(lane * op.lanes.bits);
    return String(packed);
  };
  return [
    `${about}/// A form for each hub.\n${globalArray(name('FORMS'), [hubCount, valueCount], index =>
      sideBySide(Math.floor(index / valueCount), form =>
        BigInt(op.kernel[(index % valueCount) * op.bias.length + form] ?? 0),
      ),
    )}`,
    `/// What is added to each form.\n${globalArray(name('BIASES'), [hubCount], index =>
      sideBySide(index, form => op.bias[form] ?? 0n),
    )}`,
  ];
}

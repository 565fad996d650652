/** Layers that move elements or scale them by constants; see index-maps.ts for how indices become loops. */
import type { QuantRearrangeOp, QuantScaleOp } from '../../quantize/index.ts';
import { indexMap } from '../index-maps.ts';
import type { Layer } from '../layers.ts';
import { flattened, inputShapeOf, loops, type ModuleParts, wiring } from '../module-parts.ts';
import { type ArrayText, arrayLiteral, globalArray, nested, tensorType } from '../source.ts';
import type { LayerDefinition } from './definition.ts';

export const scale: LayerDefinition<QuantScaleOp> = {
  summary: () => 'scale and shift by element',
  gadget: 'scale',
  module: (layer, op) => {
    const { shape } = layer.node;
    const indices = shape.map((_, axis) => `i${axis}`);
    const at = indices.map(index => `[${index}]`).join('');
    const read = (name: string, values: readonly bigint[]): string =>
      values.length === 1 ? String(values[0]) : `${name}${at}`;
    const shift = op.shift.every(value => value === 0n) ? '' : ` + ${read('SHIFTS', op.shift)}`;
    const statement = `output${at} = ${read('FACTORS', op.factor)} * input${at}${shift};`;
    const constants = [
      ['FACTORS', op.factor],
      ...(shift === '' ? [] : [['SHIFTS', op.shift] as const]),
    ] as const;
    const used = constants.filter(([, values]) => values.length > 1);
    return {
      functions: [
        wiring([{ name: 'input', type: tensorType(shape) }], shape, loops(shape, indices, statement)),
      ],
      weightNames: used.map(([name]) => name),
      weights: used.map(
        ([name, values]) =>
          `/// One number for each element.\n${globalArray(name, shape, index => String(values[index]))}`,
      ),
    };
  },
};

export const rearrange: LayerDefinition<QuantRearrangeOp> = {
  summary: op => op.label,
  gadget: 'rearrangement',
  module: rearrangeModule,
};

function rearrangeModule(layer: Layer, op: QuantRearrangeOp): ModuleParts {
  const from = inputShapeOf(layer);
  const map = indexMap(from, op.shape, op.indices);
  const parameters = [{ name: 'input', type: tensorType(from) }];
  if (map === undefined) return tableModule(layer, op);
  const indices = map.counts.map((_, axis) => `i${axis}`);
  const target = map
    .target(indices)
    .map(index => `[${index}]`)
    .join('');
  const source = map
    .source(indices)
    .map(index => `[${index}]`)
    .join('');
  const body = loops(map.counts, indices, `output${target} = input${source};`);
  return {
    functions: [wiring(parameters, op.shape, body)],
    weightNames: map.tables.map(({ name }) => name),
    weights: map.tables.map(({ name, values }) => {
      const prefix = `pub global ${name}: [u32; ${values.length}] = `;
      return `/// Which element is read, along one axis.\n${prefix}${arrayLiteral(values.map(String), prefix)};\n`;
    }),
  };
}

/** Anything else: a table of indices into the flat operand, where one index beyond it stands for zero. */
function tableModule(layer: Layer, op: QuantRearrangeOp): ModuleParts {
  const from = inputShapeOf(layer);
  const count = from.reduce((product, size) => product * size, 1);
  const indices = op.shape.map((_, axis) => `i${axis}`);
  const at = indices.map(index => `[${index}]`).join('');
  const body = [...flattened(from, 1), ...loops(op.shape, indices, `output${at} = elements[INDICES${at}];`)];
  const prefix = `pub global INDICES: ${tensorType(op.shape, 'u32')} = `;
  const table = nested(op.shape, i => String((op.indices[i] ?? -1) < 0 ? count : op.indices[i]));
  const literal = typeof table === 'string' ? table : arrayLiteral(table as readonly ArrayText[], prefix);
  return {
    functions: [wiring([{ name: 'input', type: tensorType(from) }], op.shape, body)],
    weightNames: ['INDICES'],
    weights: [`/// Which element each output is; ${count} stands for zero.\n${prefix}${literal};\n`],
  };
}

/** Layers that compare and choose; see noir-templates/zkml/src/compare.nr for what is proved. */
import type {
  QuantCompareOp,
  QuantEmbeddingOp,
  QuantExtremumOp,
  QuantMagnitudeOp,
  QuantTopKOp,
  QuantWhereOp,
} from '../../quantize/index.ts';
import type { Layer } from '../layers.ts';
import { channelsOf, elementwise, inputShapeOf, loops, term, withoutWeights } from '../module-parts.ts';
import { arrayLiteral, functionText, tensorType, zeros } from '../source.ts';
import { pointwise } from '../spatial.ts';
import type { LayerDefinition } from './definition.ts';

/** One module of a function that is applied element by element; the wrapper of each channel holds the value. */
function elements(
  layer: Layer,
  names: readonly string[],
  channel: { readonly value: (index: string) => string; readonly wrapper: (channel: number) => string },
) {
  const count = channelsOf(layer.node.shape);
  const wrappers = Array.from({ length: count }, (_, index) => channel.wrapper(index));
  return withoutWeights(
    pointwise(names, layer.node.shape, { ...elementwise(wrappers), folded: true, value: channel.value }),
  );
}

/** Entry of a list with one entry a channel, or a single one for all. */
function at<T>(list: readonly T[], channel: number, otherwise: T): T {
  return list[list.length === 1 ? 0 : channel] ?? otherwise;
}

function operandsText(multipliers: readonly bigint[], [a, b]: readonly [string, string]): string {
  return `${term(multipliers[0] ?? 1n, a, true)}, ${term(multipliers[1] ?? 1n, b, true)}`;
}

const RELATIONS: Readonly<Record<QuantCompareOp['relation'], readonly [call: string, isSwapped: boolean]>> = {
  greater: ['greater', false],
  'greater-or-equal': ['at_least', false],
  less: ['greater', true],
  'less-or-equal': ['at_least', true],
  equal: ['equal', false],
};

export const compare: LayerDefinition<QuantCompareOp> = {
  summary: op => `comparison: ${op.relation.replaceAll('-', ' ')}`,
  gadget: 'comparison',
  module: (layer, op) => {
    const [call, isSwapped] = RELATIONS[op.relation];
    const [ma = 1n, mb = 1n] = op.multipliers;
    return elements(layer, ['a', 'b'], {
      value: i =>
        isSwapped
          ? operandsText([mb, ma], [`b[${i}]`, `a[${i}]`])
          : operandsText([ma, mb], [`a[${i}]`, `b[${i}]`]),
      wrapper: c => (call === 'equal' ? 'equal({})' : `${call}::<${at(op.differenceBits, c, 0)}>({})`),
    });
  },
};

export const extremum: LayerDefinition<QuantExtremumOp> = {
  summary: op => `${op.kind} of two`,
  gadget: 'comparison',
  module: (layer, op) =>
    elements(layer, ['a', 'b'], {
      value: i => operandsText(op.multipliers, [`a[${i}]`, `b[${i}]`]),
      wrapper: c => `${op.kind}::<${at(op.differenceBits, c, 0)}>({})`,
    }),
};

export const magnitudes: LayerDefinition<QuantMagnitudeOp> = {
  summary: op => (op.kind === 'abs' ? 'magnitude' : 'sign'),
  gadget: 'comparison',
  module: (layer, op) =>
    elements(layer, ['input'], {
      value: i => `input[${i}]`,
      wrapper: c => {
        const [bits, sign] = [at(op.magnitudeBits, c, 0), at(op.sign, c, 'any')];
        if (op.kind === 'sign') return `sign::<${bits}>({})`;
        if (sign === 'any') return `absolute::<${bits}>({})`;
        return sign === 'non-negative' ? '{}' : '-({})';
      },
    }),
};

export const where: LayerDefinition<QuantWhereOp> = {
  summary: () => 'choice by a condition',
  gadget: 'choice',
  module: (layer, { multipliers: [ma = 1n, mb = 1n, base = 1n] }) =>
    elements(layer, ['condition', 'yes', 'no'], {
      value: i => {
        const [yes, no] = [term(ma, `yes[${i}]`, true), `no[${i}]`];
        if (base === mb) return `choose(condition[${i}], ${yes}, ${term(mb, no, true)})`;
        return `${term(base, no, true)} + condition[${i}] * (${yes}${term(-mb, no, false)})`;
      },
      wrapper: () => '{}',
    }),
};

export const topK: LayerDefinition<QuantTopKOp> = {
  summary: op => `indices of the ${op.k} largest`,
  gadget: 'comparison',
  module: (layer, op) =>
    withoutWeights([
      functionText({
        doc: [`Computes the layer: ${op.k} indices, the largest element's first.`],
        visibility: 'pub ',
        name: 'forward',
        parameters: [{ name: 'input', type: tensorType(inputShapeOf(layer)) }],
        returns: tensorType(layer.node.shape),
        body: [`    top_k::<${op.differenceBits}, ${op.indexBits}, _, _>(input)`],
      }),
    ]),
};

/** Tables of up to so many rows are read by a byte. */
const BYTE_ROWS = 256;

export const embedding: LayerDefinition<QuantEmbeddingOp> = {
  summary: op => `rows of a table of ${op.table.length / op.size}`,
  gadget: 'row',
  module: (layer, op) => {
    const from = inputShapeOf(layer);
    const rows = op.table.length / op.size;
    const indices = from.map((_, axis) => `i${axis}`);
    const place = indices.map(index => `[${index}]`).join('');
    const column = (c: number): string[] =>
      Array.from({ length: rows }, (_, row) => String(op.table[row * op.size + c]));
    const prefix = `pub global COLUMNS: [[Field; ${rows}]; ${op.size}] = `;
    const forward = functionText({
      doc: ['Computes the layer: a row for each number.'],
      visibility: 'pub ',
      name: 'forward',
      parameters: [{ name: 'input', type: tensorType(from) }],
      returns: tensorType(layer.node.shape),
      body:
        from.length === 0
          ? ['    row(input)']
          : [
              `    let mut output = ${zeros(layer.node.shape)};`,
              ...loops(from, indices, `output${place} = row(input${place});`),
              '    output',
            ],
    });
    const row = functionText({
      doc: ['The row of one number; reading the columns proves that there is one.'],
      folded: true,
      name: 'row',
      parameters: [{ name: 'number', type: 'Field' }],
      returns: tensorType([op.size]),
      body: [
        `    let index = ${rows <= BYTE_ROWS ? 'index_8' : 'index'}(number);`,
        `    let mut row = [0; ${op.size}];`,
        `    for i in 0..${op.size} {`,
        '        row[i] = COLUMNS[i][index];',
        '    }',
        '    row',
      ],
    });
    const columns = Array.from({ length: op.size }, (_, c) => column(c));
    return {
      functions: [forward, row],
      weightNames: ['COLUMNS'],
      weights: [`/// The table, column by column.\n${prefix}${arrayLiteral(columns, prefix)};\n`],
    };
  },
};

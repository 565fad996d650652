/**
 * Modules of dense layers: plain ones, those whose many inputs are read in parts, and those with so many weights that their
 * units are divided among modules.
 */
import type { QuantDenseOp } from '../quantize/types.ts';
import { type Channels, channelsText } from './channels.ts';
import type { Layer } from './layers.ts';
import {
  channelsOf,
  inputShapeOf,
  type ModuleParts,
  type Submodule,
  withoutWeights,
  wrappersOf,
} from './module-parts.ts';
import { functionText, globalArray, tensorType } from './source.ts';
import { pointwise } from './spatial.ts';
import {
  allOf,
  type ChannelRange,
  channelRanges,
  channelsOfRange,
  type Division,
  divided,
  isDivided,
  rangeName,
} from './submodules.ts';

/** The module of a dense layer. */
export function denseModule(layer: Layer, op: QuantDenseOp, division: Division): ModuleParts {
  const inputShape = inputShapeOf(layer);
  const inputCount = channelsOf(inputShape);
  if (inputShape.length !== 1 || inputCount <= WIDE_INPUT) return plainDense(layer, op, division);
  return isDivided(op.units * inputCount, division)
    ? dividedWideDense(layer, op, division)
    : wideDense(layer, op);
}

function plainDense(layer: Layer, op: QuantDenseOp, division: Division): ModuleParts {
  const inputShape = inputShapeOf(layer);
  const inputCount = channelsOf(inputShape);
  const channels = {
    channelCount: op.units,
    wrappers: wrappersOf(layer),
    weightCount: inputCount,
    folded: true,
    value: (index: string) => `unit(${index}, input)`,
  };
  const unit = functionText({
    doc: ['The weighted sum of one unit.'],
    name: 'unit',
    parameters: [
      { name: 'index', type: 'u32' },
      { name: 'input', type: tensorType([inputCount]) },
    ],
    returns: 'Field',
    body: ['    dot(WEIGHTS[index], input) + BIASES[index]'],
  });
  const weightsOf = (units: ChannelRange): Pick<ModuleParts, 'weights' | 'weightNames'> => ({
    weightNames: ['BIASES', 'WEIGHTS'],
    weights: [weightsText(op, units, allOf(inputCount)), biasesText(op, units)],
  });
  const ranges = channelRanges(op.units, inputCount, division);
  const parts = divided(ranges, 'units');
  if (parts === undefined)
    return {
      functions: [...pointwise(['input'], inputShape, channels), unit],
      ...weightsOf(allOf(op.units)),
    };
  const units = {
    ...channels,
    name: inputShape.length <= 1 ? 'forward' : 'position',
    doc: ['These units of the layer.'],
    parameters: [{ name: 'input', type: tensorType([inputCount]) }],
  };
  return {
    ...withoutWeights(pointwise(['input'], inputShape, { ...channels, parts })),
    submodules: ranges.map((range, index) => ({
      name: parts.modules[index] as string,
      functions: [...channelsText(channelsOfRange(units, range)), unit],
      ...weightsOf(range),
    })),
  };
}

/** One row of weights for each unit of a range, from the inputs of a range. */
function weightsText(op: QuantDenseOp, units: ChannelRange, inputs: ChannelRange): string {
  const inputCount = inputs.to - inputs.from;
  return `/// One row of weights for each unit.\n${globalArray(
    'WEIGHTS',
    [units.to - units.from, inputCount],
    index => {
      const [unitIndex, input] = [
        units.from + Math.floor(index / inputCount),
        inputs.from + (index % inputCount),
      ];
      return String(op.weights[input * op.units + unitIndex] ?? 0);
    },
  )}`;
}

function biasesText(op: QuantDenseOp, { from, to }: ChannelRange): string {
  return `/// One bias for each unit.\n${globalArray('BIASES', [to - from], index => String(op.bias[from + index] ?? 0n))}`;
}

/** Inputs from which on a folded function takes only a part of them: the time per weight grows with its input. */
const WIDE_INPUT = 2048;
const PART_INPUT = 1024;

function inputParts(inputCount: number): ChannelRange[] {
  return Array.from({ length: Math.ceil(inputCount / PART_INPUT) }, (_, part) => ({
    from: part * PART_INPUT,
    to: Math.min(inputCount, (part + 1) * PART_INPUT),
  }));
}

/** Sums over parts of the input, each a circuit, and then the activations. */
function wideDense(layer: Layer, op: QuantDenseOp): ModuleParts {
  const inputCount = channelsOf(inputShapeOf(layer));
  const inputs = inputParts(inputCount);
  const parts = inputs.flatMap((range, part) =>
    channelsText({
      ...sumsOf(op, range),
      name: `part_${part}`,
      value: index => `dot_part(WEIGHTS[${index}], ${range.from}, input)`,
    }),
  );
  return {
    functions: [...wideForward(layer, op, (part, x) => `part_${part}(${x})`), ...parts],
    weightNames: ['BIASES', 'WEIGHTS'],
    weights: [weightsText(op, allOf(op.units), allOf(inputCount)), biasesText(op, allOf(op.units))],
  };
}

/** The same with a module for each part of the input, or several where the units are many as well. */
function dividedWideDense(layer: Layer, op: QuantDenseOp, division: Division): ModuleParts {
  const parts = inputParts(channelsOf(inputShapeOf(layer))).map((inputs, part) => {
    const sums = { ...sumsOf(op, inputs), name: `part_${part}`, value: unitSum };
    const ranges = channelRanges(op.units, sums.weightCount, division);
    const name = rangeName(inputs, 'inputs');
    const among = divided(ranges, `${name}_units`);
    const submodules = ranges.map(
      (units, index): Submodule => ({
        name: among?.modules[index] ?? name,
        functions: channelsText(channelsOfRange(sums, units)),
        weightNames: ['WEIGHTS'],
        weights: [weightsText(op, units, inputs)],
      }),
    );
    return {
      call: among === undefined ? `${name}::${sums.name}` : sums.name,
      joiners: among === undefined ? [] : channelsText({ ...sums, parts: among }),
      submodules,
    };
  });
  const forward = wideForward(layer, op, (part, x) => `${parts[part]?.call}(${x})`);
  return {
    functions: [...forward, ...parts.flatMap(({ joiners }) => joiners)],
    weightNames: ['BIASES'],
    weights: [biasesText(op, allOf(op.units))],
    submodules: parts.flatMap(({ submodules }) => submodules),
  };
}

function unitSum(index: string): string {
  return `dot(WEIGHTS[${index}], input)`;
}

function sumsOf(op: QuantDenseOp, { from, to }: ChannelRange): Omit<Channels, 'name' | 'value'> {
  return {
    doc: [`What inputs ${from} to ${to - 1} add to each unit.`],
    parameters: [{ name: 'input', type: tensorType([to - from]) }],
    channelCount: op.units,
    wrappers: new Array<string>(op.units).fill('{}'),
    weightCount: to - from,
    folded: true,
  };
}

/** The layer's function, and that of its activations. */
function wideForward(layer: Layer, op: QuantDenseOp, call: (part: number, x: string) => string): string[] {
  const inputCount = channelsOf(inputShapeOf(layer));
  const activations = channelsText({
    name: 'activations',
    doc: ['The activation of each unit.'],
    parameters: [{ name: 'sums', type: tensorType([op.units]) }],
    channelCount: op.units,
    wrappers: wrappersOf(layer),
    weightCount: 0,
    folded: true,
    value: index => `sums[${index}]`,
  });
  const forward = functionText({
    doc: [`Computes the layer: ${op.units} numbers.`],
    visibility: 'pub ',
    name: 'forward',
    parameters: [{ name: 'input', type: tensorType([inputCount]) }],
    returns: tensorType([op.units]),
    body: [
      '    let mut sums = BIASES;',
      ...inputParts(inputCount).map(
        ({ from }, part) => `    sums = add(sums, ${call(part, `slice(input, ${from})`)});`,
      ),
      `    ${layer.activation ? 'activations(sums)' : 'sums'}`,
    ],
  });
  return [forward, ...(layer.activation ? activations : [])];
}

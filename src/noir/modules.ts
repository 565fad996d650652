/**
 * The module of one layer: the functions that compute it, its weights, the library functions it uses. One function here
 * per kind of node that has a module; see main-file.ts for nodes that are a single call of the library.
 */
import { isExtendedQuant } from '../quantize/index.ts';
import type {
  QuantAffineOp,
  QuantAveragePool2dOp,
  QuantConcatOp,
  QuantConv2dOp,
  QuantMaxPool2dOp,
  QuantSumOp,
  QuantTransposeOp,
} from '../quantize/types.ts';
import { activationWrappers } from './activation.ts';
import { channelsText } from './channels.ts';
import { denseModule } from './dense.ts';
import type { Layer } from './layers.ts';
import {
  channelsOf,
  elementwise,
  flattened,
  inputShapeOf,
  isLibraryReshape,
  loops,
  type ModuleParts,
  operandNames,
  term,
  wiring,
  withoutWeights,
  wrappersOf,
} from './module-parts.ts';
import { layerDefinitionOf } from './operators/index.ts';
import { functionText, globalArray, tensorType } from './source.ts';
import { pointwise, type Sliding, slidingClipped, slidingPadded } from './spatial.ts';
import {
  allOf,
  type ChannelRange,
  channelRanges,
  channelsOfRange,
  DEFAULT_DIVISION,
  type Division,
  divided,
} from './submodules.ts';

/** Builds the module of a layer; undefined for nodes that need none. */
export function modulePartsOf(layer: Layer, division = DEFAULT_DIVISION): ModuleParts | undefined {
  const { op } = layer.node;
  if (isExtendedQuant(op)) return layerDefinitionOf(op).module(layer, op, division);
  switch (op.kind) {
    case 'dense':
      return denseModule(layer, op, division);
    case 'conv2d':
      return convModule(layer, op, division);
    case 'affine':
      return affineModule(layer, op);
    case 'relu':
    case 'leaky-relu': {
      const wrappers = activationWrappers(op, channelsOf(layer.node.shape));
      return withoutWeights(
        pointwise(['input'], layer.node.shape, { ...elementwise(wrappers), folded: true }),
      );
    }
    case 'sum':
      return sumModule(layer, op);
    case 'max-pool2d':
      return maxPoolModule(layer, op);
    case 'average-pool2d':
      return averagePoolModule(layer, op);
    case 'transpose':
      return transposeModule(layer, op);
    case 'concat':
      return concatModule(layer, op);
    case 'reshape':
      return isLibraryReshape(inputShapeOf(layer), op.shape) ? undefined : reshapeModule(layer);
    case 'input':
    case 'pad':
    case 'argmax':
      return undefined;
    default:
      return op satisfies never;
  }
}

function convModule(layer: Layer, op: QuantConv2dOp, division: Division): ModuleParts {
  const inputShape = inputShapeOf(layer);
  const windowShape = [...op.kernelSize, channelsOf(inputShape)];
  const groupChannels = channelsOf(inputShape) / op.groups;
  const kernelShape = [...op.kernelSize, groupChannels];
  const taps = kernelShape.reduce((product, size) => product * size, 1);
  const sliding = slidingOf(layer, op.kernelSize, op, 'patch');
  const channels = {
    channelCount: op.filters,
    wrappers: wrappersOf(layer),
    weightCount: taps,
    folded: true,
    value: (index: string) => `filter(${index}, window)`,
  };
  const filter = functionText({
    doc: ['The weighted sum of one filter.'],
    name: 'filter',
    parameters: [
      { name: 'index', type: 'u32' },
      { name: 'window', type: tensorType(windowShape) },
    ],
    returns: 'Field',
    body: [`    ${filterSum(op, groupChannels)} + BIASES[index]`],
  });
  const weightsOf = ({ from, to }: ChannelRange): Pick<ModuleParts, 'weights' | 'weightNames'> => ({
    weightNames: ['BIASES', 'KERNELS'],
    weights: [
      `/// One kernel for each filter.\n${globalArray('KERNELS', [to - from, ...kernelShape], index =>
        String(op.kernel[(index % taps) * op.filters + from + Math.floor(index / taps)] ?? 0),
      )}`,
      `/// One bias for each filter.\n${globalArray('BIASES', [to - from], index => String(op.bias[from + index] ?? 0n))}`,
    ],
  });
  const ranges = op.groups === 1 ? channelRanges(op.filters, taps, division) : [{ from: 0, to: op.filters }];
  const parts = divided(ranges, 'filters');
  const dilated = { ...sliding, dilations: op.dilations };
  if (parts === undefined)
    return { functions: [...slidingPadded(dilated, channels), filter], ...weightsOf(allOf(op.filters)) };
  const patch = {
    ...channels,
    name: dilated.windowName,
    doc: ['These filters at one window.'],
    parameters: [{ name: 'window', type: tensorType(windowShape) }],
  };
  return {
    ...withoutWeights(slidingPadded(dilated, { ...channels, parts })),
    submodules: ranges.map((range, index) => ({
      name: parts.modules[index] as string,
      functions: [...channelsText(channelsOfRange(patch, range)), filter],
      ...weightsOf(range),
    })),
  };
}

/** A filter of a grouped convolution reads the channels of its group only. */
function filterSum(op: QuantConv2dOp, groupChannels: number): string {
  if (op.groups === 1) return 'dot_window(KERNELS[index], window)';
  const filtersPerGroup = op.filters / op.groups;
  const group = filtersPerGroup === 1 ? 'index' : `index / ${filtersPerGroup}`;
  const first = groupChannels === 1 ? group : `${groupChannels} * (${group})`.replace('(index)', 'index');
  return `dot_group(KERNELS[index], window, ${first})`;
}

function slidingOf(
  layer: Layer,
  size: readonly [number, number],
  { strides, padding }: Pick<Sliding, 'strides' | 'padding'>,
  windowName: string,
): Sliding {
  const shapes = { inputShape: inputShapeOf(layer), outputShape: layer.node.shape };
  return { ...shapes, size, strides, padding, dilations: [1, 1], windowName };
}

function affineModule(layer: Layer, op: QuantAffineOp): ModuleParts {
  const functions = pointwise(['input'], layer.node.shape, {
    ...elementwise(wrappersOf(layer)),
    folded: layer.activation !== undefined,
    value: index => `SCALES[${index}] * input[${index}] + SHIFTS[${index}]`,
  });
  const constant = (name: string, values: readonly bigint[]): string =>
    globalArray(name, [values.length], index => String(values[index]));
  return {
    functions,
    weightNames: ['SCALES', 'SHIFTS'],
    weights: [
      `/// One factor for each channel.\n${constant('SCALES', op.scale)}`,
      `/// What is added to each channel.\n${constant('SHIFTS', op.shift)}`,
    ],
  };
}

function sumModule(layer: Layer, op: QuantSumOp): ModuleParts {
  const names = operandNames(layer.inputs.length);
  const value = (index: string): string =>
    op.multipliers
      .map((multiplier, operand) => term(multiplier, `${names[operand]}[${index}]`, operand === 0))
      .join('');
  const folded = layer.activation !== undefined;
  return withoutWeights(
    pointwise(names, layer.node.shape, { ...elementwise(wrappersOf(layer)), folded, value }),
  );
}

function maxPoolModule(layer: Layer, op: QuantMaxPool2dOp): ModuleParts {
  const bits = (channel: number): number =>
    op.differenceBits[op.differenceBits.length === 1 ? 0 : channel] ?? 0;
  const functions = slidingClipped(slidingOf(layer, op.poolSize, op, 'pool'), (height, width) => ({
    channelCount: channelsOf(layer.node.shape),
    weightCount: 0,
    folded: true,
    value: index => `channel(window, ${index})`,
    wrappers: wrappersOf(layer).map((wrapper, channel) =>
      wrapper.replace('{}', height * width === 1 ? '{}[0]' : `maximum_of::<${bits(channel)}, _>({})`),
    ),
  }));
  return withoutWeights(functions);
}

function averagePoolModule(layer: Layer, op: QuantAveragePool2dOp): ModuleParts {
  const [factor = 1n] = op.multipliers;
  const isUniform = op.multipliers.every(multiplier => multiplier === factor);
  const [height = 0, width = 0] = layer.node.shape;
  const functions = slidingPadded(
    slidingOf(layer, op.poolSize, op, 'pool'),
    {
      channelCount: channelsOf(layer.node.shape),
      weightCount: 0,
      folded: true,
      wrappers: wrappersOf(layer),
      value: index => `${isUniform && factor !== 1n ? `${factor} * ` : ''}channel_sum(window, ${index})`,
    },
    isUniform ? 'output' : 'zkml::image::scale(output, FACTORS)',
  );
  if (isUniform) return withoutWeights(functions);
  const factors = globalArray('FACTORS', [height, width], index => String(op.multipliers[index]));
  const doc = '/// What the sum at each position is multiplied by.\n';
  return { functions, weightNames: ['FACTORS'], weights: [`${doc}${factors}`] };
}

function transposeModule(layer: Layer, op: QuantTransposeOp): ModuleParts {
  const inputShape = inputShapeOf(layer);
  const indices = inputShape.map((_, axis) => `i${axis}`);
  const target = op.permutation.map(axis => `[${indices[axis]}]`).join('');
  const source = indices.map(index => `[${index}]`).join('');
  const body = loops(inputShape, indices, `output${target} = input${source};`);
  return withoutWeights([wiring([{ name: 'input', type: tensorType(inputShape) }], layer.node.shape, body)]);
}

function concatModule(layer: Layer, op: QuantConcatOp): ModuleParts {
  const names = operandNames(layer.inputs.length);
  let offset = 0;
  const body = layer.inputs.flatMap((input, operand) => {
    const indices = input.shape.map((_, axis) => `i${axis}`);
    const target = indices.map((index, axis) =>
      axis === op.axis && offset > 0 ? `[${offset} + ${index}]` : `[${index}]`,
    );
    const source = `${names[operand]}${indices.map(index => `[${index}]`).join('')}`;
    offset += input.shape[op.axis] ?? 0;
    const value = term(op.multipliers[operand] ?? 1n, source, true);
    return loops(input.shape, indices, `output${target.join('')} = ${value};`);
  });
  const parameters = layer.inputs.map((input, operand) => ({
    name: names[operand] as string,
    type: tensorType(input.shape),
  }));
  return withoutWeights([wiring(parameters, layer.node.shape, body)]);
}

/** Tensors that the library has no reshape for: numbers, and those of more than three axes. */
function reshapeModule(layer: Layer): ModuleParts {
  const from = inputShapeOf(layer);
  const to = layer.node.shape;
  const indices = to.map((_, axis) => `i${axis}`);
  const flat = indices.reduce(
    (text, index, axis) => (axis === 0 ? index : `${to[axis]} * (${text}) + ${index}`),
    '0',
  );
  const statement = `output${indices.map(index => `[${index}]`).join('')} = elements[${flat.replace(/\((i\d+)\)/g, '$1')}];`;
  const body = [...flattened(from, 0), ...loops(to, indices, statement)];
  return withoutWeights([wiring([{ name: 'input', type: tensorType(from) }], to, body)]);
}

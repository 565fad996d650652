/**
 * How a layer moves over its input: the same channels function at every position (pointwise), or at every window
 * (sliding). Rows of an image are folded functions, so that each is compiled once however many there are.
 */
import type { Padding, Shape } from '../quantize/types.ts';
import { type Channels, channelsText } from './channels.ts';
import { functionText, type Parameter, shapeText, tensorType, zeros } from './source.ts';

type ChannelSpec = Omit<Channels, 'name' | 'doc' | 'visibility' | 'parameters'>;

/** Functions that apply the channels at each position of their inputs, `forward` first. */
export function pointwise(names: readonly string[], inputShape: Shape, channels: ChannelSpec): string[] {
  if (inputShape.length === 0) return pointwiseScalar(names, channels);
  const outputShape = [...inputShape.slice(0, -1), channels.channelCount];
  const parameters = (shape: Shape): Parameter[] => names.map(name => ({ name, type: tensorType(shape) }));
  const forwardDoc = [`Computes the layer: ${shapeText(outputShape)} numbers.`];
  if (inputShape.length <= 1) {
    return channelsText({
      ...channels,
      name: 'forward',
      doc: forwardDoc,
      visibility: 'pub ',
      parameters: parameters(inputShape),
    });
  }
  const channelsFunction = channelsText({
    ...channels,
    name: 'position',
    doc: ['The channels at one position.'],
    parameters: parameters(inputShape.slice(-1)),
  });
  const isImage = inputShape.length >= 3;
  const leading = inputShape.length - 2; // the axes before those of one row, or of the whole matrix
  const forward = functionText({
    doc: forwardDoc,
    visibility: 'pub ',
    name: 'forward',
    parameters: parameters(inputShape),
    returns: tensorType(outputShape),
    body: isImage
      ? nestedLoops(outputShape, leading, names, 'row')
      : nestedLoops(outputShape, 1, names, 'position'),
  });
  if (!isImage) return [forward, ...channelsFunction];
  const row = functionText({
    doc: ['One row of positions.'],
    folded: true,
    name: 'row',
    parameters: parameters(inputShape.slice(leading)),
    returns: tensorType(outputShape.slice(leading)),
    body: nestedLoops(outputShape.slice(leading), 1, names, 'position'),
  });
  return [forward, row, ...channelsFunction];
}

/** A number is a vector of one. */
function pointwiseScalar(names: readonly string[], channels: ChannelSpec): string[] {
  const forward = functionText({
    doc: ['Computes the layer: a number.'],
    visibility: 'pub ',
    name: 'forward',
    parameters: names.map(name => ({ name, type: 'Field' })),
    returns: 'Field',
    body: [`    position(${names.map(name => `[${name}]`).join(', ')})[0]`],
  });
  const position = channelsText({
    ...channels,
    name: 'position',
    doc: ['The number as a vector.'],
    parameters: names.map(name => ({ name, type: tensorType([1]) })),
  });
  return [forward, ...position];
}

/** `output[y][x] = callee(a[y][x], ...)` over so many of the first axes; two axes are called y and x, one x. */
function nestedLoops(outputShape: Shape, axes: number, names: readonly string[], callee: string): string[] {
  const isRows = callee === 'row';
  const indices =
    isRows && axes === 1 ? ['y'] : axes === 1 ? ['x'] : outputShape.slice(0, axes).map((_, i) => `i${i}`);
  const at = indices.map(index => `[${index}]`).join('');
  const indent = (depth: number): string => '    '.repeat(depth + 1);
  return [
    `    let mut output = ${zeros(outputShape)};`,
    ...indices.map((index, axis) => `${indent(axis)}for ${index} in 0..${outputShape[axis]} {`),
    `${indent(axes)}output${at} = ${callee}(${names.map(name => `${name}${at}`).join(', ')});`,
    ...indices.map((_, axis) => `${indent(axes - 1 - axis)}}`),
    '    output',
  ];
}

/** `output[index] = call` over the first axis of the output. */
function forLoop(outputShape: Shape, index: string, call: string): string[] {
  return [
    `    let mut output = ${zeros(outputShape)};`,
    `    for ${index} in 0..${outputShape[0]} {`,
    `        output[${index}] = ${call};`,
    '    }',
    '    output',
  ];
}

export interface Sliding {
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly size: readonly [height: number, width: number];
  readonly strides: readonly [height: number, width: number];
  readonly dilations: readonly [height: number, width: number];
  readonly padding: Padding;
  /** Name of the function of one window. */
  readonly windowName: string;
}

/** Functions that slide windows over a zero-padded image, `forward` first. `finish` may end forward with more. */
export function slidingPadded(sliding: Sliding, channels: ChannelSpec, finish = 'output'): string[] {
  const { inputShape, outputShape, size, strides, dilations, windowName } = sliding;
  const padded = paddedShape(sliding);
  const isPadded = padded[0] !== inputShape[0] || padded[1] !== inputShape[1];
  const { top, left } = sliding.padding;
  const pad = `    let padded: ${tensorType(padded)} = zkml::image::pad(image, ${top}, ${left});`;
  const rows = `zkml::image::rows(${isPadded ? 'padded' : 'image'}, ${times(strides[0], 'y')}, ${dilations[0]})`;
  const window = `zkml::image::window(rows, ${times(strides[1], 'x')}, ${dilations[1]})`;
  const rowsShape = [size[0], ...padded.slice(1)];
  const windowShape = [...size, ...inputShape.slice(2)];
  const loop = forLoop(outputShape, 'y', `row(${rows})`);
  return [
    functionText({
      doc: [`Computes the layer: ${shapeText(outputShape)} numbers.`],
      visibility: 'pub ',
      name: 'forward',
      parameters: [{ name: 'image', type: tensorType(inputShape) }],
      returns: tensorType(outputShape),
      body: [...(isPadded ? [pad] : []), ...loop.slice(0, -1), `    ${finish}`],
    }),
    functionText({
      doc: ['One row of the output, from the rows of the input that its windows cover.'],
      folded: true,
      name: 'row',
      parameters: [{ name: 'rows', type: tensorType(rowsShape) }],
      returns: tensorType(outputShape.slice(1)),
      body: forLoop(outputShape.slice(1), 'x', `${windowName}(${window})`),
    }),
    ...channelsText({
      ...channels,
      name: windowName,
      doc: ['The channels of one window.'],
      parameters: [{ name: 'window', type: tensorType(windowShape) }],
    }),
  ];
}

function paddedShape({ inputShape, padding }: Sliding): number[] {
  const [height = 0, width = 0, channels = 0] = inputShape;
  return [height + padding.top + padding.bottom, width + padding.left + padding.right, channels];
}

function times(factor: number, index: string): string {
  return factor === 1 ? index : `${factor} * ${index}`;
}

/** A run of output positions whose windows begin at stride * position + shift and cover `length` input positions. */
interface Segment {
  readonly from: number;
  readonly to: number;
  readonly shift: number;
  readonly length: number;
}

/**
 * Functions that slide windows which never leave the image (padding takes no part): at the borders the windows are
 * smaller, and each size has its functions.
 */
export function slidingClipped(
  sliding: Sliding,
  channelsOf: (height: number, width: number) => ChannelSpec,
): string[] {
  const { inputShape, outputShape, size, strides, padding, windowName } = sliding;
  const [height = 0, width = 0, channelCount = 0] = inputShape;
  const down = segments(outputShape[0] ?? 0, height, size[0], strides[0], padding.top);
  const across = segments(outputShape[1] ?? 0, width, size[1], strides[1], padding.left);
  const heights = [...new Set(down.map(segment => segment.length))];
  const widths = [...new Set(across.map(segment => segment.length))];
  const suffix = (...lengths: number[]): string =>
    heights.length * widths.length === 1 ? '' : `_${lengths.join('x')}`;
  const loops = (
    runs: readonly Segment[],
    index: string,
    step: number,
    call: (run: Segment, first: string) => string,
  ) =>
    runs.flatMap(run => [
      `    for ${index} in ${run.from}..${run.to} {`,
      `        output[${index}] = ${call(run, shifted(times(step, index), run.shift))};`,
      '    }',
    ]);
  const forward = functionText({
    doc: [`Computes the layer: ${shapeText(outputShape)} numbers.`],
    visibility: 'pub ',
    name: 'forward',
    parameters: [{ name: 'image', type: tensorType(inputShape) }],
    returns: tensorType(outputShape),
    body: [
      `    let mut output = ${zeros(outputShape)};`,
      ...loops(
        down,
        'y',
        strides[0],
        (run, first) => `row${suffix(run.length)}(zkml::image::rows(image, ${first}, 1))`,
      ),
      '    output',
    ],
  });
  const rows = heights.map(rowHeight =>
    functionText({
      doc: [`One row of the output, from the ${rowHeight} rows of the input that its windows cover.`],
      folded: true,
      name: `row${suffix(rowHeight)}`,
      parameters: [{ name: 'rows', type: tensorType([rowHeight, width, channelCount]) }],
      returns: tensorType(outputShape.slice(1)),
      body: [
        `    let mut output = ${zeros(outputShape.slice(1))};`,
        ...loops(
          across,
          'x',
          strides[1],
          (run, first) =>
            `${windowName}${suffix(rowHeight, run.length)}(zkml::image::window(rows, ${first}, 1))`,
        ),
        '    output',
      ],
    }),
  );
  const windows = heights.flatMap(windowHeight =>
    widths.flatMap(windowWidth =>
      channelsText({
        ...channelsOf(windowHeight, windowWidth),
        name: `${windowName}${suffix(windowHeight, windowWidth)}`,
        doc: [`The channels of one window of ${windowHeight} x ${windowWidth}.`],
        parameters: [{ name: 'window', type: tensorType([windowHeight, windowWidth, channelCount]) }],
      }),
    ),
  );
  return [forward, ...rows, ...windows];
}

function shifted(expression: string, shift: number): string {
  if (shift === 0) return expression;
  return shift > 0 ? `${expression} + ${shift}` : `${expression} - ${-shift}`;
}

/** Groups output positions by the part of their window that lies inside the input. */
function segments(outputs: number, inputs: number, size: number, stride: number, before: number): Segment[] {
  const runs: Segment[] = [];
  for (let position = 0; position < outputs; position++) {
    const start = stride * position - before;
    const first = Math.max(0, start);
    const length = Math.min(inputs, start + size) - first;
    const shift = first - stride * position;
    const last = runs.at(-1);
    if (last && last.length === length && last.shift === shift)
      runs[runs.length - 1] = { ...last, to: position + 1 };
    else runs.push({ from: position, to: position + 1, shift, length });
  }
  return runs;
}

/**
 * Transposed convolution as a convolution: zeros go between the elements of the input and around it, and the kernel is
 * turned by 180 degrees. All of it is linear and costs no constraint.
 */
import { dilatedSize } from '../shapes.ts';
import type { Conv2dOp } from '../types.ts';
import { rearrangeBy } from './rearrange.ts';
import { type ComposedNode, nodeSpec, type Site } from './site.ts';

type Pair = readonly [height: number, width: number];

/** What a transposed convolution is, over [height, width, channels]. */
export interface ConvTranspose {
  readonly filters: number;
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Rows and columns cut off at the top and at the left of the full result. */
  readonly cropped: Pair;
  /** Height and width of the result; what lies beyond the full result is the bias. */
  readonly size: Pair;
  /** Filter f reads the channel group floor(f / (filters / groups)). */
  readonly groups: number;
  /** [kernelHeight, kernelWidth, filters / groups, channels], TensorFlow's layout. */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** Writes a transposed convolution: spread the input, then convolve. */
export function convTranspose(site: Site, options: ConvTranspose): ComposedNode[] {
  const spread = `${site.name}_spread`;
  return [
    nodeSpec(spread, spreadOp(site, options), site.input),
    nodeSpec(site.name, convolution(site.shape[2] ?? 1, options), spread),
  ];
}

/** Where the window of the convolution at position 0 begins, along one axis of the spread input. */
function lead({ kernelSize, dilations, cropped }: ConvTranspose, axis: 0 | 1): number {
  return dilatedSize(kernelSize[axis], dilations[axis]) - 1 - cropped[axis];
}

function spreadOp({ shape }: Site, options: ConvTranspose): ReturnType<typeof rearrangeBy> {
  const { kernelSize, dilations, strides, size } = options;
  const [height = 1, width = 1, channels = 1] = shape;
  const spread = (axis: 0 | 1): number => size[axis] + dilatedSize(kernelSize[axis], dilations[axis]) - 1;
  const read = (at: number, axis: 0 | 1, count: number): number => {
    const source = (at - lead(options, axis)) / strides[axis];
    return Number.isInteger(source) && source >= 0 && source < count ? source : -1;
  };
  const label = `zeros ${strides[0] - 1},${strides[1] - 1} between`;
  return rearrangeBy(shape, [spread(0), spread(1), channels], label, ([y = 0, x = 0, c = 0]) => {
    const [row, column] = [read(y, 0, height), read(x, 1, width)];
    return row < 0 || column < 0 ? undefined : [row, column, c];
  });
}

/** The kernel turned by 180 degrees, in the layout of a convolution: [height, width, channels / groups, filters]. */
function convolution(channels: number, options: ConvTranspose): Conv2dOp {
  const { filters, kernelSize, dilations, groups, kernel, bias } = options;
  const [groupChannels, groupFilters] = [channels / groups, filters / groups];
  const taps = kernelSize[0] * kernelSize[1];
  const turned = new Float32Array(taps * groupChannels * filters);
  for (let i = 0; i < turned.length; i++) {
    const filter = i % filters;
    const inner = Math.floor(i / filters) % groupChannels;
    const tap = taps - 1 - Math.floor(i / (filters * groupChannels));
    const channel = Math.floor(filter / groupFilters) * groupChannels + inner;
    turned[i] = kernel[(tap * groupFilters + (filter % groupFilters)) * channels + channel] ?? 0;
  }
  return {
    kind: 'conv2d',
    filters,
    kernelSize,
    strides: [1, 1],
    dilations,
    padding: { top: 0, bottom: 0, left: 0, right: 0 },
    groups,
    kernel: turned,
    bias,
  };
}

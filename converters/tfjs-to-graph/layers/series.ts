/** Layers over series [steps, channels] that are those over images of height 1: the image's importer reads them. */
import { emit, type Shape, shapeOf } from '../../../src/graph/index.ts';
import { readField } from '../../../src/tensorflow/index.ts';
import { type Emitter, type LayerImporter, operandOfRank } from '../emitter.ts';
import { requireChannelsLast } from '../layer-options.ts';
import type { KerasLayer } from '../topology.ts';
import { importConv2dTranspose, importDepthwiseConv2d, importSeparableConv2d } from './convolutions.ts';

/** Sizes that are one number of a series, and a pair of an image. */
const SIZES = ['kernel_size', 'strides', 'dilation_rate', 'output_padding'];

/** Kernels of series have a rank less than those of images. */
const KERNEL_RANK = 3;

function ofSeries(images: LayerImporter): LayerImporter {
  return (emitter, call) => {
    const { layer } = call;
    requireChannelsLast(layer);
    const [steps = 0, channels = 0] = operandOfRank(emitter, call, 2, 'steps x channels');
    const image: Shape = [1, steps, channels];
    const row = emit(emitter, `${layer.name}_row`, { kind: 'reshape', shape: image }, call.operands);
    const wide = { ...emitter, weights: widened(emitter, layer.name) };
    const result = images(wide, { ...call, layer: imageLayer(layer), operands: [row] });
    const tensor = typeof result === 'string' ? result : (result[0] ?? '');
    const shape = shapeOf(emitter, tensor).slice(1);
    return emit(emitter, `${layer.name}_series`, { kind: 'reshape', shape }, [tensor]);
  };
}

/** The weights with a height of 1 in front of this layer's kernels. */
function widened({ weights }: Emitter, layer: string): Emitter['weights'] {
  return new Map(
    [...weights].map(([name, weight]) => {
      const isKernel = weight.shape.length === KERNEL_RANK && name.split('/').includes(layer);
      return [name, isKernel ? { ...weight, shape: [1, ...weight.shape] } : weight];
    }),
  );
}

function imageLayer(layer: KerasLayer): KerasLayer {
  const pairs = SIZES.flatMap(key => {
    const [size] = [readField(layer.config, key)].flat();
    return size == null ? [] : [[key, [key === 'output_padding' ? 0 : 1, size]] as const];
  });
  return { ...layer, config: { ...layer.config, ...Object.fromEntries(pairs) } };
}

export const importConv1dTranspose = ofSeries(importConv2dTranspose);
export const importDepthwiseConv1d = ofSeries(importDepthwiseConv2d);
export const importSeparableConv1d = ofSeries(importSeparableConv2d);

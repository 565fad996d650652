/**
 * MobileNetV2 as it is published (inverted residuals, ReLU6), built with TensorFlow.js' layers and seeded random weights:
 * its size is what is measured, not its answers. Width 0.35 on 32 x 32 pixels is Bionetta's smallest.
 */
import { io, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { seededRandom } from '../../fixtures/data/random.ts';
import type { TfjsModelFiles } from '../../src/index.ts';

export interface MobileNetOptions {
  /** Factor of all channel counts. */
  readonly width: number;
  /** Height and width of the input. */
  readonly size: number;
  readonly classes: number;
}

/** Expansion, channels, repeats, first stride of each stage. */
const STAGES: readonly (readonly [number, number, number, number])[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];
const FIRST_CHANNELS = 32;
const LAST_CHANNELS = 1280;
const DIVISOR = 8;

/** The network with TensorFlow.js' own copy, to compare with. */
export async function mobileNetV2(
  options: MobileNetOptions,
): Promise<{ readonly files: TfjsModelFiles; readonly predict: (pixels: readonly number[]) => number[] }> {
  const network = build(options);
  randomise(network);
  const files = await save(network);
  const predict = (pixels: readonly number[]): number[] => {
    const input = tensor(
      Float32Array.from(pixels, pixel => pixel / 255),
      [1, options.size, options.size, 3],
    );
    return Array.from((network.predict(input) as Tensor).dataSync());
  };
  return { files, predict };
}

function build({ width, size, classes }: MobileNetOptions): LayersModel {
  const input = layers.input({ shape: [size, size, 3] });
  const channels = (count: number): number => divisible(count * width);
  let x = convolution(input, { filters: channels(FIRST_CHANNELS), kernelSize: 3, strides: 2 });
  for (const [expansion, count, repeats, stride] of STAGES) {
    for (let i = 0; i < repeats; i++)
      x = bottleneck(x, { expansion, filters: channels(count), stride: i === 0 ? stride : 1 });
  }
  x = convolution(x, {
    filters: width > 1 ? channels(LAST_CHANNELS) : LAST_CHANNELS,
    kernelSize: 1,
    strides: 1,
  });
  const pooled = layers.globalAveragePooling2d({}).apply(x);
  return model({ inputs: input, outputs: layers.dense({ units: classes }).apply(pooled) as SymbolicTensor });
}

/** Whole multiples of 8, and never less than 90 % of what was asked. */
function divisible(count: number): number {
  const rounded = Math.max(DIVISOR, Math.floor((count + DIVISOR / 2) / DIVISOR) * DIVISOR);
  return rounded < 0.9 * count ? rounded + DIVISOR : rounded;
}

function normalised(x: SymbolicTensor, activate: boolean): SymbolicTensor {
  const y = layers.batchNormalization({ epsilon: 1e-3 }).apply(x) as SymbolicTensor;
  return activate ? (layers.reLU({ maxValue: 6 }).apply(y) as SymbolicTensor) : y;
}

function convolution(
  x: SymbolicTensor,
  options: { readonly filters: number; readonly kernelSize: number; readonly strides: number },
  activate = true,
): SymbolicTensor {
  const conv = layers.conv2d({ ...options, padding: 'same', useBias: false });
  return normalised(conv.apply(x) as SymbolicTensor, activate);
}

interface Bottleneck {
  readonly expansion: number;
  readonly filters: number;
  readonly stride: number;
}

function bottleneck(x: SymbolicTensor, { expansion, filters, stride }: Bottleneck): SymbolicTensor {
  const channels = x.shape.at(-1) ?? 0;
  const wide =
    expansion === 1 ? x : convolution(x, { filters: expansion * channels, kernelSize: 1, strides: 1 });
  const depthwise = layers.depthwiseConv2d({
    kernelSize: 3,
    strides: stride,
    padding: 'same',
    useBias: false,
  });
  const spread = normalised(depthwise.apply(wide) as SymbolicTensor, true);
  const narrow = convolution(spread, { filters, kernelSize: 1, strides: 1 }, false);
  if (stride !== 1 || channels !== filters) return narrow;
  return layers.add().apply([x, narrow]) as SymbolicTensor;
}

/** Weights that keep the size of activations from layer to layer. */
function randomise(network: LayersModel): void {
  const random = seededRandom(35);
  for (const weight of network.weights) {
    const shape = weight.shape.map(size => size ?? 1);
    const isKernel = shape.length > 1;
    const fanIn = weight.originalName.includes('depthwise')
      ? 9
      : shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const length = shape.reduce((a, b) => a * b, 1);
    if (isKernel) {
      const draw = (): number => random.normal() * Math.sqrt(2 / fanIn);
      weight.write(tensor(Float32Array.from({ length }, draw), shape));
    }
  }
}

async function save(network: LayersModel): Promise<TfjsModelFiles> {
  const saved: TfjsModelFiles[] = [];
  await network.save(
    io.withSaveHandler(async ({ modelTopology, format, weightSpecs, weightData }) => {
      const bytes = new Uint8Array(io.CompositeArrayBuffer.join(weightData));
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      const json = JSON.parse(JSON.stringify({ format, modelTopology, weightsManifest }));
      saved.push({ model: json, weights: new Map([['weights.bin', bytes]]) });
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return saved[0] as TfjsModelFiles; // the handler above has run
}

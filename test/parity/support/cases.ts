/**
 * The networks of the parity suite: one for each layer type and option, and the two trained fixtures.
 *
 * A linear layer stands before an activation, as it does in networks, but for {@link BARE_CASES}.
 */
import { readFileSync } from 'node:fs';
import { tfjsToGraph } from '../../../converters/tfjs-to-graph/index.ts';
import { seededRandom } from '../../../fixtures/data/random.ts';
import {
  buildGraph,
  type InputDomain,
  type NodeSpec,
  type Shape,
  simplifyGraph,
} from '../../../src/graph/index.ts';
import { type QuantGraph, type QuantizeOptions, quantize } from '../../../src/quantize/index.ts';
import type { TfjsOptions } from '../../../src/tensorflow/index.ts';
import { conv, dense, type Fill, filled, pool } from '../../graph/support/ops.ts';

/** A network whose integer function is held equal in Circom and here. */
export interface ParityCase {
  /** The row of the table. */
  readonly name: string;
  readonly graph: () => QuantGraph;
  /** How many constraints more than Circom with O2 ours takes, where it does: see docs/parity.md. */
  readonly excess?: number;
}

const SEED = 20;
const BYTE: InputDomain = { min: 0, max: 255, scale: 1 / 255, offset: 0 };
const SIGNED_BYTE: InputDomain = { min: -128, max: 127, scale: 1 / 128, offset: 0 };
const SIGNED_WORD: InputDomain = { min: -2048, max: 2047, scale: 1 / 256, offset: 0 };
/** One element more to the right and below than to the left and above, as TensorFlow pads for stride 2. */
const UNEVEN_PADDING = { top: 0, bottom: 1, left: 0, right: 1 };
const EVEN_PADDING = { top: 1, bottom: 1, left: 1, right: 1 };

const RELU = { kind: 'relu' } as const;
const RELU6 = { kind: 'relu', max: 6 } as const;
const AVERAGE_POOL = {
  kind: 'average-pool2d',
  poolSize: [3, 3],
  strides: [2, 2],
  padding: EVEN_PADDING,
} as const;
const LEAKY_RELU = { kind: 'leaky-relu', slope: 0.3 } as const;

/** Layer types, each in a network that ends in an activation or a comparison. */
export const LAYER_CASES: readonly ParityCase[] = [
  layers('dense, ReLU', BYTE, [6], fill => [dense(6, 5, fill), RELU]),
  layers('conv 3×3 valid, ReLU', BYTE, [5, 4, 2], fill => [conv({ channels: 2, filters: 3 }, fill), RELU]),
  layers('conv 3×3 stride 2×1 same, ReLU', BYTE, [6, 5, 1], fill => [
    conv({ channels: 1, filters: 2, strides: [2, 1], padding: EVEN_PADDING }, fill),
    RELU,
  ]),
  layers('conv 2×3 dilation 2×1, ReLU', BYTE, [5, 4, 2], fill => [
    conv({ channels: 2, filters: 2, kernelSize: [2, 3], dilations: [2, 1] }, fill),
    RELU,
  ]),
  layers('depthwise conv multiplier 2 stride 2, ReLU', BYTE, [4, 6, 3], fill => [
    conv({ channels: 3, filters: 6, groups: 3, strides: [2, 2], padding: UNEVEN_PADDING }, fill),
    RELU,
  ]),
  layers('grouped conv, ReLU', SIGNED_BYTE, [4, 4, 4], fill => [
    conv({ channels: 4, filters: 6, groups: 2, kernelSize: [2, 2] }, fill),
    RELU,
  ]),
  layers('affine, ReLU', BYTE, [3, 2, 4], fill => [
    { kind: 'affine', scale: filled(4, fill), shift: filled(4, fill) },
    RELU,
  ]),
  layers('ReLU', SIGNED_WORD, [8], () => [RELU]),
  layers('ReLU with rescale, dense, ReLU', SIGNED_WORD, [8], fill => [RELU, dense(8, 4, fill), RELU]),
  layers('ReLU of known sign', BYTE, [6], fill => [
    dense(6, 3, signedColumns()),
    RELU,
    dense(3, 2, fill),
    RELU,
  ]),
  layers('ReLU6 with rescale, dense, ReLU6', SIGNED_WORD, [8], fill => [RELU6, dense(8, 4, fill), RELU6]),
  layers('leaky ReLU', SIGNED_WORD, [8], () => [LEAKY_RELU]),
  layers('leaky ReLU of known sign', BYTE, [6], fill => [
    dense(6, 3, signedColumns()),
    LEAKY_RELU,
    dense(3, 2, fill),
    RELU,
  ]),
  layers('max-pool 2×2', BYTE, [4, 6, 2], () => [pool('max-pool2d', [2, 2])]),
  layers('max-pool 3×3 stride 2 same', SIGNED_BYTE, [5, 4, 2], () => [
    { kind: 'max-pool2d', poolSize: [3, 3], strides: [2, 2], padding: EVEN_PADDING },
  ]),
  layers('average-pool 3×3 stride 2 same, conv 1×1, ReLU', SIGNED_BYTE, [5, 4, 2], fill => [
    AVERAGE_POOL,
    conv({ channels: 2, filters: 2, kernelSize: [1, 1] }, fill),
    RELU,
  ]),
  { name: 'pad, reshape, transpose, concat, sum; ReLU', graph: () => quantiseSpec(wiringSpec()) },
  layers('argmax', SIGNED_BYTE, [10], () => [{ kind: 'argmax' }]),
  layers('two convolutions and dense, 7×7', BYTE, [7, 7, 1], fill => [
    conv({ channels: 1, filters: 8, strides: [2, 2] }, fill),
    RELU,
    conv({ channels: 8, filters: 16, strides: [2, 2] }, fill),
    RELU,
    { kind: 'reshape', shape: [16] },
    dense(16, 10, fill),
  ]),
  {
    name: 'dense, ReLU, calibrated widths',
    graph: () => quantiseSpec(calibratedSpec(), { widths: 'calibrated', calibration: calibration() }),
  },
];

/** Networks with a public output that is linear in their input or last activation, and little else. */
export const BARE_CASES: readonly ParityCase[] = [
  layers('average-pool 2×2 alone', BYTE, [4, 4, 1], () => [pool('average-pool2d', [2, 2])]),
  { ...layers('dense alone', BYTE, [6], fill => [dense(6, 2, fill)]), excess: 1 },
  {
    ...layers('average-pool, ReLU, rescaled output', SIGNED_BYTE, [5, 4, 2], () => [AVERAGE_POOL, RELU]),
    excess: 1,
  },
];

const DIGITS_INPUT = { min: 0, max: 16 };

/** Trained networks that compile in seconds. */
export const TRAINED_CASES: readonly ParityCase[] = [
  trained('digits network', 'digits', { input: DIGITS_INPUT }),
  trained('digits network, argmax', 'digits', { input: DIGITS_INPUT, softmax: 'argmax' }),
];

/** The convolutional MNIST network, which takes Circom longer. */
export const MNIST_CASE: ParityCase = trained('MNIST network', 'mnist-cnn', {});

/** A trained fixture, as the pipeline imports and quantises it. */
function trained(name: string, model: string, options: TfjsOptions): ParityCase {
  const read = (file: string): Uint8Array =>
    readFileSync(new URL(`../../../fixtures/models/${model}/${file}`, import.meta.url));
  return {
    name,
    graph: () => {
      const weights = new Map([['weights.bin', read('weights.bin')]]);
      const files = { model: new TextDecoder().decode(read('model.json')), weights };
      return quantize(simplifyGraph(tfjsToGraph(files, options)));
    },
  };
}

/** A chain of operators on one input, with seeded weights. */
function layers(
  name: string,
  domain: InputDomain,
  shape: Shape,
  chain: (fill: Fill) => readonly NodeSpec['op'][],
): ParityCase {
  return {
    name,
    graph: () => {
      const random = seededRandom(SEED);
      const nodes = chain(() => random.normal()).map((op, i) => ({ name: `${op.kind}_${i + 1}`, op }));
      return quantiseSpec([{ name: 'x', op: { kind: 'input', shape, domain } }, ...nodes]);
    },
  };
}

function quantiseSpec(nodes: readonly NodeSpec[], options: QuantizeOptions = {}): QuantGraph {
  return quantize(buildGraph({ name: 'parity', nodes }), options);
}

/** Weights of three units, row by row: positive, negative, and of both signs. */
function signedColumns(): Fill {
  const random = seededRandom(SEED);
  let at = 0;
  return () => {
    const magnitude = 0.1 + random.uniform();
    const column = at++ % 3;
    return column === 0 ? magnitude : column === 1 ? -magnitude : random.normal();
  };
}

/** Every operator that only moves or adds values, on two inputs of one shape. */
function wiringSpec(): NodeSpec[] {
  const input = { kind: 'input', shape: [2, 3, 2], domain: SIGNED_BYTE } as const;
  return [
    { name: 'left', op: input },
    { name: 'right', op: input },
    { name: 'padded', op: { kind: 'pad', padding: UNEVEN_PADDING }, inputs: ['left'] },
    { name: 'turned', op: { kind: 'transpose', permutation: [1, 0, 2] }, inputs: ['right'] },
    { name: 'reshaped', op: { kind: 'reshape', shape: [2, 3, 2] } },
    { name: 'difference', op: { kind: 'subtract' }, inputs: ['left', 'reshaped'] },
    { name: 'total', op: { kind: 'add' }, inputs: ['left', 'difference', 'right'] },
    { name: 'wide', op: { kind: 'pad', padding: UNEVEN_PADDING } },
    { name: 'joined', op: { kind: 'concat', axis: 1 }, inputs: ['padded', 'wide'] },
    { name: 'relu', op: RELU },
  ];
}

function calibratedSpec(): NodeSpec[] {
  const random = seededRandom(SEED);
  return [
    { name: 'x', op: { kind: 'input', shape: [12], domain: BYTE } },
    { name: 'dense', op: dense(12, 4, () => random.normal()) },
    { name: 'relu', op: RELU },
  ];
}

/** Faint pictures: bright ones will exceed the widths that these suggest. */
function calibration(): number[][][] {
  const random = seededRandom(SEED + 1);
  return Array.from({ length: 8 }, () => [Array.from({ length: 12 }, () => random.below(16))]);
}

/**
 * Random small networks that use every operator, and random inputs for them: reproducible from a seed.
 */
import { type SeededRandom, seededRandom } from '../../../fixtures/data/random.ts';
import {
  buildGraph,
  elementCount,
  type Graph,
  type InputDomain,
  type NodeSpec,
  type Op,
  type Padding,
  type Shape,
} from '../../../src/graph/index.ts';
import type { Sample } from '../../../src/quantize/index.ts';

const DOMAINS: readonly InputDomain[] = [
  { min: 0, max: 255, scale: 1 / 255, offset: 0 },
  { min: 0, max: 255, scale: 2 / 255, offset: -1 },
  { min: 0, max: 16, scale: 1 / 16, offset: 0 },
  { min: -128, max: 127, scale: 1 / 64, offset: 0.25 },
  { min: 0, max: 100, scale: -0.01, offset: 0.37 },
  { min: -3, max: 12, scale: 0.1, offset: 0 },
];

/** Builds a network of 2 to 7 random operators over a small image, then a dense layer. */
export function randomGraph(seed: number): Graph {
  const random = seededRandom(seed);
  const shape = [3 + random.below(4), 3 + random.below(4), 1 + random.below(3)];
  const domain = DOMAINS[random.below(DOMAINS.length)] as InputDomain;
  const nodes: NodeSpec[] = [{ name: 'x', op: { kind: 'input', shape, domain } }];
  let state: Shape = shape;
  const count = 2 + random.below(6);
  for (let i = 0; i < count; i++) state = addRandom(nodes, state, random);
  const size = elementCount(state);
  nodes.push({ name: 'flatten', op: { kind: 'reshape', shape: [size] } });
  nodes.push({ name: 'logits', op: denseOp(size, 3, random) });
  return buildGraph({ name: `random_${seed}`, nodes });
}

/** Draws a sample: uniform integers of the domain, or (one time in three) its corners only. */
export function randomSample(graph: Graph, random: SeededRandom): Sample {
  const isCorner = random.below(3) === 0;
  return graph.inputs.map(id => {
    const node = graph.nodes[id];
    if (node?.op.kind !== 'input') throw new Error('not an input');
    const { min, max } = node.op.domain;
    const draw = (): number => (isCorner ? random.below(2) * (max - min) : random.below(max - min + 1));
    return Array.from({ length: elementCount(node.shape) }, () => min + draw());
  });
}

export function denseOp(inputs: number, units: number, random: SeededRandom): Op {
  const size = 1 / Math.sqrt(inputs);
  return {
    kind: 'dense',
    units,
    weights: floats(inputs * units, size, random),
    bias: floats(units, 0.3, random),
  };
}

export function floats(length: number, size: number, random: SeededRandom): Float32Array {
  return Float32Array.from({ length }, () => random.normal() * size);
}

const PAD_CASE = 7;

function addRandom(nodes: NodeSpec[], shape: Shape, random: SeededRandom): Shape {
  const name = `n${nodes.length}`;
  const [height = 1, width = 1, channels = 1] = shape;
  const add = (op: Op, inputs?: readonly string[]): void => {
    nodes.push({ name, op, ...(inputs === undefined ? {} : { inputs }) });
  };
  const last = nodes[nodes.length - 1]?.name ?? 'x';
  const isFine = ['conv2d', 'affine'].includes(nodes[nodes.length - 1]?.op.kind ?? ''); // a cap needs a fine scale
  switch (height < 3 || width < 3 ? PAD_CASE : random.below(12)) {
    case 0:
    case 1:
      return addConv(nodes, shape, random);
    case 2:
      add({ kind: 'relu' });
      return shape;
    case 3:
      add(isFine ? { kind: 'relu', max: 0.4 } : { kind: 'relu' });
      return shape;
    case 4:
      add({ kind: 'leaky-relu', slope: 2 ** -random.below(4) / 2 });
      return shape;
    case 5:
    case 6: {
      const kind = random.below(2) === 0 ? 'max-pool2d' : 'average-pool2d';
      const padding = { top: 1, bottom: random.below(2), left: 0, right: 1 };
      const strides = [1 + random.below(2), 1 + random.below(2)] as const;
      add({ kind, poolSize: [2, 2], strides, padding });
      return outputShape(shape, { size: [2, 2], strides, padding });
    }
    case PAD_CASE:
      add({ kind: 'pad', padding: { top: 0, bottom: 1, left: 1, right: 0 } });
      return [height + 1, width + 1, channels];
    case 8:
      add({ kind: 'affine', scale: floats(channels, 1, random), shift: floats(channels, 0.5, random) });
      return shape;
    case 9: {
      const permutation = random.below(2) === 0 ? [1, 0, 2] : [2, 0, 1];
      add({ kind: 'transpose', permutation });
      return permutation.map(axis => shape[axis] ?? 1);
    }
    case 10: {
      const kind = random.below(2) === 0 ? 'add' : 'subtract';
      nodes.push({ name: `${name}_side`, op: pointwise(channels, channels, random) });
      add({ kind }, [last, `${name}_side`]);
      return shape;
    }
    default: {
      const axis = random.below(3);
      nodes.push({ name: `${name}_side`, op: pointwise(channels, channels, random) });
      add({ kind: 'concat', axis }, [last, `${name}_side`]);
      return shape.map((size, i) => (i === axis ? 2 * size : size));
    }
  }
}

function addConv(nodes: NodeSpec[], shape: Shape, random: SeededRandom): Shape {
  const [, , channels = 1] = shape;
  const groups = random.below(2) === 0 ? channels : 1;
  const filters = groups * (1 + random.below(2));
  const padding = { top: random.below(2), bottom: 1, left: 1, right: random.below(2) };
  const strides = [1 + random.below(2), 1 + random.below(2)] as const;
  const dilations = [1 + random.below(2), 1] as const;
  const size = 1 / Math.sqrt((4 * channels) / groups);
  nodes.push({
    name: `n${nodes.length}`,
    op: {
      kind: 'conv2d',
      filters,
      kernelSize: [2, 2],
      strides,
      dilations,
      padding,
      groups,
      kernel: floats(4 * (channels / groups) * filters, size, random),
      bias: floats(filters, 0.2, random),
    },
  });
  const [height, width] = outputShape(shape, { size: [1 + dilations[0], 2], strides, padding });
  return [height as number, width as number, filters];
}

function pointwise(channels: number, filters: number, random: SeededRandom): Op {
  return {
    kind: 'conv2d',
    filters,
    kernelSize: [1, 1],
    strides: [1, 1],
    dilations: [1, 1],
    padding: { top: 0, bottom: 0, left: 0, right: 0 },
    groups: 1,
    kernel: floats(channels * filters, 1 / Math.sqrt(channels), random),
    bias: floats(filters, 0.2, random),
  };
}

interface Geometry {
  readonly size: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: Padding;
}

function outputShape(shape: Shape, { size, strides, padding }: Geometry): Shape {
  const [height = 1, width = 1, channels = 1] = shape;
  return [
    Math.floor((height + padding.top + padding.bottom - size[0]) / strides[0]) + 1,
    Math.floor((width + padding.left + padding.right - size[1]) / strides[1]) + 1,
    channels,
  ];
}

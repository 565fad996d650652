/** Random networks of nearly all operators, reproducible from a seed: what the passes and the quantiser are held to. */
import { type SeededRandom, seededRandom } from '../../fixtures/data/random.ts';
import {
  buildGraph,
  elementCount,
  type FunctionName,
  type Graph,
  type InputDomain,
  type Node,
  type NodeSpec,
  type Op,
  type Padding,
  type Shape,
} from '../../src/graph/index.ts';

const SHAPES: readonly Shape[] = [[4], [6], [3, 4], [2, 3], [4, 4, 2], [3, 3, 1], [2, 3, 4]];
const DOMAINS: readonly InputDomain[] = [
  { min: 0, max: 255, scale: 1 / 255, offset: 0 },
  { min: -100, max: 100, scale: 1 / 64, offset: 0 },
  { min: 0, max: 255, scale: 2 / 255, offset: -1 },
  { min: 0, max: 15, scale: 0.1, offset: 0.3 },
  { min: -7, max: 8, scale: -0.25, offset: 0 },
];
const FUNCTIONS: readonly FunctionName[] = [
  ...([
    'sigmoid',
    'tanh',
    'gelu',
    'elu',
    'softplus',
    'silu',
    'erf',
    'softsign',
    'sin',
    'mish',
    'selu',
  ] as const),
];
const NO_PADDING: Padding = { top: 0, bottom: 0, left: 0, right: 0 };

interface Site {
  readonly random: SeededRandom;
  readonly name: string;
  readonly from: Node;
  /** Another node of the same shape, or the same. */
  readonly mate: Node;
}

/** A network of one or two inputs, 2 to 8 operators, one output or two. */
export function randomNetwork(seed: number): Graph {
  const random = seededRandom(seed);
  const nodes: NodeSpec[] = [inputNode('x', random)];
  if (random.below(3) === 0) nodes.push(inputNode('z', random));
  for (let step = 2 + random.below(7), i = 0; i < step; i++) {
    const graph = buildGraph({ name: `random ${seed}`, nodes });
    const back = random.below(3) === 0 ? random.below(4) : 0;
    const from = graph.nodes[Math.max(0, graph.nodes.length - 1 - back)] as Node;
    const mates = graph.nodes.filter(({ shape }) => shape.join() === from.shape.join());
    nodes.push(...pick(random, stepsAt({ random, name: `n${i}`, from, mate: pick(random, mates) }))());
  }
  const { nodes: made } = buildGraph({ name: 'all', nodes });
  const last = made.at(-1)?.name ?? 'x';
  const side = pick(random, made).name;
  return buildGraph({
    name: `random ${seed}`,
    nodes,
    outputs: random.below(3) === 0 && side !== last ? [last, side] : [last],
  });
}

function inputNode(name: string, random: SeededRandom): NodeSpec {
  return { name, op: { kind: 'input', shape: pick(random, SHAPES), domain: pick(random, DOMAINS) } };
}

function pick<T>(random: SeededRandom, list: readonly T[]): T {
  return list[random.below(list.length)] as T;
}

function stepsAt(site: Site): (() => NodeSpec[])[] {
  const rank = site.from.shape.length;
  return [
    ...elementSteps(site),
    ...(rank > 0 ? rowSteps(site) : []),
    ...(rank === 2 ? matrixSteps(site) : []),
    ...(rank === 3 ? imageSteps(site) : []),
  ];
}

function filler(random: SeededRandom): (count: number) => Float32Array {
  return count => Float32Array.from({ length: count }, () => random.normal() * 0.6);
}

function unary({ name, from }: Site, op: Op): NodeSpec[] {
  return [{ name, op, inputs: [from.name] }];
}

function binary({ name, from, mate, random }: Site, op: Op): NodeSpec[] {
  return [{ name, op, inputs: random.below(2) ? [from.name, mate.name] : [mate.name, from.name] }];
}

function elementSteps(site: Site): (() => NodeSpec[])[] {
  const { random, from } = site;
  const fill = filler(random);
  const size = elementCount(from.shape);
  const channels = from.shape.at(-1) ?? 1;
  return [
    () => unary(site, { kind: 'relu' }),
    () => unary(site, { kind: 'relu', max: 0.5 + 2 * random.uniform() }),
    () => unary(site, { kind: 'leaky-relu', slope: pick(random, [0.1, 0.25, -0.3, 1.5]) }),
    () => unary(site, { kind: 'prelu', slopes: fill(channels) }),
    () => unary(site, { kind: 'affine', scale: fill(channels), shift: fill(channels) }),
    () => unary(site, { kind: 'scale', factor: fill(size), shift: fill(size) }),
    () =>
      unary(site, { kind: 'scale', factor: pick(random, [-1, 0.5, 3]), shift: pick(random, [0, 0.4, 6]) }),
    () => unary(site, { kind: 'abs' }),
    () => unary(site, { kind: 'function', name: pick(random, FUNCTIONS) }),
    () => unary(site, { kind: 'reshape', shape: [size] }),
    () => unary(site, { kind: 'reshape', shape: size % 4 === 0 ? [size / 4, 4] : [size] }),
    ...(['add', 'subtract', 'multiply', 'maximum', 'minimum'] as const).map(
      kind => () => binary(site, { kind }),
    ),
  ];
}

function rowSteps(site: Site): (() => NodeSpec[])[] {
  const { random, from } = site;
  const fill = filler(random);
  const size = elementCount(from.shape);
  const channels = from.shape.at(-1) ?? 1;
  const epsilon = pick(random, [0.5, 0.1, 0.01]);
  const dense = (): NodeSpec[] => {
    const units = pick(random, [2, 3, 4, 8, 16]);
    return unary(site, { kind: 'dense', units, weights: fill(channels * units), bias: fill(units) });
  };
  return [
    dense,
    dense,
    () => unary(site, { kind: 'softmax' }),
    () => unary(site, { kind: 'l2-normalize', epsilon }),
    () => unary(site, { kind: 'layer-norm', epsilon, scale: fill(channels), shift: fill(channels) }),
    () =>
      unary(site, {
        kind: 'reduce',
        reduction: pick(random, ['sum', 'mean', 'max', 'min']),
        axes: [random.below(from.shape.length)],
      }),
    () => binary(site, { kind: 'concat', axis: from.shape.length - 1 }),
    () => {
      const indices = Int32Array.from({ length: 1 + random.below(8) }, () => random.below(size + 1) - 1);
      return unary(site, { kind: 'rearrange', shape: [indices.length], indices, label: 'pick' });
    },
  ];
}

function matrixSteps(site: Site): (() => NodeSpec[])[] {
  const { name, from, mate } = site;
  const scores = (last: string): NodeSpec[] => [
    { name: `${name}t`, op: { kind: 'transpose', permutation: [1, 0] }, inputs: [mate.name] },
    { name: last, op: { kind: 'matmul' }, inputs: [from.name, `${name}t`] },
  ];
  return [
    () => scores(name),
    () => [...scores(`${name}m`), { name, op: { kind: 'softmax' }, inputs: [`${name}m`] }],
    () => unary(site, { kind: 'transpose', permutation: [1, 0] }),
  ];
}

function imageSteps(site: Site): (() => NodeSpec[])[] {
  const { random, from } = site;
  const fill = filler(random);
  const [height = 1, width = 1, channels = 1] = from.shape;
  const window = [Math.min(2, height), Math.min(2, width)] as const;
  const conv = (filters: number, groups: number, size: readonly [number, number], bottom: number): Op => ({
    kind: 'conv2d',
    ...{ filters, groups, kernelSize: size, strides: [1, 1], dilations: [1, 1] },
    padding: { ...NO_PADDING, bottom },
    kernel: fill((size[0] * size[1] * channels * filters) / groups),
    bias: fill(filters),
  });
  const pool = (padding: Padding): Op => ({
    kind: pick(random, ['max-pool2d', 'average-pool2d']),
    ...{ poolSize: window, strides: [1, 1], padding },
  });
  return [
    () => unary(site, { kind: 'pad', padding: { top: 1, bottom: 0, left: random.below(2), right: 1 } }),
    () => unary(site, conv(3, 1, window, random.below(2))),
    () => unary(site, conv(2 * channels, channels, [1, 1], 0)),
    () => unary(site, pool(NO_PADDING)),
    () => unary(site, pool({ ...NO_PADDING, bottom: window[0] - 1, right: window[1] - 1 })),
    () =>
      unary(site, {
        kind: 'transpose',
        permutation: pick(random, [
          [2, 0, 1],
          [1, 0, 2],
          [1, 2, 0],
        ]),
      }),
  ];
}

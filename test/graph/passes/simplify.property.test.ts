import assert from 'node:assert/strict';
import fc from 'fast-check';
import { permutation, seededRandom } from '../../../fixtures/data/random.ts';
import {
  buildGraph,
  type Graph,
  type NodeSpec,
  nodeOf,
  type Op,
  type Shape,
  samePadding,
  simplifyGraph,
} from '../../../src/graph/index.ts';
import { conv, dense, type Fill, filled, input, NO_PADDING } from '../support/ops.ts';
import { assertSameFunction, seededFill } from './support/equality.ts';

const SEED = 20240608;

/** One random operator that takes a tensor of the given shape. */
function randomOp(shape: Shape, choice: number, fill: Fill): Op {
  const channels = shape.at(-1) ?? 1;
  const size = shape.reduce((a, b) => a * b, 1);
  const ops: Op[] = [
    { kind: 'relu' },
    { kind: 'relu', max: 0.75 },
    { kind: 'leaky-relu', slope: 0.125 },
    { kind: 'affine', scale: filled(channels, fill), shift: filled(channels, fill) },
    { kind: 'affine', scale: filled(channels, () => fill() ** 2 + 0.1), shift: new Float32Array(channels) },
    { kind: 'reshape', shape },
    { kind: 'reshape', shape: [size] },
    { kind: 'reshape', shape: size % 4 === 0 ? [2, size / 4, 2] : [1, 1, size] },
    dense(channels, 4, fill),
  ];
  if (shape.length === 3) ops.push(...imageOps(shape, fill));
  return ops[choice % ops.length] as Op;
}

function imageOps(shape: Shape, fill: Fill): Op[] {
  const channels = shape[2] ?? 1;
  const window = { size: [2, 2], strides: [1, 1], dilations: [1, 1] } as const;
  const same = samePadding(shape, window);
  const kernelSize = [Math.min(2, shape[0] ?? 1), Math.min(2, shape[1] ?? 1)] as const;
  const pooled = { poolSize: kernelSize, strides: kernelSize, padding: NO_PADDING };
  return [
    { kind: 'pad', padding: { top: 1, bottom: 0, left: 1, right: 1 } },
    conv({ channels, filters: 4, kernelSize }, fill),
    conv({ channels, filters: 2, kernelSize: [2, 2], padding: same }, fill),
    conv({ channels, filters: channels * 2, kernelSize: [1, 1], groups: channels }, fill),
    { kind: 'max-pool2d', ...pooled },
    { kind: 'average-pool2d', ...pooled },
    { kind: 'max-pool2d', poolSize: [2, 2], strides: [1, 1], padding: same },
    { kind: 'transpose', permutation: permutation(3, seededRandom(channels)) },
  ];
}

interface Step {
  readonly choice: number;
  /** Which earlier node to continue from: 0 is the last. */
  readonly back: number;
}

/** A random graph: mostly a chain, at times a branch or a sum, with a second output. */
function randomGraph(steps: readonly Step[], seed: number): Graph {
  const fill = seededFill(seed);
  const nodes: NodeSpec[] = [{ name: 'x', op: input([4, 4, 2]) }];
  for (const [i, { choice, back }] of steps.entries()) {
    const graph = buildGraph({ name: 'g', nodes });
    const from = nodeOf(
      graph,
      graph.nodes[Math.max(0, graph.nodes.length - 1 - back)]?.id ?? (graph.inputs[0] as never),
    );
    const op: Op = choice % 23 === 0 ? { kind: 'add' } : randomOp(from.shape, choice, fill);
    const inputs = op.kind === 'add' ? [from.name, from.name] : [from.name];
    nodes.push({ name: `n${i}`, op, inputs });
  }
  const side = nodes[Math.floor(nodes.length / 2)]?.name ?? 'x';
  const last = nodes.at(-1)?.name ?? 'x';
  return buildGraph({ name: 'g', nodes, outputs: seed % 3 === 0 ? [last, side] : [last] });
}

describe('simplifyGraph', () => {
  const step = fc.record({
    choice: fc.nat({ max: 10_000 }),
    back: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 3 }) }),
  });

  it('keeps the function of random graphs, adds no node, and has nothing left to do after', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 9 }), fc.nat({ max: 1000 }), (steps, seed) => {
        const before = randomGraph(steps, seed);
        const after = simplifyGraph(before);
        assertSameFunction(before, after, seed);
        assert.ok(after.nodes.length <= before.nodes.length);
        assert.equal(simplifyGraph(after), after);
      }),
      { seed: SEED, numRuns: 120 },
    );
  });
});

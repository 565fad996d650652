import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  buildGraph,
  evaluateGraph,
  type FunctionName,
  type Op,
  printGraph,
  type Shape,
} from '../../../src/graph/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import { dense, input } from '../support/ops.ts';

interface Tensor {
  readonly shape: Shape;
  readonly data: readonly number[];
}

const vector = (...data: number[]): Tensor => ({ shape: [data.length], data });
const matrix = (rows: number, ...data: number[]): Tensor => ({
  shape: [rows, data.length / rows],
  data,
});

function build(op: Op, operands: readonly Shape[]) {
  const inputs = operands.map((shape, i) => ({ name: `x${i}`, op: input(shape) }));
  return buildGraph({
    name: 'g',
    nodes: [...inputs, { name: 'y', op, inputs: inputs.map(node => node.name) }],
  });
}

function run(op: Op, ...operands: Tensor[]): number[] {
  const graph = build(
    op,
    operands.map(operand => operand.shape),
  );
  const tensors = operands.map(({ shape, data }) => ({ shape, data: Float64Array.from(data) }));
  return evaluateGraph(graph, tensors).flatMap(output => [...output.data]);
}

function assertNear(actual: readonly number[], expected: Iterable<number>, tolerance = 1e-6): void {
  const list = [...expected];
  assert.equal(actual.length, list.length);
  for (const [i, value] of actual.entries()) {
    assert.ok(Math.abs(value - (list[i] as number)) <= tolerance, `${actual} against ${list}`);
  }
}

describe('element-wise operators', () => {
  const a = vector(-2, 0, 1, 3);
  const b = vector(5, 0, -1, 3);

  it('multiply, take the larger and the smaller, and compare', () => {
    assert.deepEqual(run({ kind: 'multiply' }, a, b), [-10, 0, -1, 9]);
    assert.deepEqual(run({ kind: 'maximum' }, a, b), [5, 0, 1, 3]);
    assert.deepEqual(run({ kind: 'minimum' }, a, b), [-2, 0, -1, 3]);
    const relations = ['greater', 'greater-or-equal', 'less', 'less-or-equal', 'equal'] as const;
    assert.deepEqual(
      relations.map(relation => run({ kind: 'compare', relation }, a, b)),
      [
        [0, 0, 1, 0],
        [0, 1, 1, 1],
        [1, 0, 0, 0],
        [1, 1, 0, 1],
        [0, 1, 0, 1],
      ],
    );
  });

  it('scale by one constant or by one an element', () => {
    assert.deepEqual(run({ kind: 'scale', factor: 2, shift: -1 }, a), [-5, -1, 1, 5]);
    const factor = Float32Array.of(1, 2, 3, 4);
    const shift = Float32Array.of(4, 3, 2, 1);
    assert.deepEqual(run({ kind: 'scale', factor, shift }, a), [2, 3, 5, 13]);
  });

  it('choose by a condition', () => {
    assert.deepEqual(run({ kind: 'where' }, vector(1, 0, 0, 1), a, b), [-2, 0, -1, 3]);
  });

  it('give magnitude and sign', () => {
    assert.deepEqual(run({ kind: 'abs' }, a), [2, 0, 1, 3]);
    assert.deepEqual(run({ kind: 'sign' }, a), [-1, 0, 1, 1]);
  });

  it('slope below zero by channel', () => {
    const slopes = Float32Array.of(0.5, 2);
    assert.deepEqual(run({ kind: 'prelu', slopes }, matrix(2, -2, -2, 4, -1)), [-1, -4, 4, -2]);
  });

  it('invert numbers and roots', () => {
    assert.deepEqual(run({ kind: 'reciprocal', epsilon: 1 }, vector(0, 1, 3)), [1, 0.5, 0.25]);
    assert.deepEqual(run({ kind: 'rsqrt', epsilon: 1 }, vector(0, 3, 8)), [1, 0.5, 1 / 3]);
  });
});

describe('unary functions', () => {
  const points = [-6, -3.5, -1, -0.25, 0, 0.25, 1, 2.9, 3.1, 6];
  const oracle: Readonly<Partial<Record<FunctionName, (x: tf.Tensor) => tf.Tensor>>> = {
    sigmoid: tf.sigmoid,
    tanh: tf.tanh,
    elu: tf.elu,
    selu: tf.selu,
    softplus: tf.softplus,
    exp: tf.exp,
    erf: tf.erf,
    silu: x => tf.mul(x, tf.sigmoid(x)),
    mish: x => tf.mul(x, tf.tanh(tf.softplus(x))),
    gelu: x => tf.mul(tf.mul(x, 0.5), tf.add(1, tf.erf(tf.div(x, Math.SQRT2)))),
    softsign: x => tf.div(x, tf.add(1, tf.abs(x))),
  };

  for (const [name, reference] of Object.entries(oracle)) {
    it(`${name} is TensorFlow's`, () => {
      const expected = reference(tf.tensor1d(points)).dataSync();
      const tolerance = name === 'exp' ? 1e-4 : 3e-6;
      assertNear(
        run({ kind: 'function', name: name as FunctionName }, vector(...points)),
        expected,
        tolerance,
      );
    });
  }

  it('of positive numbers are the logarithm and the root', () => {
    assertNear(run({ kind: 'function', name: 'log' }, vector(1, Math.E)), [0, 1], 1e-15);
    assertNear(run({ kind: 'function', name: 'sqrt' }, vector(0, 2.25)), [0, 1.5], 0);
  });

  it('erf has its known digits on both sides of where its formula changes', () => {
    const known = [0.9999779095030014, 0.9999883513426328]; // erf(3), erf(3.1)
    assertNear(run({ kind: 'function', name: 'erf' }, vector(3, 3.1)), known, 1e-14);
  });

  it('an approximated gelu stays within a thousandth of the exact one, and elu takes its alpha', () => {
    const exact = run({ kind: 'function', name: 'gelu' }, vector(...points));
    assertNear(run({ kind: 'function', name: 'gelu-tanh' }, vector(...points)), exact, 1e-3);
    assertNear(
      run({ kind: 'function', name: 'elu', alpha: 2 }, vector(-1, 1)),
      [2 * (1 / Math.E - 1), 1],
      1e-12,
    );
  });
});

describe('tensor operators', () => {
  it('sums products of hubs with forms of values, cell by cell', () => {
    const op: Op = {
      kind: 'bilinear',
      cells: 2,
      units: 1,
      kernel: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      bias: Float32Array.of(0, 1, 0, -1),
    };
    // forms of cell 0: 10 + 5 * 20, 2 * 10 + 6 * 20 + 1; of cell 1: 3 * 30 + 7 * 40, 4 * 30 + 8 * 40 - 1
    const expected = [2 * 110 + 3 * 141, 4 * 370 - 439];
    assert.deepEqual(run(op, vector(2, 3, 4, -1), vector(10, 20, 30, 40)), expected);
  });

  it('multiplies matrices in a batch as TensorFlow does', () => {
    const a = { shape: [2, 2, 3], data: [1, 2, 3, 4, 5, 6, -1, 0, 2, 3, 1, 1] };
    const b = { shape: [2, 3, 2], data: [1, 0, 2, 1, 0, 3, 4, 4, 1, 2, -1, 5] };
    const expected = tf.matMul(tf.tensor3d(a.data, [2, 2, 3]), tf.tensor3d(b.data, [2, 3, 2])).dataSync();
    assert.deepEqual(run({ kind: 'matmul' }, a, b), [...expected]);
  });

  it('rearranges elements and puts zeros between', () => {
    const indices = Int32Array.of(3, -1, 0, 0);
    const op: Op = { kind: 'rearrange', shape: [2, 2], indices, label: 'some' };
    assert.deepEqual(run(op, vector(5, 6, 7, 8)), [8, 0, 5, 5]);
  });

  it('reduces any axes', () => {
    const x = { shape: [2, 2, 2], data: [1, 2, 3, 4, 5, 6, 7, 9] };
    const reduce = (reduction: 'sum' | 'mean' | 'max' | 'min', ...axes: number[]): number[] =>
      run({ kind: 'reduce', reduction, axes }, x);
    assert.deepEqual(reduce('sum', 0), [6, 8, 10, 13]);
    assert.deepEqual(reduce('mean', 0, 1), [4, 5.25]);
    assert.deepEqual(reduce('max', 2), [2, 4, 6, 9]);
    assert.deepEqual(reduce('min', 0, 1, 2), [1]);
  });

  it('applies a dense layer at each position', () => {
    const op = { ...dense(2, 1), weights: Float32Array.of(2, -1), bias: Float32Array.of(0.5) };
    assert.deepEqual(run(op, matrix(2, 1, 2, 3, 4)), [0.5, 2.5]);
  });

  it('normalises the last axis', () => {
    assertNear(run({ kind: 'l2-normalize', epsilon: 0 }, matrix(2, 3, 4, 0, -2)), [0.6, 0.8, 0, -1], 1e-15);
    const scale = Float32Array.of(1, 2);
    const shift = Float32Array.of(0, 10);
    const norm: Op = { kind: 'layer-norm', epsilon: 0, scale, shift };
    assertNear(run(norm, matrix(2, 1, 3, -4, 4)), [-1, 12, -1, 12], 1e-15);
  });

  it('finds the largest, the first of equals first', () => {
    assert.deepEqual(run({ kind: 'top-k', k: 3 }, vector(1, 7, 3, 7)), [1, 3, 2]);
  });

  it('reads rows of a table', () => {
    const op: Op = { kind: 'embedding', size: 2, table: Float32Array.of(0, 1, 10, 11, 20, 21) };
    assert.deepEqual(run(op, vector(2, 0)), [20, 21, 0, 1]);
  });
});

describe('the printed form of the operators', () => {
  it('names what people ask for', () => {
    const x = [2, 3];
    const line = (op: Op, ...shapes: Shape[]): string =>
      printGraph(build(op, shapes.length === 0 ? [x] : shapes))
        .split('\n')
        .at(-3)
        ?.trim() ?? '';
    assert.deepEqual(
      [
        line({ kind: 'multiply' }, x, x),
        line({ kind: 'scale', factor: 2, shift: new Float32Array(6) }),
        line({ kind: 'reduce', reduction: 'mean', axes: [1] }),
        line({ kind: 'function', name: 'elu', alpha: 0.5 }),
        line({ kind: 'rearrange', shape: [1], indices: Int32Array.of(2), label: 'the third' }),
        line({ kind: 'rsqrt', epsilon: 0.001 }),
        line({ kind: 'layer-norm', epsilon: 0, scale: new Float32Array(3), shift: new Float32Array(3) }),
        line({ kind: 'compare', relation: 'less' }, x, x),
        line({ kind: 'embedding', size: 2, table: new Float32Array(8) }),
        line({ kind: 'top-k', k: 2 }, [3]),
      ],
      [
        'y: 2x3 = multiply(x0, x1)',
        'y: 2x3 = scale(x0) by 2, plus each, 6 weights',
        'y: 2 = reduce(x0) mean, axes 1',
        'y: 2x3 = function(x0) elu, alpha 0.5',
        'y: 1 = rearrange(x0) the third',
        'y: 2x3 = rsqrt(x0) epsilon 0.001',
        'y: 2x3 = layer-norm(x0) epsilon 0, 6 weights',
        'y: 2x3 = compare(x0, x1) less',
        'y: 2x3x2 = embedding(x0) 4 rows of 2, 8 weights',
        'y: 2 = top-k(x0) k 2',
      ],
    );
  });
});

describe('checks of the operators', () => {
  const refuses = (op: Op, shapes: Shape[], message: string): void => {
    assertThrowsCode(() => build(op, shapes), 'SHAPE_MISMATCH', message);
  };

  it('refuse operands and lengths that do not fit', () => {
    refuses(
      { kind: 'multiply' },
      [[2], [3]],
      "Node 'y' combines tensors of shapes 2, 3; all operands must have one shape.",
    );
    refuses({ kind: 'where' }, [[2], [2]], "Node 'y' (where) has 2 operands; it takes exactly three.");
    refuses(
      { kind: 'matmul' },
      [
        [2, 3],
        [2, 3],
      ],
      "Node 'y' multiplies matrices of shapes 2x3 and 2x3; they must be [..., m, k] and [..., k, n] with equal axes before.",
    );
    const bilinear = (cells: number, weightCount: number, biases: number): Op => ({
      kind: 'bilinear',
      cells,
      units: 1,
      kernel: new Float32Array(weightCount),
      bias: new Float32Array(biases),
    });
    refuses(
      bilinear(2, 4, 2),
      [[2], [3]],
      "Node 'y' divides 2 and 3 numbers among 2 cells; each cell must get as many.",
    );
    refuses(bilinear(1, 5, 2), [[2], [3]], "Node 'y' has 5 kernel weights; its shapes ask for 6.");
    refuses(bilinear(1, 6, 3), [[2], [3]], "Node 'y' has 3 biases; its shapes ask for 2.");
    refuses(bilinear(1, 6, 2), [[1, 2], [3]], "Node 'y' is given a tensor of shape 1x2; it takes vectors.");
    refuses(
      { kind: 'rearrange', shape: [1], indices: Int32Array.of(4), label: '' },
      [[4]],
      "Node 'y' reads element 4; there are 4, and -1 stands for zero.",
    );
    refuses(
      { kind: 'reduce', reduction: 'sum', axes: [1, 1] },
      [[2, 2]],
      "Node 'y' is given a tensor of shape 2x2; it takes axes [1, 1], each once, of the operand's own.",
    );
    refuses(
      { kind: 'scale', factor: new Float32Array(3), shift: 0 },
      [[2]],
      "Node 'y' has 3 factors; its shapes ask for 2.",
    );
    refuses(
      { kind: 'prelu', slopes: new Float32Array(3) },
      [[2]],
      "Node 'y' has 3 slopes; its shapes ask for 2.",
    );
    refuses(
      { kind: 'top-k', k: 3 },
      [[2]],
      "Node 'y' is given a tensor of shape 2; it takes a vector of at least 3 elements.",
    );
    refuses(
      { kind: 'embedding', size: 2, table: new Float32Array(3) },
      [[2]],
      "Node 'y' has 3 table entries; its shapes ask for 2.",
    );
  });

  it('refuse constants that are no numbers', () => {
    const message = (op: Op, text: string): void => {
      assertThrowsCode(() => build(op, [[2]]), 'MALFORMED_GRAPH', text);
    };
    message(
      { kind: 'rsqrt', epsilon: -1 },
      "Node 'y' (rsqrt) has the epsilon -1; it must be a number of at least 0.",
    );
    message(
      { kind: 'scale', factor: Number.NaN, shift: 0 },
      "Node 'y' (scale) has the constant NaN; factor and shift must be finite.",
    );
    message(
      { kind: 'function', name: 'elu', alpha: Number.NaN },
      "Node 'y' (function) has the alpha NaN; it must be a number.",
    );
  });
});

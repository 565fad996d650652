import assert from 'node:assert/strict';
import {
  conv2d,
  depthwiseConv2d,
  grads,
  matMul,
  mean,
  memory,
  sum,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tensor,
  tile,
} from '@tensorflow/tfjs-core';
import { seededRandom } from '../../fixtures/data/random.ts';
import { on } from './support.ts';

function noise(shape: number[], seed: number): Tensor {
  const random = seededRandom(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  );
}

/** Values of a list of tensors. */
type Values = Float32Array[];

function assertEqualOn(actual: Values, expected: Values): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((list, t) => {
    assert.equal(actual[t]?.length, list.length);
    list.forEach((value, i) => {
      const other = actual[t]?.[i] ?? Number.NaN;
      assert.ok(
        Math.abs(other - value) <= 1e-3 * (1 + Math.abs(value)),
        `${t}[${i}]: ${other} is not ${value}`,
      );
    });
  });
}

const toValues = (tensors: readonly Tensor[]): Values => tensors.map(each => each.dataSync() as Float32Array);

describe('training kernels of the WASM back end', () => {
  for (const padding of ['valid', 'same'] as const) {
    for (const strides of [
      [1, 1],
      [2, 2],
      [2, 1],
    ] as [number, number][]) {
      it(`differentiate convolutions as the CPU back end does: ${padding}, strides ${strides}`, async () => {
        const gradientsOf = (): Values => {
          const [x, w] = [noise([2, 7, 6, 3], 1), noise([3, 2, 3, 4], 2)] as [Tensor4D, Tensor4D];
          const f = (a: Tensor, b: Tensor): Tensor => conv2d(a as Tensor4D, b as Tensor4D, strides, padding);
          return toValues(grads(f)([x, w]));
        };
        assertEqualOn(await on('wasm', gradientsOf), await on('cpu', gradientsOf));
      });

      it(`differentiate depthwise convolutions as the CPU back end does: ${padding}, strides ${strides}`, async () => {
        const gradientsOf = (): Values => {
          const [x, w] = [noise([2, 7, 6, 3], 3), noise([3, 3, 3, 2], 4)];
          const f = (a: Tensor, b: Tensor): Tensor =>
            depthwiseConv2d(a as Tensor4D, b as Tensor4D, strides, padding);
          return toValues(grads(f)([x, w]));
        };
        assertEqualOn(await on('wasm', gradientsOf), await on('cpu', gradientsOf));
      });
    }
  }

  for (const strides of [1, 2]) {
    it(`differentiate convolutions of one pixel as the CPU back end does: strides ${strides}`, async () => {
      const gradientsOf = (): Values => {
        const [x, w] = [noise([2, 4, 6, 3], 7), noise([1, 1, 3, 5], 8)] as [Tensor4D, Tensor4D];
        const f = (a: Tensor, b: Tensor): Tensor => conv2d(a as Tensor4D, b as Tensor4D, strides, 'same');
        return toValues(grads(f)([x, w]));
      };
      assertEqualOn(await on('wasm', gradientsOf), await on('cpu', gradientsOf));
    });
  }

  for (const [shape, reps] of [
    [
      [1, 1, 1, 3],
      [2, 3, 5, 1],
    ],
    [
      [1, 1, 4],
      [1, 1, 1],
    ],
    [
      [1, 1, 3],
      [2, 2, 2],
    ],
    [
      [1, 2, 3],
      [3, 1, 1],
    ],
    [[4], [3]],
  ] as const) {
    it(`repeat as the CPU back end does: ${shape} by ${reps}`, async () => {
      const repeated = (): Values => {
        const y = tile(noise([...shape], 9), [...reps]);
        assert.deepEqual(
          y.shape,
          shape.map((size, axis) => size * (reps[axis] ?? 1)),
        );
        return toValues([y]);
      };
      assertEqualOn(await on('wasm', repeated), await on('cpu', repeated));
    });
  }

  for (const [shape, axes] of [
    [
      [2, 3, 3, 5],
      [0, 1, 2],
    ],
    [
      [2, 3, 3, 5],
      [2, 0, 1],
    ],
    [[7, 5], [0]],
    [[7, 5], [-2]],
    [[3, 4, 5], [1]],
    [
      [3, 4, 5],
      [0, 2],
    ],
    [
      [3, 4],
      [0, 1],
    ],
  ] as [number[], number[]][]) {
    for (const keepDims of [false, true]) {
      it(`add and average as the CPU back end does: ${shape} over ${axes}, axes ${keepDims ? 'kept' : 'dropped'}`, async () => {
        const results = (): [Values, number[][]] => {
          const made = [sum, mean].map(reduce => reduce(noise(shape, 10), axes, keepDims));
          return [toValues(made), made.map(each => each.shape)];
        };
        const [[values, shapes], [expected, expectedShapes]] = [
          await on('wasm', results),
          await on('cpu', results),
        ];
        assert.deepEqual(shapes, expectedShapes);
        assertEqualOn(values, expected);
      });
    }
  }

  const sizes: [name: string, count: number, rows: number, inner: number, columns: number][] = [
    ['small batch', 3, 2, 4, 5],
    ['batch of large products', 3, 32, 40, 20],
    ['single product', 1, 33, 21, 17],
  ];
  for (const [name, count, rows, inner, columns] of sizes) {
    for (const [transposeA, transposeB] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      it(`multiply as the CPU back end does: ${name}, transposed ${transposeA} and ${transposeB}`, async () => {
        const product = (): Values => {
          const a = noise(transposeA ? [count, inner, rows] : [count, rows, inner], 5) as Tensor3D;
          const b = noise(transposeB ? [count, columns, inner] : [count, inner, columns], 6) as Tensor3D;
          const before = memory().numTensors;
          const y = matMul(a, b, transposeA, transposeB);
          assert.deepEqual(y.shape, [count, rows, columns]);
          assert.equal(memory().numTensors, before + 1);
          return toValues([y]);
        };
        assertEqualOn(await on('wasm', product), await on('cpu', product));
      });
    }
  }
});

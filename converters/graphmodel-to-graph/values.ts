/**
 * Tensors as TensorFlow has them: with their batch, which is one sample here, and constants among them.
 *
 * Shapes of the Graph leave the batch out; so the node of a tensor has its shape without a leading 1. Shapes in this
 * converter are TensorFlow's unless they are called graph shapes.
 */
import { elementCount, type Shape } from '../../src/graph/index.ts';

/** A tensor that depends on the input: a node of the graph being written. */
export interface Variable {
  readonly kind: 'variable';
  readonly node: string;
  readonly shape: Shape;
}

/** A tensor that does not: a weight, or something computed from weights and shapes. */
export interface Constant {
  readonly kind: 'constant';
  /** Where it comes from: the name of the node that gives it. */
  readonly source: string;
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}

export type Value = Variable | Constant;

/** The shape that a node has whose tensor has this shape in TensorFlow. */
export function graphShape(shape: Shape): Shape {
  return shape[0] === 1 ? shape.slice(1) : shape;
}

/** Makes a constant. */
export function constant(source: string, shape: Shape, data: ArrayLike<number>): Constant {
  return { kind: 'constant', source, shape, data };
}

/** The only number of a constant that has the same everywhere; undefined when it varies. */
export function uniform({ data }: Constant): number | undefined {
  const [first] = Array.from(data).slice(0, 1);
  for (let i = 1; i < data.length; i++) if (data[i] !== first) return undefined;
  return first;
}

/** A constant's data repeated to a shape that it broadcasts to. */
export function broadcastData(value: Constant, shape: Shape): Float64Array {
  const padded = [...new Array<number>(shape.length - value.shape.length).fill(1), ...value.shape];
  const out = new Float64Array(elementCount(shape));
  for (let i = 0; i < out.length; i++) {
    let rest = i;
    let index = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1;
      const own = padded[axis] ?? 1;
      if (own !== 1) index += (rest % size) * stride;
      stride *= own;
      rest = Math.floor(rest / size);
    }
    out[i] = value.data[index] ?? 0;
  }
  return out;
}

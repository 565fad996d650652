/** Products of matrices: with constant weights a dense layer, of two computed tensors a `matmul`. */
import { elementCount, type Op, type Shape } from '../../../src/graph/index.ts';
import {
  type Call,
  type OpImporter,
  operand,
  place,
  toVariable,
  variableOperand,
  viewAs,
} from '../context.ts';
import { malformedNode, readFlag } from '../nodes.ts';
import { type Constant, constant, type Variable } from '../values.ts';
import { applyFused } from './activations.ts';
import { affine, broadcastTo, coefficients } from './arithmetic.ts';
import { layerName, readFused } from './convolutions.ts';

/** MatMul. */
export const importMatMul: OpImporter = call => product(call, flags(call, 'transpose_a', 'transpose_b'));

/** BatchMatMul and its later versions. */
export const importBatchMatMul: OpImporter = call => product(call, flags(call, 'adj_x', 'adj_y'));

/** _FusedMatMul. */
export const importFusedMatMul: OpImporter = call => {
  const { bias, activation, slopes } = readFused(call);
  const options = flags(call, 'transpose_a', 'transpose_b');
  const weights = operand(call, 1);
  const name = activation === undefined || weights.kind === 'variable' ? call.name : layerName(call, weights);
  const linear = product({ ...call, name }, options, bias);
  return applyFused(call, linear, activation, slopes);
};

/** Which operands are transposed. */
interface Transposed {
  readonly a: boolean;
  readonly b: boolean;
}

function flags({ node }: Call, a: string, b: string): Transposed {
  return { a: readFlag(node, a), b: readFlag(node, b) };
}

function product(call: Call, transposed: Transposed, bias?: Constant): Variable {
  const [a, b] = [operand(call, 0), operand(call, 1)];
  if (a.shape.length < 2 || b.shape.length < 2) {
    throw malformedNode(call.node, 'multiplies tensors that are no matrices');
  }
  if (b.kind === 'constant' && isMatrix(b)) {
    const left = toVariable(call, a);
    const x = transposed.a ? transpose(call, left, 'left') : left;
    return dense(call, x, transposed.b ? transposeData(b) : b, bias);
  }
  const variable = productOfTwo(call, transposed);
  return bias === undefined
    ? variable
    : affine(call, variable, variable.shape, { shift: coefficients(bias, variable.shape), part: 'bias' });
}

function isMatrix({ shape }: Constant): boolean {
  return elementCount(shape.slice(0, -2)) === 1;
}

/** x [..., m, k] times weights [k, n]. */
function dense(call: Call, x: Variable, weights: Constant, bias?: Constant): Variable {
  const [inner = 1, units = 1] = weights.shape.slice(-2);
  const shape: Shape = [...x.shape.slice(0, -1), units];
  const op: Op = {
    kind: 'dense',
    units,
    weights: Float32Array.from(weights.data),
    bias: bias === undefined ? new Float32Array(units) : Float32Array.from(coefficients(bias, [1, units])),
  };
  const rows = elementCount(x.shape.slice(0, -1));
  const view = viewAs(call, x, rows === 1 ? [inner] : x.shape.slice(x.shape[0] === 1 ? 1 : 0));
  return place(call, op, [view], shape);
}

function productOfTwo(call: Call, transposed: Transposed): Variable {
  const [left, right] = [variableOperand(call, 0), variableOperand(call, 1)];
  const a = transposed.a ? transpose(call, left, 'left') : left;
  const b = transposed.b ? transpose(call, right, 'right') : right;
  const batch = batchShape(call, a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [wholeA, wholeB] = [a, b].map((x, i) => {
    const shape = [...batch, ...x.shape.slice(-2)];
    const whole = broadcastTo(call, x, shape, i === 0 ? 'left_all' : 'right_all');
    return viewAs(call, whole, shape);
  }) as [string, string];
  const shape = [...batch, a.shape.at(-2) ?? 1, b.shape.at(-1) ?? 1];
  return place(call, { kind: 'matmul' }, [wholeA, wholeB], shape);
}

function batchShape(call: Call, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const sizes = [a, b].map(shape => shape[i - rank + shape.length] ?? 1);
    const size = Math.max(...sizes);
    if (sizes.every(other => other === 1 || other === size)) return size;
    throw malformedNode(call.node, `multiplies batches of shapes [${a.join(', ')}] and [${b.join(', ')}]`);
  });
}

/** Swaps the last two axes. */
function transpose(call: Call, x: Variable, part: string): Variable {
  const rank = x.shape.length;
  const permutation = x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
  const shape = permutation.map(axis => x.shape[axis] ?? 1);
  const node = viewAs(call, x, x.shape);
  return place(call, { kind: 'transpose', permutation }, [node], shape, `${part}_transposed`);
}

function transposeData(value: Constant): Constant {
  const [rows = 1, columns = 1] = value.shape.slice(-2);
  const data = Float64Array.from(
    { length: rows * columns },
    (_, i) => value.data[(i % rows) * columns + Math.floor(i / rows)] ?? 0,
  );
  return constant(value.source, [columns, rows], data);
}

/** Einsum of two tensors, running sums, one-hot rows, reading at positions, local response normalisation. */
import { compose, elementCount, emit, type Op, type Shape } from '../../../src/graph/index.ts';
import {
  type Call,
  constantOperand,
  integerOperand,
  type OpImporter,
  operand,
  place,
  reshapeTo,
  resolveAxis,
  variableOperand,
  viewAs,
} from '../context.ts';
import { readFlag, readInteger, readReal, readText, unsupportedOption } from '../nodes.ts';
import { type Constant, constant, type Value, type Variable } from '../values.ts';
import { affine } from './arithmetic.ts';
import { importBatchMatMul } from './matrices.ts';
import { importTranspose } from './shapes.ts';

/** Reorders the axes of a value. */
function permute(call: Call, value: Value, permutation: readonly number[], part: string): Value {
  if (permutation.every((axis, i) => axis === i)) return value;
  const name = `${call.name}_${part}`;
  if (value.kind === 'variable') {
    const list = constant(name, [permutation.length], permutation);
    return importTranspose({ ...call, name, operands: [value, list] }) as Value; // of one output
  }
  const shape = permutation.map(axis => value.shape[axis] ?? 1);
  const strides = value.shape.map((_, axis) => elementCount(value.shape.slice(axis + 1)));
  const data = Float64Array.from({ length: elementCount(shape) }, (_, i) => {
    let rest = i;
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (rest % (shape[axis] ?? 1)) * (strides[permutation[axis] ?? 0] ?? 0);
      rest = Math.floor(rest / (shape[axis] ?? 1));
    }
    return value.data[from] ?? 0;
  });
  return constant(name, shape, data);
}

/** Sees a value in another shape. */
export function reshape(call: Call, value: Value, shape: Shape, part: string): Value {
  return value.kind === 'variable'
    ? reshapeTo(call, value, shape, part)
    : constant(value.source, shape, value.data);
}

/** A product of two values, with NumPy's rules. */
function matmul(call: Call, a: Value, b: Value, part: string): Variable {
  const name = part === '' ? call.name : `${call.name}_${part}`;
  return importBatchMatMul({ ...call, name, operands: [a, b] }) as Variable; // of one output
}

/** Einsum of two tensors without repeated letters, whose sums run over letters that both have. */
export const importEinsum: OpImporter = call => {
  const equation = readText(call.node, 'equation') ?? '';
  const [, a = '', b = '', result = ''] = /^([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]*)$/.exec(equation) ?? [];
  const distinct = [a, b, result].every(term => new Set(term).size === term.length);
  const isIn = (text: string) => (letter: string) => text.includes(letter);
  const lost = [...a, ...b].some(letter => !result.includes(letter) && !(isIn(a)(letter) && isIn(b)(letter)));
  if (a === '' || !distinct || lost || ![...result].every(isIn(a + b))) {
    throw unsupportedOption(call.node, `the equation '${equation}'`, 'products of two tensors are read');
  }
  const [x, y] = [operand(call, 0), operand(call, 1)];
  const sizeOf = (letter: string): number => x.shape[a.indexOf(letter)] ?? y.shape[b.indexOf(letter)] ?? 1;
  const batch = [...a].filter(isIn(b)).filter(isIn(result));
  const inner = [...a].filter(isIn(b)).filter(letter => !result.includes(letter));
  const rows = [...a].filter(letter => !b.includes(letter));
  const columns = [...b].filter(letter => !a.includes(letter));
  const count = (letters: readonly string[]): number => elementCount(letters.map(sizeOf));
  const arrange = (
    value: Value,
    term: string,
    letters: readonly string[],
    shape: Shape,
    part: string,
  ): Value =>
    reshape(
      call,
      permute(
        call,
        value,
        letters.map(letter => term.indexOf(letter)),
        `${part}_order`,
      ),
      shape,
      part,
    );
  const leading = batch.length === 0 ? [] : [count(batch)];
  const left = arrange(x, a, [...batch, ...rows, ...inner], [...leading, count(rows), count(inner)], 'left');
  const right = arrange(
    y,
    b,
    [...batch, ...inner, ...columns],
    [...leading, count(inner), count(columns)],
    'right',
  );
  const letters = [...batch, ...rows, ...columns];
  const product = matmul(call, left, right, 'product');
  const shaped = reshapeTo(call, product, letters.map(sizeOf), 'shaped');
  return permute(
    call,
    shaped,
    [...result].map(letter => letters.indexOf(letter)),
    'ordered',
  );
};

/** A constant matrix along an axis: position j of the result is sum_i x[i] * weights[i, j]. */
function alongAxis(call: Call, x: Variable, axis: number, weights: Constant): Value {
  const rank = x.shape.length;
  const to = [...x.shape.keys()].filter(other => other !== axis).concat(axis);
  const moved = permute(call, x, to, 'last') as Variable; // a variable stays one
  const back = Array.from({ length: rank }, (_, i) => to.indexOf(i));
  const flat = reshapeTo(
    call,
    moved,
    [elementCount(moved.shape) / (x.shape[axis] ?? 1), x.shape[axis] ?? 1],
    'rows',
  );
  const product = matmul(call, flat, weights, 'sums');
  const shape = [...moved.shape.slice(0, -1), weights.shape[1] ?? 1];
  return permute(call, reshapeTo(call, product, shape, 'summed'), back, 'back');
}

/** Cumsum: running sums, as a constant triangle. */
export const importCumsum: OpImporter = call => {
  const x = variableOperand(call, 0);
  const axis = resolveAxis(call, integerOperand(call, 1, 'axis')[0] ?? 0, x.shape.length);
  const size = x.shape[axis] ?? 1;
  const gap = Number(readFlag(call.node, 'exclusive'));
  const isReverse = readFlag(call.node, 'reverse');
  const data = Float64Array.from({ length: size * size }, (_, i) => {
    const distance = (i % size) - Math.floor(i / size);
    return Number((isReverse ? -distance : distance) >= gap);
  });
  return alongAxis(call, x, axis, constant(`${call.name}_triangle`, [size, size], data));
};

/** LRN: x / (bias + alpha * sum of squares over neighbouring channels)^beta, for beta 0.5, 0.75 and 1. */
export const importLrn: OpImporter = call => {
  const x = variableOperand(call, 0);
  const channels = x.shape.at(-1) ?? 1;
  const radius = readInteger(call.node, 'depth_radius', 5);
  const [alpha, beta] = [readReal(call.node, 'alpha', 1), readReal(call.node, 'beta', 0.5)];
  if (![0.5, 0.75, 1].includes(Math.fround(beta) === Math.fround(0.75) ? 0.75 : beta)) {
    throw unsupportedOption(call.node, `beta ${beta}`, '0.5, 0.75 and 1 are read');
  }
  const data = Float64Array.from({ length: channels * channels }, (_, i) =>
    Math.abs((i % channels) - Math.floor(i / channels)) <= radius ? alpha : 0,
  );
  const squares = place(call, { kind: 'multiply' }, [x.node, x.node], x.shape, 'squares');
  const band = constant(`${call.name}_band`, [channels, channels], data);
  const sums = alongAxis(call, squares, x.shape.length - 1, band) as Variable; // of a variable
  const base = affine(call, sums, x.shape, { shift: readReal(call.node, 'bias', 1), part: 'base' });
  const kind = beta === 1 ? 'reciprocal' : 'rsqrt';
  const inverse = place(call, { kind, epsilon: 0 }, [base.node], x.shape, 'inverse');
  const factor = beta === 1 || beta === 0.5 ? inverse : threeQuarters(call, inverse, x.shape);
  return place(call, { kind: 'multiply' }, [x.node, factor.node], x.shape);
};

/** v^(-1/2) times its root. */
function threeQuarters(call: Call, inverse: Variable, shape: Shape): Variable {
  const root = place(call, { kind: 'function', name: 'sqrt' }, [inverse.node], shape, 'root');
  return place(call, { kind: 'multiply' }, [inverse.node, root.node], shape, 'power');
}

/** LogSoftmax: at the end of a network both are left out. */
export const importLogSoftmax: OpImporter = call => {
  const x = variableOperand(call, 0);
  const soft = place(call, { kind: 'softmax' }, [x.node], x.shape, 'softmax');
  return place(call, { kind: 'function', name: 'log' }, [soft.node], x.shape);
};

/** Beyond this a table of unit vectors would be absurd. */
const DEPTH_MAX = 4096;

/** For each index a vector of `depth` numbers: `on` at the index, `off` elsewhere. */
export function unitRows(
  call: Call,
  indices: Variable,
  depth: number,
  part: string,
  [off, on] = [0, 1],
): Variable {
  if (depth > DEPTH_MAX)
    throw unsupportedOption(call.node, `${depth} positions to choose from`, `at most ${DEPTH_MAX} are read`);
  const table = Float32Array.from(
    { length: depth * depth },
    (_, i) => (i % (depth + 1) === 0 ? on : off) ?? 0,
  );
  const op: Op = { kind: 'embedding', size: depth, table };
  const list = viewAs(call, indices, indices.shape.length === 0 ? [1] : indices.shape);
  return place(call, op, [wholeNumbers(call, list, `${part}_index`)], [...indices.shape, depth], part);
}

const WHOLE_KINDS: readonly string[] = ['input', 'argmax', 'top-k', 'floor'];

/** Computed positions at scale 0: whole numbers that weights have scaled are cut back, which of others costs nothing. */
export function wholeNumbers(call: Call, node: string, part: string): string {
  const { writer } = call.importer;
  const isWhole = writer.nodes.some(({ name, op }) => name === node && WHOLE_KINDS.includes(op.kind));
  return isWhole ? node : emit(writer, `${call.name}_${part}`, compose.floorOp(), [node]);
}

/** OneHot along the last axis. */
export const importOneHot: OpImporter = call => {
  const indices = variableOperand(call, 0);
  const [depth = 1] = integerOperand(call, 1, 'depth');
  const [on = 1] = Array.from(constantOperand(call, 2, 'value').data);
  const [off = 0] = Array.from(constantOperand(call, 3, 'value').data);
  const axis = readInteger(call.node, 'axis', -1);
  if (axis !== -1 && axis !== indices.shape.length)
    throw unsupportedOption(call.node, `axis ${axis}`, 'the last axis is read');
  return unitRows(call, indices, depth, '', [off, on]);
};

/** The slices along an axis at positions that depend on the input: unit vectors times the tensor. */
export function gatherAt(call: Call, x: Value, indices: Variable, axis: number): Value {
  const others = [...x.shape.keys()].filter(other => other !== axis);
  const first = permute(call, x, [axis, ...others], 'first');
  const [size = 1, ...rest] = first.shape;
  const flat = reshapeTo(call, indices, [elementCount(indices.shape)], 'positions');
  const units = unitRows(call, flat, size, 'units');
  const rows = matmul(call, units, reshape(call, first, [size, elementCount(rest)], 'table'), 'rows');
  const shaped = reshapeTo(call, rows, [...indices.shape, ...rest], 'found');
  const depth = indices.shape.length;
  const order = [
    ...Array.from({ length: axis }, (_, i) => depth + i),
    ...Array.from({ length: depth }, (_, i) => i),
    ...Array.from({ length: x.shape.length - 1 - axis }, (_, i) => depth + axis + i),
  ];
  return permute(call, shaped, order, 'gathered');
}

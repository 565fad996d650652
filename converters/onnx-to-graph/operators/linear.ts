/** Matrix products: MatMul, Gemm, Einsum. A constant side is a dense layer, free of constraints. */
import { elementCount } from '../../../src/graph/index.ts';
import { floatAttribute, intAttribute, stringAttribute, toAxis } from '../attributes.ts';
import { broadcastDims } from '../constants.ts';
import {
  type Call,
  constantOperand,
  emit,
  malformedNode,
  type OperatorImporter,
  operand,
  plainVariable,
  range,
  toVariable,
  toWeights,
  unsupported,
  type Value,
  type Variable,
} from '../context.ts';
import { nodeInOrder, plainNode } from '../layout.ts';
import { expandVariable, gatherFlat, reshapeValue, transposeValue, trimShape } from '../moves.ts';
import type { Constant } from '../tensors.ts';
import { importAdd, mapConstant, scaleBy } from './elementwise.ts';

/** The matrix product of two values, with NumPy's rules for more than two axes. */
export function matmul(call: Call, a: Value, b: Value): Value {
  if (a.dims.length === 1) return dropAxis(call, matmul(call, reshapeValue(call, a, [1, ...a.dims]), b), -2);
  if (b.dims.length === 1) return dropAxis(call, matmul(call, a, reshapeValue(call, b, [...b.dims, 1])), -1);
  checkInner(call, a, b);
  if (b.kind === 'constant' && isMatrix(b)) return timesMatrix(call, toVariable(call, a), b);
  if (a.kind === 'constant' && isMatrix(a)) {
    // a b = (b^T a^T)^T: the constant side is on the right again.
    const product = timesMatrix(call, swapLast(toVariable(call, b)), swapLast(asMatrix(a)));
    return swapLast(product);
  }
  return variableProduct(call, toVariable(call, a), toVariable(call, b));
}

function dropAxis(call: Call, value: Value, axis: number): Value {
  return reshapeValue(
    call,
    value,
    value.dims.filter((_, i) => i !== axis + value.dims.length),
  );
}

function checkInner(call: Call, a: Value, b: Value): void {
  if (a.dims.at(-1) === b.dims.at(-2)) return;
  const shapes = `[${a.dims.join(', ')}] by [${b.dims.join(', ')}]`;
  throw malformedNode(call, `multiplies ${shapes}; the inner sizes differ`, { a: a.dims, b: b.dims });
}

/** All axes before the last two have one element. */
function isMatrix(value: Constant): boolean {
  return elementCount(value.dims.slice(0, -2)) === 1;
}

function asMatrix(value: Constant): Constant {
  return { ...value, dims: value.dims.slice(-2) };
}

function swapLast<T extends Value>(value: T): T {
  const rank = value.dims.length;
  return transposeValue(value, [...range(rank - 2), rank - 1, rank - 2]) as T; // keeps the kind
}

function timesMatrix(call: Call, x: Variable, weights: Constant): Variable {
  const [inputs = 1, units = 1] = weights.dims.slice(-2);
  const extra = range(Math.max(0, weights.dims.length - x.dims.length)).map(() => 1);
  const wide = reshapeValue(call, x, [...extra, ...x.dims]);
  return denseOnLast(call, wide as Variable, { inputs, units, weights: toWeights(call, weights) });
}

interface DenseWeights {
  readonly inputs: number;
  readonly units: number;
  readonly weights: Float32Array;
  readonly bias?: Float32Array;
}

/** A dense layer over the last axis; the other axes keep their order. */
export function denseOnLast(call: Call, x: Variable, dense: DenseWeights): Variable {
  const { inputs, units, weights, bias = new Float32Array(units) } = dense;
  const last = x.dims.length - 1;
  const order = [...x.order.filter(axis => axis !== last), last];
  const shape = trimShape(order.map(axis => x.dims[axis] ?? 1));
  const source = nodeInOrder(call, x, order, shape.at(-1) === inputs ? shape : [...shape, inputs]);
  const node = emit(call.importer, call.name, { kind: 'dense', units, weights, bias }, [source]);
  return { ...x, dims: [...x.dims.slice(0, -1), units], order, node };
}

/** A linear map of one axis: position j of the result is sum_i x[i] * matrix[i, j]. */
export function alongAxis(call: Call, x: Variable, axis: number, matrix: DenseWeights): Variable {
  const rank = x.dims.length;
  const to = [...range(rank).filter(other => other !== axis), axis];
  const back = range(rank).map(other => to.indexOf(other));
  const moved = transposeValue(x, to) as Variable; // a variable stays one
  return transposeValue(denseOnLast(call, moved, matrix), back) as Variable;
}

function variableProduct(call: Call, a: Variable, b: Variable): Variable {
  const leading = broadcastDims(call, [a.dims.slice(0, -2), b.dims.slice(0, -2)]);
  const [left, right] = [a, b].map(value => {
    const wide = expandVariable(call, value, [...leading, ...value.dims.slice(-2)]);
    const first = leading.findIndex(size => size !== 1);
    return plainNode(call, wide, wide.dims.slice(first < 0 ? leading.length : first));
  });
  const node = emit(call.importer, call.name, { kind: 'matmul' }, [left ?? '', right ?? '']);
  return plainVariable(a.type, [...leading, a.dims.at(-2) ?? 1, b.dims.at(-1) ?? 1], node);
}

export const importMatMul: OperatorImporter = call => {
  const product = matmul(call, operand(call, 0), operand(call, 1));
  return [product];
};

/** alpha * A B + beta * C, each side perhaps transposed. */
export const importGemm: OperatorImporter = call => {
  const side = (index: number, flag: string): Value => {
    const value = operand(call, index);
    if (value.dims.length !== 2) throw malformedNode(call, `takes matrices, not [${value.dims.join(', ')}]`);
    return intAttribute(call, flag, 0) === 0 ? value : transposeValue(value, [1, 0]);
  };
  const [a, b] = [side(0, 'transA'), scaled(call, side(1, 'transB'), floatAttribute(call, 'alpha', 1))];
  const c = call.inputs[2];
  const shift = c === undefined ? undefined : scaled(call, c, floatAttribute(call, 'beta', 1));
  checkInner(call, a, b);
  const units = b.dims[1] ?? 1;
  if (b.kind === 'constant' && shift?.kind === 'constant' && isBias(shift, units)) {
    const bias = new Float32Array(units).map((_, i) => shift.data[shift.data.length === 1 ? 0 : i] ?? 0);
    const weights = toWeights(call, b);
    return [denseOnLast(call, toVariable(call, a), { inputs: b.dims[0] ?? 1, units, weights, bias })];
  }
  const product = matmul(call, a, b);
  return shift === undefined ? [product] : importAdd({ ...call, opType: 'Add', inputs: [product, shift] });
};

function isBias(value: Constant, units: number): boolean {
  const isRow = value.dims.slice(0, -1).every(size => size === 1);
  return value.data.length === 1 || (isRow && value.dims.at(-1) === units);
}

function scaled(call: Call, value: Value, factor: number): Value {
  if (factor === 1) return value;
  if (value.kind === 'constant') return mapConstant(value, element => element * factor);
  return scaleBy(call, value, factor, 0);
}

/** Einsum: sums, transpositions and diagonals of each operand, and matrix products from left to right. */
export const importEinsum: OperatorImporter = call => {
  const { terms, result } = parseEquation(call);
  const values = terms.map((term, i) => diagonals(call, operand(call, i), term));
  const [start, ...rest] = values;
  if (start === undefined) throw malformedNode(call, 'has no operands');
  let { value, labels } = start;
  for (const [i, next] of rest.entries()) {
    // what neither the result nor a later operand has is summed now
    const later = rest
      .slice(i + 1)
      .map(other => other.labels)
      .join('');
    const both = [...new Set(labels + next.labels)];
    const keep = both.filter(label => (result + later).includes(label)).join('');
    value = contract(call, [value, labels], [next.value, next.labels], keep);
    labels = keep;
  }
  const summed = rest.length > 0 ? { value, labels } : sumLabels(call, value, labels, result);
  return [permuteLabels(summed.value, summed.labels, result)];
};

/** Letters that stand for the axes of an ellipsis. */
const ELLIPSIS = 'αβγδεζηθ';

/** The labels of each operand and of the result, one an axis. */
function parseEquation(call: Call): { terms: string[]; result: string } {
  const equation = stringAttribute(call, 'equation', '').replaceAll(' ', '');
  const [left = '', right] = equation.split('->');
  const parts = left.split(',');
  if (!parts.every(term => /^[A-Za-z]*(\.{3})?[A-Za-z]*$/.test(term))) {
    throw unsupported(
      call,
      `has the equation '${equation}'`,
      'Letters and one ellipsis a term are imported.',
    );
  }
  const hidden = parts.map((term, i) => operand(call, i).dims.length - term.replace('...', '').length);
  const most = Math.max(0, ...hidden.filter((_, i) => parts[i]?.includes('...')));
  const spell = (term: string, count: number): string =>
    term.replace('...', ELLIPSIS.slice(most - count, most));
  const letters = [...left.replace(/[^A-Za-z]/g, '')];
  const implied = letters.filter(letter => letters.indexOf(letter) === letters.lastIndexOf(letter));
  const result = right ?? `${left.includes('...') ? '...' : ''}${implied.sort().join('')}`;
  return { terms: parts.map((term, i) => spell(term, hidden[i] ?? 0)), result: spell(result, most) };
}

/** Takes the diagonal where a label stands twice. */
function diagonals(call: Call, value: Value, labels: string): { value: Value; labels: string } {
  const unique = [...new Set(labels)];
  if (unique.length === labels.length) return { value, labels };
  const dims = unique.map(label => value.dims[labels.indexOf(label)] ?? 1);
  const strides = unique.map(label =>
    [...labels].reduce(
      (sum, other, axis) => sum + (other === label ? elementCount(value.dims.slice(axis + 1)) : 0),
      0,
    ),
  );
  const indices = new Int32Array(elementCount(dims)).map((_, flat) => {
    let rest = flat;
    return dims.reduceRight((sum, size, axis) => {
      const at = rest % size;
      rest = Math.floor(rest / size);
      return sum + at * (strides[axis] ?? 0);
    }, 0);
  });
  return { value: gatherFlat(call, value, dims, indices, 'diagonal'), labels: unique.join('') };
}

/** Sums away the labels that the result does not have. */
function sumLabels(call: Call, value: Value, labels: string, keep: string): { value: Value; labels: string } {
  let current = toVariable(call, value);
  let left = labels;
  for (const label of labels) {
    if (keep.includes(label)) continue;
    const axis = left.indexOf(label);
    const inputs = current.dims[axis] ?? 1;
    const ones = new Float32Array(inputs).fill(1);
    current = alongAxis(call, current, axis, { inputs, units: 1, weights: ones });
    current = reshapeValue(
      call,
      current,
      current.dims.filter((_, i) => i !== axis),
    ) as Variable;
    left = left.replace(label, '');
  }
  return { value: current, labels: left };
}

function permuteLabels(value: Value, from: string, to: string): Value {
  return transposeValue(
    value,
    [...to].map(label => from.indexOf(label)),
  );
}

function contract(call: Call, [x, a]: [Value, string], [y, b]: [Value, string], result: string): Value {
  const left = sumLabels(call, x, a, b + result);
  const right = y.kind === 'constant' ? { value: y, labels: b } : sumLabels(call, y, b, a + result);
  const isIn = (text: string) => (label: string) => text.includes(label);
  const shared = [...left.labels].filter(isIn(right.labels));
  const batch = shared.filter(isIn(result));
  const inner = shared.filter(label => !isIn(result)(label));
  const rows = [...left.labels].filter(label => !isIn(right.labels)(label));
  const columns = [...right.labels].filter(label => !isIn(left.labels)(label));
  const sizeOf = (labels: readonly string[]): number[] =>
    labels.map(
      label =>
        left.value.dims[left.labels.indexOf(label)] ?? right.value.dims[right.labels.indexOf(label)] ?? 1,
    );
  const count = (labels: readonly string[]): number => elementCount(sizeOf(labels));
  const one = permuteLabels(left.value, left.labels, [...batch, ...rows, ...inner].join(''));
  const two = permuteLabels(right.value, right.labels, [...batch, ...inner, ...columns].join(''));
  const product = matmul(
    call,
    reshapeValue(call, one, [...sizeOf(batch), count(rows), count(inner)]),
    reshapeValue(call, two, [...sizeOf(batch), count(inner), count(columns)]),
  );
  const labels = [...batch, ...rows, ...columns];
  return permuteLabels(reshapeValue(call, product, sizeOf(labels)), labels.join(''), result);
}

/** Multiplies by a constant lower or upper triangle: running sums along an axis. */
export const importCumSum: OperatorImporter = call => {
  const x = operand(call, 0);
  const at = toAxis(call, constantOperand(call, 1, 'its axis').data[0] ?? 0, x.dims.length);
  const size = x.dims[at] ?? 1;
  const isReverse = intAttribute(call, 'reverse', 0) !== 0;
  const gap = intAttribute(call, 'exclusive', 0) === 0 ? 0 : 1;
  const weights = new Float32Array(size * size).map((_, i) => {
    const [from, to] = [Math.floor(i / size), i % size];
    return Number(isReverse ? from - to >= gap : to - from >= gap);
  });
  return [alongAxis(call, toVariable(call, x), at, { inputs: size, units: size, weights })];
};

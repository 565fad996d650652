/** Reductions, softmax and normalisations: operators over chosen axes. */
import { elementCount, type Op, type Reduction } from '../../../src/graph/index.ts';
import { floatAttribute, intAttribute, intsAttribute, toAxis } from '../attributes.ts';
import { expandConstant, numbersOf } from '../constants.ts';
import {
  type Call,
  constant,
  emit,
  type OperatorImporter,
  optionalConstant,
  part,
  plainVariable,
  range,
  toWeights,
  unsupported,
  type Variable,
  variableOperand,
} from '../context.ts';
import { inOrder, nodeInOrder, reshaped, reshapeNode } from '../layout.ts';
import type { Constant } from '../tensors.ts';
import { applyAligned, applyUnary, reciprocalOf, scaleBy } from './elementwise.ts';

/** The axes of a reduction: an operand since opset 13 or 18, an attribute before; all when there are none. */
function reducedAxes(call: Call, rank: number): readonly number[] {
  const given = optionalConstant(call, 1, 'the axes');
  const axes = given === undefined ? intsAttribute(call, 'axes') : numbersOf(given);
  const isNone = axes === undefined || axes.length === 0;
  if (isNone && intAttribute(call, 'noop_with_empty_axes', 0) !== 0) return [];
  return isNone ? range(rank) : axes.map(axis => toAxis(call, axis, rank));
}

/** Reduces axes of a variable; they stay with size 1. */
export function reduceAxes(call: Call, x: Variable, reduction: Reduction, axes: readonly number[]): Variable {
  const dims = x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const long = axes.filter(axis => x.dims[axis] !== 1);
  if (long.length === 0) return { ...x, dims };
  const kept = x.order.filter(axis => !long.includes(axis) && x.dims[axis] !== 1);
  const shape = x.order.filter(axis => x.dims[axis] !== 1);
  const source = reshapeNode(
    call.importer,
    x.node,
    shape.map(axis => x.dims[axis] ?? 1),
  );
  const positions = shape.flatMap((axis, i) => (long.includes(axis) ? [i] : []));
  const op: Op = { kind: 'reduce', reduction, axes: positions };
  const node = emit(call.importer, call.name, op, [source]);
  return { ...x, dims, node, order: [...range(x.dims.length).filter(axis => !kept.includes(axis)), ...kept] };
}

type Step = (call: Call, x: Variable) => Variable;

const square: Step = (call, x) => applyAligned(call, { kind: 'multiply' }, [x, x]);
const root: Step = (call, x) => applyUnary(call, { kind: 'function', name: 'sqrt' }, x);
const logarithm: Step = (call, x) => applyUnary(call, { kind: 'function', name: 'log' }, x);
const exponential: Step = (call, x) => applyUnary(call, { kind: 'function', name: 'exp' }, x);
const magnitude: Step = (call, x) => applyUnary(call, { kind: 'abs' }, x);
const same: Step = (_, x) => x;

function reduction(kind: Reduction, before: Step = same, after: Step = same): OperatorImporter {
  return call => {
    const x = variableOperand(call, 0);
    const axes = reducedAxes(call, x.dims.length);
    if (axes.length === 0) return [after(call, before(call, x))];
    const reduced = after(call, reduceAxes(call, before(call, x), kind, axes));
    if (intAttribute(call, 'keepdims', 1) !== 0) return [reduced];
    return [
      reshaped(
        call,
        reduced,
        reduced.dims.filter((_, axis) => !axes.includes(axis)),
      ),
    ];
  };
}

export const importReduceSum = reduction('sum');
export const importReduceMean = reduction('mean');
export const importReduceMax = reduction('max');
export const importReduceMin = reduction('min');
export const importReduceL1 = reduction('sum', magnitude);
export const importReduceL2 = reduction('sum', square, root);
export const importReduceSumSquare = reduction('sum', square);
export const importReduceLogSum = reduction('sum', same, logarithm);
export const importReduceLogSumExp = reduction('sum', exponential, logarithm);

/** Brings axes to the end of memory, in ONNX's order, and joins them: [others..., joined]. */
function joinedLast(call: Call, x: Variable, axes: readonly number[]): { node: string; value: Variable } {
  const order = [...x.order.filter(axis => !axes.includes(axis)), ...axes];
  const others = order.slice(0, order.length - axes.length).map(axis => x.dims[axis] ?? 1);
  const kept = others.filter(size => size !== 1);
  const joined = elementCount(axes.map(axis => x.dims[axis] ?? 1));
  const node = nodeInOrder(call, x, order, [...kept, joined]);
  return { node, value: { ...x, order } };
}

/** Applies an operator over joined axes. */
function overAxes(call: Call, x: Variable, axes: readonly number[], op: Op): Variable {
  const { node, value } = joinedLast(call, x, axes);
  return { ...value, node: emit(call.importer, call.name, op, [node]) };
}

/** Before opset 13 softmax works over all axes from `axis` on (1 by default), since then over `axis` alone (-1). */
function softmaxAxes(call: Call, rank: number): number[] {
  if (call.opset >= 13) return [toAxis(call, intAttribute(call, 'axis', -1), rank)];
  return range(rank).slice(toAxis(call, intAttribute(call, 'axis', 1), rank));
}

export const importSoftmax: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  return [overAxes(call, x, softmaxAxes(call, x.dims.length), { kind: 'softmax' })];
};

/** The logarithm of a softmax; at the end of a network both are left out. */
export const importLogSoftmax: OperatorImporter = call => {
  const [softmax] = importSoftmax(call);
  return softmax?.kind === 'variable' ? [logarithm(call, softmax)] : [];
};

/** Normalises over the axes from `axis` on, then scales and shifts each of their elements. */
export const importLayerNormalization: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  const rank = x.dims.length;
  if (call.usedOutputs[1] || call.usedOutputs[2]) {
    throw unsupported(call, 'also gives mean or deviation', 'Only the normalised tensor is imported.');
  }
  const axes = range(rank).slice(toAxis(call, intAttribute(call, 'axis', -1), rank));
  const size = elementCount(axes.map(axis => x.dims[axis] ?? 1));
  const sizes = axes.map(axis => x.dims[axis] ?? 1);
  const weights = (index: number, fill: number): Float32Array => {
    const given = optionalConstant(call, index, 'its scale and shift');
    if (given === undefined) return new Float32Array(size).fill(fill);
    return toWeights(call, expandConstant(given, sizes));
  };
  const epsilon = floatAttribute(call, 'epsilon', 1e-5);
  return [
    overAxes(call, x, axes, { kind: 'layer-norm', epsilon, scale: weights(1, 1), shift: weights(2, 0) }),
  ];
};

/** Normalises groups of channels over all positions, then scales and shifts channels. */
function groupNorm(call: Call, x: Variable, groups: number, perGroup: boolean): Variable {
  const [batch = 1, channels = 1, ...spatial] = x.dims;
  if (channels % groups !== 0) {
    throw unsupported(
      call,
      `splits ${channels} channels into ${groups} groups`,
      'The groups must divide them.',
    );
  }
  const size = (channels / groups) * elementCount(spatial);
  const grouped = reshaped(call, inOrder(call, x, range(x.dims.length)), [batch, groups, size]);
  const ones = new Float32Array(size).fill(1);
  const epsilon = floatAttribute(call, 'epsilon', 1e-5);
  const op: Op = { kind: 'layer-norm', epsilon, scale: ones, shift: new Float32Array(size) };
  const normal = reshaped(call, overAxes(call, grouped, [2], op), x.dims);
  const [scale, shift] = [1, 2].map(index => optionalConstant(call, index, 'its scale and shift'));
  const dims = x.dims.map((_, axis) => (axis === 1 ? channels : 1));
  const perChannel = (value: Constant | undefined, fill: number): Constant => {
    const repeat = perGroup ? channels / groups : 1;
    return constant(
      'float32',
      dims,
      range(channels).map(c => value?.data[Math.floor(c / repeat)] ?? fill),
    );
  };
  return scaleBy(call, normal, perChannel(scale, 1), perChannel(shift, 0));
}

export const importInstanceNormalization: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  return [groupNorm(call, x, x.dims[1] ?? 1, false)];
};

/** Scale and shift are one a group in opset 18, one a channel since 21. */
export const importGroupNormalization: OperatorImporter = call => {
  const groups = intAttribute(call, 'num_groups', 1);
  return [groupNorm(call, variableOperand(call, 0), groups, call.opset < 21)];
};

/** x / sqrt(mean(x^2) + epsilon) * scale, over the axes from `axis` on. */
export const importRmsNormalization: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  const rank = x.dims.length;
  const axes = range(rank).slice(toAxis(call, intAttribute(call, 'axis', -1), rank));
  const size = elementCount(axes.map(axis => x.dims[axis] ?? 1));
  // x / sqrt(sum + size * epsilon) is 1 / sqrt(size) of what is asked for.
  const epsilon = size * floatAttribute(call, 'epsilon', 1e-5);
  const normal = overAxes(call, x, axes, { kind: 'l2-normalize', epsilon });
  const scale = optionalConstant(call, 1, 'its scale') ?? constant('float32', [], [1]);
  return [scaleBy(call, normal, { ...scale, data: scale.data.map(value => value * Math.sqrt(size)) }, 0)];
};

/** LpNormalization: x / ||x|| by p = 1 or 2. */
export const importLpNormalization: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  const axis = toAxis(call, intAttribute(call, 'axis', -1), x.dims.length);
  if (intAttribute(call, 'p', 2) === 1) {
    const sum = reduceAxes(call, magnitude(call, x), 'sum', [axis]);
    return [applyAligned(call, { kind: 'multiply' }, [x, reciprocalOf(call, sum)])];
  }
  return [overAxes(call, x, [axis], { kind: 'l2-normalize', epsilon: floatAttribute(call, 'epsilon', 0) })];
};

/** (x - mean) / deviation over axes; those of a batch of images when there are none. */
export const importMeanVarianceNormalization: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  const rank = x.dims.length;
  const axes = (intsAttribute(call, 'axes') ?? [0, 2, 3]).map(axis => toAxis(call, axis, rank));
  const size = elementCount(axes.map(axis => x.dims[axis] ?? 1));
  const scale = new Float32Array(size).fill(1);
  const op: Op = { kind: 'layer-norm', epsilon: VARIANCE_MIN, scale, shift: new Float32Array(size) };
  return [overAxes(call, x, axes, op)];
};

/** ONNX adds 1e-9 to the deviation. */
const VARIANCE_MIN = 1e-12;

/** Layer and L2 normalisation over any axes, as patterns.ts recognises them. */
export const importPatternNorm: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  const axes = reducedAxes(call, x.dims.length);
  const epsilon = floatAttribute(call, 'epsilon', 0);
  if (call.opType === 'L2Norm') return [overAxes(call, x, axes, { kind: 'l2-normalize', epsilon })];
  const size = elementCount(axes.map(axis => x.dims[axis] ?? 1));
  const scale = new Float32Array(size).fill(1);
  return [overAxes(call, x, axes, { kind: 'layer-norm', epsilon, scale, shift: new Float32Array(size) })];
};

/** Positions of the largest (or smallest) elements along an axis. */
export const importArgMax: OperatorImporter = call => {
  const given = variableOperand(call, 0);
  const x = call.opType === 'ArgMin' ? scaleBy(call, given, -1, 0) : given;
  const axis = toAxis(call, intAttribute(call, 'axis', 0), x.dims.length);
  const isLast = intAttribute(call, 'select_last_index', 0) !== 0;
  const { rows, dims, size } = rowsAlong(call, x, axis);
  const found = rows.map(row => {
    if (!isLast) return emit(call.importer, call.name, { kind: 'argmax' }, [row]);
    const indices = Int32Array.from(range(size).reverse());
    const reversed: Op = { kind: 'rearrange', shape: [size], indices, label: 'reverse' };
    const turned = emit(call.importer, `${call.name}_reverse`, reversed, [row]);
    const position = emit(call.importer, `${call.name}_found`, { kind: 'argmax' }, [turned]);
    return emit(call.importer, call.name, { kind: 'scale', factor: -1, shift: size - 1 }, [position]);
  });
  const kept = dims.map((length, i) => (i === axis ? 1 : length));
  const value = stacked(
    call,
    found,
    'int64',
    kept.filter((_, i) => i !== axis),
  );
  return [intAttribute(call, 'keepdims', 1) !== 0 ? reshaped(call, value, kept) : value];
};

/** Many rows would make a program of many searches. */
const ROWS_MAX = 256;

/** The vectors along an axis, one a node. */
function rowsAlong(
  call: Call,
  x: Variable,
  axis: number,
): { rows: string[]; dims: readonly number[]; size: number } {
  const size = x.dims[axis] ?? 1;
  const count = elementCount(x.dims) / size;
  if (count > ROWS_MAX) {
    throw unsupported(call, `searches ${count} vectors`, `At most ${ROWS_MAX} are imported.`);
  }
  const others = range(x.dims.length).filter(other => other !== axis);
  const all = nodeInOrder(call, x, [...others, axis], count === 1 ? [size] : [count, size]);
  if (count === 1) return { rows: [all], dims: x.dims, size };
  const rows = range(count).map(row => {
    const indices = Int32Array.from(range(size), i => row * size + i);
    const op: Op = { kind: 'rearrange', shape: [size], indices, label: `row ${row}` };
    return emit(call.importer, `${call.name}_row`, op, [all]);
  });
  return { rows, dims: x.dims, size };
}

/** Puts equal-sized nodes one after the other. */
function stacked(
  call: Call,
  nodes: readonly string[],
  type: Variable['type'],
  dims: readonly number[],
): Variable {
  const [only = ''] = nodes;
  if (nodes.length === 1) return plainVariable(type, dims, only);
  const parts = nodes.map(node => {
    const size = elementCount(call.importer.shapes.get(node) ?? []);
    return reshapeNode(call.importer, node, [size]);
  });
  return plainVariable(type, dims, emit(call.importer, call.name, { kind: 'concat', axis: 0 }, parts));
}

/** The k largest elements along an axis, and their indices. */
export const importTopK: OperatorImporter = call => {
  const given = variableOperand(call, 0);
  const axis = toAxis(call, intAttribute(call, 'axis', -1), given.dims.length);
  const isLargest = intAttribute(call, 'largest', 1) !== 0;
  const x = isLargest ? given : scaleBy(call, given, -1, 0);
  const k = optionalConstant(call, 1, 'k')?.data[0] ?? intAttribute(call, 'k', 1);
  const dims = x.dims.map((size, i) => (i === axis ? k : size));
  const { rows } = rowsAlong(call, x, axis);
  const found = rows.map(row => emit(call.importer, call.name, { kind: 'top-k', k }, [row]));
  const others = range(x.dims.length).filter(other => other !== axis);
  const moved = stacked(call, found, 'int64', [...others.map(other => x.dims[other] ?? 1), k]);
  const indices: Variable = { ...moved, dims, order: [...others, axis] };
  if (!call.usedOutputs[0]) return [indices, indices];
  const best =
    k === 1
      ? reduceAxes(call, given, isLargest ? 'max' : 'min', [axis])
      : part(call, 'GatherElements', [given, indices], { axis });
  return [best, indices];
};

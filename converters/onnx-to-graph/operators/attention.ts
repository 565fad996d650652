/**
 * Attention as one operator: ONNX's own (operator set 23), and those that optimisers write for ONNX Runtime (domain
 * com.microsoft). Every form is projections, heads, softmax(Q K^T * scale + mask) V; masks are constants.
 */
import { compose } from '../../../src/graph/index.ts';
import { floatAttribute, intAttribute } from '../attributes.ts';
import {
  type Call,
  constant,
  constantOperand,
  malformedNode,
  type OperatorImporter,
  operand,
  optionalConstant,
  part,
  range,
  unsupported,
  type Value,
} from '../context.ts';
import { reshapeValue, selectAxes, transposeValue } from '../moves.ts';
import type { Constant } from '../tensors.ts';

/** Added to a score that has no part. */
const MASKED = -1e4;

/** Query, key and value as [batch, heads, positions, features]. */
interface Heads {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

interface Scores {
  readonly scale: number;
  /** Constants to add to the scores, and what else is to be added: relative positions. */
  readonly added: readonly (Value | undefined)[];
  readonly isCausal: boolean;
  /** Scores s become cap * tanh(s / cap), before masks. */
  readonly softCap?: number;
}

/** softmax(Q K^T * scale + masks) V, with keys and values repeated for groups of queries. */
function attend(call: Call, { query, key, value }: Heads, scores: Scores): Value {
  const heads = query.dims[1] ?? 1;
  const [keys, values] = [key, value].map(tensor => repeatHeads(call, tensor, heads));
  if (keys === undefined || values === undefined) return query;
  const scaled = part(call, 'Mul', [query, constant('float32', [], [scores.scale])]);
  let sum = part(call, 'MatMul', [scaled, transposeValue(keys, [0, 1, 3, 2])]);
  if (scores.softCap !== undefined && scores.softCap > 0) sum = capped(call, sum, scores.softCap);
  const [rows = 1, columns = 1] = sum.dims.slice(-2);
  const causal = scores.isCausal ? causalScores(rows, columns) : undefined;
  for (const added of [...scores.added, causal]) {
    if (added !== undefined) sum = part(call, 'Add', [sum, added]);
  }
  return part(call, 'MatMul', [part(call, 'Softmax', [sum], { axis: -1 }), values]);
}

function capped(call: Call, scores: Value, cap: number): Value {
  const inner = part(call, 'Tanh', [part(call, 'Mul', [scores, constant('float32', [], [1 / cap])])]);
  return part(call, 'Mul', [inner, constant('float32', [], [cap])]);
}

function causalScores(rows: number, columns: number): Constant {
  const seen = compose.causalMask(rows, columns);
  return constant(
    'float32',
    [rows, columns],
    Array.from(seen, see => (see === 0 ? MASKED : 0)),
  );
}

function repeatHeads(call: Call, value: Value, heads: number): Value {
  const have = value.dims[1] ?? 1;
  if (have === heads) return value;
  if (heads % have !== 0) throw malformedNode(call, `has ${heads} heads of queries for ${have} of keys`);
  const map = range(heads).map(head => Math.floor(head / (heads / have)));
  return selectAxes(call, value, [undefined, map, undefined, undefined], 'heads in groups');
}

/** [batch, positions, heads * features] -> [batch, heads, positions, features]. */
function toHeads(call: Call, value: Value, heads: number): Value {
  const [batch = 1, positions = 1, width = 1] = value.dims;
  if (heads < 1 || width % heads !== 0)
    throw malformedNode(call, `splits ${width} numbers into ${heads} heads`);
  return transposeValue(reshapeValue(call, value, [batch, positions, heads, width / heads]), [0, 2, 1, 3]);
}

/** The inverse of {@link toHeads}. */
function fromHeads(call: Call, value: Value): Value {
  const [batch = 1, heads = 1, positions = 1, features = 1] = value.dims;
  return reshapeValue(call, transposeValue(value, [0, 2, 1, 3]), [batch, positions, heads * features]);
}

/** A mask of truth values as what is added to scores; a mask of numbers is added as it is. */
function maskScores(mask: Value | undefined): Value | undefined {
  if (mask?.kind !== 'constant' || mask.type !== 'bool') return mask;
  return { ...mask, type: 'float32', data: mask.data.map(see => (see === 0 ? MASKED : 0)) };
}

function refuseOperands(call: Call, names: Readonly<Record<number, string>>): void {
  for (const [index, name] of Object.entries(names)) {
    const value = call.inputs[Number(index)];
    const isEmpty = value?.kind === 'constant' && value.data.length === 0;
    if (value !== undefined && !isEmpty)
      throw unsupported(call, `takes ${name}`, 'Export the model without it: one whole sequence at once.');
  }
  if (call.usedOutputs.slice(1).some(used => used)) {
    throw unsupported(
      call,
      'also gives its keys and values',
      'Leave those outputs out: one whole sequence at once.',
    );
  }
}

/** Attention of operator set 23: [batch, heads, positions, features], or three axes and numbers of heads. */
export const importAttention: OperatorImporter = call => {
  refuseOperands(call, { 4: 'keys of the past', 5: 'values of the past', 6: 'lengths of sequences' });
  const [query, key, value] = [operand(call, 0), operand(call, 1), operand(call, 2)];
  const isJoined = query.dims.length === 3;
  const split = (tensor: Value, name: string): Value =>
    isJoined ? toHeads(call, tensor, intAttribute(call, name, 1)) : tensor;
  const heads: Heads = {
    query: split(query, 'q_num_heads'),
    key: split(key, 'kv_num_heads'),
    value: split(value, 'kv_num_heads'),
  };
  const result = attend(call, heads, {
    scale: scaleOf(call, heads),
    added: [maskScores(call.inputs[3])],
    isCausal: intAttribute(call, 'is_causal', 0) !== 0,
    softCap: floatAttribute(call, 'softcap', 0),
  });
  return [isJoined ? fromHeads(call, result) : result];
};

function scaleOf(call: Call, { query }: Heads): number {
  const given = floatAttribute(call, 'scale', 0);
  return given === 0 ? 1 / Math.sqrt(query.dims[3] ?? 1) : given;
}

/** com.microsoft.MultiHeadAttention: query, key, value, bias, mask of keys, added scores. */
export const importMultiHeadAttention: OperatorImporter = call => {
  refuseOperands(call, { 6: 'keys of the past', 7: 'values of the past' });
  const count = intAttribute(call, 'num_heads', 1);
  const query = operand(call, 0);
  if (query.dims.length !== 3 || call.inputs[1] === undefined) {
    throw unsupported(call, 'takes query, key and value in one tensor', 'Export it with three tensors.');
  }
  const width = query.dims[2] ?? 1;
  const bias = optionalConstant(call, 3, 'its bias');
  const biased = (index: number): Value => {
    const tensor = operand(call, index);
    if (tensor.dims.length === 4 || bias === undefined) return tensor;
    const from = index * width;
    const data = bias.data.slice(from, index === 2 ? bias.data.length : from + width);
    return part(call, 'Add', [tensor, constant('float32', [data.length], data)]);
  };
  const headed = (index: number): Value => {
    const tensor = biased(index);
    return tensor.dims.length === 4 ? tensor : toHeads(call, tensor, count);
  };
  const heads: Heads = { query: headed(0), key: headed(1), value: headed(2) };
  const result = attend(call, heads, {
    scale: scaleOf(call, heads),
    added: [keyMask(call, 4, heads.key.dims[2] ?? 1), call.inputs[5]],
    isCausal: intAttribute(call, 'unidirectional', 0) !== 0,
  });
  return [fromHeads(call, result)];
};

/** A mask of keys, 0 for those that are left out: [batch, keys], [batch, queries, keys], or the number of keys. */
function keyMask(call: Call, index: number, keys: number): Constant | undefined {
  const mask = optionalConstant(call, index, 'its mask');
  if (mask === undefined) return undefined;
  const isLength = mask.dims.length === 1;
  const data = isLength
    ? range(keys).map(key => (key < (mask.data[0] ?? keys) ? 0 : MASKED))
    : Array.from(mask.data, see => (see === 0 ? MASKED : 0));
  const rows = isLength ? [] : mask.dims.slice(1, -1);
  return constant('float32', [1, 1, ...(rows.length > 0 ? rows : [1]), keys], data);
}

/** com.microsoft.Attention: one projection to query, key and value; its bias; a mask. */
export const importPackedAttention: OperatorImporter = call => {
  refuseOperands(call, { 4: 'keys and values of the past' });
  const x = operand(call, 0);
  const weights = constantOperand(call, 1, 'its weights');
  const bias = optionalConstant(call, 2, 'its bias');
  const product = part(call, 'MatMul', [x, weights]);
  const sum = bias === undefined ? product : part(call, 'Add', [product, bias]);
  const width = weights.dims[1] ?? 1;
  const given = call.attributes.get('qkv_hidden_sizes')?.ints ?? [];
  const sizes = given.length === 3 ? given : [width / 3, width / 3, width / 3];
  const count = intAttribute(call, 'num_heads', 1);
  let begin = 0;
  const [query, key, value] = sizes.map(size => {
    const at = begin;
    begin += size;
    const map = range(size).map(i => at + i);
    return toHeads(call, selectAxes(call, sum, [undefined, undefined, map], `columns from ${at}`), count);
  });
  if (query === undefined || key === undefined || value === undefined) return [sum];
  const heads: Heads = { query, key, value };
  const result = attend(call, heads, {
    scale: scaleOf(call, heads),
    added: [keyMask(call, 3, key.dims[2] ?? 1), call.inputs[5]],
    isCausal: intAttribute(call, 'unidirectional', 0) !== 0,
  });
  return [fromHeads(call, result)];
};

/** com.microsoft.GroupQueryAttention over one whole sequence: always causal. */
export const importGroupQueryAttention: OperatorImporter = call => {
  refuseOperands(call, { 3: 'keys of the past', 4: 'values of the past' });
  const count = intAttribute(call, 'num_heads', 1);
  const groups = intAttribute(call, 'kv_num_heads', 1);
  if (call.inputs[1] === undefined || intAttribute(call, 'local_window_size', -1) !== -1) {
    throw unsupported(
      call,
      'packs its operands or sees a window',
      'Three tensors, all positions are imported.',
    );
  }
  const turn = (value: Value): Value => {
    if (intAttribute(call, 'do_rotary', 0) === 0) return value;
    const isInterleaved = intAttribute(call, 'rotary_interleaved', 0) !== 0;
    const caches = [constantOperand(call, 7, 'its cosines'), constantOperand(call, 8, 'its sines')] as const;
    return rotate(call, value, range(value.dims[2] ?? 1), caches, isInterleaved);
  };
  const heads: Heads = {
    query: turn(toHeads(call, operand(call, 0), count)),
    key: turn(toHeads(call, operand(call, 1), groups)),
    value: toHeads(call, operand(call, 2), groups),
  };
  const softCap = floatAttribute(call, 'softcap', 0);
  const options: Scores = { scale: scaleOf(call, heads), added: [], isCausal: true, softCap };
  return [fromHeads(call, attend(call, heads, options))];
};

/**
 * Turns pairs of features by angles that grow with the position: x * cos + (x turned by a quarter) * sin, with constant
 * cosines and sines. Linear, free.
 */
function rotate(
  call: Call,
  x: Value,
  positions: readonly number[],
  [cosines, sines]: readonly [Constant, Constant],
  isInterleaved: boolean,
): Value {
  const features = x.dims[3] ?? 1;
  const half = cosines.dims.at(-1) ?? 1;
  const turned = 2 * half;
  const angleOf = (feature: number): number => (isInterleaved ? Math.floor(feature / 2) : feature % half);
  const isFirst = (feature: number): boolean => (isInterleaved ? feature % 2 === 0 : feature < half);
  const partner = range(features).map(feature => {
    if (feature >= turned) return feature;
    const step = isInterleaved ? 1 : half;
    return isFirst(feature) ? feature + step : feature - step;
  });
  const table = (value: (position: number, feature: number) => number): Constant =>
    constant(
      'float32',
      [1, 1, positions.length, features],
      positions.flatMap(position => range(features).map(feature => value(position, feature))),
    );
  const read = (list: Constant, position: number, feature: number): number =>
    list.data[position * half + angleOf(feature)] ?? 0;
  const keep = table((position, feature) => (feature < turned ? read(cosines, position, feature) : 1));
  const cross = table((position, feature) => {
    if (feature >= turned) return 0;
    return (isFirst(feature) ? -1 : 1) * read(sines, position, feature);
  });
  const swapped = selectAxes(call, x, [undefined, undefined, undefined, partner], 'quarter turn');
  return part(call, 'Add', [part(call, 'Mul', [x, keep]), part(call, 'Mul', [swapped, cross])]);
}

/** RotaryEmbedding of operator set 23 (X, cos, sin, positions) and of com.microsoft (X, positions, cos, sin). */
export const importRotaryEmbedding: OperatorImporter = call => {
  const isOwn = call.opset >= 23;
  const x = operand(call, 0);
  const caches = (isOwn ? [1, 2] : [2, 3]).map(index => constantOperand(call, index, 'its tables'));
  const given = optionalConstant(call, isOwn ? 3 : 1, 'its positions');
  const isJoined = x.dims.length === 3;
  const [cosines, sines] = caches;
  if (cosines === undefined || sines === undefined) return [x];
  const count = intAttribute(call, 'num_heads', 0) || headsFor(call, x, cosines);
  const heads = isJoined ? toHeads(call, x, count) : x;
  const steps = range(heads.dims[2] ?? 1);
  const isStart = given !== undefined && given.data.length === 1 && steps.length > 1;
  const positions = steps.map(step => (isStart ? step + (given?.data[0] ?? 0) : (given?.data[step] ?? step)));
  const result = rotate(call, heads, positions, [cosines, sines], intAttribute(call, 'interleaved', 0) !== 0);
  return [isJoined ? fromHeads(call, result) : result];
};

function headsFor(call: Call, x: Value, cosines: Constant): number {
  const size = intAttribute(call, 'rotary_embedding_dim', 0) || 2 * (cosines.dims.at(-1) ?? 1);
  return (x.dims[2] ?? 1) / size;
}

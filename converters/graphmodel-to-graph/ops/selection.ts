/** Comparisons and what hangs on them: logic, choices, arg-max, top-k; and lookups by index. */
import { compose, elementCount, emit, type Relation, type Shape } from '../../../src/graph/index.ts';
import {
  type Call,
  integerOperand,
  type OpImporter,
  operand,
  place,
  reshapeTo,
  resolveAxis,
  toVariable,
  variableOperand,
} from '../context.ts';
import { readInteger, readType, unsupportedOption } from '../nodes.ts';
import { type Constant, constant, graphShape, type Variable } from '../values.ts';
import { affine, broadcast, broadcastTo, pair } from './arithmetic.ts';
import { gatherAt } from './contractions.ts';
import { truncated } from './rounding.ts';

/** Greater and its relatives: 1 where it holds, else 0. */
export function comparison(relation: Relation): OpImporter {
  return call => {
    const { a, b, shape } = pair(call);
    return place(call, { kind: 'compare', relation }, [a.node, b.node], shape);
  };
}

/** NotEqual. */
export const importNotEqual: OpImporter = call => {
  const { a, b, shape } = pair(call);
  const equal = place(call, { kind: 'compare', relation: 'equal' }, [a.node, b.node], shape, 'equal');
  return not(call, equal);
};

function not(call: Call, x: Variable, part = ''): Variable {
  return affine(call, x, x.shape, { factor: -1, shift: 1, part });
}

/** LogicalNot. */
export const importNot: OpImporter = call => not(call, variableOperand(call, 0));

/** LogicalAnd: the product. */
export const importAnd: OpImporter = call => {
  const { a, b, shape } = pair(call);
  return place(call, { kind: 'multiply' }, [a.node, b.node], shape);
};

/** LogicalOr: 1 - (1 - a) (1 - b). */
export const importOr: OpImporter = call => {
  const { a, b, shape } = pair(call);
  const nodes = [not(call, a, 'not_left').node, not(call, b, 'not_right').node];
  return not(call, place(call, { kind: 'multiply' }, nodes, shape, 'neither'));
};

/** Select, SelectV2: operands are the condition, what it takes where that is 1, and where it is 0. */
export const importSelect: OpImporter = call => {
  const values = [0, 1, 2].map(index => operand(call, index));
  const shape = broadcast(call, values);
  const nodes = values.map((value, i) => {
    const part = ['condition', 'then', 'else'][i] ?? '';
    return broadcastTo(call, toVariable(call, value), shape, part).node;
  });
  return place(call, { kind: 'where' }, nodes, shape);
};

/** ArgMax. */
export const importArgMax: OpImporter = call => extremeIndex(call, variableOperand(call, 0));

/** ArgMin: of the negated tensor. */
export const importArgMin: OpImporter = call => {
  const x = variableOperand(call, 0);
  return extremeIndex(call, affine(call, x, x.shape, { factor: -1, part: 'negated' }));
};

/** Many rows would make a program of many searches. */
const ROWS_MAX = 256;

/** The index of the largest along an axis, a search for each row. */
function extremeIndex(call: Call, x: Variable): Variable {
  const axis = resolveAxis(call, integerOperand(call, 1, 'axis')[0] ?? 0, x.shape.length);
  const size = x.shape[axis] ?? 1;
  const shape = x.shape.filter((_, i) => i !== axis);
  const rows = elementCount(shape);
  if (rows === 1) return place(call, { kind: 'argmax' }, [reshapeTo(call, x, [size], 'vector').node], shape);
  if (rows > ROWS_MAX)
    throw unsupportedOption(call.node, `${rows} vectors to search`, `at most ${ROWS_MAX} are read`);
  const { writer } = call.importer;
  const inner = elementCount(x.shape.slice(axis + 1));
  const flat = reshapeTo(call, x, [1, elementCount(x.shape)], 'flat').node;
  const found = Array.from({ length: rows }, (_, row) => {
    const start = Math.floor(row / inner) * size * inner + (row % inner);
    const indices = Int32Array.from({ length: size }, (_, i) => start + i * inner);
    const op = { kind: 'rearrange', shape: [size], indices, label: `row ${row}` } as const;
    const vector = emit(writer, `${call.name}_row`, op, [flat]);
    const index = emit(writer, `${call.name}_index`, { kind: 'argmax' }, [vector]);
    return emit(writer, `${call.name}_found`, { kind: 'reshape', shape: [1] }, [index]);
  });
  const all = place(call, { kind: 'concat', axis: 0 }, found, [rows], 'all');
  return reshapeTo(call, all, shape);
}

function requireVector(call: Call, x: Variable, axis: number): string {
  const size = x.shape[axis] ?? 1;
  if (elementCount(x.shape) === size) return reshapeTo(call, x, [size], 'vector').node;
  const remedy = 'only the whole of a vector is searched. Split the tensor first';
  throw unsupportedOption(call.node, `a tensor of shape [${x.shape.join(', ')}]`, remedy);
}

/** TopKV2: the k largest elements, and their indices. */
export const importTopK: OpImporter = call => {
  const x = variableOperand(call, 0);
  const [k = 1] = integerOperand(call, 1, 'number of elements');
  const vector = requireVector(call, x, x.shape.length - 1);
  const shape: Shape = [...x.shape.slice(0, -1), k];
  const indices = place(call, { kind: 'top-k', k }, [vector], shape);
  const list = reshapeTo(call, x, [elementCount(x.shape)], 'list');
  const values = gatherAt(call, list, reshapeTo(call, indices, [k], 'chosen'), 0) as Variable; // of a variable
  return [reshapeTo(call, values, shape, 'values'), indices];
};

/** GatherV2 and Gather: constant indices rearrange, computed ones look a constant table up. */
export const importGather: OpImporter = call => {
  const indices = operand(call, 1);
  const axis = call.operands.length > 2 ? (integerOperand(call, 2, 'axis')[0] ?? 0) : 0;
  if (readInteger(call.node, 'batch_dims', 0) !== 0) {
    throw unsupportedOption(call.node, 'batch_dims', 'only batch_dims 0 is read');
  }
  const table = operand(call, 0);
  const at = resolveAxis(call, axis, table.shape.length);
  if (indices.kind === 'variable') {
    const isTable = table.kind === 'constant' && at === 0 && table.shape.length >= 2;
    return isTable ? embedding(call, table, indices) : gatherAt(call, table, indices, at);
  }
  const x = variableOperand(call, 0);
  const list = Array.from(indices.data, index => (index < 0 ? index + (x.shape[at] ?? 0) : index));
  const op = compose.gatherOp(x.shape, at, list);
  const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)];
  return place(call, { ...op, shape: graphShape(shape) }, [x.node], shape);
};

function embedding(call: Call, table: Constant, indices: Variable): Variable {
  const size = elementCount(table.shape.slice(1));
  const op = { kind: 'embedding', size, table: Float32Array.from(table.data) } as const;
  return place(call, op, [indices.node], [...indices.shape, ...table.shape.slice(1)]);
}

const WHOLE = /^DT_(U?INT(8|16|32|64)|BOOL)$/;

/** Cast between types that hold the same numbers; cutting a computed fraction off is not read. */
export const importCast: OpImporter = call => {
  const value = operand(call, 0);
  const [from, to] = [readType(call.node, 'SrcT'), readType(call.node, 'DstT')];
  if (to === 'DT_BOOL' && from !== 'DT_BOOL') {
    throw unsupportedOption(call.node, `a cast from ${from} to ${to}`, 'compare with NotEqual instead');
  }
  if (!WHOLE.test(to) || WHOLE.test(from)) return value;
  if (value.kind === 'constant')
    return constant(value.source, value.shape, Array.from(value.data, Math.trunc));
  return truncated(call, value);
};

/** Layers that combine tensors element by element, with NumPy's broadcasting; and Dot. */
import { BionoirError } from '../../../src/errors.ts';
import {
  compose,
  emit,
  emitAll,
  formatShape,
  type Op,
  type Shape,
  shapeOf,
} from '../../../src/graph/index.ts';
import { readField } from '../../../src/tensorflow/index.ts';
import type { Emitter, LayerCall, LayerImporter } from '../emitter.ts';
import { nameLayer, readFlag, unsupportedOption } from '../layer-options.ts';

/** Add: of two or more tensors. */
export const importAdd: LayerImporter = (emitter, call) =>
  emit(emitter, call.layer.name, { kind: 'add' }, broadcastOperands(emitter, call));

/** Subtract: of two tensors. */
export const importSubtract: LayerImporter = (emitter, call) =>
  emit(emitter, call.layer.name, { kind: 'subtract' }, broadcastOperands(emitter, call));

/** Average: the sum, divided by the number of tensors. */
export const importAverage: LayerImporter = (emitter, call) => {
  const operands = broadcastOperands(emitter, call);
  const sum = emit(emitter, `${call.layer.name}_sum`, { kind: 'add' }, operands);
  const channels = shapeOf(emitter, sum).at(-1) ?? 1;
  const scale = new Float32Array(channels).fill(1 / operands.length);
  return emit(emitter, call.layer.name, { kind: 'affine', scale, shift: new Float32Array(channels) }, [sum]);
};

/** Multiply, Maximum, Minimum: of two or more tensors, two at a time. */
export function pairwise(kind: 'multiply' | 'maximum' | 'minimum'): LayerImporter {
  return (emitter, call) => {
    const { name } = call.layer;
    const [first = '', ...rest] = broadcastOperands(emitter, call);
    return rest.reduce((left, right, i) => {
      const part = i === rest.length - 1 ? name : `${name}_${i + 1}`;
      return emit(emitter, part, { kind }, [left, right]);
    }, first);
  };
}

/**
 * The operands of a layer, each repeated to the shape of all.
 *
 * @throws SHAPE_MISMATCH when they do not fit together.
 */
function broadcastOperands(emitter: Emitter, call: LayerCall): string[] {
  const { layer, operands } = call;
  const shapes = operands.map(operand => shapeOf(emitter, operand));
  const shape = compose.broadcastShape(shapes);
  if (shape === undefined) {
    throw new BionoirError(
      'SHAPE_MISMATCH',
      `${nameLayer(layer)} combines tensors of shapes ${shapes.map(formatShape).join(', ')}, which do not fit together. Is model.json intact?`,
      { details: { layer: layer.name, shapes }, location: `layer '${layer.name}'` },
    );
  }
  return operands.map((input, i) => {
    const site = { name: `${layer.name}_operand${i + 1}`, input, shape: shapes[i] ?? [] };
    const { nodes, name } = compose.expandOperand(site, shape);
    return nodes.length === 0 ? name : emitAll(emitter, nodes);
  });
}

/** Dot: the sum of products along one axis of each of two tensors of up to two axes. */
export const importDot: LayerImporter = (emitter, call) => {
  const { layer, operands } = call;
  if (readFlag(layer, 'normalize', false)) {
    throw unsupportedOption(
      layer,
      'normalize true',
      'only plain dot products are read. Normalise in a layer before',
    );
  }
  const shapes = operands.map(operand => shapeOf(emitter, operand));
  const [a, b] = operands;
  const [aShape = [], bShape = []] = shapes;
  if (a === undefined || b === undefined || shapes.some(shape => shape.length < 1 || shape.length > 2)) {
    const texts = shapes.map(formatShape).join(', ');
    throw unsupportedOption(layer, `tensors of shapes ${texts}`, 'two tensors of one or two axes are read');
  }
  const [aAxis, bAxis] = dotAxes(call, aShape, bShape);
  const left = matrix(emitter, `${layer.name}_left`, { tensor: a, shape: aShape, inner: aAxis, end: 'last' });
  const right = matrix(emitter, `${layer.name}_right`, {
    tensor: b,
    shape: bShape,
    inner: bAxis,
    end: 'first',
  });
  const product = emit(emitter, `${layer.name}_product`, { kind: 'matmul' }, [left, right]);
  const kept = [aShape.filter((_, i) => i !== aAxis), bShape.filter((_, i) => i !== bAxis)].flat();
  return emit(emitter, layer.name, { kind: 'reshape', shape: kept.length === 0 ? [1] : kept }, [product]);
};

/** The axes that Dot sums over, without the batch. */
function dotAxes({ layer }: LayerCall, a: Shape, b: Shape): [number, number] {
  const value = readField(layer.config, 'axes');
  const axes = (Array.isArray(value) ? value : [value, value]).map(Number);
  const resolved = axes.map((axis, i) => (axis < 0 ? axis + (i === 0 ? a : b).length : axis - 1));
  const [left = -1, right = -1] = resolved;
  if (left >= 0 && right >= 0 && a[left] !== undefined && a[left] === b[right]) return [left, right];
  const option = `axes [${axes.join(', ')}] on tensors ${formatShape(a)} and ${formatShape(b)}`;
  throw unsupportedOption(layer, option, 'two axes of one size are read, and never the batch');
}

interface MatrixOperand {
  readonly tensor: string;
  readonly shape: Shape;
  /** The axis that is summed over, and where a product of matrices wants it. */
  readonly inner: number;
  readonly end: 'first' | 'last';
}

function matrix(emitter: Emitter, name: string, { tensor, shape, inner, end }: MatrixOperand): string {
  const size = shape[inner] ?? 1;
  if (shape.length === 1) {
    const wanted = end === 'last' ? [1, size] : [size, 1];
    return emit(emitter, name, { kind: 'reshape', shape: wanted }, [tensor]);
  }
  if ((end === 'last') === (inner === 1)) return tensor;
  const turn: Op = { kind: 'transpose', permutation: [1, 0] };
  return emit(emitter, name, turn, [tensor]);
}

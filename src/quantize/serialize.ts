/**
 * QuantGraph as JSON text and back, so that a build folder can prove without the model. Integers beyond doubles are
 * written as {"big": "decimal"}, weights as {"int32": [..]}; everything else is plain JSON.
 *
 * Reading checks every field's type and every length, so that a truncated or edited file is refused by name; it does
 * not derive bounds again.
 */
import { BionoirError } from '../errors.ts';
import { channelCount } from './bounds.ts';
import {
  BIGINTS,
  type Check,
  COUNTS,
  isBigint,
  isCount,
  isInt32,
  isInt32Array,
  isInteger,
  isReal,
  isRecord,
  isText,
  listOf,
  oneOf,
  optional,
  pairOf,
  recordOf,
} from './field-checks.ts';
import { definitionOfQuant, isExtendedQuant } from './operators/index.ts';
import type { ExtendedQuantOp } from './operators/types.ts';
import type { QuantGraph, QuantNode, QuantOp } from './types.ts';

const FORMAT = 'bionoir-quantized-network';
const VERSION = 1;

/** Writes a quantised network as JSON text. */
export function encodeQuantGraph(quantGraph: QuantGraph): string {
  return JSON.stringify({ format: FORMAT, version: VERSION, ...quantGraph }, (_key, value: unknown) => {
    if (typeof value === 'bigint') return { big: value.toString() };
    if (value instanceof Int32Array) return { int32: Array.from(value) };
    return value;
  });
}

/**
 * Reads what {@link encodeQuantGraph} wrote.
 *
 * @throws MALFORMED_FILE
 */
export function decodeQuantGraph(text: string): QuantGraph {
  const parsed = parse(text);
  if (parsed.format !== FORMAT)
    throw malformed(`its format is ${JSON.stringify(parsed.format)}, not "${FORMAT}"`);
  if (parsed.version !== VERSION) throw malformed(`its version is ${String(parsed.version)}, not ${VERSION}`);
  const { name, nodes, inputs, outputs } = parsed;
  const isGraph = isText(name) && Array.isArray(nodes) && IDS(inputs) && IDS(outputs);
  if (!isGraph) throw malformed('name, nodes, inputs or outputs are missing');
  const graph = { name, nodes, inputs, outputs } as QuantGraph; // each node is checked next
  for (const [index, node] of graph.nodes.entries()) checkNode(graph, node, index);
  for (const id of [...graph.inputs, ...graph.outputs]) {
    if (graph.nodes[id] === undefined) throw malformed(`an input or output refers to node ${id}`);
  }
  return graph;
}

function parse(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text, reviveInteger);
    if (isRecord(parsed)) return parsed;
  } catch (cause) {
    throw malformed(`it is not JSON (${(cause as Error).message})`, cause); // JSON.parse and BigInt throw Errors
  }
  throw malformed('it is not a JSON object');
}

function reviveInteger(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  if (isText(value.big)) return BigInt(value.big);
  if (Array.isArray(value.int32) && value.int32.every(isInt32)) return Int32Array.from(value.int32);
  return value;
}

const IDS = COUNTS;
const PADDING = recordOf({ top: isCount, bottom: isCount, left: isCount, right: isCount });
const DOMAIN = recordOf({ min: isInteger, max: isInteger, scale: isReal, offset: isReal });
const POOL = { poolSize: pairOf(isCount), strides: pairOf(isCount), padding: PADDING };
const CUT = {
  shiftBits: isCount,
  quotientBits: COUNTS,
  sign: listOf(oneOf('any', 'non-negative', 'non-positive')),
};

/** The fields of each operator, and their types. */
const OPS: Readonly<Record<Exclude<QuantOp, ExtendedQuantOp>['kind'], Check>> = {
  input: recordOf({ bits: isCount, signed: oneOf(true, false), domain: DOMAIN }),
  dense: recordOf({ units: isCount, weights: isInt32Array, bias: BIGINTS }),
  conv2d: recordOf({
    filters: isCount,
    kernelSize: pairOf(isCount),
    strides: pairOf(isCount),
    dilations: pairOf(isCount),
    padding: PADDING,
    groups: isCount,
    kernel: isInt32Array,
    bias: BIGINTS,
  }),
  affine: recordOf({ scale: BIGINTS, shift: BIGINTS }),
  relu: recordOf({ ...CUT, max: optional(isBigint), capBits: optional(COUNTS) }),
  'leaky-relu': recordOf({
    ...CUT,
    numerator: isInteger,
    numerators: optional(listOf(isInteger)),
    slopeBits: isCount,
  }),
  'max-pool2d': recordOf({ ...POOL, differenceBits: COUNTS }),
  'average-pool2d': recordOf({ ...POOL, multipliers: BIGINTS }),
  pad: recordOf({ padding: PADDING }),
  reshape: recordOf({ shape: COUNTS }),
  transpose: recordOf({ permutation: COUNTS }),
  sum: recordOf({ multipliers: BIGINTS }),
  concat: recordOf({ axis: isCount, multipliers: BIGINTS }),
  argmax: recordOf({ differenceBits: isCount }),
};

const NODE = recordOf({
  id: isCount,
  name: isText,
  op: value => isRecord(value) && isText(value.kind) && isOperator(value as { kind: string }),
  inputs: IDS,
  shape: COUNTS,
  scaleBits: isInteger,
  frame: optional(recordOf({ factor: isReal, offset: isReal })),
  bounds: recordOf({ min: BIGINTS, max: BIGINTS }),
});

function isOperator(op: { readonly kind: string }): boolean {
  return Object.hasOwn(OPS, op.kind) || isExtendedQuant(op);
}

/** Whether an operator has all its fields. */
function isWhole(op: QuantOp): boolean {
  return isExtendedQuant(op) ? recordOf(definitionOfQuant(op).fields)(op) : OPS[op.kind](op);
}

function checkNode(graph: QuantGraph, node: QuantNode, index: number): void {
  if (!NODE(node) || node.id !== index) throw malformed(`node ${index} is not one of ours`);
  if (!isWhole(node.op)) throw malformed(`node '${node.name}' is not a whole ${node.op.kind}`);
  if (node.inputs.some(input => input >= index)) throw malformed(`node '${node.name}' reads a node after it`);
  const operandShapes = node.inputs.map(id => graph.nodes[id]?.shape ?? []);
  const isComplete = (node.op.kind === 'input') === (operandShapes.length === 0);
  const [shape = []] = operandShapes;
  const hasLengths = lengthsOf(node, channelCount(shape)).every(([actual, expected]) => actual === expected);
  if (!isComplete || !hasLengths) throw malformed(`lengths of node '${node.name}' do not fit together`);
}

/** Pairs of lengths that must be equal: per-channel lists against channels, weights against their layout. */
function lengthsOf(node: QuantNode, inputs: number): [actual: number, expected: number][] {
  const { op, bounds } = node;
  const channels = channelCount(node.shape);
  const pairs: [number, number][] = [[bounds.max.length, bounds.min.length]];
  if (bounds.min.length !== 1) pairs.push([bounds.min.length, channels]);
  if (isExtendedQuant(op)) return [...pairs, ...(definitionOfQuant(op).lengths?.(op, node) ?? [])];
  switch (op.kind) {
    case 'dense':
      return [
        ...pairs,
        [op.units, channels],
        [op.bias.length, op.units],
        [op.weights.length, inputs * op.units],
      ];
    case 'conv2d': {
      const taps = op.kernelSize[0] * op.kernelSize[1];
      const kernel = (taps * inputs * op.filters) / op.groups;
      return [...pairs, [op.filters, channels], [op.bias.length, op.filters], [op.kernel.length, kernel]];
    }
    case 'affine':
      return [...pairs, [op.scale.length, channels], [op.shift.length, channels]];
    case 'relu':
    case 'leaky-relu':
      return [...pairs, [op.quotientBits.length, channels], [op.sign.length, channels]];
    case 'max-pool2d':
      return [...pairs, [op.differenceBits.length, channels]];
    case 'average-pool2d':
      return [...pairs, [op.multipliers.length * channels, node.shape.reduce((a, b) => a * b, 1)]];
    case 'sum':
    case 'concat':
      return [...pairs, [op.multipliers.length, node.inputs.length]];
    default:
      return pairs;
  }
}

function malformed(reason: string, cause?: unknown): BionoirError {
  return new BionoirError(
    'MALFORMED_FILE',
    `The quantised network cannot be read: ${reason}. Compile the model again.`,
    { details: { reason }, ...(cause === undefined ? {} : { cause }) },
  );
}

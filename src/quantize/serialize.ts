/**
 * QuantGraph as JSON text and back, so that a build folder can prove without the model. Integers beyond 2^53 are
 * written as {"big": "decimal"}, weight columns as {"int32": [..]}; everything else is plain JSON.
 */
import { BionoirError } from '../errors.ts';
import type { QuantGraph, QuantNode } from './types.ts';

const FORMAT = 'bionoir-quantized-network';
const VERSION = 1;

const KINDS: ReadonlySet<string> = new Set<QuantNode['op']['kind']>([
  'input',
  'dense',
  'conv2d',
  'affine',
  'relu',
  'leaky-relu',
  'max-pool2d',
  'average-pool2d',
  'pad',
  'reshape',
  'transpose',
  'sum',
  'concat',
  'argmax',
]);

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
 * @throws BionoirError MALFORMED_FILE
 */
export function decodeQuantGraph(text: string): QuantGraph {
  let parsed: Partial<QuantGraph> & { format?: unknown; version?: unknown };
  try {
    parsed = JSON.parse(text, reviveInteger);
  } catch (cause) {
    throw malformed(`it is not JSON (${(cause as Error).message})`, cause);
  }
  if (parsed?.format !== FORMAT)
    throw malformed(`its format is ${JSON.stringify(parsed?.format)}, not ${FORMAT}`);
  if (parsed.version !== VERSION) throw malformed(`its version is ${String(parsed.version)}, not ${VERSION}`);
  const { name, nodes, inputs, outputs } = parsed;
  if (
    typeof name !== 'string' ||
    !Array.isArray(nodes) ||
    !Array.isArray(inputs) ||
    !Array.isArray(outputs)
  ) {
    throw malformed('name, nodes, inputs or outputs are missing');
  }
  nodes.forEach(checkNode);
  return { name, nodes, inputs, outputs };
}

function reviveInteger(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('big' in value && typeof value.big === 'string') return BigInt(value.big);
  if ('int32' in value && Array.isArray(value.int32)) return Int32Array.from(value.int32);
  return value;
}

function checkNode(node: Partial<QuantNode>, index: number, nodes: readonly unknown[]): void {
  const inputs = node.inputs ?? [];
  const known = node.op !== undefined && KINDS.has(node.op.kind);
  if (node.id !== index || !known || !Array.isArray(node.shape) || node.bounds === undefined) {
    throw malformed(`node ${index} of ${nodes.length} is not one of ours`);
  }
  if (inputs.some(input => !(input >= 0 && input < index)))
    throw malformed(`node ${index} reads a node after it`);
}

function malformed(reason: string, cause?: unknown): BionoirError {
  return new BionoirError(
    'MALFORMED_FILE',
    `The quantised network cannot be read: ${reason}. Compile the model again.`,
    { details: { reason }, ...(cause === undefined ? {} : { cause }) },
  );
}

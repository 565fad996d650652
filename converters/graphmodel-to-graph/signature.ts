/**
 * What a GraphModel takes and gives: its signature, or, where it has none, its placeholders and the nodes that nobody
 * uses.
 */
import { unknownOutput } from '../../src/graph/index.ts';
import { isJsonObject, type JsonObject, malformedModel } from '../../src/tensorflow/index.ts';
import { type GraphNode, parseRef, readTensorShape, type TensorRef } from './nodes.ts';

export interface Signature {
  /** Names of placeholders, in the caller's order. */
  readonly inputs: readonly string[];
  readonly outputs: readonly TensorRef[];
  /** Outputs by the names of the signature. */
  readonly named: ReadonlyMap<string, TensorRef>;
  /** Shapes of inputs, where the signature states them. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/**
 * Reads the signature of a model.
 *
 * @throws MALFORMED_MODEL when the model has no inputs or no outputs.
 */
export function readSignature(value: unknown, nodes: ReadonlyMap<string, GraphNode>): Signature {
  const fields = isJsonObject(value) ? value : {};
  const inputs = tensorsOf(fields.inputs);
  const outputs = tensorsOf(fields.outputs);
  const shapes = new Map(
    inputs.flatMap(({ ref, shape }) => (shape === undefined ? [] : [[ref.node, shape] as const])),
  );
  const signature: Signature = {
    inputs: inputs.length > 0 ? inputs.map(({ ref }) => ref.node) : placeholders(nodes),
    outputs: outputs.length > 0 ? outputs.map(({ ref }) => ref) : unused(nodes),
    named: new Map(outputs.map(({ key, ref }) => [key, ref])),
    shapes,
  };
  if (signature.inputs.length > 0 && signature.outputs.length > 0) return signature;
  throw malformedModel(
    'The graph has no inputs or no outputs; there is nothing to prove. Is model.json intact?',
  );
}

/**
 * The signature with other outputs: names of its own (Identity), or nodes of the graph (stage1/conv, split:1).
 *
 * @throws USAGE for a name that is neither.
 */
export function chooseOutputs(
  signature: Signature,
  names: readonly string[] | undefined,
  nodes: ReadonlyMap<string, GraphNode>,
): Signature {
  if (names === undefined) return signature;
  const outputs = names.map(name => {
    const ref = signature.named.get(name) ?? parseRef(name);
    if (nodes.has(ref.node)) return ref;
    throw unknownOutput(
      name,
      signature.outputs.map(({ node }) => node),
    );
  });
  return { ...signature, outputs };
}

interface SignatureTensor {
  readonly key: string;
  readonly ref: TensorRef;
  readonly shape: readonly number[] | undefined;
}

function tensorsOf(value: unknown): SignatureTensor[] {
  const entries: [string, unknown][] = isJsonObject(value) ? Object.entries(value) : [];
  return entries.map(([key, entry]) => {
    const fields: JsonObject = isJsonObject(entry) ? entry : {};
    const ref = parseRef(typeof fields.name === 'string' ? fields.name : key);
    return {
      key,
      ref,
      shape: isJsonObject(fields.tensorShape) ? readTensorShape(fields.tensorShape) : undefined,
    };
  });
}

function placeholders(nodes: ReadonlyMap<string, GraphNode>): string[] {
  return [...nodes.values()].filter(node => node.op === 'Placeholder').map(node => node.name);
}

function unused(nodes: ReadonlyMap<string, GraphNode>): TensorRef[] {
  const used = new Set(
    [...nodes.values()].flatMap(({ inputs, controls }) => [...inputs.map(input => input.node), ...controls]),
  );
  return [...nodes.values()]
    .filter(node => !used.has(node.name) && !['Const', 'Placeholder', 'NoOp'].includes(node.op))
    .map(node => ({ node: node.name, output: 0 }));
}

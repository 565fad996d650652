/**
 * Walks the calls of a model in an order in which operands come first, and hands each to its layer's importer.
 * Nested models are walked in place; a layer that is called several times becomes several nodes with shared weights.
 */
import { BionoirError } from '../../src/errors.ts';
import { emit, PIXEL_DOMAIN, type Shape, unknownOutput } from '../../src/graph/index.ts';
import { describe, malformedModel, readField, type TfjsOptions } from '../../src/tensorflow/index.ts';
import type { Emitter, LayerCall } from './emitter.ts';
import { importerOf } from './layers/index.ts';
import {
  type CalledLayer,
  isModelClass,
  type KerasLayer,
  type LayerInputs,
  readTopology,
  referencesOf,
  type TensorRef,
  type Topology,
} from './topology.ts';

/** Deeper nests of models than anyone builds by hand. */
const NESTING_MAX = 32;

/** The names of the tensors that a model takes and gives. */
export interface ImportedModel {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** One model on the walk. */
interface Walk {
  readonly emitter: Emitter;
  readonly topology: Topology;
  /** Tensor of each finished call, by `callKey`. */
  readonly tensors: Map<string, readonly string[]>;
  readonly scope: readonly string[];
}

/**
 * Imports the outermost model: its input layers become input nodes, of 8-bit pixels until the caller says otherwise.
 *
 * @param outputs layers that become the outputs, instead of those that the model declares
 * @throws MALFORMED_MODEL for broken topology, and whatever the layers' importers throw; USAGE for a layer that is not there.
 */
export function importModel(
  emitter: Emitter,
  topology: Topology,
  { inputShapes = {}, outputs }: Pick<TfjsOptions, 'inputShapes' | 'outputs'> = {},
): ImportedModel {
  const walk: Walk = { emitter, topology, tensors: new Map(), scope: [] };
  for (const input of topology.inputs) {
    const { layer } = findLayer(topology, input);
    const shape = inputShape(layer, inputShapes[layer.name]);
    const node = emit(emitter, layer.name, { kind: 'input', shape, domain: PIXEL_DOMAIN }, []);
    walk.tensors.set(callKey(input), [node]);
  }
  const inputs = topology.inputs.map(input => tensorOf(walk, input));
  const declared = walkCalls(walk);
  return { inputs, outputs: outputs?.map(name => outputOf(walk, name)) ?? declared };
}

/** The tensor of a layer, after its activation: an output of the model before any other call of the layer. */
function outputOf(walk: Walk, name: string): string {
  const { outputs } = walk.topology;
  const ref = outputs.find(({ layer }) => layer === name) ?? { layer: name, call: 0, output: 0 };
  const tensor = walk.tensors.get(callKey(ref))?.[ref.output];
  if (tensor !== undefined) return tensor;
  throw unknownOutput(
    name,
    outputs.map(({ layer }) => layer),
  );
}

/** Imports a model that is a layer of another: its input layers stand for the operands of the call. */
function importNested(emitter: Emitter, call: LayerCall): readonly string[] {
  const scope = [...call.scope, call.layer.name];
  if (scope.length > NESTING_MAX) {
    throw malformedModel(`Model '${call.layer.name}' is nested ${scope.length} deep; is model.json intact?`);
  }
  const topology = readTopology(call.layer.className, call.layer.config);
  const walk: Walk = { emitter, topology, tensors: new Map(), scope };
  if (topology.inputs.length !== call.operands.length) {
    throw malformedModel(
      `Model '${call.layer.name}' takes ${topology.inputs.length} tensors, but is called on ${call.operands.length}. Is model.json intact?`,
    );
  }
  for (const [i, input] of topology.inputs.entries())
    walk.tensors.set(callKey(input), [call.operands[i] ?? '']);
  return walkCalls(walk);
}

/** Imports every call once its operands are known; returns the output tensors. */
function walkCalls(walk: Walk): string[] {
  let waiting = walk.topology.layers.flatMap(called => pendingCalls(walk, called));
  while (waiting.length > 0) {
    const postponed = waiting.filter(call => !tryCall(walk, call));
    if (postponed.length === waiting.length) throw stuck(walk, postponed);
    waiting = postponed;
  }
  return walk.topology.outputs.map(output => tensorOf(walk, output));
}

interface PendingCall {
  readonly layer: KerasLayer;
  readonly ref: TensorRef;
  readonly inputs: LayerInputs;
}

function pendingCalls(walk: Walk, { layer, calls }: CalledLayer): PendingCall[] {
  return calls.flatMap((inputs, call) => {
    const ref: TensorRef = { layer: layer.name, call, output: 0 };
    return walk.tensors.has(callKey(ref)) ? [] : [{ layer, ref, inputs }];
  });
}

/** Imports a call if all its operands are known; says whether it did. */
function tryCall(walk: Walk, { layer, ref, inputs }: PendingCall): boolean {
  if (!referencesOf(inputs).every(operand => walk.tensors.has(callKey(operand)))) return false;
  if (layer.className === 'InputLayer') {
    throw malformedModel(
      `InputLayer '${layer.name}' is not in the model's list of inputs; is model.json intact?`,
    );
  }
  const named = Object.entries(inputs.named).map(([key, refs]) => [
    key,
    refs.map(operand => tensorOf(walk, operand)),
  ]);
  const call: LayerCall = {
    layer,
    operands: inputs.operands.map(operand => tensorOf(walk, operand)),
    named: Object.fromEntries(named),
    options: inputs.options,
    scope: walk.scope,
  };
  refuseArguments(layer, inputs);
  const tensors = isModelClass(layer.className)
    ? importNested(walk.emitter, call)
    : importerOf(layer)(walk.emitter, call);
  walk.tensors.set(callKey(ref), typeof tensors === 'string' ? [tensors] : tensors);
  return true;
}

/** Layers that read tensors given by name. */
const NAMED_OPERANDS = [
  'SimpleRNN',
  'LSTM',
  'GRU',
  'RNN',
  'Bidirectional',
  'MultiHeadAttention',
  'Attention',
];

/** Arguments that some layers read. */
const READ_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  Attention: ['use_causal_mask', 'useCausalMask'],
  MultiHeadAttention: ['use_causal_mask', 'useCausalMask'],
};

/** Arguments that are not understood would silently change what is computed. */
function refuseArguments(layer: KerasLayer, { named, options: given }: LayerInputs): void {
  const known = READ_OPTIONS[layer.className] ?? [];
  const options = Object.fromEntries(Object.entries(given).filter(([key]) => !known.includes(key)));
  const strange = NAMED_OPERANDS.includes(layer.className) ? options : { ...options, ...named };
  if (Object.keys(strange).length === 0) return;
  throw new BionoirError(
    'UNSUPPORTED_OPTION',
    `Layer '${layer.name}' is called with extra arguments ${describe(strange)}; only calls on tensors are read. Give constants as layers.`,
    { details: { layer: layer.name, arguments: strange }, location: `layer '${layer.name}'` },
  );
}

function stuck(walk: Walk, waiting: readonly PendingCall[]): Error {
  const [first] = waiting;
  const operands = first === undefined ? [] : referencesOf(first.inputs);
  const missing = operands.find(operand => !walk.tensors.has(callKey(operand)));
  return malformedModel(
    `Layer '${first?.ref.layer}' takes a tensor of layer '${missing?.layer}' (call ${missing?.call}) that is never computed: it is missing, or the layers form a cycle. Is model.json intact?`,
    { waiting: waiting.map(call => call.ref.layer) },
  );
}

function callKey(ref: TensorRef): string {
  return `${ref.call}:${ref.layer}`;
}

function tensorOf(walk: Walk, ref: TensorRef): string {
  const tensors = walk.tensors.get(callKey(ref));
  const tensor = tensors?.[ref.output];
  if (tensor !== undefined) return tensor;
  if (tensors !== undefined) {
    throw malformedModel(
      `The model takes output ${ref.output} of layer '${ref.layer}', which gives ${tensors.length}. Is model.json intact?`,
    );
  }
  throw malformedModel(
    `The model gives call ${ref.call} of layer '${ref.layer}' as an output, which it does not have. Is model.json intact?`,
  );
}

function findLayer(topology: Topology, ref: TensorRef): CalledLayer {
  const found = topology.layers.find(called => called.layer.name === ref.layer);
  if (found?.layer.className === 'InputLayer') return found;
  throw malformedModel(
    `The model's input '${ref.layer}' is ${found === undefined ? 'missing' : `a ${found.layer.className}`}; expected an InputLayer. Is model.json intact?`,
  );
}

/** The shape of an input layer without its batch dimension; sizes that it leaves open may be given, with the batch or without. */
function inputShape(layer: KerasLayer, given?: readonly number[]): Shape {
  const value =
    readField(layer.config, 'batch_input_shape') ?? readField(layer.config, 'batch_shape') ?? null;
  if (!Array.isArray(value) || value.length < 2) {
    throw malformedModel(
      `Input '${layer.name}' has the shape ${describe(value)}; expected [null, ...sizes]. Is model.json intact?`,
    );
  }
  const own: unknown[] = value.slice(1);
  const stated = given?.length === value.length ? given.slice(1) : given;
  const shape: readonly unknown[] =
    stated?.length === own.length ? own.map((size, i) => size ?? stated[i]) : own;
  if (shape.every(size => Number.isSafeInteger(size) && Number(size) >= 1)) return shape.map(Number);
  throw malformedModel(
    `Input '${layer.name}' has the shape ${describe(value)}; every size but the batch must be known. Give it with the option inputShapes, or build the model with a fixed input shape.`,
  );
}

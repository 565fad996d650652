/**
 * ONNX -> Graph. The face of this converter.
 *
 * Reads models of operator sets 9 and later, as PyTorch, TensorFlow and scikit-learn exporters write them, without ONNX
 * Runtime; ONNX Runtime and ONNX's own test data are the oracles of the tests. The batch must be one: a size that the model
 * leaves open at the front becomes 1.
 */
import { BionoirError } from '../../src/errors.ts';
import {
  buildGraph,
  checkExactGraph,
  elementCount,
  finishOutputs,
  type Graph,
  type InputDomain,
  isExactGraph,
  type NodeSpec,
  removeDeadNodes,
  type SoftmaxMode,
  toGraphSpec,
  unknownOutput,
} from '../../src/graph/index.ts';
import {
  type Call,
  emit,
  type Importer,
  nodeMaking,
  range,
  toVariable,
  type Value,
  type Variable,
} from './context.ts';
import { importMainGraph, readOpsets } from './import-graph.ts';
import { channelsLast, plainNode } from './layout.ts';
import { decodeModel, type GraphProto, type ValueInfoProto } from './proto.ts';
import {
  type Constant,
  type ElementType,
  elementTypeOf,
  externalLocation,
  isWholeType,
  rangeOfType,
} from './tensors.ts';

export { supportedOnnxOps } from './operators/index.ts';

/** The files of an ONNX model. */
export interface OnnxModelFiles {
  /** The bytes of model.onnx. */
  readonly model: Uint8Array;
  /** Weights that the model keeps in other files, by the location that it names (see {@link onnxExternalPaths}). */
  readonly external?: ReadonlyMap<string, Uint8Array>;
}

export interface OnnxOptions {
  /**
   * What integers the network takes, for every input without an entry in `inputs`. By default bytes [0, 255] that the
   * network sees as [0, 1]; for inputs of an integer type numbers from 0 that it sees as they are.
   */
  readonly input?: Partial<InputDomain>;
  /** The same by input name. */
  readonly inputs?: Readonly<Record<string, Partial<InputDomain>>>;
  /** What becomes of a softmax at the end: 'drop' (the default) gives logits, 'argmax' the label, 'keep' keeps it. */
  readonly softmax?: SoftmaxMode;
  /** Tensors of the model that become the network's outputs, instead of those that it declares: to end it earlier. */
  readonly outputs?: readonly string[];
  /** Sizes of inputs that the model leaves open, by input name, batch included: { tokens: [1, 16] }. */
  readonly inputShapes?: Readonly<Record<string, readonly number[]>>;
  /**
   * Inputs that are to be constants, by name: one number for all elements, or all of them, row-major. A mask of ones, say,
   * of a model that is used on whole sequences.
   */
  readonly constants?: Readonly<Record<string, number | readonly number[]>>;
  /**
   * In which order images are given: as the model declares them ('model', the default; PyTorch's are channels, height,
   * width), or 'channels-last', as picture files have them.
   */
  readonly imageLayout?: 'model' | 'channels-last';
}

/**
 * Imports an ONNX model.
 *
 * @throws MALFORMED_MODEL, MALFORMED_WEIGHTS, UNSUPPORTED_OP, UNSUPPORTED_OPTION, SHAPE_MISMATCH, MALFORMED_GRAPH;
 * FILE_NOT_FOUND when weights are in a file that is not given; USAGE when an option names an input that does not exist.
 */
export function onnxToGraph(files: OnnxModelFiles, options: OnnxOptions = {}): Graph {
  const model = decodeModel(files.model);
  try {
    return importModel(model, files, options, false);
  } catch (error) {
    const isMixed = model.graph.nodes.some(node => node.opType === 'QuantizeLinear');
    const isUnsupported = error instanceof BionoirError && error.code.startsWith('UNSUPPORTED');
    if (!isMixed || !isUnsupported) throw error;
    // only some layers are integers: the network of reals that it stands for
    try {
      return importModel(model, files, options, true);
    } catch {
      throw error;
    }
  }
}

function importModel(
  model: ReturnType<typeof decodeModel>,
  files: OnnxModelFiles,
  options: OnnxOptions,
  isOfReals: boolean,
): Graph {
  const importer: Importer = {
    isOfReals,
    nodes: [],
    shapes: new Map(),
    memo: new Map(),
    labels: new Set(),
    integerInputs: new Map(),
    dequantized: new Map(),
    opsets: readOpsets(model.opsets),
    files: location => files.external?.get(location),
  };
  const declared = declaredInputs(model.graph);
  checkInputNames(declared, options);
  const free = declared.filter(input => options.constants?.[input.name] === undefined);
  const inputs = new Map(free.map(input => [input.name, makeInput(importer, input, options)]));
  const fixed = declared.filter(input => !free.includes(input));
  const known = fixed.map(input => [input.name, makeConstant(input, options)] as const);
  const functions = new Map(model.functions.map(body => [`${body.domain ?? ''}:${body.name ?? ''}`, body]));
  const outputNames = chosenNames(model.graph, options);
  const outputs = importMainGraph(
    { importer, functions },
    { ...model.graph, outputs: named(outputNames) },
    new Map<string, Value>([...inputs, ...known]),
  );
  checkIntegerInputs(importer);
  const mode = options.softmax ?? 'drop';
  const chosen = chooseOutputs(importer, outputs, mode);
  const names = chosen.map((output, i) => outputNode(importer, output, `output_${i}`));
  const nodes = importer.nodes.map(node => withDomain(node, importer, inputs, options));
  const graph = buildGraph({ name: model.graph.name || 'model', nodes, outputs: names });
  const areLabels = chosen.every(output => output.kind === 'variable' && importer.labels.has(output.node));
  const finished = finishOutputs(removeDeadNodes(graph), areLabels ? 'keep' : mode);
  if (!isExactGraph(finished)) return finished;
  const whole = endAtIntegers(finished, importer);
  checkExactGraph(whole);
  return whole;
}

function chosenNames(graph: GraphProto, { outputs }: OnnxOptions): readonly string[] {
  const declared = graph.outputs.map(output => output.name ?? '');
  const made = new Set([...declared, ...graph.nodes.flatMap(node => node.outputs)]);
  const unknown = outputs?.find(name => !made.has(name) || name === '');
  if (unknown !== undefined) throw unknownOutput(unknown, declared);
  return outputs ?? declared;
}

/** An input that is given as the integers behind its QuantizeLinear cannot be read as reals, too. */
function checkIntegerInputs(importer: Importer): void {
  for (const [input, { node }] of importer.integerInputs) {
    const other = importer.nodes.find(user => user.name !== node && user.inputs.includes(input));
    if (other === undefined) continue;
    throw new BionoirError(
      'UNSUPPORTED_OPTION',
      `Input '${input}' is quantised for one part of the network and used as reals by node '${other.name}'. Quantise the whole network, or none of it.`,
      { details: { input, node: other.name }, location: `input '${input}'` },
    );
  }
}

/** Outputs, or labels found among them, of reals become outputs of the 8-bit numbers that the reals stand for. */
function endAtIntegers(graph: Graph, importer: Importer): Graph {
  const spec = toGraphSpec(graph);
  const integers = (name: string): string => importer.dequantized.get(name) ?? name;
  const nodes = spec.nodes.map(node => {
    const isEnd = node.op.kind === 'reshape' || node.op.kind === 'argmax' || node.op.kind === 'transpose';
    return isEnd ? { ...node, inputs: node.inputs.map(integers) } : node;
  });
  return removeDeadNodes(buildGraph({ ...spec, nodes, outputs: spec.outputs.map(integers) }));
}

/** Of a classifier that gives label and scores: the scores ('drop') or the label ('argmax') alone. */
function chooseOutputs(importer: Importer, outputs: readonly Value[], mode: SoftmaxMode): readonly Value[] {
  const isLabel = (value: Value): boolean => value.kind === 'variable' && importer.labels.has(value.node);
  const labels = outputs.filter(isLabel);
  const isBoth = labels.length > 0 && labels.length < outputs.length;
  if (!isBoth || mode === 'keep') return outputs;
  return mode === 'argmax' ? labels : outputs.filter(value => !isLabel(value));
}

function named(names: readonly string[]): ValueInfoProto[] {
  return names.map(name => ({ name }));
}

/**
 * The files beside model.onnx that hold weights, by the locations under which the model names them.
 *
 * @throws MALFORMED_MODEL when the bytes are not an ONNX model, or a location leaves the model's folder.
 */
export function onnxExternalPaths(model: Uint8Array): string[] {
  const { graph } = decodeModel(model);
  const inNodes = graph.nodes.flatMap(node => node.attributes.flatMap(attribute => attribute.tensor ?? []));
  const locations = [...graph.initializers, ...inNodes].map(externalLocation);
  const paths = [...new Set(locations.filter(location => location !== undefined))];
  const outside = paths.find(path => /^([/\\]|[A-Za-z]:)/.test(path) || path.split(/[/\\]/).includes('..'));
  if (outside === undefined) return paths;
  throw new BionoirError(
    'MALFORMED_MODEL',
    `The model keeps weights in '${outside}', outside of its own folder; such files are not read. Save the model with its weights beside it.`,
    { details: { path: outside } },
  );
}

interface DeclaredInput {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string | undefined)[];
}

/** The inputs that are no initialisers (older files list those too). */
function declaredInputs(graph: GraphProto): DeclaredInput[] {
  const known = new Set(graph.initializers.map(tensor => tensor.name ?? ''));
  return graph.inputs.filter(input => !known.has(input.name ?? '')).map(readInput);
}

function readInput(info: ValueInfoProto): DeclaredInput {
  const name = info.name ?? '';
  const tensor = info.type?.tensor;
  const type = elementTypeOf(tensor?.elementType);
  if (tensor?.shape === undefined || type === undefined) {
    throw new BionoirError(
      'UNSUPPORTED_OPTION',
      `Input '${name}' is not a tensor of numbers with a known number of axes (element type ${tensor?.elementType ?? 'none'}). Export the model with tensor inputs.`,
      { details: { input: name, elementType: tensor?.elementType }, location: `input '${name}'` },
    );
  }
  return { name, type, dims: tensor.shape.dims.map(dim => dim.value ?? dim.param) };
}

function checkInputNames(inputs: readonly DeclaredInput[], options: OnnxOptions): void {
  for (const option of ['inputs', 'inputShapes', 'constants'] as const) {
    for (const name of Object.keys(options[option] ?? {})) {
      if (inputs.some(input => input.name === name)) continue;
      const known = inputs.map(input => `'${input.name}'`).join(', ');
      throw new BionoirError(
        'USAGE',
        `The option '${option}' names '${name}', which is not an input of the model; its inputs are ${known}.`,
        { details: { name, inputs: inputs.map(input => input.name) } },
      );
    }
  }
}

/** An input that the caller fixes. */
function makeConstant(input: DeclaredInput, options: OnnxOptions): Constant {
  const dims = inputDims(input, options);
  const count = elementCount(dims);
  const given = options.constants?.[input.name] ?? 0;
  const data = typeof given === 'number' ? new Float64Array(count).fill(given) : Float64Array.from(given);
  if (data.length === count) return { kind: 'constant', type: input.type, dims, data };
  throw new BionoirError(
    'USAGE',
    `The option 'constants' gives '${input.name}' ${data.length} numbers; its shape [${dims.join(', ')}] asks for ${count}, or for one number for all.`,
    { details: { input: input.name, given: data.length, expected: count } },
  );
}

/** The input node, without the batch. */
function makeInput(importer: Importer, input: DeclaredInput, options: OnnxOptions): Variable {
  const dims = inputDims(input, options);
  const isImage = options.imageLayout === 'channels-last' && dims.length >= 3 && dims[0] === 1;
  const order = isImage ? channelsLast(dims.length) : range(dims.length);
  const full = order.map(axis => dims[axis] ?? 1);
  const shape = full.length > 1 && full[0] === 1 ? full.slice(1) : full;
  const domain = { min: 0, max: 1, scale: 1, offset: 0 }; // `withDomain` gives the real one
  const node = emit(importer, input.name, { kind: 'input', shape, domain }, []);
  return { kind: 'variable', type: input.type, dims, node, order };
}

function inputDims(input: DeclaredInput, options: OnnxOptions): number[] {
  const given = options.inputShapes?.[input.name];
  if (given !== undefined && given.length !== input.dims.length) {
    throw new BionoirError(
      'USAGE',
      `The option 'inputShapes' gives '${input.name}' ${given.length} sizes; the model declares ${input.dims.length}, batch included.`,
      { details: { input: input.name, given, declared: input.dims } },
    );
  }
  return input.dims.map((size, axis) => {
    if (typeof size === 'number' && size > 0 && Number.isSafeInteger(size)) return size;
    const chosen = given?.[axis];
    if (chosen !== undefined) return chosen;
    if (axis === 0) return 1;
    throw new BionoirError(
      'UNSUPPORTED_OPTION',
      `Input '${input.name}' leaves the size of axis ${axis} open (${size ?? 'unnamed'}). Give all sizes with the option inputShapes: { '${input.name}': [...] }.`,
      { details: { input: input.name, axis, dims: input.dims }, location: `input '${input.name}'` },
    );
  });
}

/** The node of an output, in ONNX's order, without the batch. */
function outputNode(importer: Importer, output: Value, name: string): string {
  const call: Call = {
    importer,
    opType: 'output',
    name,
    inputs: [],
    attributes: new Map(),
    opset: 1,
    usedOutputs: [],
    importSubgraph: () => [],
    importPart: () => output,
  };
  const value = toVariable(call, output);
  // A label stays a scalar: ONNX gives it the batch as its only axis.
  const isLabel = importer.labels.has(value.node) || nodeMaking(importer, value.node)?.op.kind === 'argmax';
  if (isLabel) return value.node;
  const shape = value.dims.length > 1 && value.dims[0] === 1 ? value.dims.slice(1) : value.dims;
  return plainNode(call, value, shape);
}

const BYTE_MAX = 255;

/** Gives an input node the domain that the caller asked for. */
function withDomain(
  node: Required<NodeSpec>,
  importer: Importer,
  inputs: ReadonlyMap<string, Variable>,
  options: OnnxOptions,
): NodeSpec {
  if (node.op.kind !== 'input') return node;
  const bytes = importer.integerInputs.get(node.name)?.type ?? byteType(inputs.get(node.name)?.type);
  if (bytes !== undefined) {
    const [min, max] = rangeOfType(bytes);
    return {
      ...node,
      op: { ...node.op, domain: { min, max, scale: 1, offset: 0, ...options.inputs?.[node.name] } },
    };
  }
  const asked = options.inputs?.[node.name] ?? options.input ?? {};
  const isWhole = isWholeType(inputs.get(node.name)?.type ?? 'float32');
  const [min, max] = [asked.min ?? 0, asked.max ?? largestIndex(importer, node.name) ?? BYTE_MAX];
  const unit = isWhole ? 1 : 1 / Math.max(Math.abs(min), Math.abs(max));
  const domain: InputDomain = { min, max, scale: asked.scale ?? unit, offset: asked.offset ?? 0 };
  return { ...node, op: { ...node.op, domain } };
}

function byteType(type: ElementType | undefined): ElementType | undefined {
  return type === 'uint8' || type === 'int8' ? type : undefined;
}

/** The last row of a table that an input (perhaps reshaped) chooses rows of. */
function largestIndex(importer: Importer, input: string): number | undefined {
  const same = new Set([input]);
  for (const node of importer.nodes) {
    const [source = ''] = node.inputs;
    if (!same.has(source)) continue;
    if (node.op.kind === 'reshape') same.add(node.name);
    if (node.op.kind === 'embedding') return node.op.table.length / node.op.size - 1;
  }
  return undefined;
}

/**
 * RNN, LSTM and GRU, unrolled. Sequences are [steps, batch, features] (or batch first with layout = 1); weights are
 * [directions, gates * units, ...], and the bias holds that of the input and that of the state one after the other.
 */
import { compose, type FunctionName, type Op } from '../../../src/graph/index.ts';
import {
  floatAttribute,
  floatsAttribute,
  intAttribute,
  stringAttribute,
  stringsAttribute,
} from '../attributes.ts';
import {
  type Call,
  constantOperand,
  emit,
  emitAll,
  malformedNode,
  type OperatorImporter,
  operand,
  optionalConstant,
  range,
  toVariable,
  toWeights,
  unsupported,
  type Value,
  type Variable,
  variableOperand,
} from '../context.ts';
import { inOrder, plainNode, reshaped } from '../layout.ts';
import { concatVariables, reshapeValue, selectAxes, splitAxis, transposeValue } from '../moves.ts';
import type { Constant } from '../tensors.ts';

/** Where each gate of our compositions stands in ONNX's weights. */
const GATE_ORDER = {
  RNN: [0],
  LSTM: [0, 2, 3, 1], // ONNX: input, output, forget, candidate
  GRU: [0, 1, 2],
} as const;

type CellKind = keyof typeof GATE_ORDER;

/** A recurrent layer of one direction over one sequence. */
interface Direction {
  readonly index: number;
  readonly isReversed: boolean;
  readonly features: number;
  readonly units: number;
}

export const importRecurrent: OperatorImporter = call => {
  refuseRest(call);
  const isBatchFirst = intAttribute(call, 'layout', 0) !== 0;
  const given = variableOperand(call, 0);
  const x = isBatchFirst ? (transposeValue(given, [1, 0, 2]) as Variable) : given; // a variable stays one
  const [steps = 1, batch = 1, features = 1] = x.dims;
  const weights = constantOperand(call, 1, 'its weights');
  const units = intAttribute(call, 'hidden_size', weights.dims[1] ?? 1);
  const directions = directionsOf(call).map((isReversed, index) => ({ index, isReversed, features, units }));
  const runs = directions.map(direction => range(batch).map(sample => runSample(call, x, direction, sample)));
  const sequences = range(steps).map(step =>
    stack(
      call,
      runs.map(samples => samples.map(run => run.states[step])),
    ),
  );
  const all = concatVariables(call, sequences, 0);
  const last = stack(
    call,
    runs.map((samples, d) => samples.map(run => run.states[directions[d]?.isReversed ? 0 : run.length - 1])),
  );
  const cells = call.usedOutputs[2]
    ? [
        stack(
          call,
          runs.map(samples => samples.map(run => run.lastCell)),
        ),
      ]
    : [];
  // Y is [steps, directions, batch, units]; with layout = 1 [batch, steps, directions, units].
  const finals = [last, ...cells].map(value => {
    const state = reshaped(call, value, value.dims.slice(1));
    return isBatchFirst ? transposeValue(state, [1, 0, 2]) : state;
  });
  return [isBatchFirst ? transposeValue(all, [2, 0, 1, 3]) : all, ...finals];
};

function refuseRest(call: Call): void {
  const lengths = optionalConstant(call, 4, 'the lengths of its sequences');
  const steps = operand(call, 0).dims[intAttribute(call, 'layout', 0)] ?? 1;
  if (lengths?.data.some(length => length < 1 || length > steps)) {
    throw malformedNode(call, `has sequences of lengths ${lengths.data.join(', ')} in ${steps} steps`);
  }
}

function directionsOf(call: Call): boolean[] {
  const direction = stringAttribute(call, 'direction', 'forward');
  if (direction === 'forward') return [false];
  if (direction === 'reverse') return [true];
  if (direction === 'bidirectional') return [false, true];
  throw malformedNode(call, `has direction '${direction}'; forward, reverse and bidirectional exist`);
}

/** One sequence of the batch, as the node [steps, features]. */
function sampleOf(call: Call, x: Variable, sample: number): { node: string; shape: readonly number[] } {
  const [steps = 1, batch = 1, features = 1] = x.dims;
  const one = batch === 1 ? x : splitAxis(call, x, 1)[sample];
  const shape = [steps, features];
  return { node: plainNode(call, toVariable(call, one ?? x), shape), shape };
}

/** One sequence: what follows its end is left out, and the states there are zeros. */
function runSample(
  call: Call,
  x: Variable,
  direction: Direction,
  sample: number,
): { states: readonly string[]; lastCell?: string; length: number } {
  const [steps = 1] = x.dims;
  const length = optionalConstant(call, 4, 'the lengths of its sequences')?.data[sample] ?? steps;
  const whole = length === steps ? x : selectAxes(call, x, [range(length)], `first ${length} steps`);
  const run = runDirection(call, sampleOf(call, whole as Variable, sample), direction, sample); // slices vary
  if (length === steps) return { ...run, length };
  const indices = new Int32Array(direction.units).fill(-1);
  const op: Op = { kind: 'rearrange', shape: [direction.units], indices, label: 'zeros' };
  const zeros = emit(call.importer, `${call.name}_zeros`, op, [run.states[0] ?? '']);
  const states = range(steps).map(step => run.states[step] ?? zeros);
  return { ...run, states, length };
}

function runDirection(
  call: Call,
  input: { node: string; shape: readonly number[] },
  direction: Direction,
  sample: number,
): { states: readonly string[]; lastCell?: string } {
  const kind = call.opType as CellKind; // the table has these three
  const name = direction.index === 0 ? call.name : `${call.name}_reverse`;
  const site = { name, input: input.node, shape: input.shape };
  const common = commonOptions(call, kind, direction, sample);
  const layer = unrolled(call, kind, site, { ...common, ...activationsOf(call, kind, direction) }, direction);
  const renamed = emitLayer(call, layer.nodes);
  const states = layer.states.map(renamed);
  return layer.lastCell === undefined ? { states } : { states, lastCell: renamed(layer.lastCell) };
}

function unrolled(
  call: Call,
  kind: CellKind,
  site: compose.Site,
  options: compose.Recurrent & Activations & { readonly initialCell?: string },
  direction: Direction,
): compose.UnrolledLayer {
  if (kind === 'RNN')
    return compose.simpleRecurrent(site, { ...options, activation: options.gateActivation });
  if (kind === 'LSTM') {
    const isCoupled = intAttribute(call, 'input_forget', 0) !== 0;
    return compose.lstm(site, { ...options, ...peepholesOf(call, direction), isCoupled });
  }
  const isAfter = intAttribute(call, 'linear_before_reset', 0) !== 0;
  const recurrentBias = biasOf(call, kind, direction).recurrent.slice(2 * direction.units);
  return compose.gru(site, {
    ...options,
    reset: isAfter ? { kind: 'after', recurrentBias } : { kind: 'before' },
  });
}

/** Adds a layer's nodes, and gives the map from their names to those that they got. */
function emitLayer(call: Call, nodes: readonly compose.ComposedNode[]): (name: string) => string {
  const names = new Map<string, string>();
  for (const spec of nodes) {
    const inputs = spec.inputs.map(input => names.get(input) ?? input);
    names.set(spec.name, emitAll(call.importer, [{ ...spec, inputs }]));
  }
  return name => names.get(name) ?? name;
}

type Common = Omit<compose.Recurrent, 'activation'> & { readonly initialCell?: string };

function commonOptions(call: Call, kind: CellKind, direction: Direction, sample: number): Common {
  const { units, isReversed } = direction;
  const weights = (index: number): Constant => constantOperand(call, index, 'its weights');
  const kernel = gateColumns(call, weights(1), kind, direction, direction.features);
  const recurrentKernel = gateColumns(call, weights(2), kind, direction, units);
  const { input, recurrent } = biasOf(call, kind, direction);
  // The reset gate of a GRU may act on the state's part of the candidate, bias and all: that part is kept apart.
  const isApart = kind === 'GRU' && intAttribute(call, 'linear_before_reset', 0) !== 0;
  const bias = input.map((value, i) => value + (isApart && i >= 2 * units ? 0 : (recurrent[i] ?? 0)));
  const state = stateNode(call, 5, direction, sample);
  const cell = stateNode(call, 6, direction, sample);
  return {
    units,
    kernel,
    recurrentKernel,
    bias,
    isReversed,
    ...(state === undefined ? {} : { initialState: state }),
    ...(cell === undefined || kind !== 'LSTM' ? {} : { initialCell: cell }),
  };
}

/** [directions, gates * units, inputs] -> [inputs, gates * units] of one direction, in our order of gates. */
function gateColumns(
  call: Call,
  weights: Constant,
  kind: CellKind,
  direction: Direction,
  expected: number,
): Float32Array {
  const { index, units } = direction;
  const order = GATE_ORDER[kind];
  const rows = order.length * units;
  const inputs = weights.dims[2] ?? 1;
  const source = toWeights(call, weights);
  if (weights.dims[1] !== rows || inputs !== expected || index >= (weights.dims[0] ?? 0)) {
    throw malformedNode(
      call,
      `has weights [${weights.dims.join(', ')}] for ${expected} inputs and ${units} units`,
    );
  }
  return new Float32Array(inputs * rows).map((_, i) => {
    const [from, to] = [Math.floor(i / rows), i % rows];
    const gate = order[Math.floor(to / units)] ?? 0;
    return source[(index * rows + gate * units + (to % units)) * inputs + from] ?? 0;
  });
}

interface Biases {
  readonly input: Float32Array;
  readonly recurrent: Float32Array;
}

function biasOf(call: Call, kind: CellKind, { index, units }: Direction): Biases {
  const order = GATE_ORDER[kind];
  const size = order.length * units;
  const given = optionalConstant(call, 3, 'its bias');
  const part = (offset: number): Float32Array =>
    new Float32Array(size).map((_, i) => {
      const gate = order[Math.floor(i / units)] ?? 0;
      return given?.data[index * 2 * size + offset + gate * units + (i % units)] ?? 0;
    });
  return { input: part(0), recurrent: part(size) };
}

/** The state before the first step, of one direction and sample; undefined for zeros. */
function stateNode(call: Call, index: number, direction: Direction, sample: number): string | undefined {
  const given = call.inputs[index];
  if (given === undefined || (given.kind === 'constant' && given.data.every(value => value === 0)))
    return undefined;
  const plain = intAttribute(call, 'layout', 0) === 0 ? given : transposeValue(given, [1, 0, 2]);
  const one: Value = selectAxes(call, plain, [[direction.index], [sample], undefined], `state ${sample}`);
  return plainNode(call, toVariable(call, reshapeValue(call, one, [direction.units])));
}

function peepholesOf(call: Call, { index, units }: Direction): Pick<compose.Lstm, 'peepholes'> | object {
  const given = optionalConstant(call, 7, 'its peepholes');
  if (given === undefined) return {};
  const weights = toWeights(call, given).subarray(index * 3 * units, (index + 1) * 3 * units);
  const part = (at: number): Float32Array => weights.slice(at * units, (at + 1) * units);
  return { peepholes: { input: part(0), output: part(1), forget: part(2) } };
}

interface Activations {
  readonly activation: compose.CellActivation;
  readonly gateActivation: compose.CellActivation;
  readonly cellActivation?: compose.CellActivation;
}

const DEFAULT_ACTIVATIONS: Readonly<Record<CellKind, readonly string[]>> = {
  RNN: ['Tanh'],
  LSTM: ['Sigmoid', 'Tanh', 'Tanh'],
  GRU: ['Sigmoid', 'Tanh'],
};

function activationsOf(call: Call, kind: CellKind, { index }: Direction): Activations {
  const defaults = DEFAULT_ACTIVATIONS[kind];
  const listed = stringsAttribute(call, 'activations') ?? [];
  const names = listed.length > 0 ? listed : [...defaults, ...defaults];
  // parameters stand in the order of the activations that take some
  const [alphas, betas] = ['activation_alpha', 'activation_beta'].map(name => [
    ...(floatsAttribute(call, name) ?? []),
  ]);
  const all = names.map(name => {
    const [alpha, beta] = PARAMETERS[name.toLowerCase()] ?? [];
    return cellActivation(call, name, {
      alpha: alpha === undefined ? 0 : (alphas?.shift() ?? alpha),
      beta: beta === undefined ? 0 : (betas?.shift() ?? beta),
    });
  });
  const [gate, candidate, cell] = all.slice(index * defaults.length, (index + 1) * defaults.length);
  const plain = (name: string): compose.CellActivation => cellActivation(call, name, { alpha: 0, beta: 0 });
  return {
    gateActivation: clipped(call, gate ?? plain('Sigmoid')),
    activation: clipped(call, candidate ?? plain('Tanh')),
    ...(cell === undefined ? {} : { cellActivation: cell }),
  };
}

/** What goes into gates and candidates may be clipped on both sides. */
function clipped(call: Call, activation: compose.CellActivation): compose.CellActivation {
  const bound = floatAttribute(call, 'clip', 0);
  if (bound <= 0) return activation;
  return site => {
    const name = `${site.name}_clip`;
    return [...compose.clip({ ...site, name }, -bound, bound), ...activation({ ...site, input: name })];
  };
}

const FUNCTIONS: Readonly<Record<string, FunctionName>> = {
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  softsign: 'softsign',
  softplus: 'softplus',
};

/** Defaults of alpha and beta, by activation. */
const PARAMETERS: Readonly<Record<string, readonly [alpha: number, beta?: number]>> = {
  leakyrelu: [0.01],
  elu: [1],
  hardsigmoid: [0.2, 0.5],
  affine: [1, 0],
  scaledtanh: [1, 1],
};

interface Parameters {
  readonly alpha: number;
  readonly beta: number;
}

function cellActivation(call: Call, name: string, { alpha, beta }: Parameters): compose.CellActivation {
  const single =
    (op: Op): compose.CellActivation =>
    site => [compose.nodeSpec(site.name, op, site.input)];
  const key = name.toLowerCase();
  const found = FUNCTIONS[key];
  if (found !== undefined) return single({ kind: 'function', name: found });
  switch (key) {
    case 'relu':
      return single({ kind: 'relu' });
    case 'leakyrelu':
      return single({ kind: 'leaky-relu', slope: alpha });
    case 'elu':
      return single({ kind: 'function', name: 'elu', alpha });
    case 'affine':
      return single({ kind: 'scale', factor: alpha, shift: beta });
    case 'hardsigmoid':
      return site => compose.hardSigmoid(site, { alpha, beta });
    case 'scaledtanh':
      return site =>
        compose.chain(site, [
          ['line', { kind: 'scale', factor: beta, shift: 0 }],
          ['tanh', { kind: 'function', name: 'tanh' }],
          ['scaled', { kind: 'scale', factor: alpha, shift: 0 }],
        ]);
    default:
      throw unsupported(
        call,
        `has the activation '${name}'`,
        'Sigmoid, Tanh, Relu, LeakyRelu, Elu, HardSigmoid, Softplus, Softsign, Affine and ScaledTanh are imported.',
      );
  }
}

/** States by direction and sample, [units] each, as [1, directions, batch, units]. */
function stack(call: Call, states: readonly (readonly (string | undefined)[])[]): Variable {
  const nodes = states.flat().filter(node => node !== undefined);
  const units = call.importer.shapes.get(nodes[0] ?? '')?.[0] ?? 1;
  const dims = [1, states.length, states[0]?.length ?? 1, units];
  const values = nodes.map(
    node => ({ kind: 'variable', type: 'float32', dims: [1, units], node, order: [0, 1] }) as const,
  );
  const joined = concatVariables(call, values, 0);
  return reshaped(call, inOrder(call, joined, [0, 1]), dims);
}

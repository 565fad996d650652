/**
 * SimpleRNN, LSTM, GRU (also as an RNN around one cell), Bidirectional: unrolled over a sequence of known length.
 *
 * Gates are in Keras' order: LSTM input, forget, candidate, output; GRU update, reset, candidate.
 */
import { compose, emit, emitNodes, type Shape, shapeOf } from '../../../src/graph/index.ts';
import { isJsonObject, readField } from '../../../src/tensorflow/index.ts';
import { type Emitter, type LayerCall, type LayerImporter, operandOfRank, takeWeight } from '../emitter.ts';
import { readCount, readFlag, unsupportedOption } from '../layer-options.ts';
import type { KerasLayer } from '../topology.ts';
import { cellActivation } from './activations.ts';

/** A layer that has been unrolled: its states by step of the sequence, and the last ones. */
interface Unrolled {
  readonly units: number;
  /** In the order in which the layer gives them. */
  readonly sequence: readonly string[];
  /** After the last step: the state, and the cell of an LSTM. */
  readonly last: readonly string[];
}

type Unroll = (emitter: Emitter, call: LayerCall) => Unrolled;

/** SimpleRNN. */
export const importSimpleRnn: LayerImporter = recurrent(unrollSimple);

/** LSTM. */
export const importLstm: LayerImporter = recurrent(unrollLstm);

/** GRU. */
export const importGru: LayerImporter = recurrent(unrollGru);

const CELLS: Readonly<Record<string, LayerImporter>> = {
  SimpleRNNCell: importSimpleRnn,
  LSTMCell: importLstm,
  GRUCell: importGru,
};

/** RNN around one of the three cells. */
export const importRnn: LayerImporter = (emitter, call) => {
  const cell = readField(call.layer.config, 'cell');
  const className = isJsonObject(cell) ? String(readField(cell, 'class_name')) : 'nothing';
  const importer = CELLS[className];
  if (importer === undefined || !isJsonObject(cell)) {
    throw unsupportedOption(call.layer, `the cell ${className}`, `${Object.keys(CELLS).join(', ')} are read`);
  }
  const own = isJsonObject(cell.config) ? cell.config : {};
  const config = { ...own, ...call.layer.config };
  return importer(emitter, { ...call, layer: { ...call.layer, config } });
};

function recurrent(unroll: Unroll): LayerImporter {
  return (emitter, call) => {
    const { layer } = call;
    const { sequence, last, units } = unroll(emitter, call);
    const output = readFlag(layer, 'return_sequences', false)
      ? join(emitter, layer.name, sequence, units)
      : (last[0] ?? '');
    return readFlag(layer, 'return_state', false) ? [output, ...last] : output;
  };
}

/** States one under the other: [steps, units]. */
function join(emitter: Emitter, name: string, states: readonly string[], units: number): string {
  const [only] = states;
  if (only !== undefined && states.length === 1) {
    return emit(emitter, name, { kind: 'reshape', shape: [1, units] }, [only]);
  }
  const flat = emit(emitter, `${name}_states`, { kind: 'concat', axis: 0 }, states);
  return emit(emitter, name, { kind: 'reshape', shape: [states.length, units] }, [flat]);
}

/** What the three layers have in common. */
function shared(
  emitter: Emitter,
  call: LayerCall,
  gates: number,
): { readonly site: compose.Site; readonly options: compose.Recurrent; readonly states: readonly string[] } {
  const { layer } = call;
  if (readFlag(layer, 'time_major', false)) {
    throw unsupportedOption(layer, 'time_major true', 'sequences without it are read');
  }
  const [sequence = '', ...more] = call.operands;
  const shape = operandOfRank(emitter, { ...call, operands: [sequence] }, 2, 'steps x features');
  const units = readCount(layer, 'units');
  const states = [...more, ...(call.named?.initial_state ?? [])];
  const width = gates * units;
  const options: compose.Recurrent = {
    units,
    kernel: takeWeight(emitter, call, 'kernel', [shape[1] ?? 0, width]),
    recurrentKernel: takeWeight(emitter, call, 'recurrent_kernel', [units, width]),
    bias: new Float32Array(width),
    isReversed: readFlag(layer, 'go_backwards', false),
    activation: cellActivation(emitter, layer, 'activation', 'tanh'),
    ...(states[0] === undefined ? {} : { initialState: states[0] }),
  };
  return { site: { name: layer.name, input: sequence, shape }, options, states };
}

function takeGateBias(emitter: Emitter, call: LayerCall, shape: Shape): Float32Array {
  const length = shape.reduce((product, size) => product * size, 1);
  return readFlag(call.layer, 'use_bias', true)
    ? takeWeight(emitter, call, 'bias', shape)
    : new Float32Array(length);
}

function unrollSimple(emitter: Emitter, call: LayerCall): Unrolled {
  const { site, options } = shared(emitter, call, 1);
  const bias = takeGateBias(emitter, call, [options.units]);
  return placed(emitter, call, options.units, compose.simpleRecurrent(site, { ...options, bias }));
}

function unrollLstm(emitter: Emitter, call: LayerCall): Unrolled {
  const { site, options, states } = shared(emitter, call, 4);
  const layer = compose.lstm(site, {
    ...options,
    bias: takeGateBias(emitter, call, [4 * options.units]),
    gateActivation: cellActivation(emitter, call.layer, 'recurrent_activation', 'sigmoid'),
    ...(states[1] === undefined ? {} : { initialCell: states[1] }),
  });
  return placed(emitter, call, options.units, layer);
}

function unrollGru(emitter: Emitter, call: LayerCall): Unrolled {
  const { site, options } = shared(emitter, call, 3);
  const width = 3 * options.units;
  const isAfter = readFlag(call.layer, 'reset_after', false);
  const biases = takeGateBias(emitter, call, isAfter ? [2, width] : [width]);
  const { bias, recurrentBias } = isAfter
    ? splitBias(biases, options.units)
    : { bias: biases, recurrentBias: biases };
  const layer = compose.gru(site, {
    ...options,
    bias,
    reset: isAfter ? { kind: 'after', recurrentBias } : { kind: 'before' },
    gateActivation: cellActivation(emitter, call.layer, 'recurrent_activation', 'sigmoid'),
  });
  return placed(emitter, call, options.units, layer);
}

/**
 * The two rows of a GRU's bias, for the input and for the state: they add up, but for the candidate's, which the reset
 * gate takes with the state.
 */
function splitBias(
  biases: Float32Array,
  units: number,
): { readonly bias: Float32Array; readonly recurrentBias: Float32Array } {
  const width = 3 * units;
  const bias = Float32Array.from({ length: width }, (_, i) =>
    i < 2 * units ? (biases[i] ?? 0) + (biases[width + i] ?? 0) : (biases[i] ?? 0),
  );
  return { bias, recurrentBias: biases.slice(width + 2 * units) };
}

function placed(
  emitter: Emitter,
  { layer }: LayerCall,
  units: number,
  unrolled: compose.UnrolledLayer,
): Unrolled {
  const names = emitNodes(emitter, unrolled.nodes);
  const states = unrolled.states.map(state => names.get(state) ?? state);
  const sequence = readFlag(layer, 'go_backwards', false) ? [...states].reverse() : states;
  const cell = unrolled.lastCell;
  const last = [sequence.at(-1) ?? '', ...(cell === undefined ? [] : [names.get(cell) ?? cell])];
  return { units, sequence, last };
}

const UNROLL: Readonly<Record<string, Unroll>> = {
  SimpleRNN: unrollSimple,
  LSTM: unrollLstm,
  GRU: unrollGru,
};

/** Bidirectional: the layer, and a copy of it that goes backwards, merged. */
export const importBidirectional: LayerImporter = (emitter, call) => {
  const { layer } = call;
  const forward = innerLayer(layer, 'layer');
  const unroll = UNROLL[forward.className];
  if (unroll === undefined) {
    throw unsupportedOption(
      layer,
      `the layer ${forward.className}`,
      `${Object.keys(UNROLL).join(', ')} are read`,
    );
  }
  if (call.operands.length > 1 || call.named?.initial_state !== undefined) {
    throw unsupportedOption(layer, 'an initial state', 'sequences without one are read');
  }
  const backward = isJsonObject(readField(layer.config, 'backward_layer'))
    ? innerLayer(layer, 'backward_layer')
    : { ...forward, config: { ...forward.config, go_backwards: true, goBackwards: true } };
  const scope = [...call.scope, layer.name];
  const there = unroll(emitter, { ...call, layer: named(forward, 'forward'), scope });
  const back = unroll(emitter, { ...call, layer: named(backward, 'backward'), scope });
  const merge = String(readField(layer.config, 'merge_mode') ?? 'concat');
  const pairs = readFlag(forward, 'return_sequences', false)
    ? there.sequence.map((state, i) => [state, [...back.sequence].reverse()[i] ?? ''] as const)
    : [[there.last[0] ?? '', back.last[0] ?? ''] as const];
  const merged = pairs.map(pair => mergePair(emitter, layer, merge, pair));
  const units = merge === 'concat' ? there.units + back.units : there.units;
  const output = readFlag(forward, 'return_sequences', false)
    ? join(emitter, layer.name, merged, units)
    : (merged[0] ?? '');
  return readFlag(forward, 'return_state', false) ? [output, ...there.last, ...back.last] : output;
};

/** Both copies' weights carry the direction before the layer's name, in most writers. */
function named(layer: KerasLayer, direction: string): KerasLayer {
  return { ...layer, name: `${direction}_${layer.name.replace(/^(forward|backward)_/, '')}` };
}

/** The layer inside a wrapper. */
export function innerLayer(layer: KerasLayer, key: string): KerasLayer {
  const value = readField(layer.config, key);
  const entry = isJsonObject(value) ? value : {};
  const config = isJsonObject(entry.config) ? entry.config : {};
  return {
    className: String(readField(entry, 'class_name') ?? 'nothing'),
    name: typeof config.name === 'string' ? config.name : layer.name,
    config,
  };
}

function mergePair(
  emitter: Emitter,
  layer: KerasLayer,
  mode: string,
  pair: readonly [string, string],
): string {
  const name = `${layer.name}_both`;
  switch (mode) {
    case 'concat':
      return emit(emitter, name, { kind: 'concat', axis: 0 }, pair);
    case 'sum':
      return emit(emitter, name, { kind: 'add' }, pair);
    case 'mul':
      return emit(emitter, name, { kind: 'multiply' }, pair);
    case 'ave': {
      const sum = emit(emitter, `${name}_sum`, { kind: 'add' }, pair);
      const length = shapeOf(emitter, sum)[0] ?? 1;
      const scale = new Float32Array(length).fill(0.5);
      return emit(emitter, name, { kind: 'affine', scale, shift: new Float32Array(length) }, [sum]);
    }
    default:
      throw unsupportedOption(layer, `merge_mode '${mode}'`, "'concat', 'sum', 'mul' and 'ave' are read");
  }
}

/**
 * Recurrent layers unrolled over a sequence of known length: one dense layer for all steps of the input, then a small cell a
 * step made of dense layers, functions and products. Without an initial state the first step has no recurrent part.
 *
 * Costs: for each step and unit its functions (LSTM 3 gates and 2 others, GRU 2 and 1, simple 1) and products (LSTM 3,
 * GRU 2 or 3, simple 0); dense layers are free.
 */
import { InternalError } from '../../errors.ts';
import type { Op, Shape } from '../types.ts';
import { type ComposedNode, nodeSpec, type Site } from './site.ts';

/** Writes the activation of a gate: any composition of one operand. */
export type CellActivation = (site: Site) => ComposedNode[];

/** What recurrent layers share. The operand is [steps, features]. */
export interface Recurrent {
  readonly units: number;
  /** [features, gates * units], gate by gate. Gates: LSTM input, forget, candidate, output; GRU update, reset, candidate. */
  readonly kernel: Float32Array;
  /** [units, gates * units], in the same order. */
  readonly recurrentKernel: Float32Array;
  /** [gates * units]. */
  readonly bias: Float32Array;
  /** From the last step to the first. */
  readonly isReversed?: boolean;
  /** Node with the state before the first step, [units]; zeros when left out. */
  readonly initialState?: string;
  /** Of the candidate and of the output. */
  readonly activation: CellActivation;
}

export interface GatedRecurrent extends Recurrent {
  readonly gateActivation: CellActivation;
}

export interface Gru extends GatedRecurrent {
  /** Where the reset gate acts: on the state, or on its product with the recurrent kernel (then with a bias of its own). */
  readonly reset:
    | { readonly kind: 'before' }
    | { readonly kind: 'after'; readonly recurrentBias: Float32Array };
}

export interface Lstm extends GatedRecurrent {
  readonly initialCell?: string;
  /** Weights from the cell to the gates: [units] each. */
  readonly peepholes?: {
    readonly input: Float32Array;
    readonly forget: Float32Array;
    readonly output: Float32Array;
  };
  /** The forget gate is 1 minus the input gate, and has no weights that count. */
  readonly isCoupled?: boolean;
  /** What is taken of the cell before the output gate; `activation` when left out. */
  readonly cellActivation?: CellActivation;
}

/** A layer as nodes, and the nodes [units] that hold its state after each step, in the order of the sequence. */
export interface UnrolledLayer {
  readonly nodes: readonly ComposedNode[];
  readonly states: readonly string[];
  /** LSTM: the cell after the last step. */
  readonly lastCell?: string;
}

/** h = activation(x W + h U + b). */
export function simpleRecurrent(site: Site, options: Recurrent): UnrolledLayer {
  return unroll(site, options, ({ write, at, x, state }) => {
    const sum = state === undefined ? x : write('sum', { kind: 'add' }, x, recur(write, options, state));
    return { state: write.composed(at, sum, options.activation) };
  });
}

/**
 * Long short-term memory: c = f * c + i * g, h = o * activation(c).
 */
export function lstm(site: Site, options: Lstm): UnrolledLayer {
  const { units, activation, gateActivation, peepholes, isCoupled = false } = options;
  const { cellActivation = activation } = options;
  return unroll(site, options, ({ write, at, x, state, cell: before }) => {
    const sum = state === undefined ? x : write('sum', { kind: 'add' }, x, recur(write, options, state));
    const part = (index: number, name: string): string =>
      write(name, sliceOf(4 * units, index * units, units), sum);
    const peeped = (name: string, gate: string, weights?: Float32Array, cell?: string): string => {
      if (weights === undefined || cell === undefined) return gate;
      const seen = write(
        `${name}_seen`,
        { kind: 'affine', scale: weights, shift: new Float32Array(units) },
        cell,
      );
      return write(`${name}_sum`, { kind: 'add' }, gate, seen);
    };
    const input = peeped('in', part(0, 'in'), peepholes?.input, before);
    const candidate = write.composed('new', part(2, 'new_part'), activation);
    const inGate = write.composed('in_gate', input, gateActivation);
    const fresh = write('take', { kind: 'multiply' }, inGate, candidate);
    const cell = before === undefined ? fresh : write('cell', { kind: 'add' }, fresh, keep());
    const output = peeped('out', part(3, 'out'), peepholes?.output, cell);
    const opened = write.composed('out_gate', output, gateActivation);
    const shown = write.composed('shown', cell, cellActivation);
    return {
      state: write.composed(at, opened, gate => [
        nodeSpec(gate.name, { kind: 'multiply' }, gate.input, shown),
      ]),
      cell,
    };

    function keep(): string {
      if (isCoupled) {
        const rest = write('forget_gate', { kind: 'scale', factor: -1, shift: 1 }, inGate);
        return write('keep', { kind: 'multiply' }, rest, before ?? '');
      }
      const forget = peeped('forget', part(1, 'forget'), peepholes?.forget, before);
      return write(
        'keep',
        { kind: 'multiply' },
        write.composed('forget_gate', forget, gateActivation),
        before ?? '',
      );
    }
  });
}

/** Gated recurrent unit: h = g + z * (h - g). */
export function gru(site: Site, options: Gru): UnrolledLayer {
  const { units, activation, gateActivation, reset, recurrentKernel } = options;
  const gates = columns(recurrentKernel, 3 * units, 0, 2 * units);
  const inner = columns(recurrentKernel, 3 * units, 2 * units, units);
  const noBias = new Float32Array(units);
  const resetBias = reset.kind === 'after' ? reset.recurrentBias : noBias;
  return unroll(site, options, ({ write, at, x, state }) => {
    const fromInput = write('gate_part', sliceOf(3 * units, 0, 2 * units), x);
    const gateBias = new Float32Array(2 * units);
    const fromState = (): string =>
      write('gate_state', { kind: 'dense', units: 2 * units, weights: gates, bias: gateBias }, state ?? '');
    const both = state === undefined ? fromInput : write('gate_sum', { kind: 'add' }, fromInput, fromState());
    const opened = write.composed('gates', both, gateActivation, [2 * units]);
    const update = write('update', sliceOf(2 * units, 0, units), opened);
    const resetGate = write('reset', sliceOf(2 * units, units, units), opened);
    const newPart = write('new_part', sliceOf(3 * units, 2 * units, units), x);
    const candidate = write.composed(
      'new',
      write('new_sum', { kind: 'add' }, newPart, recalled()),
      activation,
    );
    if (state === undefined) {
      const forgotten = write('forgotten', { kind: 'multiply' }, update, candidate);
      return { state: write(at, { kind: 'subtract' }, candidate, forgotten) };
    }
    const change = write('change', { kind: 'subtract' }, state, candidate);
    return {
      state: write(at, { kind: 'add' }, candidate, write('kept', { kind: 'multiply' }, update, change)),
    };

    /** What the candidate sees of the state. */
    function recalled(): string {
      if (state === undefined) {
        return write('recalled', { kind: 'affine', scale: resetBias, shift: noBias }, resetGate);
      }
      const dense = (bias: Float32Array): Op => ({ kind: 'dense', units, weights: inner, bias });
      if (reset.kind === 'after') {
        const seen = write('seen', dense(resetBias), state);
        return write('recalled', { kind: 'multiply' }, resetGate, seen);
      }
      const seen = write('seen', { kind: 'multiply' }, resetGate, state);
      return write('recalled', dense(noBias), seen);
    }
  });
}

/** Adds a node of a step under its own name, and gives the full name. */
interface Writer {
  (part: string, op: Op, ...inputs: readonly string[]): string;
  composed(part: string, input: string, make: CellActivation, shape?: Shape): string;
}

interface Step {
  readonly write: Writer;
  /** The name part of the node that holds the new state. */
  readonly at: string;
  /** The step's row of the input product, [gates * units]. */
  readonly x: string;
  readonly state: string | undefined;
  readonly cell: string | undefined;
}

function unroll(
  site: Site,
  options: Recurrent & { readonly initialCell?: string },
  cellOf: (step: Step) => { readonly state: string; readonly cell?: string },
): UnrolledLayer {
  const { units, kernel, bias, isReversed = false } = options;
  const [steps, features] = site.shape;
  if (steps === undefined || features === undefined || kernel.length !== features * bias.length) {
    throw new InternalError(`Recurrent layer '${site.name}' does not fit a sequence of shape ${site.shape}.`);
  }
  const nodes: ComposedNode[] = [];
  const product = `${site.name}_input`;
  nodes.push(nodeSpec(product, { kind: 'dense', units: bias.length, weights: kernel, bias }, site.input));
  const states = new Array<string>(steps);
  let state = options.initialState;
  let cell = options.initialCell;
  for (let i = 0; i < steps; i++) {
    const row = isReversed ? steps - 1 - i : i;
    const write = writer(nodes, `${site.name}_${row}`, units);
    const x = write('x', sliceOf(steps * bias.length, row * bias.length, bias.length), product);
    const next = cellOf({ write, at: 'state', x, state, cell });
    states[row] = next.state;
    state = next.state;
    cell = next.cell;
  }
  return { nodes, states, ...(cell === undefined ? {} : { lastCell: cell }) };
}

function writer(nodes: ComposedNode[], prefix: string, units: number): Writer {
  const write = (part: string, op: Op, ...inputs: readonly string[]): string => {
    nodes.push(nodeSpec(`${prefix}_${part}`, op, ...inputs));
    return `${prefix}_${part}`;
  };
  const composed = (part: string, input: string, make: CellActivation, shape: Shape = [units]): string => {
    nodes.push(...make({ name: `${prefix}_${part}`, input, shape }));
    return `${prefix}_${part}`;
  };
  return Object.assign(write, { composed });
}

/** The product of the state with the recurrent kernel. */
function recur(write: Writer, { units, recurrentKernel }: Recurrent, state: string): string {
  const outputs = recurrentKernel.length / units;
  const bias = new Float32Array(outputs);
  return write('recur', { kind: 'dense', units: outputs, weights: recurrentKernel, bias }, state);
}

/** Some elements of a tensor in a row. */
function sliceOf(total: number, begin: number, count: number): Op {
  if (begin + count > total)
    throw new InternalError(`A slice ends at ${begin + count} of ${total} elements.`);
  const indices = Int32Array.from({ length: count }, (_, i) => begin + i);
  return { kind: 'rearrange', shape: [count], indices, label: `slice [${begin}:${begin + count}]` };
}

/** Some columns of a matrix. */
function columns(matrix: Float32Array, width: number, begin: number, count: number): Float32Array {
  const rows = matrix.length / width;
  return Float32Array.from(
    { length: rows * count },
    (_, i) => matrix[Math.floor(i / count) * width + begin + (i % count)] ?? 0,
  );
}

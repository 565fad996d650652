/** From what is asked for and the network's exact bounds to the widths that the circuit proves. */
import { BionoirError, InternalError } from '../errors.ts';
import { type QuantGraph, type QuantNode, quantNodeOf } from '../quantize/index.ts';
import type {
  Application,
  ApplicationOptions,
  CommittedInputs,
  Liveness,
  PackedRange,
  Proximity,
} from './types.ts';

/** Distance and rest, below 2^252 each, add up to less than p = 1.5 * 2^253; see zkml::application. */
const DISTANCE_BITS_MAX = 252;
/** Score and excess, below 2^251 each, differ by less than p / 2. */
const SCORE_BITS_MAX = 251;
/** A feature's range costs a row a bit, and its place in a commitment as many bits; more of them tell nothing. */
const FEATURE_BITS_MAX = 16;

/**
 * Plans an application of a network.
 *
 * @throws BionoirError UNSUPPORTED_OPTION when the network has another output or input than the application takes;
 *   BOUND_TOO_WIDE when its numbers are too wide for a sum of squares
 */
export function planApplication(graph: QuantGraph, options: ApplicationOptions): Application {
  const outputs = graph.outputs.map(id => quantNodeOf(graph, id));
  const [output] = outputs;
  if (output === undefined || outputs.length !== 1)
    throw refusal(
      options,
      `the network has ${outputs.length} outputs (${listed(outputs)})`,
      "one; choose it with outputs: ['name'], or --output name",
    );
  const bound = options.bound ?? true;
  if (!bound && options.kind !== 'classification')
    throw refusal(options, 'it is asked to go without address and nonce', 'address and nonce');
  if (options.scoreIndex !== undefined && options.kind !== 'liveness')
    throw refusal(options, 'it is asked for a score', 'no score');
  if (options.commitFeatures && options.kind !== 'proximity')
    throw refusal(options, 'it is asked to commit to features', 'no features');
  const base = { bound, ...(options.commitInput ? { input: committedInputs(graph, options) } : {}) };
  switch (options.kind) {
    case 'classification':
      if (output.op.kind === 'argmax') return { kind: 'classification', ...base };
      throw refusal(
        options,
        `the output '${output.name}' is no label`,
        "the network's label (output: 'label')",
      );
    case 'liveness':
      return { ...base, ...planLiveness(output, options) };
    case 'proximity':
      return { ...base, ...planProximity(output, options) };
    default:
      return options.kind satisfies never;
  }
}

function planLiveness(output: QuantNode, options: ApplicationOptions): Omit<Liveness, 'bound'> {
  const outputCount = sizeOf(output);
  const { scoreIndex } = options;
  if (scoreIndex === undefined && outputCount > 1)
    throw refusal(
      options,
      `the network gives ${outputCount} numbers`,
      'one score; say which with scoreIndex',
    );
  const index = scoreIndex ?? 0;
  if (!Number.isInteger(index) || index < 0 || index >= outputCount)
    throw refusal(options, `the score's index is ${index}`, `an index from 0 to ${outputCount - 1}`);
  const { min, max } = output.bounds;
  const channel = min.length === 1 ? 0 : index % min.length;
  const [scoreMin = 0n, scoreMax = 0n] = [min[channel], max[channel]];
  const excessBits = bitLength(scoreMax - scoreMin);
  checkWidth(output, Math.max(excessBits, rangeOf(output.bounds).bits), SCORE_BITS_MAX);
  const { scaleBits } = output;
  const isLogit = options.isLogit ?? false;
  return {
    kind: 'liveness',
    scoreIndex: index,
    isLogit,
    outputCount,
    scaleBits,
    excessBits,
    scoreMin,
    scoreMax,
  };
}

function planProximity(output: QuantNode, options: ApplicationOptions): Omit<Proximity, 'bound'> {
  if (output.op.kind === 'argmax')
    throw refusal(
      options,
      `the output '${output.name}' is a label`,
      "the network's numbers (output: 'logits')",
    );
  const featureCount = sizeOf(output);
  const extraBits = Math.ceil(Math.log2(featureCount));
  const exact = rangeOf(output.bounds);
  checkWidth(output, 2 * exact.bits + extraBits, DISTANCE_BITS_MAX);
  const stepBits = Math.max(0, exact.bits - FEATURE_BITS_MAX);
  const features = { bits: exact.bits - stepBits, low: exact.low >> BigInt(stepBits) }; // low is 0 or -2^(bits - 1)
  const { scaleBits } = output;
  const commitFeatures = options.commitFeatures ?? false;
  return { kind: 'proximity', commitFeatures, featureCount, scaleBits, stepBits, features, extraBits };
}

/** The narrowest range of a power of two that holds all bounds and begins at 0 or at minus half its length. */
function rangeOf({ min, max }: Pick<QuantNode['bounds'], 'min' | 'max'>): PackedRange {
  const low = min.reduce((left, right) => (right < left ? right : left));
  const high = max.reduce((left, right) => (right > left ? right : left));
  if (low >= 0n) return { low: 0n, bits: Math.max(1, bitLength(high)) };
  const half = Math.max(bitLength(high), bitLength(-1n - low));
  return { low: -(1n << BigInt(half)), bits: half + 1 };
}

/** The inputs that are committed to, and the range of a power of two that holds the numbers of all of them. */
function committedInputs(graph: QuantGraph, options: ApplicationOptions): CommittedInputs {
  const nodes = chosenInputs(graph, options);
  const ranges = nodes.map(({ op }) => {
    if (op.kind !== 'input') throw new InternalError(`Network '${graph.name}' lists an input that is none.`);
    return { low: op.signed ? -(1n << BigInt(op.bits - 1)) : 0n, bits: op.bits };
  });
  const hull = rangeOf({
    min: ranges.map(({ low }) => low),
    max: ranges.map(({ low, bits }) => low + (1n << BigInt(bits)) - 1n),
  });
  return {
    ...hull,
    names: nodes.map(({ name }) => name),
    valueCount: nodes.reduce((sum, node) => sum + sizeOf(node), 0),
  };
}

function chosenInputs(graph: QuantGraph, options: ApplicationOptions): readonly QuantNode[] {
  const nodes = graph.inputs.map(id => quantNodeOf(graph, id));
  const { commitInput } = options;
  if (typeof commitInput !== 'object') return nodes;
  const unknown = commitInput.find(asked => !nodes.some(({ name }) => name === asked));
  if (unknown !== undefined || commitInput.length === 0)
    throw refusal(
      options,
      unknown === undefined
        ? 'a commitment to no input is asked for'
        : `a commitment to the input '${unknown}' is asked for`,
      `names of the network's inputs: ${listed(nodes)}`,
    );
  return nodes.filter(({ name }) => commitInput.includes(name));
}

function listed(nodes: readonly QuantNode[]): string {
  return nodes.map(({ name }) => `'${name}'`).join(', ');
}

function sizeOf({ shape }: QuantNode): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Bits of a number that is not negative. */
function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

function checkWidth(output: QuantNode, bits: number, max: number): void {
  if (bits <= max) return;
  throw new BionoirError(
    'BOUND_TOO_WIDE',
    `The comparison of output '${output.name}' would need ${bits} bits; ${max} fit the field. Calibrate the network, or give its activations fewer bits.`,
    { details: { node: output.name, bits, max }, location: `node '${output.name}'` },
  );
}

function refusal({ kind }: ApplicationOptions, found: string, expected: string): BionoirError {
  return new BionoirError(
    'UNSUPPORTED_OPTION',
    `The application '${kind}' does not fit: ${found}; it takes ${expected}.`,
    { details: { kind, found, expected } },
  );
}

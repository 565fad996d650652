/**
 * The edges of the integer network: a person's numbers to input integers, output integers to reals.
 */
import { BionoirError, InternalError } from '../errors.ts';
import { elementCount, type FloatTensor, formatShape, type Graph, type InputDomain } from '../graph/index.ts';
import { quantNodeOf } from './evaluate.ts';
import type { Sample } from './options.ts';
import type { IntTensor, QuantGraph, Shape } from './types.ts';

/** 'integers': what the input domain counts, such as pixels 0 to 255. 'reals': what the float network takes. */
export type InputUnit = 'integers' | 'reals';

/**
 * Turns a person's numbers into the integer inputs of a network. Reals are rounded to the nearest integer of the domain.
 *
 * @param sample for each input in order, its values row-major.
 * @throws INPUT_SHAPE for a wrong number of inputs or values, INPUT_RANGE for a value outside the input's domain.
 */
export function quantizeInput(graph: QuantGraph, sample: Sample, unit: InputUnit = 'integers'): IntTensor[] {
  const fields = graph.inputs.map(id => {
    const node = quantNodeOf(graph, id);
    if (node.op.kind !== 'input') throw new InternalError(`Node '${node.name}' is listed as an input.`);
    return { name: node.name, shape: node.shape, domain: node.op.domain };
  });
  return readSample({ network: graph.name, fields, unit }, sample);
}

/**
 * Turns a sample of integers into the inputs of a float graph that is being quantised.
 *
 * @throws INPUT_SHAPE, INPUT_RANGE as {@link quantizeInput} does.
 */
export function toIntTensors(graph: Graph, sample: Sample): IntTensor[] {
  const fields = graph.inputs.map(id => {
    const node = graph.nodes[id];
    if (node?.op.kind !== 'input') throw new InternalError(`Node ${id} is listed as an input.`);
    return { name: node.name, shape: node.shape, domain: node.op.domain };
  });
  return readSample({ network: graph.name, fields, unit: 'integers' }, sample);
}

/** Turns output integers into reals: integer * 2^-scaleBits. */
export function dequantizeOutput(graph: QuantGraph, outputs: readonly IntTensor[]): FloatTensor[] {
  return outputs.map((tensor, index) => {
    const id = graph.outputs[index];
    if (id === undefined) throw new InternalError(`Network '${graph.name}' has no output ${index}.`);
    const step = 2 ** -quantNodeOf(graph, id).scaleBits;
    const data = Float64Array.from<number | bigint>(tensor.data, value => Number(value) * step);
    return { shape: tensor.shape, data };
  });
}

interface InputField {
  readonly name: string;
  readonly shape: Shape;
  readonly domain: InputDomain;
}

interface InputContext {
  readonly network: string;
  readonly fields: readonly InputField[];
  readonly unit: InputUnit;
}

function readSample(context: InputContext, sample: Sample): IntTensor[] {
  const { network, fields, unit } = context;
  if (sample.length !== fields.length) {
    throw new BionoirError(
      'INPUT_SHAPE',
      `Network '${network}' has ${fields.length} inputs, but values for ${sample.length} are given; give one list of values per input.`,
      { details: { expected: fields.length, actual: sample.length } },
    );
  }
  return fields.map((field, index) => readField(field, sample[index] ?? [], unit));
}

function readField(field: InputField, values: ArrayLike<number>, unit: InputUnit): IntTensor {
  const { name, shape, domain } = field;
  const expected = elementCount(shape);
  if (values.length !== expected) {
    throw new BionoirError(
      'INPUT_SHAPE',
      `Input '${name}' is given ${values.length} values; its shape ${formatShape(shape)} takes ${expected}.`,
      { details: { node: name, expected, actual: values.length }, location: `input '${name}'` },
    );
  }
  const data = new Float64Array(expected);
  for (let index = 0; index < expected; index++) {
    const value = values[index] as number;
    const integer = unit === 'integers' ? value : Math.round((value - domain.offset) / domain.scale);
    if (!(Number.isInteger(integer) && integer >= domain.min && integer <= domain.max))
      throw rangeError(field, { value, index, unit });
    data[index] = integer + 0; // no negative zero
  }
  return { shape, data };
}

function rangeError(
  field: InputField,
  at: { readonly value: number; readonly index: number; readonly unit: InputUnit },
): BionoirError {
  const { name, domain } = field;
  const ends = [domain.min, domain.max].map(end => end * domain.scale + domain.offset);
  const [low, high] = domain.scale > 0 ? ends : ends.reverse();
  const range =
    at.unit === 'integers'
      ? `whole numbers from ${domain.min} to ${domain.max}`
      : `real numbers from ${low} to ${high}`;
  return new BionoirError(
    'INPUT_RANGE',
    `Input '${name}' holds ${at.value} at index ${at.index}; its domain is ${range}. Scale the data as for training, or declare a wider domain.`,
    { details: { node: name, ...at, domain }, location: `input '${name}', index ${at.index}` },
  );
}

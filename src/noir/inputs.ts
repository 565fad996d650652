/**
 * A network's input as the generated program takes it: by parameter name, nested as the tensors are.
 */
import { BionoirError } from '../errors.ts';
import type { IntTensor, QuantGraph, Shape } from '../quantize/types.ts';
import { planLayers } from './layers.ts';

/** A number, or a decimal text for numbers beyond 2^53; nested as the tensor is. */
export type InputTree = number | string | InputTree[];

/**
 * Gives the program's inputs by parameter name, for executing it.
 *
 * @param inputs one tensor per network input, in the order of `graph.inputs`
 * @throws BionoirError INPUT_SHAPE when a tensor is missing or has another size; INPUT_RANGE for a number that the ABI
 *   cannot take: a fraction, or a negative number below -2^53
 */
export function proverInputs(graph: QuantGraph, inputs: readonly IntTensor[]): Record<string, InputTree> {
  const layers = planLayers(graph).inputs;
  if (inputs.length !== layers.length) {
    throw new BionoirError(
      'INPUT_SHAPE',
      `Network '${graph.name}' has ${layers.length} inputs, but ${inputs.length} tensors are given; give one tensor per input.`,
      { details: { expected: layers.length, actual: inputs.length } },
    );
  }
  return Object.fromEntries(
    layers.map(({ name, node }, index) => {
      const data = (inputs[index] as IntTensor).data;
      return [name, nest(node.name, node.shape, data)];
    }),
  );
}

function nest(name: string, shape: Shape, data: IntTensor['data']): InputTree {
  const size = shape.reduce((product, length) => product * length, 1);
  if (data.length !== size) {
    throw new BionoirError(
      'INPUT_SHAPE',
      `Input '${name}' is given ${data.length} values; its shape [${shape.join(', ')}] takes ${size}.`,
      { details: { node: name, expected: size, actual: data.length }, location: `input '${name}'` },
    );
  }
  const build = (axis: number, offset: number): InputTree => {
    const length = shape[axis];
    if (length === undefined) return toInput(name, offset, data[offset] as number | bigint);
    return Array.from({ length }, (_, index) => build(axis + 1, offset * length + index));
  };
  return build(0, 0);
}

function toInput(name: string, index: number, value: number | bigint): number | string {
  if (Number.isSafeInteger(Number(value))) return Number(value);
  if (typeof value === 'bigint' && value > 0n) return value.toString();
  throw new BionoirError(
    'INPUT_RANGE',
    `Input '${name}' holds ${value} at index ${index}; programs take whole numbers from -2^53. Scale the input down.`,
    { details: { node: name, index, value }, location: `input '${name}', index ${index}` },
  );
}

/**
 * Gives the text of `Prover.toml` for nargo: the same inputs as {@link proverInputs}.
 *
 * @throws BionoirError INPUT_SHAPE, INPUT_RANGE
 */
export function proverToml(graph: QuantGraph, inputs: readonly IntTensor[]): string {
  const values = Object.entries(proverInputs(graph, inputs));
  const header = '# Private inputs of the network, row-major. Keep this file to yourself.\n';
  return header + values.map(([name, value]) => `${name} = ${tomlValue(value)}\n`).join('');
}

/** TOML integers go up to 2^63; larger ones, and texts, are quoted. */
function tomlValue(value: InputTree): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `"${value}"`;
  if (value.every(item => !Array.isArray(item))) return `[${value.map(tomlValue).join(', ')}]`;
  return `[\n${value.map(item => `${tomlValue(item)},\n`).join('')}]`;
}

/** Noir names of main's witnesses: "points[2].x" for a parameter's part, "return[3]" for a returned value's. */
import { type Abi, type AbiType, countWitnesses } from './abi.ts';

/**
 * Makes the look-up of names. Parameters are witnesses 0, 1, 2 ... depth first; return values ascend. A program of 0.25
 * lists its witnesses itself, and has no names for returned ones here.
 */
export function witnessNames(
  abi: Abi,
  main: { readonly returnValues: readonly number[] },
): (witness: number) => string | undefined {
  if (abi.param_witnesses !== undefined) return () => undefined;
  return witness => {
    let offset = witness;
    for (const { name, type } of abi.parameters) {
      const count = countWitnesses(type);
      if (offset < count) return `${name}${partName(type, offset)}`;
      offset -= count;
    }
    const position = main.returnValues.indexOf(witness);
    const type = abi.return_type?.abi_type;
    if (position < 0 || type === undefined) return undefined;
    // A value that is returned twice has one witness in old releases: then positions are all that can be told.
    const isWhole = countWitnesses(type) === main.returnValues.length;
    return `return${isWhole ? partName(type, position) : `[${position}]`}`;
  };
}

/**
 * The public signals of main's proofs in order, by name and number: public parameters, then what it returns. Unknown, hence
 * none, for 0.25.
 */
export function publicSpans(
  abi: Pick<Abi, 'parameters' | 'return_type' | 'param_witnesses'>,
): { readonly name: string; readonly count: number }[] {
  if (abi.param_witnesses !== undefined) return [];
  const returned = abi.return_type;
  return [
    ...abi.parameters
      .filter(({ visibility }) => visibility === 'public')
      .map(({ name, type }) => ({ name, count: countWitnesses(type) })),
    ...(returned?.visibility === 'public'
      ? [{ name: 'what the program returns', count: countWitnesses(returned.abi_type) }]
      : []),
  ];
}

/** ".x", "[2].y" or "": the way from a value of this type to its flattened part `offset`. */
function partName(type: AbiType, offset: number): string {
  switch (type.kind) {
    case 'field':
    case 'boolean':
    case 'integer':
      return '';
    case 'string':
      return `[${offset}]`;
    case 'array': {
      const size = countWitnesses(type.type);
      return `[${Math.floor(offset / size)}]${partName(type.type, offset % size)}`;
    }
    case 'tuple':
      return fieldName(
        type.fields.map((field, index) => ({ name: `${index}`, type: field })),
        offset,
      );
    case 'struct':
      return fieldName(type.fields, offset);
    default:
      return type satisfies never;
  }
}

function fieldName(
  fields: readonly { readonly name: string; readonly type: AbiType }[],
  offset: number,
): string {
  let rest = offset;
  for (const { name, type } of fields) {
    const count = countWitnesses(type);
    if (rest < count) return `.${name}${partName(type, rest)}`;
    rest -= count;
  }
  return '';
}

/**
 * Encodes a program's inputs by its ABI: the values of main's parameters, witness after witness. Parameters flatten depth
 * first, in the order of declaration; signed integers are two's complements, texts their bytes.
 */
import type { AbiType } from '../acir/index.ts';
import { InternalError } from '../errors.ts';
import { checkInputs } from './inputs.ts';
import type { AbiParameter, InputMap, InputValue, ProgramInputs } from './types.ts';

/**
 * Returns the values of main's parameters, canonical.
 *
 * @throws BionoirError MALFORMED_INPUT naming the part at fault by its path
 */
export function encodeInputs(
  { abi }: { readonly abi: { readonly parameters: readonly AbiParameter[] } },
  inputs: ProgramInputs,
): bigint[] {
  const checked = checkInputs(abi.parameters, inputs);
  const values: bigint[] = [];
  for (const { name, type } of abi.parameters) push(values, type, checked[name]);
  return values;
}

function push(values: bigint[], type: AbiType, value: InputValue | undefined): void {
  switch (type.kind) {
    case 'field':
      values.push(BigInt(value as string));
      return;
    case 'integer': {
      const number = BigInt(value as string);
      values.push(number < 0n ? number + (1n << BigInt(type.width)) : number);
      return;
    }
    case 'boolean':
      values.push(value === true ? 1n : 0n);
      return;
    case 'string':
      for (const byte of new TextEncoder().encode(value as string)) values.push(BigInt(byte));
      return;
    case 'array':
      for (const item of value as readonly InputValue[]) push(values, type.type, item);
      return;
    case 'tuple':
      (value as readonly InputValue[]).forEach((item, k) => {
        const field = type.fields[k];
        if (field === undefined) throw new InternalError('A tuple was not checked.');
        push(values, field, item);
      });
      return;
    case 'struct':
      for (const field of type.fields) push(values, field.type, (value as InputMap)[field.name]);
      return;
    default: {
      throw new InternalError(`Unknown type ${JSON.stringify(type satisfies never)}.`);
    }
  }
}

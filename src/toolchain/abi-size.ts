/** How many witnesses a value of an ABI type takes (Noir's ABI, flattened depth first). */
import type { AbiType } from './types.ts';

/** Number of field elements of a flattened value: one per number or boolean, one per byte of a string. */
export function abiTypeSize(type: AbiType): number {
  switch (type.kind) {
    case 'field':
    case 'integer':
    case 'boolean':
      return 1;
    case 'string':
      return type.length;
    case 'array':
      return type.length * abiTypeSize(type.type);
    case 'tuple':
      return type.fields.reduce((sum, field) => sum + abiTypeSize(field), 0);
    case 'struct':
      return type.fields.reduce((sum, field) => sum + abiTypeSize(field.type), 0);
    default:
      return type satisfies never;
  }
}

/**
 * Abi: names, types and visibility of a Noir program's inputs and outputs, exactly as the artifact's JSON has them
 * (hence the underscores), so that the same object serves noirc_abi.
 *
 * Parameters flatten depth first to witnesses 0, 1, 2 ... of main, whatever their visibility: one witness for each
 * field, integer or boolean, one for each byte of a string.
 */

export type AbiType =
  | { readonly kind: 'field' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer'; readonly sign: 'unsigned' | 'signed'; readonly width: number }
  | { readonly kind: 'string'; readonly length: number }
  | { readonly kind: 'array'; readonly length: number; readonly type: AbiType }
  | { readonly kind: 'tuple'; readonly fields: readonly AbiType[] }
  | { readonly kind: 'struct'; readonly path: string; readonly fields: readonly AbiField[] };

/** In order of declaration. */
export interface AbiField {
  readonly name: string;
  readonly type: AbiType;
}

/** Who sees a value; `databus` columns are committed to, not public inputs. */
export type AbiVisibility = 'public' | 'private' | 'databus';

/** One argument of main. */
export interface AbiParameter {
  readonly name: string;
  readonly type: AbiType;
  readonly visibility: AbiVisibility;
}

/** What an assertion's payload means. */
export type AbiErrorType =
  | { readonly error_kind: 'string'; readonly string: string }
  | { readonly error_kind: 'fmtstring'; readonly length: number; readonly item_types: readonly AbiType[] }
  | ({ readonly error_kind: 'custom' } & AbiType);

/** Half-open range of witnesses. */
export interface AbiWitnessRange {
  readonly start: number;
  readonly end: number;
}

/** Inputs, outputs and assertion messages of main. */
export interface Abi {
  readonly parameters: readonly AbiParameter[];
  readonly return_type: { readonly abi_type: AbiType; readonly visibility: AbiVisibility } | null;
  /** By selector, in decimal. Empty up to 0.38. */
  readonly error_types: Readonly<Record<string, AbiErrorType>>;
  /** 0.25 only. */
  readonly param_witnesses?: Readonly<Record<string, readonly AbiWitnessRange[]>>;
  /** 0.25 only: one witness per flattened return value; they may repeat and may be parameters. */
  readonly return_witnesses?: readonly number[];
}

/** Counts the witnesses that a value of the type takes. */
export function countWitnesses(type: AbiType): number {
  switch (type.kind) {
    case 'field':
    case 'boolean':
    case 'integer':
      return 1;
    case 'string':
      return type.length;
    case 'array':
      return type.length * countWitnesses(type.type);
    case 'tuple':
      return type.fields.reduce((sum, field) => sum + countWitnesses(field), 0);
    case 'struct':
      return type.fields.reduce((sum, field) => sum + countWitnesses(field.type), 0);
    default:
      return type satisfies never;
  }
}

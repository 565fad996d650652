/**
 * Brillig: the instructions of unconstrained functions, of every release in one form. bionoir carries, prints and
 * writes them; it does not run them (ACVM does). The wire order of each release is in converters/nargo-to-acir.
 *
 * One table gives each instruction its operands; types, text form, reader and writer all follow it.
 */

/** A cell of the machine's memory: absolute, or counted from the stack pointer in cell 0 (from 0.39 on). */
export interface BrilligAddress {
  readonly base: 'memory' | 'stack';
  readonly index: number;
}

/** A value in a cell, or (a plain number) a constant of old releases. */
export type BrilligScalar = BrilligAddress | number;

/**
 * Consecutive cells. `pointer` is a cell that holds the address of the first one, or, as a plain number, that address
 * itself; `size` is a cell that holds the amount, or the amount itself.
 */
export interface BrilligRegion {
  readonly pointer: BrilligScalar;
  readonly size: BrilligScalar;
}

/** 'field', or the width of an unsigned integer in bits. */
export type BrilligType = 'field' | number;

/** Shape of what a foreign call takes or gives. */
export type HeapType =
  | { readonly kind: 'simple'; readonly type: BrilligType }
  | { readonly kind: 'array'; readonly items: readonly HeapType[]; readonly size: number }
  | { readonly kind: 'vector'; readonly items: readonly HeapType[] };

/** `integer-div` is the quotient of the canonical integers; `div` the division of field elements. */
export const FIELD_OPERATIONS = ['add', 'sub', 'mul', 'div', 'integer-div', 'eq', 'lt', 'lte'] as const;
/** One of {@link FIELD_OPERATIONS}. */
export type FieldOperation = (typeof FIELD_OPERATIONS)[number];

/** `signed-div` occurs only up to 0.25. */
export const INTEGER_OPERATIONS = [
  'add',
  'sub',
  'mul',
  'div',
  'eq',
  'lt',
  'lte',
  'and',
  'or',
  'xor',
  'shl',
  'shr',
  'signed-div',
] as const;
/** One of {@link INTEGER_OPERATIONS}. */
export type IntegerOperation = (typeof INTEGER_OPERATIONS)[number];

/** Every black box that a Brillig instruction of some release may call. */
export const BRILLIG_BLACK_BOXES = [
  'aes128-encrypt',
  'sha256',
  'blake2s',
  'blake3',
  'keccak256',
  'keccakf1600',
  'ecdsa-secp256k1',
  'ecdsa-secp256r1',
  'schnorr-verify',
  'pedersen-commitment',
  'pedersen-hash',
  'fixed-base-scalar-mul',
  'multi-scalar-mul',
  'embedded-curve-add',
  'big-int-add',
  'big-int-sub',
  'big-int-mul',
  'big-int-div',
  'big-int-from-le-bytes',
  'big-int-to-le-bytes',
  'poseidon2-permutation',
  'sha256-compression',
  'to-radix',
] as const;
/** One of {@link BRILLIG_BLACK_BOXES}. */
export type BrilligBlackBoxName = (typeof BRILLIG_BLACK_BOXES)[number];

/** Operand of a black box, in the order of the release that wrote it. */
export type BrilligArgument = BrilligAddress | BrilligRegion | number | boolean;

/** The type behind each operand kind of {@link BRILLIG_OPERANDS}. */
export interface BrilligOperandTypes {
  address: BrilligAddress;
  scalar: BrilligScalar;
  region: BrilligRegion;
  type: BrilligType;
  bits: number;
  target: number;
  value: bigint;
  name: string;
  'field-operation': FieldOperation;
  'integer-operation': IntegerOperation;
  'black-box': BrilligBlackBoxName;
  arguments: readonly BrilligArgument[];
  values: readonly (BrilligAddress | BrilligRegion)[];
  types: readonly HeapType[];
}

/**
 * The instructions and their operands in wire order. `target` is an index into the function's instructions. `trap` of
 * releases up to 0.25 carries no data: its region is empty.
 */
export const BRILLIG_OPERANDS = {
  'binary-field': { destination: 'address', operation: 'field-operation', left: 'address', right: 'address' },
  'binary-int': {
    destination: 'address',
    operation: 'integer-operation',
    bits: 'bits',
    left: 'address',
    right: 'address',
  },
  not: { destination: 'address', source: 'address', bits: 'bits' },
  cast: { destination: 'address', source: 'address', type: 'type' },
  'jump-if-not': { condition: 'address', target: 'target' },
  'jump-if': { condition: 'address', target: 'target' },
  jump: { target: 'target' },
  'calldata-copy': { destination: 'address', size: 'scalar', offset: 'scalar' },
  call: { target: 'target' },
  const: { destination: 'address', type: 'type', value: 'value' },
  'indirect-const': { pointer: 'address', type: 'type', value: 'value' },
  return: {},
  'foreign-call': {
    name: 'name',
    outputs: 'values',
    outputTypes: 'types',
    inputs: 'values',
    inputTypes: 'types',
  },
  mov: { destination: 'address', source: 'address' },
  'conditional-mov': { destination: 'address', left: 'address', right: 'address', condition: 'address' },
  load: { destination: 'address', pointer: 'address' },
  store: { pointer: 'address', source: 'address' },
  'black-box': { operation: 'black-box', arguments: 'arguments' },
  trap: { data: 'region' },
  stop: { data: 'region' },
} as const satisfies Record<string, Record<string, keyof BrilligOperandTypes>>;

/** Name of an instruction. */
export type BrilligKind = keyof typeof BRILLIG_OPERANDS;

type Operands<K extends BrilligKind> = {
  readonly [F in keyof (typeof BRILLIG_OPERANDS)[K]]: (typeof BRILLIG_OPERANDS)[K][F] extends keyof BrilligOperandTypes
    ? BrilligOperandTypes[(typeof BRILLIG_OPERANDS)[K][F]]
    : never;
};

/** One instruction: `kind` and the operands of {@link BRILLIG_OPERANDS}. */
export type BrilligOpcode = { readonly [K in BrilligKind]: { readonly kind: K } & Operands<K> }[BrilligKind];

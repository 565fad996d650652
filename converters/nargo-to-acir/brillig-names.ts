/** What the wire calls the instructions, operands and operations of src/acir/brillig.ts. */
import type { BrilligBlackBoxName, BrilligKind } from '../../src/acir/index.ts';

/** Our name of each instruction, its wire name, and the wire names of its operands in the order of BRILLIG_OPERANDS. */
export const BRILLIG_WIRE: { readonly [K in BrilligKind]: readonly [name: string, operands: string] } = {
  'binary-field': ['BinaryFieldOp', 'destination op lhs rhs'],
  'binary-int': ['BinaryIntOp', 'destination op bit_size lhs rhs'],
  not: ['Not', 'destination source bit_size'],
  cast: ['Cast', 'destination source bit_size'],
  'jump-if-not': ['JumpIfNot', 'condition location'],
  'jump-if': ['JumpIf', 'condition location'],
  jump: ['Jump', 'location'],
  'calldata-copy': ['CalldataCopy', 'destination_address size_address offset_address'],
  call: ['Call', 'location'],
  const: ['Const', 'destination bit_size value'],
  'indirect-const': ['IndirectConst', 'destination_pointer bit_size value'],
  return: ['Return', ''],
  'foreign-call': ['ForeignCall', 'function destinations destination_value_types inputs input_value_types'],
  mov: ['Mov', 'destination source'],
  'conditional-mov': ['ConditionalMov', 'destination source_a source_b condition'],
  load: ['Load', 'destination source_pointer'],
  store: ['Store', 'destination_pointer source'],
  'black-box': ['BlackBox', ''],
  trap: ['Trap', 'revert_data'],
  stop: ['Stop', 'return_data'],
};

/** Wire names of the operations, in the order of FIELD_OPERATIONS. */
export const FIELD_OPERATION_WIRE = 'Add Sub Mul Div IntegerDiv Equals LessThan LessThanEquals'.split(' ');
/** Wire names of the operations, in the order of INTEGER_OPERATIONS. */
export const INTEGER_OPERATION_WIRE =
  'Add Sub Mul Div Equals LessThan LessThanEquals And Or Xor Shl Shr SignedDiv'.split(' ');
/** Our names of Brillig black boxes by wire name. */
export const BRILLIG_BLACK_BOX_WIRE: Readonly<Record<string, BrilligBlackBoxName>> = {
  AES128Encrypt: 'aes128-encrypt',
  Sha256: 'sha256',
  Blake2s: 'blake2s',
  Blake3: 'blake3',
  Keccak256: 'keccak256',
  Keccakf1600: 'keccakf1600',
  EcdsaSecp256k1: 'ecdsa-secp256k1',
  EcdsaSecp256r1: 'ecdsa-secp256r1',
  SchnorrVerify: 'schnorr-verify',
  PedersenCommitment: 'pedersen-commitment',
  PedersenHash: 'pedersen-hash',
  FixedBaseScalarMul: 'fixed-base-scalar-mul',
  MultiScalarMul: 'multi-scalar-mul',
  EmbeddedCurveAdd: 'embedded-curve-add',
  BigIntAdd: 'big-int-add',
  BigIntSub: 'big-int-sub',
  BigIntMul: 'big-int-mul',
  BigIntDiv: 'big-int-div',
  BigIntFromLeBytes: 'big-int-from-le-bytes',
  BigIntToLeBytes: 'big-int-to-le-bytes',
  Poseidon2Permutation: 'poseidon2-permutation',
  Sha256Compression: 'sha256-compression',
  ToRadix: 'to-radix',
};

/** Integer widths in wire order; releases up to 0.38 begin with a width of 0. */
export const INTEGER_WIDTHS = [1, 8, 16, 32, 64, 128] as const;
/** Wire names of {@link INTEGER_WIDTHS}. */
export const INTEGER_WIDTH_WIRE = INTEGER_WIDTHS.map(width => `U${width}`);

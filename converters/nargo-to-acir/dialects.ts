/**
 * Dialects: what differs on the wire between Noir releases, newest last, each as the changes against the one before.
 * The names say the first release that wrote the dialect.
 *
 * Established by decoding artifacts of 13 releases to their last byte (fixtures/MANIFEST.md lists them), and, for releases
 * whose compiler is not at hand, by which form of each opcode their ACVM accepts (0.30, 0.32, 0.33, 0.36 to 0.38).
 */

/** Opcodes by wire name. */
export type OpcodeName =
  | 'AssertZero'
  | 'BlackBoxFuncCall'
  | 'Directive'
  | 'Brillig'
  | 'MemoryOp'
  | 'MemoryInit'
  | 'BrilligCall'
  | 'Call';

/** Fields of a circuit by wire name. */
export type CircuitField =
  | 'function_name'
  | 'current_witness_index'
  | 'opcodes'
  | 'expression_width'
  | 'private_parameters'
  | 'public_parameters'
  | 'return_values'
  | 'assert_messages'
  | 'recursive';

/** One wire form of programs. */
export interface Dialect {
  readonly name: string;
  readonly container: 'bincode' | 'msgpack';
  /** One bare circuit with its Brillig inside, instead of a list of functions. */
  readonly singleCircuit: boolean;
  /** Whether fixed arrays carry a length. */
  readonly arrayLengths: boolean;
  readonly fields: 'hex' | 'bytes';
  /** Fields of a circuit in order; several forms are told by their count. */
  readonly circuits: readonly (readonly CircuitField[])[];
  readonly assertPayload: 'text' | 'text-or-payload' | 'payload';
  readonly opcodes: readonly OpcodeName[];
  /** Arguments of black boxes: a witness and its width; a constant or witness and its width; without width. */
  readonly input: 'witness-width' | 'value-width' | 'value';
  readonly blockKind: 'none' | 'bare' | 'numbered';
  readonly memoryPredicate: boolean;
  readonly optionalPredicate: boolean;
  readonly blackBoxes: readonly string[];
  /** Predicates on ECDSA, curve operations and recursion. */
  readonly boxPredicate: boolean;
  readonly proofType: boolean;
  /** Coordinates of curve points: x, y; x, y and an infinity flag; either, told by the count. */
  readonly points: 'plain' | 'flagged' | 'counted';
  readonly brillig: BrilligDialect;
}

/** One wire form of unconstrained functions. */
export interface BrilligDialect {
  readonly opcodes: readonly string[];
  /** Whether an unconstrained function carries its name. */
  readonly functionName: boolean;
  readonly addresses: 'plain' | 'based';
  readonly types: 'bits' | 'enum-with-u0' | 'enum';
  /** Heap types of foreign calls: simple ones without, or with their type. */
  readonly simpleHeapType: 'untyped' | 'typed';
  readonly fieldOperations: readonly string[];
  readonly integerOperations: readonly string[];
  readonly calldataCopy: 'immediate' | 'cells';
  /** Where revert data stands: nowhere; at a constant place; in cells whose amount is constant, or in a cell too. */
  readonly trap: 'none' | 'immediate' | 'array' | 'region';
  readonly stop: 'immediate' | 'region';
  readonly blackBoxes: readonly string[];
  readonly blackBoxShapes: Readonly<Record<string, string>>;
}

/** Splits a table row into names. */
const names = (row: string) => row.split(' ');
const without = (list: readonly string[], ...gone: string[]) => list.filter(name => !gone.includes(name));
const after = (list: readonly string[], anchor: string, added: string) =>
  list.flatMap(name => (name === anchor ? [name, added] : [name]));

/** The fields of a circuit that begins with `head`; the end has always been the same. */
function circuit(head: string): CircuitField[] {
  const row = `${head} private_parameters public_parameters return_values assert_messages`;
  return names(row) as CircuitField[]; // rows below hold only names of CircuitField
}

const BIG_INT = 'BigIntAdd BigIntSub BigIntMul BigIntDiv BigIntFromLeBytes BigIntToLeBytes';

/**
 * Operands of Brillig black boxes, in order: A address, H array (address, amount), V vector (address, address),
 * N number, B boolean, R array or vector (in a format that describes itself). Slashes separate forms told by count.
 */
const SHAPES_025: Readonly<Record<string, string>> = {
  AES128Encrypt: 'inputs:V iv:H key:H outputs:V',
  Sha256: 'message:V output:H',
  Blake2s: 'message:V output:H',
  Blake3: 'message:V output:H',
  Keccak256: 'message:V output:H',
  Keccakf1600: 'input:V output:H',
  EcdsaSecp256k1: 'hashed_msg:V public_key_x:H public_key_y:H signature:H result:A',
  EcdsaSecp256r1: 'hashed_msg:V public_key_x:H public_key_y:H signature:H result:A',
  SchnorrVerify: 'public_key_x:A public_key_y:A message:V signature:V result:A',
  PedersenCommitment: 'inputs:V domain_separator:A output:H',
  PedersenHash: 'inputs:V domain_separator:A output:A',
  FixedBaseScalarMul: 'low:A high:A result:H',
  MultiScalarMul: 'points:V scalars:V outputs:H',
  EmbeddedCurveAdd: 'input1_x:A input1_y:A input2_x:A input2_y:A result:H',
  BigIntAdd: 'lhs:A rhs:A output:A',
  BigIntSub: 'lhs:A rhs:A output:A',
  BigIntMul: 'lhs:A rhs:A output:A',
  BigIntDiv: 'lhs:A rhs:A output:A',
  BigIntFromLeBytes: 'inputs:V modulus:V output:A',
  BigIntToLeBytes: 'input:A output:V',
  Poseidon2Permutation: 'message:V output:H len:A',
  Sha256Compression: 'input:V hash_values:V output:H',
};

const D025: Dialect = {
  name: '0.25',
  container: 'bincode',
  singleCircuit: true,
  arrayLengths: true,
  fields: 'hex',
  circuits: [[...circuit('current_witness_index opcodes expression_width'), 'recursive']],
  assertPayload: 'text',
  opcodes: ['AssertZero', 'BlackBoxFuncCall', 'Directive', 'Brillig', 'MemoryOp', 'MemoryInit'],
  input: 'witness-width',
  blockKind: 'none',
  memoryPredicate: true,
  optionalPredicate: true,
  blackBoxes: names(
    `AND XOR RANGE SHA256 Blake2s Blake3 SchnorrVerify PedersenCommitment PedersenHash EcdsaSecp256k1 EcdsaSecp256r1 FixedBaseScalarMul EmbeddedCurveAdd Keccak256 Keccak256VariableLength Keccakf1600 RecursiveAggregation ${BIG_INT} Poseidon2Permutation Sha256Compression`,
  ),
  boxPredicate: false,
  proofType: false,
  points: 'plain',
  brillig: {
    opcodes: names(
      'BinaryFieldOp BinaryIntOp Cast JumpIfNot JumpIf Jump CalldataCopy Call Const Return ForeignCall Mov Load Store BlackBox Trap Stop',
    ),
    functionName: false,
    addresses: 'plain',
    types: 'bits',
    simpleHeapType: 'untyped',
    fieldOperations: names('Add Sub Mul Div Equals'),
    integerOperations: names(
      'Add Sub Mul SignedDiv UnsignedDiv Equals LessThan LessThanEquals And Or Xor Shl Shr',
    ),
    calldataCopy: 'immediate',
    trap: 'none',
    stop: 'immediate',
    blackBoxes: names(
      `Sha256 Blake2s Blake3 Keccak256 Keccakf1600 EcdsaSecp256k1 EcdsaSecp256r1 SchnorrVerify PedersenCommitment PedersenHash FixedBaseScalarMul EmbeddedCurveAdd ${BIG_INT} Poseidon2Permutation Sha256Compression`,
    ),
    blackBoxShapes: SHAPES_025,
  },
};

const D030: Dialect = {
  ...D025,
  name: '0.30',
  singleCircuit: false,
  arrayLengths: false,
  assertPayload: 'text-or-payload',
  opcodes: ['AssertZero', 'BlackBoxFuncCall', 'Directive', 'MemoryOp', 'MemoryInit', 'BrilligCall', 'Call'],
  blackBoxes: names(
    `AES128Encrypt AND XOR RANGE SHA256 Blake2s Blake3 SchnorrVerify PedersenCommitment PedersenHash EcdsaSecp256k1 EcdsaSecp256r1 MultiScalarMul EmbeddedCurveAdd Keccak256 Keccakf1600 RecursiveAggregation ${BIG_INT} Poseidon2Permutation Sha256Compression`,
  ),
  brillig: {
    ...D025.brillig,
    opcodes: after(D025.brillig.opcodes, 'Mov', 'ConditionalMov'),
    simpleHeapType: 'typed',
    fieldOperations: names('Add Sub Mul Div IntegerDiv Equals LessThan LessThanEquals'),
    integerOperations: names('Add Sub Mul Div Equals LessThan LessThanEquals And Or Xor Shl Shr'),
    trap: 'immediate',
    blackBoxes: names(
      `AES128Encrypt Sha256 Blake2s Blake3 Keccak256 Keccakf1600 EcdsaSecp256k1 EcdsaSecp256r1 SchnorrVerify PedersenCommitment PedersenHash MultiScalarMul EmbeddedCurveAdd ${BIG_INT} Poseidon2Permutation Sha256Compression`,
    ),
  },
};

const D031: Dialect = {
  ...D030,
  name: '0.31',
  blockKind: 'bare',
  points: 'flagged',
  brillig: {
    ...D030.brillig,
    blackBoxes: [...D030.brillig.blackBoxes, 'ToRadix'],
    blackBoxShapes: {
      ...D030.brillig.blackBoxShapes,
      EmbeddedCurveAdd:
        'input1_x:A input1_y:A input1_infinite:A input2_x:A input2_y:A input2_infinite:A result:H',
      ToRadix: 'input:A radix:N output:H',
    },
  },
};

const D032: Dialect = { ...D031, name: '0.32', input: 'value-width' };

const D033: Dialect = { ...D032, name: '0.33', brillig: { ...D032.brillig, types: 'enum-with-u0' } };

const D034: Dialect = {
  ...D033,
  name: '0.34',
  blockKind: 'numbered',
  proofType: true,
  brillig: {
    ...D033.brillig,
    opcodes: after(after(D033.brillig.opcodes, 'BinaryIntOp', 'Not'), 'Const', 'IndirectConst'),
    calldataCopy: 'cells',
    blackBoxShapes: { ...D033.brillig.blackBoxShapes, ToRadix: 'input:A radix:N output:H output_bits:B' },
  },
};

const D036: Dialect = {
  ...D034,
  name: '0.36',
  blackBoxes: without(D034.blackBoxes, 'SHA256', 'PedersenCommitment', 'PedersenHash', 'Keccak256'),
  brillig: {
    ...D034.brillig,
    addresses: 'based',
    types: 'enum',
    trap: 'array',
    blackBoxes: without(D034.brillig.blackBoxes, 'Sha256', 'Keccak256', 'PedersenCommitment', 'PedersenHash'),
    blackBoxShapes: {
      ...D034.brillig.blackBoxShapes,
      ToRadix: 'input:A radix:A output:H output_bits:B',
    },
  },
};

const D037: Dialect = {
  ...D036,
  name: '0.37',
  brillig: {
    ...D036.brillig,
    trap: 'region',
    blackBoxShapes: {
      ...D036.brillig.blackBoxShapes,
      Keccakf1600: 'input:H output:H',
      Sha256Compression: 'input:H hash_values:H output:H',
    },
  },
};

const D039: Dialect = {
  ...D037,
  name: '0.39',
  circuits: [circuit('current_witness_index opcodes expression_width')],
  assertPayload: 'payload',
  opcodes: D037.opcodes.filter(name => name !== 'Directive'),
  brillig: { ...D037.brillig, stop: 'region' },
};

const BETA_1: Dialect = {
  ...D039,
  name: '1.0.0-beta.1',
  blackBoxes: without(D039.blackBoxes, 'SchnorrVerify'),
  brillig: { ...D039.brillig, blackBoxes: without(D039.brillig.blackBoxes, 'SchnorrVerify') },
};

const BETA_2: Dialect = {
  ...BETA_1,
  name: '1.0.0-beta.2',
  brillig: {
    ...BETA_1.brillig,
    blackBoxShapes: {
      ...BETA_1.brillig.blackBoxShapes,
      ToRadix: 'input:A radix:A output_pointer:A num_limbs:A output_bits:A',
    },
  },
};

const BETA_12: Dialect = {
  ...BETA_2,
  name: '1.0.0-beta.12',
  fields: 'bytes',
  circuits: [circuit('function_name current_witness_index opcodes')],
  input: 'value',
  memoryPredicate: false,
  blackBoxes: without(BETA_2.blackBoxes, ...names(BIG_INT)),
  boxPredicate: true,
  brillig: {
    ...BETA_2.brillig,
    functionName: true,
    opcodes: without(BETA_2.brillig.opcodes, 'JumpIfNot'),
    blackBoxes: without(BETA_2.brillig.blackBoxes, ...names(BIG_INT)),
    blackBoxShapes: { ...BETA_2.brillig.blackBoxShapes, Poseidon2Permutation: 'message:V output:H' },
  },
};

/** Msgpack describes itself: what changed from beta.19 to beta.26 is told by counts and markers. */
const BETA_19: Dialect = {
  ...BETA_12,
  name: '1.0.0-beta.19',
  container: 'msgpack',
  points: 'counted',
  circuits: [circuit('function_name opcodes'), circuit('function_name current_witness_index opcodes')],
  brillig: {
    ...BETA_12.brillig,
    blackBoxShapes: {
      AES128Encrypt: 'inputs:R iv:R key:R outputs:R',
      Blake2s: 'message:R output:R',
      Blake3: 'message:R output:R',
      Keccakf1600: 'input:R output:R',
      EcdsaSecp256k1: 'hashed_msg:R public_key_x:R public_key_y:R signature:R result:A',
      EcdsaSecp256r1: 'hashed_msg:R public_key_x:R public_key_y:R signature:R result:A',
      MultiScalarMul: 'points:R scalars:R outputs:R',
      EmbeddedCurveAdd:
        'input1_x:A input1_y:A input2_x:A input2_y:A result:R / input1_x:A input1_y:A input1_infinite:A input2_x:A input2_y:A input2_infinite:A result:R',
      Poseidon2Permutation: 'message:R output:R',
      Sha256Compression: 'input:R hash_values:R output:R',
      ToRadix: 'input:A radix:A output_pointer:A num_limbs:A output_bits:A',
    },
  },
};

/** Every dialect, oldest first. */
export const DIALECTS: readonly Dialect[] = [
  D025,
  D030,
  D031,
  D032,
  D033,
  D034,
  D036,
  D037,
  D039,
  BETA_1,
  BETA_2,
  BETA_12,
  BETA_19,
];

/** What {@link DIALECTS} ends with: the one that is written. */
export const NEWEST_DIALECT = BETA_19;

/** Black boxes to the wire of the newest release. */
import type {
  AcirWitness,
  BlackBoxCall,
  CurvePointInput,
  EcdsaCall,
  FunctionInput,
} from '../../src/acir/types.ts';
import { BionoirError } from '../../src/errors.ts';
import { NEWEST_DIALECT } from './dialects.ts';
import { type Emit, type EmitFields, field, integer, list, struct, variant } from './sink.ts';

const INPUT_VARIANTS = ['Constant', 'Witness'];

function input(value: FunctionInput): Emit {
  return value.kind === 'constant'
    ? variant(INPUT_VARIANTS, 'Constant', field(value.value))
    : variant(INPUT_VARIANTS, 'Witness', integer(value.witness));
}

const inputs = (values: readonly FunctionInput[]): Emit => list(values, input);
const witnesses = (values: readonly AcirWitness[]): Emit => list(values, integer);

/**
 * Writes a black box call.
 * @throws UNSUPPORTED_OPCODE for what the newest release cannot say
 */
export function blackBox(call: BlackBoxCall): Emit {
  const [name, fields] = boxFields(call);
  return variant(NEWEST_DIALECT.blackBoxes, name, struct(fields));
}

function boxFields(call: BlackBoxCall): readonly [name: string, fields: EmitFields] {
  switch (call.name) {
    case 'range':
      return ['RANGE', { input: input(call.input), num_bits: integer(call.bits) }];
    case 'and':
    case 'xor': {
      const operands = { lhs: input(call.left), rhs: input(call.right) };
      const wire = call.name === 'and' ? 'AND' : 'XOR';
      return [wire, { ...operands, num_bits: integer(call.bits), output: integer(call.output) }];
    }
    case 'ecdsa-secp256k1':
      return ['EcdsaSecp256k1', ecdsaFields(call)];
    case 'ecdsa-secp256r1':
      return ['EcdsaSecp256r1', ecdsaFields(call)];
    case 'embedded-curve-add': {
      if (!call.assertsOnCurve) throw unwritable('an addition of curve points that need not be on the curve');
      const points = { input1: inputs(point(call.left)), input2: inputs(point(call.right)) };
      return [
        'EmbeddedCurveAdd',
        { ...points, predicate: input(call.predicate), outputs: witnesses(call.outputs) },
      ];
    }
    case 'multi-scalar-mul': {
      const points = inputs(call.points.flatMap(point));
      const scalars = inputs(call.scalars.flatMap(({ low, high }) => [low, high]));
      return [
        'MultiScalarMul',
        { points, scalars, predicate: input(call.predicate), outputs: witnesses(call.outputs) },
      ];
    }
    default:
      return wordBoxFields(call);
  }
}

/** Boxes without a predicate whose arguments are bytes, words or field elements. */
function wordBoxFields(call: BlackBoxCall): readonly [name: string, fields: EmitFields] {
  switch (call.name) {
    case 'blake2s':
    case 'blake3':
    case 'keccakf1600':
    case 'poseidon2-permutation':
      return [HASH_NAMES[call.name], { inputs: inputs(call.inputs), outputs: witnesses(call.outputs) }];
    case 'sha256-compression': {
      const head = { inputs: inputs(call.inputs), hash_values: inputs(call.state) };
      return ['Sha256Compression', { ...head, outputs: witnesses(call.outputs) }];
    }
    case 'aes128-encrypt': {
      const head = { inputs: inputs(call.inputs), iv: inputs(call.iv), key: inputs(call.key) };
      return ['AES128Encrypt', { ...head, outputs: witnesses(call.outputs) }];
    }
    case 'recursive-aggregation':
      return [
        'RecursiveAggregation',
        {
          verification_key: inputs(call.verificationKey),
          proof: inputs(call.proof),
          public_inputs: inputs(call.publicInputs),
          key_hash: input(call.keyHash),
          proof_type: integer(call.proofType),
          predicate: input(call.predicate),
        },
      ];
    default:
      throw unwritable(`the black box '${call.name}'`);
  }
}

const HASH_NAMES = {
  blake2s: 'Blake2s',
  blake3: 'Blake3',
  keccakf1600: 'Keccakf1600',
  'poseidon2-permutation': 'Poseidon2Permutation',
} as const;

function ecdsaFields(call: EcdsaCall): EmitFields {
  return {
    public_key_x: inputs(call.publicKeyX),
    public_key_y: inputs(call.publicKeyY),
    signature: inputs(call.signature),
    hashed_message: inputs(call.hashedMessage),
    predicate: input(call.predicate),
    output: integer(call.output),
  };
}

function point({ x, y, infinite }: CurvePointInput): FunctionInput[] {
  if (infinite !== undefined) throw unwritable('a curve point with an infinity flag');
  return [x, y];
}

/** The error of what the newest release cannot say. */
export function unwritable(what: string): BionoirError {
  return new BionoirError(
    'UNSUPPORTED_OPCODE',
    `The program holds ${what}, which the newest ACIR format cannot say. Recompile its source with the newest Noir.`,
    { details: { what } },
  );
}

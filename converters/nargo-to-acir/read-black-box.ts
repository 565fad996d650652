/**
 * Black boxes from the wire. Older releases lack predicates (then constant 1), give points an infinity flag, and carry
 * a width on each argument; only AND, XOR and RANGE need that width.
 */
import { acirWitness } from '../../src/acir/index.ts';
import type {
  AcirWitness,
  BitwiseCall,
  BlackBoxCall,
  CurvePointInput,
  EcdsaCall,
  FunctionInput,
  HashCall,
  RangeCall,
} from '../../src/acir/types.ts';
import type { Dialect } from './dialects.ts';
import {
  array,
  data,
  field,
  list,
  map,
  type Read,
  type Source,
  struct,
  tuple,
  u8,
  u32,
  variants,
} from './source.ts';

/** An argument and its width in bits; the width is 0 in releases that put it on the opcode. */
interface WideInput {
  readonly input: FunctionInput;
  readonly bits: number;
}

const ALWAYS: FunctionInput = { kind: 'constant', value: 1n };

/** Reads a witness index. */
export const witness: Read<AcirWitness> = map(u32, acirWitness);
const witnesses = list(witness);

/** Reads one black box call of a dialect. */
export function blackBoxReader(dialect: Dialect): Read<BlackBoxCall> {
  const table = boxTable(dialect);
  const entries = dialect.blackBoxes.map(name => [name, table[name] as Read<BlackBoxCall>] as const);
  return variants(Object.fromEntries(entries));
}

function boxTable(dialect: Dialect): Readonly<Record<string, Read<BlackBoxCall>>> {
  const wide = wideInput(dialect);
  const input = map(wide, w => w.input);
  const inputs = list(input);
  return {
    ...bitBoxes(dialect, wide),
    ...hashBoxes(dialect, input),
    ...signatureBoxes(dialect, input),
    ...curveBoxes(dialect, input),
    ...bigIntBoxes(input),
    AES128Encrypt: data(
      struct({ inputs, iv: array(16, input), key: array(16, input), outputs: witnesses }),
      f => ({ name: 'aes128-encrypt', ...f }),
    ),
    RecursiveAggregation: recursiveAggregation(dialect, input),
  };
}

function wideInput(dialect: Dialect): Read<WideInput> {
  const plain = variants<FunctionInput>({
    Constant: data(field, value => ({ kind: 'constant', value })),
    Witness: data(witness, found => ({ kind: 'witness', witness: found })),
  });
  if (dialect.input === 'value') return map(plain, input => ({ input, bits: 0 }));
  if (dialect.input === 'value-width') {
    return map(struct({ input: plain, num_bits: u32 }), f => ({ input: f.input, bits: f.num_bits }));
  }
  return map(struct({ witness, num_bits: u32 }), f => ({
    input: { kind: 'witness', witness: f.witness },
    bits: f.num_bits,
  }));
}

type Boxes = Readonly<Record<string, Read<BlackBoxCall>>>;

function bitBoxes(dialect: Dialect, wide: Read<WideInput>): Boxes {
  return {
    AND: bitwise('and', dialect, wide),
    XOR: bitwise('xor', dialect, wide),
    RANGE: range(dialect, wide),
  };
}

function bitwise(name: BitwiseCall['name'], dialect: Dialect, wide: Read<WideInput>): Read<BlackBoxCall> {
  if (dialect.input === 'value') {
    return data(struct({ lhs: wide, rhs: wide, num_bits: u32, output: witness }), f => ({
      name,
      left: f.lhs.input,
      right: f.rhs.input,
      bits: f.num_bits,
      output: f.output,
    }));
  }
  const read = struct({ lhs: wide, rhs: wide, output: witness });
  return source => {
    source.payload();
    const { lhs, rhs, output } = read(source);
    if (lhs.bits !== rhs.bits)
      throw source.fail(`operands of ${lhs.bits} and ${rhs.bits} bits before its place`);
    return { name, left: lhs.input, right: rhs.input, bits: lhs.bits, output };
  };
}

function range(dialect: Dialect, wide: Read<WideInput>): Read<RangeCall> {
  return dialect.input === 'value'
    ? data(struct({ input: wide, num_bits: u32 }), f => ({
        name: 'range',
        input: f.input.input,
        bits: f.num_bits,
      }))
    : data(struct({ input: wide }), f => ({ name: 'range', input: f.input.input, bits: f.input.bits }));
}

function hashBoxes(dialect: Dialect, input: Read<FunctionInput>): Boxes {
  const inputs = list(input);
  const bytes = array(32, witness);
  const hash = (name: HashCall['name']) => data(struct({ inputs, outputs: bytes }), f => ({ name, ...f }));
  const poseidon = { inputs, outputs: witnesses };
  const sized = struct({ inputs, var_message_size: input, outputs: bytes });
  const keccak256 = data(sized, f => ({
    name: 'keccak256' as const,
    inputs: f.inputs,
    messageSize: f.var_message_size,
    outputs: f.outputs,
  }));
  return {
    SHA256: hash('sha256'),
    Blake2s: hash('blake2s'),
    Blake3: hash('blake3'),
    Keccak256: dialect.singleCircuit
      ? data(struct({ inputs, outputs: bytes }), f => ({ name: 'keccak256', ...f }))
      : keccak256,
    Keccak256VariableLength: keccak256,
    Keccakf1600: data(struct({ inputs: array(25, input), outputs: array(25, witness) }), f => ({
      name: 'keccakf1600',
      ...f,
    })),
    Poseidon2Permutation: data(
      dialect.input === 'value' ? struct(poseidon) : struct({ ...poseidon, len: u32 }),
      f => ({ name: 'poseidon2-permutation', inputs: f.inputs, outputs: f.outputs }),
    ),
    Sha256Compression: data(
      struct({ inputs: array(16, input), hash_values: array(8, input), outputs: array(8, witness) }),
      f => ({ name: 'sha256-compression', inputs: f.inputs, state: f.hash_values, outputs: f.outputs }),
    ),
  };
}

function signatureBoxes(dialect: Dialect, input: Read<FunctionInput>): Boxes {
  const schnorr = struct({
    public_key_x: input,
    public_key_y: input,
    signature: array(64, input),
    message: list(input),
    output: witness,
  });
  return {
    EcdsaSecp256k1: ecdsa('ecdsa-secp256k1', dialect, input),
    EcdsaSecp256r1: ecdsa('ecdsa-secp256r1', dialect, input),
    SchnorrVerify: data(schnorr, f => ({
      name: 'schnorr-verify',
      publicKeyX: f.public_key_x,
      publicKeyY: f.public_key_y,
      signature: f.signature,
      message: f.message,
      output: f.output,
    })),
  };
}

function ecdsa(name: EcdsaCall['name'], dialect: Dialect, input: Read<FunctionInput>): Read<EcdsaCall> {
  const head = {
    public_key_x: array(32, input),
    public_key_y: array(32, input),
    signature: array(64, input),
    hashed_message: array(32, input),
  };
  return data(withPredicate(dialect, input, head, { output: witness }), f => ({
    name,
    publicKeyX: f.public_key_x,
    publicKeyY: f.public_key_y,
    signature: f.signature,
    hashedMessage: f.hashed_message,
    predicate: f.predicate,
    output: f.output,
  }));
}

/** A struct whose predicate, where the dialect has one, stands between `head` and `tail`. */
function withPredicate<
  H extends Readonly<Record<string, Read<unknown>>>,
  T extends Readonly<Record<string, Read<unknown>>>,
>(dialect: Dialect, input: Read<FunctionInput>, head: H, tail: T) {
  if (dialect.boxPredicate) return struct({ ...head, predicate: input, ...tail });
  const read = struct({ ...head, ...tail });
  return (source: Source) => ({ ...read(source), predicate: ALWAYS });
}

function curveBoxes(dialect: Dialect, input: Read<FunctionInput>): Boxes {
  const two = tuple(2, witness);
  const pedersen = { inputs: list(input), domain_separator: u32 };
  return {
    FixedBaseScalarMul: data(struct({ low: input, high: input, outputs: two }), f => ({
      name: 'fixed-base-scalar-mul',
      ...f,
    })),
    PedersenCommitment: data(struct({ ...pedersen, outputs: two }), f => ({
      name: 'pedersen-commitment',
      inputs: f.inputs,
      domainSeparator: f.domain_separator,
      outputs: f.outputs,
    })),
    PedersenHash: data(struct({ ...pedersen, output: witness }), f => ({
      name: 'pedersen-hash',
      inputs: f.inputs,
      domainSeparator: f.domain_separator,
      outputs: [f.output],
    })),
    EmbeddedCurveAdd: embeddedCurveAdd(dialect, input),
    MultiScalarMul: multiScalarMul(dialect, input),
  };
}

/** Coordinates of one point: fixed by the release in bincode, told by the count in msgpack. */
function coordinates<T>(dialect: Dialect, item: Read<T>, kind: 'array' | 'tuple'): Read<T[]> {
  return source => {
    const count = dialect.points === 'counted' ? source.peekCount() : dialect.points === 'flagged' ? 3 : 2;
    if (count !== 2 && count !== 3) throw source.fail(`a point of ${count} coordinates`);
    return kind === 'array' ? array(count, item)(source) : tuple(count, item)(source);
  };
}

function toPoint(coordinates: readonly FunctionInput[]): CurvePointInput {
  const [x, y, infinite] = coordinates as readonly [FunctionInput, FunctionInput, FunctionInput?];
  return infinite === undefined ? { x, y } : { x, y, infinite };
}

function embeddedCurveAdd(dialect: Dialect, input: Read<FunctionInput>): Read<BlackBoxCall> {
  const outputs = coordinates(dialect, witness, 'tuple');
  if (dialect.points === 'plain') {
    const read = struct({ input1_x: input, input1_y: input, input2_x: input, input2_y: input, outputs });
    return data(read, f => ({
      name: 'embedded-curve-add',
      left: { x: f.input1_x, y: f.input1_y },
      right: { x: f.input2_x, y: f.input2_y },
      predicate: ALWAYS,
      assertsOnCurve: false,
      outputs: f.outputs,
    }));
  }
  const point = coordinates(dialect, input, 'array');
  const read = withPredicate(dialect, input, { input1: point, input2: point }, { outputs });
  return source => {
    source.payload();
    const f = read(source);
    const counts = [f.input1.length, f.input2.length, f.outputs.length];
    if (new Set(counts).size > 1)
      throw source.fail(`points of ${counts.join(', ')} coordinates in one addition`);
    return {
      name: 'embedded-curve-add',
      left: toPoint(f.input1),
      right: toPoint(f.input2),
      predicate: f.predicate,
      assertsOnCurve: f.outputs.length === 2,
      outputs: f.outputs,
    };
  };
}

function multiScalarMul(dialect: Dialect, input: Read<FunctionInput>): Read<BlackBoxCall> {
  const inputs = list(input);
  const outputs = coordinates(dialect, witness, 'tuple');
  const read = withPredicate(dialect, input, { points: inputs, scalars: inputs }, { outputs });
  return source => {
    source.payload();
    const f = read(source);
    const points = chunks(f.points, f.outputs.length);
    const scalars = chunks(f.scalars, 2);
    if (points === undefined || scalars === undefined || points.length !== scalars.length) {
      throw source.fail(
        `${f.points.length} point and ${f.scalars.length} scalar arguments of one multiplication`,
      );
    }
    return {
      name: 'multi-scalar-mul',
      points: points.map(toPoint),
      scalars: scalars.map(([low, high]) => ({ low: low as FunctionInput, high: high as FunctionInput })),
      predicate: f.predicate,
      outputs: f.outputs,
    };
  };
}

/** Splits into runs of `length`, or undefined when they do not come out even. */
function chunks<T>(items: readonly T[], length: number): T[][] | undefined {
  if (items.length % length !== 0) return undefined;
  const count = items.length / length;
  return Array.from({ length: count }, (_, i) => items.slice(i * length, (i + 1) * length));
}

function recursiveAggregation(dialect: Dialect, input: Read<FunctionInput>): Read<BlackBoxCall> {
  const inputs = list(input);
  const head = { verification_key: inputs, proof: inputs, public_inputs: inputs, key_hash: input };
  const typed = withPredicate(dialect, input, { ...head, proof_type: u32 }, {});
  const untyped = map(struct(head), f => ({ ...f, proof_type: 0, predicate: ALWAYS }));
  return data(dialect.proofType ? typed : untyped, f => ({
    name: 'recursive-aggregation',
    verificationKey: f.verification_key,
    proof: f.proof,
    publicInputs: f.public_inputs,
    keyHash: f.key_hash,
    proofType: f.proof_type,
    predicate: f.predicate,
  }));
}

function bigIntBoxes(input: Read<FunctionInput>): Boxes {
  const arithmetic = (name: 'big-int-add' | 'big-int-sub' | 'big-int-mul' | 'big-int-div') =>
    data(struct({ lhs: u32, rhs: u32, output: u32 }), f => ({
      name,
      left: f.lhs,
      right: f.rhs,
      output: f.output,
    }));
  return {
    BigIntAdd: arithmetic('big-int-add'),
    BigIntSub: arithmetic('big-int-sub'),
    BigIntMul: arithmetic('big-int-mul'),
    BigIntDiv: arithmetic('big-int-div'),
    BigIntFromLeBytes: data(struct({ inputs: list(input), modulus: list(u8), output: u32 }), f => ({
      name: 'big-int-from-le-bytes',
      inputs: f.inputs,
      modulus: Uint8Array.from(f.modulus),
      output: f.output,
    })),
    BigIntToLeBytes: data(struct({ input: u32, outputs: list(witness) }), f => ({
      name: 'big-int-to-le-bytes',
      ...f,
    })),
  };
}

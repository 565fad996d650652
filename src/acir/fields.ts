/**
 * Fields of opcodes and black boxes with their kinds: the one table behind the text form, the search for witnesses and
 * the checks. Order is the order of the text form.
 */
import type { BlackBoxCall, Opcode } from './types.ts';

/** What a field holds. `input` is a constant or a witness; `point` two or three inputs; `scalars` pairs of inputs. */
export type FieldKind =
  | 'number'
  | 'flag'
  | 'bytes'
  | 'witness'
  | 'witnesses'
  | 'input'
  | 'inputs'
  | 'optional-input'
  | 'point'
  | 'points'
  | 'scalars'
  | 'expression'
  | 'block-kind'
  | 'brillig-inputs'
  | 'brillig-outputs';

type CallOf<N, C = BlackBoxCall> = C extends { readonly name: infer M } ? (N extends M ? C : never) : never;
type OpcodeOf<K> = Extract<Opcode, { readonly kind: K }>;
type FieldsOf<T, Head> = { readonly [F in Exclude<keyof T, Head>]: FieldKind };

const HASH = { inputs: 'inputs', outputs: 'witnesses' } as const;
const BITWISE = { left: 'input', right: 'input', bits: 'number', output: 'witness' } as const;
const PEDERSEN = { inputs: 'inputs', domainSeparator: 'number', outputs: 'witnesses' } as const;
const BIG_INT = { left: 'number', right: 'number', output: 'number' } as const;
const ECDSA = {
  publicKeyX: 'inputs',
  publicKeyY: 'inputs',
  signature: 'inputs',
  hashedMessage: 'inputs',
  predicate: 'input',
  output: 'witness',
} as const;

/** Fields of every black box. */
export const BLACK_BOX_FIELDS: { readonly [N in BlackBoxCall['name']]: FieldsOf<CallOf<N>, 'name'> } = {
  range: { input: 'input', bits: 'number' },
  and: BITWISE,
  xor: BITWISE,
  'aes128-encrypt': { inputs: 'inputs', iv: 'inputs', key: 'inputs', outputs: 'witnesses' },
  sha256: HASH,
  blake2s: HASH,
  blake3: HASH,
  keccakf1600: HASH,
  'poseidon2-permutation': HASH,
  keccak256: { inputs: 'inputs', messageSize: 'optional-input', outputs: 'witnesses' },
  'sha256-compression': { inputs: 'inputs', state: 'inputs', outputs: 'witnesses' },
  'pedersen-commitment': PEDERSEN,
  'pedersen-hash': PEDERSEN,
  'schnorr-verify': {
    publicKeyX: 'input',
    publicKeyY: 'input',
    signature: 'inputs',
    message: 'inputs',
    output: 'witness',
  },
  'ecdsa-secp256k1': ECDSA,
  'ecdsa-secp256r1': ECDSA,
  'fixed-base-scalar-mul': { low: 'input', high: 'input', outputs: 'witnesses' },
  'multi-scalar-mul': { points: 'points', scalars: 'scalars', predicate: 'input', outputs: 'witnesses' },
  'embedded-curve-add': {
    left: 'point',
    right: 'point',
    predicate: 'input',
    assertsOnCurve: 'flag',
    outputs: 'witnesses',
  },
  'recursive-aggregation': {
    verificationKey: 'inputs',
    proof: 'inputs',
    publicInputs: 'inputs',
    keyHash: 'input',
    proofType: 'number',
    predicate: 'input',
  },
  'big-int-add': BIG_INT,
  'big-int-sub': BIG_INT,
  'big-int-mul': BIG_INT,
  'big-int-div': BIG_INT,
  'big-int-from-le-bytes': { inputs: 'inputs', modulus: 'bytes', output: 'number' },
  'big-int-to-le-bytes': { input: 'number', outputs: 'witnesses' },
};

/** Opcodes but for black boxes, whose fields are above. */
export const OPCODE_FIELDS: {
  readonly [K in Exclude<Opcode['kind'], 'black-box'>]: FieldsOf<OpcodeOf<K>, 'kind'>;
} = {
  'assert-zero': { expression: 'expression' },
  'memory-init': { block: 'number', blockKind: 'block-kind', init: 'witnesses' },
  'memory-op': { block: 'number', write: 'flag', index: 'expression', value: 'expression' },
  'brillig-call': {
    id: 'number',
    inputs: 'brillig-inputs',
    outputs: 'brillig-outputs',
    predicate: 'expression',
  },
  call: { id: 'number', inputs: 'witnesses', outputs: 'witnesses', predicate: 'expression' },
  'to-le-radix': { value: 'expression', outputs: 'witnesses', radix: 'number' },
};

/** Kind and value of each field of an opcode; fields that may be missing and are, are left out. */
export function fieldsOf(
  opcode: Opcode,
): readonly (readonly [name: string, kind: FieldKind, value: unknown])[] {
  const [holder, table] =
    opcode.kind === 'black-box'
      ? [opcode.call, BLACK_BOX_FIELDS[opcode.call.name]]
      : [opcode, OPCODE_FIELDS[opcode.kind]];
  const values = holder as unknown as Readonly<Record<string, unknown>>; // the tables name only fields of their opcode
  return Object.entries<FieldKind>(table)
    .map(([name, kind]) => [name, kind, values[name]] as const)
    .filter(([, , value]) => value !== undefined);
}

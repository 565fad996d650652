/**
 * checkProgram: what later stages rely on and no type expresses. Indices in range, lists of the length that the opcode
 * demands, memory initialised before use, calls that fit their callee.
 *
 * It does not judge the program: a circuit may be unsatisfiable, under-constrained or recursive.
 */
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME } from '../field/index.ts';
import { type FieldKind, fieldsOf } from './fields.ts';
import type {
  BlackBoxCall,
  BrilligInput,
  BrilligOutput,
  Call,
  Circuit,
  CurvePointInput,
  Expression,
  FunctionInput,
  Opcode,
  Program,
} from './types.ts';

const U32_LIMIT = 2 ** 32;
/** Widest operands of AND and XOR: what a field element holds. */
const MAX_BITWISE_BITS = 254;
/** Bytes of an AES block, key and initialisation vector. */
const AES_BYTES = 16;

/** Where the check stands. */
interface Place {
  readonly program: Program;
  readonly circuit: Circuit;
  /** Memory blocks initialised so far. */
  readonly blocks: Set<number>;
  opcodeIndex: number | undefined;
}

/**
 * Checks a program.
 * @throws MALFORMED_PROGRAM naming circuit and opcode
 */
export function checkProgram(program: Program): void {
  if (program.functions.length === 0) {
    throw new BionoirError('MALFORMED_PROGRAM', 'The program has no function. Give it at least main.');
  }
  for (const circuit of program.functions) checkCircuit(program, circuit);
}

function checkCircuit(program: Program, circuit: Circuit): void {
  const place: Place = { program, circuit, blocks: new Set(), opcodeIndex: undefined };
  const { privateParameters, publicParameters, returnValues } = circuit;
  checkAscending(place, privateParameters, 'private parameters');
  checkAscending(place, publicParameters, 'public parameters');
  checkAscending(place, returnValues, 'return values');
  const known = new Set<number>(privateParameters);
  const twice = publicParameters.find(witness => known.has(witness));
  if (twice !== undefined) throw malformed(place, `w${twice} is both a private and a public parameter`);
  circuit.opcodes.forEach((opcode, i) => {
    place.opcodeIndex = i;
    checkOpcode(place, opcode);
  });
  place.opcodeIndex = undefined;
  for (const { payload } of circuit.assertMessages) {
    for (const item of payload) {
      if (item.kind === 'expression') checkExpression(item.expression, place);
      else checkBlock(item.block, place);
    }
  }
}

function checkAscending(place: Place, witnesses: readonly number[], what: string): void {
  witnesses.forEach((witness, i) => {
    checkIndex(witness, place);
    const before = witnesses[i - 1] ?? -1;
    if (witness <= before)
      throw malformed(place, `its ${what} do not ascend: w${witness} follows w${before}`);
  });
}

function checkOpcode(place: Place, opcode: Opcode): void {
  if (opcode.kind === 'assert-zero') {
    checkExpression(opcode.expression, place);
    return;
  }
  for (const [, kind, value] of fieldsOf(opcode)) (CHECKS[kind] as Check<unknown>)(value, place);
  switch (opcode.kind) {
    case 'black-box':
      checkBlackBox(place, opcode.call);
      break;
    case 'memory-init':
      if (place.blocks.has(opcode.block))
        throw malformed(place, `block ${opcode.block} is initialised twice`);
      place.blocks.add(opcode.block);
      break;
    case 'memory-op':
      checkBlock(opcode.block, place);
      break;
    case 'brillig-call':
      if (opcode.id < place.program.unconstrained.length) break;
      throw malformed(place, `there is no unconstrained function ${opcode.id}`);
    case 'call':
      checkCall(place, opcode);
      break;
    case 'to-le-radix':
      if (opcode.radix >= 2) break;
      throw malformed(place, `radix ${opcode.radix} is less than 2`);
    default:
      opcode satisfies never;
  }
}

function checkCall(place: Place, call: Call): void {
  const { functions } = place.program;
  const callee = functions[call.id];
  if (callee === undefined || call.id === 0) {
    throw malformed(place, `function ${call.id} cannot be called; 1 to ${functions.length - 1} can`);
  }
  const parameters = [...callee.privateParameters, ...callee.publicParameters].sort((a, b) => a - b);
  if (parameters.some((witness, i) => witness !== i)) {
    throw malformed(place, `the parameters of function ${call.id} are not its witnesses from w0 on`);
  }
  checkCount(place, call.inputs, parameters.length, `arguments of function ${call.id}`);
  checkCount(place, call.outputs, callee.returnValues.length, `results of function ${call.id}`);
}

const ECDSA_LENGTHS = { publicKeyX: 32, publicKeyY: 32, signature: 64, hashedMessage: 32 };

/** Lists that have one length whatever the call. */
const LENGTHS: { readonly [N in BlackBoxCall['name']]?: Readonly<Record<string, number>> } = {
  'aes128-encrypt': { iv: AES_BYTES, key: AES_BYTES },
  sha256: { outputs: 32 },
  blake2s: { outputs: 32 },
  blake3: { outputs: 32 },
  keccak256: { outputs: 32 },
  keccakf1600: { inputs: 25, outputs: 25 },
  'sha256-compression': { inputs: 16, state: 8, outputs: 8 },
  'pedersen-commitment': { outputs: 2 },
  'pedersen-hash': { outputs: 1 },
  'fixed-base-scalar-mul': { outputs: 2 },
  'schnorr-verify': { signature: 64 },
  'ecdsa-secp256k1': ECDSA_LENGTHS,
  'ecdsa-secp256r1': ECDSA_LENGTHS,
  'big-int-to-le-bytes': { outputs: 32 },
};

function checkBlackBox(place: Place, call: BlackBoxCall): void {
  const lists = call as unknown as Readonly<Record<string, readonly unknown[]>>; // LENGTHS names only lists of its call
  for (const [field, wanted] of Object.entries(LENGTHS[call.name] ?? {})) {
    checkCount(place, lists[field] as readonly unknown[], wanted, field);
  }
  if (call.name === 'multi-scalar-mul') {
    checkCount(place, call.scalars, call.points.length, 'scalars');
    checkPoints(place, call.points, call.outputs);
  } else if (call.name === 'embedded-curve-add') checkPoints(place, [call.left, call.right], call.outputs);
  else if (call.name === 'poseidon2-permutation')
    checkCount(place, call.outputs, call.inputs.length, 'outputs');
  else if (call.name === 'aes128-encrypt') checkAesOutputs(place, call.inputs.length, call.outputs);
  else if ((call.name === 'and' || call.name === 'xor') && call.bits > MAX_BITWISE_BITS) {
    throw malformed(place, `operands of ${call.bits} bits do not fit a field element`);
  }
}

/** Either whole blocks go in and as many come out, or the padding is inside and a byte or more is added. */
function checkAesOutputs(place: Place, inputCount: number, outputs: readonly unknown[]): void {
  const rest = inputCount % AES_BYTES;
  if (rest === 0 && outputs.length === inputCount) return;
  checkCount(place, outputs, inputCount - rest + AES_BYTES, 'outputs');
}

/** All points of one call carry the infinity flag, the result too, or none does. */
function checkPoints(place: Place, points: readonly CurvePointInput[], outputs: readonly unknown[]): void {
  const flagged = points.filter(point => point.infinite !== undefined).length;
  const expected = outputs.length === 3 ? points.length : 0;
  if (outputs.length !== 2 && outputs.length !== 3) checkCount(place, outputs, 2, 'output coordinates');
  if (flagged !== expected) {
    throw malformed(place, `${flagged} of ${points.length} points have an infinity flag; ${expected} should`);
  }
}

function checkCount(place: Place, list: ArrayLike<unknown>, wanted: number, what: string): void {
  if (list.length !== wanted) throw malformed(place, `there are ${list.length} ${what} instead of ${wanted}`);
}

type Check<T> = (value: T, place: Place) => void;

/** Witnesses, ids, widths: whole numbers of 32 bits. */
const checkIndex: Check<number> = (value, place) => {
  if (Number.isInteger(value) && value >= 0 && value < U32_LIMIT) return;
  throw malformed(place, `${value} is not a whole number below 2^32`);
};

const checkElement: Check<bigint> = (value, place) => {
  if (value >= 0n && value < BN254_SCALAR_PRIME) return;
  throw malformed(place, `${value} is not a field element`);
};

const checkExpression: Check<Expression> = ({ mulTerms, linear, constant }, place) => {
  for (const { coefficient, left, right } of mulTerms) {
    checkElement(coefficient, place);
    checkIndex(left, place);
    checkIndex(right, place);
  }
  checkCount(place, linear.coefficients, linear.witnesses.length, 'linear coefficients');
  for (let i = 0; i < linear.coefficients.length; i++) checkElement(linear.coefficients[i] as bigint, place);
  checkElement(constant, place);
};

const checkInput: Check<FunctionInput> = (input, place) =>
  input.kind === 'constant' ? checkElement(input.value, place) : checkIndex(input.witness, place);

const checkPoint: Check<CurvePointInput> = ({ x, y, infinite }, place) => {
  checkInput(x, place);
  checkInput(y, place);
  if (infinite !== undefined) checkInput(infinite, place);
};

const checkBlock: Check<number> = (block, place) => {
  if (!place.blocks.has(block)) throw malformed(place, `memory block ${block} is not initialised`);
};

const checkBrilligInput: Check<BrilligInput> = (input, place) => {
  if (input.kind === 'single') checkExpression(input.expression, place);
  else if (input.kind === 'array') checkAll(checkExpression)(input.expressions, place);
  else checkBlock(input.block, place);
};

const checkBrilligOutput: Check<BrilligOutput> = (output, place) =>
  output.kind === 'simple'
    ? checkIndex(output.witness, place)
    : checkAll(checkIndex)(output.witnesses, place);

function checkAll<T>(check: Check<T>): Check<readonly T[]> {
  return (values, place) => {
    for (const value of values) check(value, place);
  };
}

const nothing: Check<unknown> = () => {};

/** The check of each field kind; the field tables pair kinds and types. */
const CHECKS = {
  number: checkIndex,
  flag: nothing,
  bytes: nothing,
  'block-kind': nothing,
  witness: checkIndex,
  witnesses: checkAll(checkIndex),
  input: checkInput,
  inputs: checkAll(checkInput),
  'optional-input': checkInput,
  point: checkPoint,
  points: checkAll(checkPoint),
  scalars: checkAll<{ readonly low: FunctionInput; readonly high: FunctionInput }>(({ low, high }, place) => {
    checkInput(low, place);
    checkInput(high, place);
  }),
  expression: checkExpression,
  'brillig-inputs': checkAll(checkBrilligInput),
  'brillig-outputs': checkAll(checkBrilligOutput),
} satisfies Record<FieldKind, unknown>;

function malformed({ circuit, opcodeIndex }: Place, what: string): BionoirError {
  const opcode = opcodeIndex === undefined ? undefined : circuit.opcodes[opcodeIndex];
  const kind = opcode?.kind === 'black-box' ? opcode.call.name : opcode?.kind;
  const where =
    opcode === undefined
      ? `circuit '${circuit.name}'`
      : `circuit '${circuit.name}', opcode ${opcodeIndex} (${kind})`;
  return new BionoirError(
    'MALFORMED_PROGRAM',
    `The ACIR program breaks a rule of its format in ${where}: ${what}. Compile it again, or correct it if it is hand-made.`,
    { details: { circuit: circuit.name, opcode: opcodeIndex }, location: where },
  );
}

/**
 * Proving from made files alone: no compiler, no constraints, no reference machine, hence small enough for a page.
 *
 * The constraints are not at hand to check a witness with. The proof is verified instead, before anybody sees it: a proof
 * of a witness that is not satisfied does not verify, and what does not verify is dropped.
 */
import {
  isUltraGrothZkey,
  printProof,
  printPublicSignals,
  printUltraGrothProof,
} from '../../converters/keys-to-iden3/index.ts';
import { BionoirError } from '../errors.ts';
import { exportVerificationKey, prove as proveGroth16, verify as verifyGroth16 } from '../groth16/web.ts';
import type {
  Groth16Points,
  Kernel,
  KernelCallOptions,
  LoadedWitnessProgram,
  Progress,
  SolvedWitness,
  UltraGrothPoints,
} from '../kernel/web.ts';
import {
  encodeCall,
  encodeUltraGrothCall,
  printCalldata,
  printUltraGrothCalldata,
} from '../solidity/index.ts';
import { encodeInputs, type ProgramInputs } from '../toolchain/web.ts';
import {
  loadProvingKey as loadUltraGroth,
  prove as proveUltraGroth,
  verify as verifyUltraGroth,
} from '../ultragroth/web.ts';
import { STOP_REASONS } from '../witness/index.ts';
import { type AnyVerificationKey, type ProvingFiles, printKey } from './circuit-file.ts';

/** The steps of a proof, in order. */
export type ProverStep = 'solve' | 'prove' | 'verify';

export interface ProverCallOptions {
  /** Rejects at once with ABORTED. A worker without shared memory finishes what it began, unheard. */
  readonly signal?: AbortSignal;
  /** `fraction` runs from 0 to 1 in each part that the engine tells of. */
  readonly onProgress?: (step: ProverStep, part: string, fraction: number) => void;
}

/** A proof that was verified where it was made. */
export interface ProvenStatement {
  readonly proof: Groth16Points | UltraGrothPoints;
  /** Public inputs of main as declared, then what it returns publicly. */
  readonly publicSignals: readonly bigint[];
  /** Which engine made it. */
  readonly kernel: string;
  readonly timings: Readonly<Record<ProverStep, number>>;
}

/** One circuit, loaded into a kernel; serves many inputs, one after another, until it is released. */
export interface Prover {
  readonly proofSystem: 'groth16' | 'ultragroth';
  readonly verificationKey: AnyVerificationKey;
  /**
   * Solves the witness of main's parameters, proves it, verifies the proof.
   *
   * @throws BionoirError MALFORMED_INPUT, EXECUTION_FAILED (an assertion of the program does not hold), KEY_MISMATCH (the
   *   proof does not verify: program and keys are not of one circuit), ABORTED, KERNEL_FAILED
   */
  prove(inputs: ProgramInputs, options?: ProverCallOptions): Promise<ProvenStatement>;
  release(): void;
}

/**
 * Loads a circuit's files into a kernel. They may be dropped afterwards.
 *
 * @throws BionoirError KEY_MISMATCH when the proving key is not that of the verification key or of the witness program;
 *   MALFORMED_KEY, UNSAFE_KEY, MALFORMED_PROGRAM, MISSING_KERNEL, KERNEL_FAILED
 */
export async function openProver(kernel: Kernel, files: ProvingFiles): Promise<Prover> {
  const { parameters, provingKey } = files;
  if (kernel.witness === undefined) {
    throw new BionoirError(
      'MISSING_KERNEL',
      `The kernel '${kernel.name}' cannot solve witnesses. Open webKernel().`,
      { details: { kernel: kernel.name } },
    );
  }
  const program = await kernel.witness.load(files.witnessProgram);
  const system = await loadSystem(kernel, provingKey).catch(error => {
    program.release();
    throw error;
  });
  const release = (): void => {
    program.release();
    system.release();
  };
  const isOtherKey = !isSameJson(printKey(system.verificationKey), files.verificationKey);
  if (isOtherKey || system.wireCount !== program.wireCount) {
    release();
    throw otherKey(isOtherKey ? 'verification key' : 'witness program');
  }
  const run: Run = { kernel, program, system };
  return {
    proofSystem: 'delta' in system.verificationKey ? 'groth16' : 'ultragroth',
    verificationKey: system.verificationKey,
    prove: (inputs, options = {}) =>
      unlessAborted(options.signal, async () =>
        proveOnce(run, encodeInputs({ abi: { parameters } }, inputs), options),
      ),
    release,
  };
}

function isSameJson(left: string, right: string): boolean {
  const [one, other] = [left, right].map(text => JSON.stringify(JSON.parse(text)));
  return one === other;
}

function otherKey(than: string): BionoirError {
  return new BionoirError(
    'KEY_MISMATCH',
    `The proving key belongs to another circuit or set-up than the ${than}. Take all files of one "bionoir bundle".`,
    { details: { than } },
  );
}

interface Run {
  readonly kernel: Kernel;
  readonly program: LoadedWitnessProgram;
  readonly system: LoadedSystem;
}

type Proof = Pick<ProvenStatement, 'proof' | 'publicSignals'>;

/** A proof system with its keys in a kernel. */
interface LoadedSystem {
  readonly verificationKey: AnyVerificationKey;
  readonly wireCount: number;
  prove(witness: SolvedWitness, options: KernelCallOptions): Promise<Proof>;
  verify(proof: Proof): Promise<boolean>;
  release(): void;
}

function loadSystem(kernel: Kernel, zkey: Uint8Array): Promise<LoadedSystem> {
  return isUltraGrothZkey(zkey) ? loadUltra(kernel, zkey) : loadPlain(kernel, zkey);
}

async function loadPlain(kernel: Kernel, zkey: Uint8Array): Promise<LoadedSystem> {
  const verificationKey = exportVerificationKey(zkey);
  const loaded = await kernel.loadProvingKey(zkey);
  return {
    verificationKey,
    wireCount: loaded.wireCount,
    prove: ({ wires }, options) => proveGroth16(kernel, loaded, wires, options),
    verify: async ({ proof, publicSignals }) =>
      'c' in proof && verifyGroth16(kernel, verificationKey, publicSignals, proof),
    release: () => loaded.release(),
  };
}

async function loadUltra(kernel: Kernel, zkey: Uint8Array): Promise<LoadedSystem> {
  const key = await loadUltraGroth(kernel, zkey);
  return {
    verificationKey: key.verificationKey,
    wireCount: key.loaded.wireCount,
    prove: ({ wires, finish }, options) => proveUltraGroth(kernel, key, { roundOne: wires, finish }, options),
    verify: async ({ proof, publicSignals }) =>
      'c1' in proof && verifyUltraGroth(kernel, key.verificationKey, publicSignals, proof),
    release: () => key.release(),
  };
}

async function proveOnce(
  { kernel, program, system }: Run,
  inputs: readonly bigint[],
  { signal, onProgress }: ProverCallOptions,
): Promise<ProvenStatement> {
  const during = (step: ProverStep): KernelCallOptions => {
    onProgress?.(step, step, 0);
    const tell: Progress = (part, fraction) => onProgress?.(step, part, fraction);
    return { onProgress: tell, ...(signal === undefined ? {} : { signal }) };
  };
  const timings = { solve: 0, prove: 0, verify: 0 };
  const timed = async <T>(step: ProverStep, body: (options: KernelCallOptions) => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const result = await body(during(step));
    timings[step] = performance.now() - startedAt;
    return result;
  };
  const witness = await timed('solve', options => solve(program, inputs, options));
  try {
    const { proof, publicSignals } = await timed('prove', options => system.prove(witness, options));
    if (!(await timed('verify', () => system.verify({ proof, publicSignals })))) throw unverified();
    return { proof, publicSignals, kernel: kernel.description, timings };
  } finally {
    witness.release();
    witness.wires.fill(0);
  }
}

async function solve(
  program: LoadedWitnessProgram,
  inputs: readonly bigint[],
  options: KernelCallOptions,
): Promise<SolvedWitness> {
  const found = await program.solve(inputs, options);
  if (found.kind === 'solved') return found;
  const { functionIndex, opcodes } = found;
  const reason = STOP_REASONS[found.reason] ?? 'none';
  throw new BionoirError(
    'EXECUTION_FAILED',
    `These inputs cannot be proved: the program stopped (${reason}) in function ${functionIndex}, opcode ${opcodes.join('.')}. Run "bionoir execute" with them to see the assertion and its line.`,
    { details: { reason, functionIndex, opcodes } },
  );
}

function unverified(): BionoirError {
  return new BionoirError(
    'KEY_MISMATCH',
    'The proof that was made does not verify, and was dropped: the witness program and the keys are not of one circuit, or a file is damaged. Take all files of one "bionoir bundle".',
  );
}

/** Settles as `body` does, but hears at once that the caller wants no more. */
function unlessAborted<T>(signal: AbortSignal | undefined, body: () => Promise<T>): Promise<T> {
  if (signal === undefined) return body();
  return new Promise((resolve, reject) => {
    const abort = (): void =>
      reject(new BionoirError('ABORTED', 'Stopped, as asked. No proof was made.', { cause: signal.reason }));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    body()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

/** A proof as files (`proof.json`, `public.json`), and as what its contract takes. */
export interface PrintedStatement {
  readonly proof: string;
  readonly publicSignals: string;
  /** Arguments of `verifyProof`, as text. */
  readonly calldata: string;
  /** The whole call by the contract ABI, for a transaction. */
  readonly call: Uint8Array;
}

/** Prints a proof; `functionName` is that of the contract, `verifyProof` unless said. */
export function printStatement(
  { proof, publicSignals }: Pick<ProvenStatement, 'proof' | 'publicSignals'>,
  functionName?: string,
): PrintedStatement {
  const signals = printPublicSignals(publicSignals);
  return 'c' in proof
    ? {
        proof: printProof(proof),
        publicSignals: signals,
        calldata: printCalldata(proof, publicSignals),
        call: encodeCall(proof, publicSignals, functionName),
      }
    : {
        proof: printUltraGrothProof(proof),
        publicSignals: signals,
        calldata: printUltraGrothCalldata(proof, publicSignals),
        call: encodeUltraGrothCall(proof, publicSignals, functionName),
      };
}

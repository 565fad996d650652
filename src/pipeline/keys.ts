/** From constraints to keys, behind the search for values that nothing constrains. */
import { assertConstrained, type ProofSystem } from '../../converters/acir-to-r1cs/index.ts';
import { writeR1cs } from '../../converters/r1cs-to-iden3/index.ts';
import { type Abi, witnessNames } from '../acir/index.ts';
import type { ByteSource } from '../bytes/index.ts';
import { BionoirError } from '../errors.ts';
import { contribute, exportVerificationKey, setupForDevelopment, setupFromPtau } from '../groth16/index.ts';
import type { Groth16VerificationKey, Kernel, Progress, UltraGrothVerificationKey } from '../kernel/index.ts';
import {
  contribute as ultraGrothContribute,
  exportVerificationKey as ultraGrothExport,
  setupForDevelopment as ultraGrothSetup,
  setupFromPtau as ultraGrothSetupFromPtau,
} from '../ultragroth/index.ts';
import type { Circuit } from './network.ts';
import { runStage, type StageOptions } from './stages.ts';

export interface SetupOptions extends StageOptions {
  /**
   * A powers-of-tau file (`.ptau`): its bytes, or {@link openFileSource} for one that is read in pieces. It is trusted:
   * check it once with `verifyPtau`. Without it: a development set-up by a single party, never for real value.
   */
  readonly ptau?: Uint8Array | ByteSource;
  /** Public name of the first contribution to a key from a `.ptau`; more can follow with `contribute` and `applyBeacon`. */
  readonly contributor?: string;
  /**
   * Names of values that the prover may choose freely, such as the result of an oracle: Noir names ("return[3]",
   * "points[2].x"; "points" allows all its parts) or witnesses as the error names them ("main.w7").
   */
  readonly allowUnconstrained?: readonly string[];
}

/** Keys of one circuit. */
export interface Keys {
  /** iden3 `.zkey` bytes. */
  readonly provingKey: Uint8Array;
  readonly verificationKey: Groth16VerificationKey;
}

/** What set-up needs of a circuit; with the artifact, errors speak in Noir names. */
export type SetupSubject = Pick<Circuit, 'lowered'> & Partial<Pick<Circuit, 'artifact' | 'program'>>;

/**
 * Makes the keys of a circuit, after the search for values that nothing constrains.
 *
 * @throws BionoirError UNDER_CONSTRAINED, PTAU_TOO_SMALL, MALFORMED_PTAU, ABORTED, KERNEL_FAILED
 */
export function setup(kernel: Kernel, circuit: SetupSubject, options: SetupOptions = {}): Promise<Keys> {
  return makeKeys(circuit, options, {
    system: 'groth16',
    forDevelopment: (r1cs, call) => setupForDevelopment(kernel, r1cs, call),
    fromPtau: async (r1cs, { ptau, name, ...call }) =>
      contribute(await setupFromPtau(r1cs, ptau, { ...call, kernel }), { ...call, kernel, name }),
    verificationKey: exportVerificationKey,
  });
}

/** UltraGroth keys of one circuit. */
export interface UltraGrothKeys {
  /** `.zkey` bytes of docs/ultragroth.md. */
  readonly provingKey: Uint8Array;
  readonly verificationKey: UltraGrothVerificationKey;
}

/**
 * {@link setup} for a circuit whose constraints have rounds, after the check that lookups read only what is committed to.
 *
 * @throws BionoirError UNDER_CONSTRAINED, USAGE (a circuit for Groth16), MISSING_KERNEL, and as {@link setup}
 */
export function setupUltraGroth(
  kernel: Kernel,
  circuit: SetupSubject,
  options: SetupOptions = {},
): Promise<UltraGrothKeys> {
  return makeKeys(circuit, options, {
    system: 'ultragroth',
    forDevelopment: (r1cs, call) => ultraGrothSetup(kernel, r1cs, call),
    fromPtau: async (r1cs, { ptau, name }) =>
      ultraGrothContribute(kernel, await ultraGrothSetupFromPtau(kernel, r1cs, ptau), { name }),
    verificationKey: ultraGrothExport,
  });
}

/** What a set-up is told besides the constraints. */
interface SetupCall {
  readonly onProgress: Progress;
  readonly signal?: AbortSignal;
}

/** The set-ups of one proof system. */
interface KeyMaker<VerificationKey> {
  readonly system: ProofSystem;
  forDevelopment(r1cs: Uint8Array, call: SetupCall): Promise<Uint8Array>;
  fromPtau(
    r1cs: Uint8Array,
    call: SetupCall & { readonly ptau: Uint8Array | ByteSource; readonly name: string },
  ): Promise<Uint8Array>;
  verificationKey(provingKey: Uint8Array): VerificationKey;
}

function makeKeys<VerificationKey>(
  circuit: SetupSubject,
  options: SetupOptions,
  maker: KeyMaker<VerificationKey>,
): Promise<{ readonly provingKey: Uint8Array; readonly verificationKey: VerificationKey }> {
  const { ptau, signal, contributor: name = 'first' } = options;
  return runStage('setup', options, async onProgress => {
    assertProofSystem(circuit, maker.system);
    checkConstrained(circuit, options.allowUnconstrained);
    const r1cs = writeR1cs(circuit.lowered.system);
    const call = { onProgress, ...(signal === undefined ? {} : { signal }) };
    const provingKey = await (ptau === undefined
      ? maker.forDevelopment(r1cs, call)
      : maker.fromPtau(r1cs, { ...call, ptau, name }));
    return { provingKey, verificationKey: maker.verificationKey(provingKey) };
  });
}

function assertProofSystem({ lowered }: SetupSubject, expected: ProofSystem): void {
  const found: ProofSystem = lowered.system.rounds === undefined ? 'groth16' : 'ultragroth';
  if (found === expected) return;
  throw new BionoirError(
    'USAGE',
    `The circuit was lowered for ${found}; its keys cannot be for ${expected}. Lower it again with proofSystem '${expected}', or set up for ${found}.`,
    { details: { found, expected } },
  );
}

/**
 * Throws when the prover may choose a value of the program that no input determines: the gate before every set-up.
 *
 * @param allowed see {@link SetupOptions.allowUnconstrained}
 * @throws BionoirError UNDER_CONSTRAINED naming the values and their lines
 */
export function checkConstrained(circuit: SetupSubject, allowed: readonly string[] = []): void {
  const nameOf = noirNames(circuit);
  assertConstrained(circuit.lowered.unconstrained, { allowed, nameOf });
}

/**
 * Names the private parameters that bear on nothing public, part by part ("image[0][27]"): the proof says nothing about
 * them. That is no hole, but seldom meant in a program written by hand.
 */
export function unusedInputs(circuit: SetupSubject): readonly string[] {
  const { unusedParameters, isolatedParameters } = circuit.lowered.unconstrained;
  const nameOf = noirNames(circuit);
  return [...unusedParameters, ...isolatedParameters]
    .sort((left, right) => left - right)
    .map(witness => nameOf(witness) ?? `main.w${witness}`);
}

function noirNames({ artifact, program }: SetupSubject): (witness: number) => string | undefined {
  const main = program?.functions[0];
  return artifact && main ? witnessNames(artifact.abi as Abi, main) : () => undefined; // decoded before, hence checked
}

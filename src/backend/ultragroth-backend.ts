/**
 * UltraGrothBackend: {@link Groth16Backend} with lookups. The program is lowered into constraints with rounds, which makes
 * range checks, bitwise operations and hashes several times cheaper; proofs are 320 bytes instead of 256.
 */
import { parseUltraGrothKey, printUltraGrothKey } from '../../converters/keys-to-iden3/index.ts';
import { readWitnessStack } from '../../converters/nargo-to-acir/index.ts';
import type { UltraGrothVerificationKey } from '../kernel/index.ts';
import {
  type Circuit,
  checkedWitness,
  lowerArtifact,
  proveUltraGroth,
  type SetupOptions,
  type StageOptions,
  setupUltraGroth,
  type UltraGrothKeys,
  verifyUltraGroth,
} from '../pipeline/index.ts';
import { printUltraGrothCalldata, ultraGrothVerifierContract } from '../solidity/index.ts';
import { loadProvingKey, type UltraGrothProvingKey } from '../ultragroth/index.ts';
import { solveRounds } from '../witness/index.ts';
import type { ProofData } from './groth16-backend.ts';
import { artifactOf, type ProgramSource } from './program-source.ts';
import { decodeUltraGrothProof, encodeUltraGrothProof } from './proof-bytes.ts';
import { parseField, toHex } from './public-inputs.ts';
import { BackendSession, type SessionOptions } from './session.ts';

/** A kernel, and keys made before; both may be left out. */
export type UltraGrothBackendOptions = SessionOptions<UltraGrothKeys>;

/**
 * Proves and verifies one Noir program.
 *
 * @example
 * const backend = new UltraGrothBackend(compiled.bytecode); // or the whole artifact, for errors with Noir lines
 * await backend.setup(); // for development; give `ptau` for keys that others can trust
 * const { witness } = await noir.execute(inputs);
 * const proof = await backend.generateProof(witness);
 * await backend.verifyProof(proof); // true
 */
export class UltraGrothBackend {
  readonly #session: BackendSession<UltraGrothKeys, UltraGrothProvingKey>;

  /** @param source what `nargo compile` or noir_wasm wrote, of any supported release, or its `bytecode` alone */
  constructor(source: ProgramSource, options: UltraGrothBackendOptions = {}) {
    const artifact = artifactOf(source);
    this.#session = new BackendSession(options, {
      name: 'UltraGroth',
      lower: () => lowerArtifact(artifact, { proofSystem: 'ultragroth' }),
      load: loadProvingKey,
    });
  }

  /**
   * Makes the keys of the program.
   *
   * @throws BionoirError MALFORMED_ARTIFACT, UNSUPPORTED_OPCODE, PTAU_TOO_SMALL, MALFORMED_PTAU, MISSING_KERNEL
   */
  async setup(options: SetupOptions = {}): Promise<UltraGrothKeys> {
    return this.#session.replaceKeys(
      await setupUltraGroth(await this.#session.kernel(), await this.circuit(), options),
    );
  }

  /** The program as constraints with rounds; lowered once. */
  circuit(): Promise<Circuit> {
    return this.#session.circuit();
  }

  /**
   * Proves from a solved witness, after checking every constraint.
   *
   * @param compressedWitness the gzipped witness stack that noir_js' `execute` and `nargo execute` give
   * @throws BionoirError MALFORMED_WITNESS, UNSATISFIED_CONSTRAINT, USAGE (no keys yet), KEY_MISMATCH
   */
  async generateProof(compressedWitness: Uint8Array, options: StageOptions = {}): Promise<ProofData> {
    const key = await this.#session.provingKey();
    const { lowered } = await this.circuit();
    const solved = solveRounds(lowered.recipe, readWitnessStack(compressedWitness));
    const witness = checkedWitness(lowered.system, solved);
    const result = await proveUltraGroth(await this.#session.kernel(), key, witness, options);
    return { proof: encodeUltraGrothProof(result.proof), publicInputs: result.publicSignals.map(toHex) };
  }

  /**
   * True iff the proof is right for its public inputs; false for any other well-formed proof.
   *
   * @throws BionoirError MALFORMED_PROOF, USAGE (no keys yet)
   */
  async verifyProof({ proof, publicInputs }: ProofData): Promise<boolean> {
    const statement = { proof: decodeUltraGrothProof(proof), publicSignals: publicInputs.map(parseField) };
    return verifyUltraGroth(await this.#session.kernel(), this.#session.keys().verificationKey, statement);
  }

  /** The verification key as JSON in UTF-8. @throws BionoirError USAGE (no keys yet) */
  getVerificationKey(): Uint8Array {
    return new TextEncoder().encode(printUltraGrothKey(this.#session.keys().verificationKey));
  }

  /** The Solidity verifier of a verification key; of this backend's own when left out. @throws BionoirError MALFORMED_KEY */
  getSolidityVerifier(verificationKey?: Uint8Array): string {
    return ultraGrothVerifierContract(this.#readKey(verificationKey));
  }

  /** The arguments of the verifier's `verifyProof`, as text. */
  getSolidityCalldata({ proof, publicInputs }: ProofData): string {
    return printUltraGrothCalldata(decodeUltraGrothProof(proof), publicInputs.map(parseField));
  }

  /** Frees keys and, unless it was given, the kernel. */
  destroy(): Promise<void> {
    return this.#session.close();
  }

  #readKey(bytes: Uint8Array | undefined): UltraGrothVerificationKey {
    if (bytes === undefined) return this.#session.keys().verificationKey;
    return parseUltraGrothKey(new TextDecoder().decode(bytes));
  }
}

/**
 * Groth16Backend: Groth16 proofs for any Noir program, in the shape that users of noir_js know from its backends. One
 * step more than they have: Groth16 needs keys for each program, so call `setup()`, or give keys made before.
 */

import { parseVerificationKey, printVerificationKey } from '../../converters/keys-to-iden3/index.ts';
import { readWitnessStack } from '../../converters/nargo-to-acir/index.ts';
import { type BatchResult, verifyBatch } from '../groth16/index.ts';
import type { Groth16VerificationKey, LoadedProvingKey } from '../kernel/index.ts';
import {
  type Circuit,
  type Keys,
  lowerArtifact,
  prove,
  type SetupOptions,
  type StageOptions,
  setup,
  solveStack,
  verify,
} from '../pipeline/index.ts';
import { printCalldata, verifierContract } from '../solidity/index.ts';
import { artifactOf, type ProgramSource } from './program-source.ts';
import { decodeProof, encodeProof } from './proof-bytes.ts';
import { parseField, toHex } from './public-inputs.ts';
import { BackendSession, type SessionOptions } from './session.ts';

/** A proof as noir_js backends give it. */
export interface ProofData {
  readonly proof: Uint8Array;
  /** Public parameters, then return values: 0x and 64 hexadecimal digits each. */
  readonly publicInputs: readonly string[];
}

/** A kernel, and keys made before; both may be left out. */
export type Groth16BackendOptions = SessionOptions<Keys>;

/**
 * Proves and verifies one Noir program.
 *
 * @example
 * const backend = new Groth16Backend(compiled.bytecode); // or the whole artifact, for errors with Noir lines
 * await backend.setup(); // for development; give `ptau` for keys that others can trust
 * const { witness } = await noir.execute(inputs);
 * const proof = await backend.generateProof(witness);
 * await backend.verifyProof(proof); // true
 */
export class Groth16Backend {
  readonly #session: BackendSession<Keys, LoadedProvingKey>;

  /** @param source what `nargo compile` or noir_wasm wrote, of any supported release, or its `bytecode` alone */
  constructor(source: ProgramSource, options: Groth16BackendOptions = {}) {
    const artifact = artifactOf(source);
    this.#session = new BackendSession(options, {
      name: 'Groth16',
      lower: () => lowerArtifact(artifact),
      load: (kernel, provingKey) => kernel.loadProvingKey(provingKey),
    });
  }

  /**
   * Makes the keys of the program.
   *
   * @throws BionoirError MALFORMED_ARTIFACT, UNSUPPORTED_OPCODE, UNDER_CONSTRAINED (see `allowUnconstrained`),
   *   PTAU_TOO_SMALL, MALFORMED_PTAU
   */
  async setup(options: SetupOptions = {}): Promise<Keys> {
    return this.#session.replaceKeys(
      await setup(await this.#session.kernel(), await this.circuit(), options),
    );
  }

  /** The program as constraints; lowered once. */
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
    const witness = await solveStack(await this.circuit(), readWitnessStack(compressedWitness), options);
    const result = await prove(await this.#session.kernel(), key, witness, options);
    return { proof: encodeProof(result.proof), publicInputs: result.publicSignals.map(toHex) };
  }

  /**
   * True iff the proof is right for its public inputs; false for any other well-formed proof.
   *
   * @throws BionoirError MALFORMED_PROOF, USAGE (no keys yet)
   */
  async verifyProof({ proof, publicInputs }: ProofData): Promise<boolean> {
    const statement = { proof: decodeProof(proof), publicSignals: publicInputs.map(parseField) };
    return verify(await this.#session.kernel(), this.#session.keys().verificationKey, statement);
  }

  /**
   * Verifies many proofs at once, as one random combination where the kernel can, and says which ones are false.
   *
   * @throws BionoirError MALFORMED_PROOF, KEY_MISMATCH, USAGE (no keys yet)
   */
  async verifyProofs(proofs: readonly ProofData[]): Promise<BatchResult> {
    const { verificationKey } = this.#session.keys();
    const claims = proofs.map(({ proof, publicInputs }) => ({
      proof: decodeProof(proof),
      publicSignals: publicInputs.map(parseField),
    }));
    return verifyBatch(await this.#session.kernel(), verificationKey, claims);
  }

  /** The verification key as the JSON that snarkjs reads, in UTF-8. @throws BionoirError USAGE (no keys yet) */
  getVerificationKey(): Uint8Array {
    return new TextEncoder().encode(printVerificationKey(this.#session.keys().verificationKey));
  }

  /** The Solidity verifier of a verification key; of this backend's own when left out. @throws BionoirError MALFORMED_KEY */
  getSolidityVerifier(verificationKey?: Uint8Array): string {
    return verifierContract(this.#readKey(verificationKey));
  }

  /** The arguments of the verifier's `verifyProof`, as text. */
  getSolidityCalldata({ proof, publicInputs }: ProofData): string {
    return printCalldata(decodeProof(proof), publicInputs.map(parseField));
  }

  /** Frees keys and, unless it was given, the kernel. */
  destroy(): Promise<void> {
    return this.#session.close();
  }

  #readKey(bytes: Uint8Array | undefined): Groth16VerificationKey {
    if (bytes === undefined) return this.#session.keys().verificationKey;
    return parseVerificationKey(new TextDecoder().decode(bytes));
  }
}

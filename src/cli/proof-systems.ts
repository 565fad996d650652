/** Groth16 and UltraGroth behind one set of calls: which of both follows from the circuit, the key or the file. */
import {
  applyBeacon,
  applyUltraGrothBeacon,
  type Circuit,
  contribute,
  contributeToUltraGroth,
  cutZkeyHead,
  encodeCall,
  encodeUltraGrothCall,
  exportUltraGrothKey,
  exportVerificationKey,
  type FileSource,
  type Groth16Points,
  isUltraGrothJson,
  isUltraGrothZkey,
  type Kernel,
  type Keys,
  loadUltraGrothKey,
  openFileSource,
  parseProof,
  parseUltraGrothKey,
  parseUltraGrothProof,
  parseVerificationKey,
  printCalldata,
  printProof,
  printUltraGrothCalldata,
  printUltraGrothKey,
  printUltraGrothProof,
  printVerificationKey,
  prove,
  proveUltraGroth,
  readContributions,
  readUltraGrothContributions,
  type SetupOptions,
  type StageOptions,
  setup,
  setupUltraGroth,
  type UltraGrothKeys,
  type UltraGrothPoints,
  ultraGrothVerifierContract,
  type VerifierContractOptions,
  verifierContract,
  verify,
  verifyCeremony,
  verifyUltraGroth,
  verifyUltraGrothCeremony,
  type Witness,
  writeR1cs,
} from '../index.ts';
import { readBytes } from './files.ts';

/** Keys of either system. */
export type AnyKeys = Keys | UltraGrothKeys;
type AnyVerificationKey = AnyKeys['verificationKey'];
type AnyProof = Groth16Points | UltraGrothPoints;

/** A proof of either system. */
export interface AnyProofResult {
  readonly proof: AnyProof;
  readonly publicSignals: readonly bigint[];
  readonly kernel: string;
}

const GROTH16_PROOF_BYTES = 256;
const ULTRAGROTH_PROOF_BYTES = 320;

/** Makes the keys of a circuit for the system that it was lowered for. */
export function setupAny(
  kernel: Kernel,
  circuit: Pick<Circuit, 'lowered' | 'artifact' | 'program'>,
  options: SetupOptions,
): Promise<AnyKeys> {
  const isUltra = circuit.lowered.system.rounds !== undefined;
  return isUltra ? setupUltraGroth(kernel, circuit, options) : setup(kernel, circuit, options);
}

/** The verification key inside a proving key. */
export function keysOf(provingKey: Uint8Array): AnyKeys {
  return isUltraGrothZkey(provingKey)
    ? { provingKey, verificationKey: exportUltraGrothKey(provingKey) }
    : { provingKey, verificationKey: exportVerificationKey(provingKey) };
}

/** The protocol, header and IC of a proving key on disk, whatever its size: what {@link keysOf} and the like need. */
export async function readKeyHead(path: string): Promise<Uint8Array> {
  const source = await openFileSource(path);
  try {
    return await cutZkeyHead(source);
  } finally {
    await source.close();
  }
}

/** Proves with a key on disk, mapped where the kernel can: a second proof finds the key's cache beside it. */
export async function proveFromFile(
  kernel: Kernel,
  path: string,
  witness: Witness,
  options: StageOptions,
): Promise<AnyProofResult> {
  if (kernel.openProvingKey === undefined || isUltraGrothZkey(await readKeyHead(path))) {
    return proveAny(kernel, readBytes(path, 'proving key'), witness, options);
  }
  const key = await kernel.openProvingKey(path, options.signal ? { signal: options.signal } : {});
  const result = await prove(kernel, key, witness, options);
  key.release();
  return result;
}

/** Loads the key, proves, and releases it. */
export async function proveAny(
  kernel: Kernel,
  provingKey: Uint8Array,
  witness: Witness,
  options: StageOptions,
): Promise<AnyProofResult> {
  if (isUltraGrothZkey(provingKey)) {
    const key = await loadUltraGrothKey(kernel, provingKey);
    const result = await proveUltraGroth(kernel, key, witness, options);
    key.release();
    return result;
  }
  const key = await kernel.loadProvingKey(provingKey);
  const result = await prove(kernel, key, witness, options);
  key.release();
  return result;
}

/** True iff the proof is right under the key; false, too, for a proof of the other system. */
export async function verifyAny(
  kernel: Kernel,
  key: AnyVerificationKey,
  { proof, publicSignals }: Pick<AnyProofResult, 'proof' | 'publicSignals'>,
  options: StageOptions,
): Promise<boolean> {
  if ('delta' in key) return 'c' in proof && verify(kernel, key, { proof, publicSignals }, options);
  return 'c1' in proof && verifyUltraGroth(kernel, key, { proof, publicSignals }, options);
}

/** Adds a secret to a proving key. */
export function contributeAny(
  kernel: Kernel,
  zkey: Uint8Array,
  options: { readonly name: string; readonly entropy?: string },
): Promise<Uint8Array> {
  return isUltraGrothZkey(zkey)
    ? contributeToUltraGroth(kernel, zkey, options)
    : contribute(zkey, { ...options, kernel });
}

/** Closes the ceremony of a proving key. */
export function applyBeaconAny(
  kernel: Kernel,
  zkey: Uint8Array,
  options: { readonly name: string; readonly beacon: string; readonly iterationsExponent: number },
): Promise<Uint8Array> {
  return isUltraGrothZkey(zkey)
    ? applyUltraGrothBeacon(kernel, zkey, options)
    : applyBeacon(zkey, { ...options, kernel });
}

/** Whether a proving key was made from this circuit and these powers of tau. */
export function verifyCeremonyAny(
  kernel: Kernel,
  { lowered }: Pick<Circuit, 'lowered'>,
  { ptau, zkey }: { readonly ptau: FileSource; readonly zkey: Uint8Array },
): Promise<boolean> {
  const r1cs = writeR1cs(lowered.system);
  return isUltraGrothZkey(zkey)
    ? verifyUltraGrothCeremony(kernel, { r1cs, ptau, zkey })
    : verifyCeremony(r1cs, ptau, zkey, { kernel });
}

/** Names of those who contributed to a proving key. */
export function contributorsOf(zkey: Uint8Array): readonly string[] {
  const list = isUltraGrothZkey(zkey) ? readUltraGrothContributions(zkey) : readContributions(zkey);
  return list.map(({ name }) => name ?? '(unnamed)');
}

/** The system that a proving key is for. */
export function proofSystemOf(zkey: Uint8Array): 'groth16' | 'ultragroth' {
  return isUltraGrothZkey(zkey) ? 'ultragroth' : 'groth16';
}

/** The verification key as JSON. */
export function printAnyKey(key: AnyVerificationKey): string {
  return 'delta' in key ? printVerificationKey(key) : printUltraGrothKey(key);
}

/** A verification key from JSON. */
export function parseAnyKey(text: string): AnyVerificationKey {
  return isUltraGrothJson(text) ? parseUltraGrothKey(text) : parseVerificationKey(text);
}

/** A proof from JSON. */
export function parseAnyProof(text: string): AnyProof {
  return isUltraGrothJson(text) ? parseUltraGrothProof(text) : parseProof(text);
}

/** The Solidity verifier of a verification key. */
export function anyVerifierContract(key: AnyVerificationKey, options?: VerifierContractOptions): string {
  return 'delta' in key ? verifierContract(key, options) : ultraGrothVerifierContract(key, options);
}

/** Public signals of a key's proofs. */
export function signalCountOf(key: AnyVerificationKey): number {
  return key.ic.length - 1 - ('delta' in key ? 0 : key.challengeCount);
}

/** A transaction's data: the call of `verifyProof`, or of a function with the same parameters. */
export function encodeAnyCall(
  { proof, publicSignals }: Pick<AnyProofResult, 'proof' | 'publicSignals'>,
  functionName: string,
): string {
  const bytes =
    'c' in proof
      ? encodeCall(proof, publicSignals, functionName)
      : encodeUltraGrothCall(proof, publicSignals, functionName);
  return `0x${Buffer.from(bytes).toString('hex')}`;
}

/** A proof as JSON, and as the arguments of its contract. */
export function printAnyProof({ proof, publicSignals }: Pick<AnyProofResult, 'proof' | 'publicSignals'>): {
  readonly json: string;
  readonly calldata: string;
} {
  return 'c' in proof
    ? { json: printProof(proof), calldata: printCalldata(proof, publicSignals) }
    : { json: printUltraGrothProof(proof), calldata: printUltraGrothCalldata(proof, publicSignals) };
}

/** Bytes of a proof as an EVM contract takes it. */
export function proofBytesOf(proof: AnyProof): number {
  return 'c' in proof ? GROTH16_PROOF_BYTES : ULTRAGROTH_PROOF_BYTES;
}

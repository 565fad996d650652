/**
 * A kernel over an engine's functions: the same for the compiled addon and for WebAssembly. Inputs are checked here and in
 * the library; the work runs off the main thread. A `.zkey` or `.r1cs` is read in place while its promise is pending: it
 * must not be changed or transferred before that settles. Witnesses are copied, and wiped after use.
 */
import { writeBigint } from '../bytes/index.ts';
import { BionoirError, InternalError } from '../errors.ts';
import { BN254_SCALAR_PRIME as r } from '../field/index.ts';
import { hasCeremony, hasWitness, type KeyHandle, NATIVE_PATHS } from './native-addon.ts';
import {
  type Context,
  call,
  decodeG1,
  decodeG2,
  encodePoints,
  encodeScalars,
  isBadArgument,
  ownKey,
  SCALAR_BYTES,
  setUpWith,
  translate,
  unsafeSecret,
} from './native-call.ts';
import { nativeCeremony } from './native-ceremony.ts';
import { nativeUltraGroth } from './native-ultragroth.ts';
import { nativeWitness } from './native-witness.ts';
import type {
  Groth16Points,
  Groth16VerificationKey,
  Kernel,
  KernelCallOptions,
  LoadedProvingKey,
  OpenedProvingKey,
  OpenProvingKeyOptions,
  ProofWithInputs,
  ToxicWaste,
  UltraGrothKernel,
} from './types.ts';

export interface NativeKernel extends Kernel {
  readonly ultraGroth: UltraGrothKernel;
  /** Whether all proofs of one key hold, checked as one random combination: much cheaper than one at a time. */
  verifyBatch(key: Groth16VerificationKey, proofs: readonly ProofWithInputs[]): Promise<boolean>;
}

interface NativeProvingKey extends LoadedProvingKey {
  readonly owner: Context;
  readonly handle: KeyHandle;
}

const PROOF_BYTES = 256;

/** The kernel of an open engine. */
export function kernelOn(context: Context, name: string, description: string): NativeKernel {
  return {
    name,
    description,
    setup: (r1cs, secrets, callOptions) => setup(context, r1cs, secrets, callOptions),
    loadProvingKey: zkey => loadProvingKey(context, zkey),
    ...(context.addon.openKey === undefined
      ? {}
      : { openProvingKey: (path, callOptions) => openProvingKey(context, path, callOptions) }),
    prove: (key, witness, callOptions = {}) => prove(context, key, witness, callOptions),
    checksPoints: true,
    verify: (key, publicInputs, proof) => verify(context, key, [{ publicInputs, proof }]),
    verifyBatch: async (key, proofs) => proofs.length === 0 || verify(context, key, proofs),
    ...(hasCeremony(context.addon) ? { ceremony: nativeCeremony(context, context.addon) } : {}),
    ultraGroth: nativeUltraGroth(context),
    ...(hasWitness(context.addon) ? { witness: nativeWitness(context, context.addon) } : {}),
    close: () => close(context),
  };
}

async function close(context: Context): Promise<void> {
  if (context.closed) return;
  context.closed = true;
  await Promise.allSettled(context.pending);
  context.addon.close(context.handle);
}

async function setup(
  context: Context,
  r1cs: Uint8Array,
  secrets: ToxicWaste,
  options: KernelCallOptions = {},
): Promise<Uint8Array> {
  const bytes = new Uint8Array(4 * SCALAR_BYTES);
  (['tau', 'alpha', 'beta', 'delta'] as const).forEach((name, i) => {
    const value = secrets[name];
    if (value <= 0n || value >= r || (name === 'delta' && value === 1n)) throw unsafeSecret(name);
    writeBigint(bytes, i * SCALAR_BYTES, value, SCALAR_BYTES);
  });
  return setUpWith(context, bytes, options, (cancel, listener) =>
    context.addon.setup(context.handle, r1cs, bytes, cancel, listener),
  );
}

async function loadProvingKey(context: Context, zkey: Uint8Array): Promise<NativeProvingKey> {
  const handle = await call(context, 'reading the proving key', {}, (cancel, listener) =>
    context.addon.loadKey(context.handle, zkey, cancel, listener),
  );
  const [wireCount, publicCount] = context.addon.keyShape(handle);
  return { owner: context, handle, wireCount, publicCount, release: () => context.addon.releaseKey(handle) };
}

const SOURCES = ['file', 'cached', 'cache'] as const;

async function openProvingKey(
  context: Context,
  path: string,
  options: OpenProvingKeyOptions = {},
): Promise<NativeProvingKey & OpenedProvingKey> {
  const { openKey, describe } = context.addon;
  if (openKey === undefined) throw new InternalError('openProvingKey is offered only where the addon has it');
  const [engine] = describe(context.handle);
  const cache = options.cache === 'none' ? '' : `${path}.bionoir-${NATIVE_PATHS[engine]}.cache`;
  const [handle, source] = await call(context, 'reading the proving key', options, (cancel, listener) =>
    openKey(context.handle, path, cache, cancel, listener),
  ).catch(error => {
    throw isBadArgument(error)
      ? translate(context, error.cause, 'reading the proving key', UNREADABLE)
      : error;
  });
  const [wireCount, publicCount] = context.addon.keyShape(handle);
  return {
    owner: context,
    handle,
    wireCount,
    publicCount,
    source: SOURCES[source] ?? 'file',
    release: () => context.addon.releaseKey(handle),
  };
}

const UNREADABLE = ['FILE_NOT_FOUND', 'Check its name, and that it may be read.'] as const;

async function prove(
  context: Context,
  key: LoadedProvingKey,
  witness: Uint8Array,
  options: KernelCallOptions & { readonly blinding?: { readonly r: bigint; readonly s: bigint } },
): Promise<Groth16Points> {
  const { handle } = ownKey<LoadedProvingKey, NativeProvingKey>(context, key);
  const blinding = options.blinding && encodeScalars([options.blinding.r, options.blinding.s]);
  const bytes = await call(context, 'proving', options, (cancel, listener) =>
    context.addon.prove(context.handle, handle, witness, blinding, cancel, listener),
  );
  return {
    a: decodeG1(bytes, 0),
    b: decodeG2(bytes, 64),
    c: decodeG1(bytes, 192),
  };
}

async function verify(
  context: Context,
  key: Groth16VerificationKey,
  batch: readonly ProofWithInputs[],
): Promise<boolean> {
  for (const { publicInputs } of batch) checkPublicInputs(key, publicInputs);
  const encodedKey = encodePoints([key.alpha, key.beta, key.gamma, key.delta, ...key.ic]);
  const publics = encodeScalars(batch.flatMap(({ publicInputs }) => publicInputs));
  const proofs = new Uint8Array(batch.length * PROOF_BYTES);
  batch.forEach(({ proof }, i) => {
    proofs.set(encodePoints([proof.a, proof.b, proof.c]), i * PROOF_BYTES);
  });
  return call(context, 'verifying', {}, () =>
    context.addon.verify(context.handle, encodedKey, publics, proofs),
  );
}

function checkPublicInputs(key: Groth16VerificationKey, publicInputs: readonly bigint[]): void {
  if (publicInputs.length !== key.ic.length - 1) {
    throw new BionoirError(
      'KEY_MISMATCH',
      `The proof has ${publicInputs.length} public inputs; the key has ${key.ic.length - 1}. Verify with the key of the proof's circuit.`,
      { details: { actual: publicInputs.length, expected: key.ic.length - 1 } },
    );
  }
}

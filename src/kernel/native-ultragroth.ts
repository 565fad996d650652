/** UltraGroth on an engine of bionoir_kernel.h: checks and encodes what native/src/ultra.h takes. */
import { writeBigint } from '../bytes/index.ts';
import { BN254_SCALAR_PRIME as r } from '../field/index.ts';
import type { UltraKeyHandle } from './native-addon.ts';
import {
  type Context,
  call,
  decodeG1,
  decodeG2,
  encodePoints,
  encodeScalars,
  ownKey,
  SCALAR_BYTES,
  setUpWith,
  unsafeSecret,
} from './native-call.ts';
import type {
  KernelCallOptions,
  LoadedUltraGrothKey,
  UltraGrothKernel,
  UltraGrothStatement,
  UltraGrothToxicWaste,
  UltraGrothVerificationKey,
} from './types.ts';

const PROOF_BYTES = 320;

interface NativeUltraGrothKey extends LoadedUltraGrothKey {
  readonly owner: Context;
  readonly handle: UltraKeyHandle;
}

/** The UltraGroth part of an open kernel. */
export function nativeUltraGroth(context: Context): UltraGrothKernel {
  const { addon } = context;
  return {
    setup: (r1cs, secrets, options) => setup(context, r1cs, secrets, options),
    loadProvingKey: zkey => loadProvingKey(context, zkey),
    commit: async (key, roundOne, rho, options = {}) => {
      const { handle } = ownKey<LoadedUltraGrothKey, NativeUltraGrothKey>(context, key);
      const bytes = await withSecrets([rho], secrets =>
        call(context, 'committing', options, (cancel, listener) =>
          addon.ultraCommit(context.handle, handle, roundOne, secrets, cancel, listener),
        ),
      );
      return decodeG1(bytes, 0);
    },
    prove: async (key, witness, { rho, r, s }, options = {}) => {
      const { handle } = ownKey<LoadedUltraGrothKey, NativeUltraGrothKey>(context, key);
      const bytes = await withSecrets([rho, r, s], secrets =>
        call(context, 'proving', options, (cancel, listener) =>
          addon.ultraProve(context.handle, handle, witness, secrets, cancel, listener),
        ),
      );
      return {
        a: decodeG1(bytes, 0),
        b: decodeG2(bytes, 64),
        c2: decodeG1(bytes, 192),
      };
    },
    verify: async (key, statements) => statements.length === 0 || verify(context, key, statements),
  };
}

async function withSecrets<T>(
  scalars: readonly bigint[],
  body: (bytes: Uint8Array) => Promise<T>,
): Promise<T> {
  const bytes = encodeScalars(scalars);
  try {
    return await body(bytes);
  } finally {
    bytes.fill(0);
  }
}

async function setup(
  context: Context,
  r1cs: Uint8Array,
  secrets: UltraGrothToxicWaste,
  options: KernelCallOptions = {},
): Promise<Uint8Array> {
  const { tau, alpha, beta, delta1, delta2 } = secrets;
  for (const [name, value] of Object.entries({ tau, alpha, beta, delta1, delta2 })) {
    const isDelta = name === 'delta1' || name === 'delta2';
    if (value <= 0n || value >= r || (isDelta && (value === 1n || delta1 === delta2)))
      throw unsafeSecret(name);
  }
  const bytes = new Uint8Array(5 * SCALAR_BYTES);
  [tau, alpha, beta, delta2, delta1].forEach((value, i) => {
    writeBigint(bytes, i * SCALAR_BYTES, value, SCALAR_BYTES);
  });
  return setUpWith(context, bytes, options, (cancel, listener) =>
    context.addon.ultraSetup(context.handle, r1cs, bytes, cancel, listener),
  );
}

async function loadProvingKey(context: Context, zkey: Uint8Array): Promise<NativeUltraGrothKey> {
  const { addon } = context;
  const handle = await call(context, 'reading the proving key', {}, (cancel, listener) =>
    addon.ultraLoadKey(context.handle, zkey, cancel, listener),
  );
  const [wireCount, publicCount, challengeCount, roundOneCount] = addon.ultraKeyShape(handle);
  const release = (): void => addon.ultraReleaseKey(handle);
  return { owner: context, handle, wireCount, publicCount, challengeCount, roundOneCount, release };
}

function verify(
  context: Context,
  key: UltraGrothVerificationKey,
  statements: readonly UltraGrothStatement[],
): Promise<boolean> {
  const encodedKey = encodePoints([key.alpha, key.beta, key.gamma, key.delta1, key.delta2, ...key.ic]);
  const inputs = encodeScalars(statements.flatMap(statement => statement.inputs));
  const proofs = new Uint8Array(statements.length * PROOF_BYTES);
  statements.forEach(({ proof: { a, b, c1, c2 } }, i) => {
    proofs.set(encodePoints([a, b, c1, c2]), i * PROOF_BYTES);
  });
  return call(context, 'verifying', {}, () =>
    context.addon.ultraVerify(context.handle, encodedKey, inputs, proofs),
  );
}

/**
 * What every call of an engine goes through: cancellation, progress, names for its errors, and the bytes of its
 * numbers and points.
 */
import { bytesToBigint, writeBigint } from '../bytes/index.ts';
import { BionoirError, type ErrorCode } from '../errors.ts';
import { type KernelHandle, type NativeAddon, STATUS } from './native-addon.ts';
import type { G1Point, G2Point, KernelCallOptions } from './types.ts';

export const SCALAR_BYTES = 32;

/** What messages call a kernel: "The native kernel is closed. Open another with nativeKernel()." */
export interface KernelWords {
  readonly label: string;
  readonly opener: string;
  /** What to do when there is not enough memory. */
  readonly memoryAdvice: string;
}

export const MORE_MEMORY = 'Release keys that are not needed, or use a machine with more memory.';

/** An open kernel. */
export interface Context extends KernelWords {
  readonly addon: NativeAddon;
  readonly handle: KernelHandle;
  /** A cell that stops the call that is given it once it is not 0. */
  readonly borrowCell: () => { readonly cell: Int32Array; giveBack(): void };
  /** Calls in flight: close() waits for them. */
  readonly pending: Set<Promise<unknown>>;
  closed: boolean;
}

/** Runs one call of the addon: refuses after close(), forwards progress and cancellation, names its errors. */
export async function call<T>(
  context: Context,
  step: string,
  options: KernelCallOptions,
  body: (cancel: Int32Array, listener: KernelCallOptions['onProgress']) => Promise<T>,
): Promise<T> {
  if (context.closed) {
    throw new BionoirError(
      'KERNEL_FAILED',
      `The ${context.label} kernel is closed. Open another with ${context.opener}().`,
    );
  }
  const { signal, onProgress } = options;
  if (signal?.aborted) throw aborted(step, signal.reason);
  const { cell, giveBack } = context.borrowCell();
  const abort = (): void => {
    cell[0] = 1;
  };
  signal?.addEventListener('abort', abort, { once: true });
  const running = body(cell, onProgress);
  context.pending.add(running);
  try {
    return await running;
  } catch (cause) {
    if (statusOf(cause) === STATUS.cancelled) throw aborted(step, signal?.reason);
    throw translate(context, cause, step);
  } finally {
    giveBack();
    context.pending.delete(running);
    signal?.removeEventListener('abort', abort);
  }
}

const UNSAFE_SECRETS = ['UNSAFE_KEY', 'Draw the secrets with drawToxicWaste().'] as const;

export function isBadArgument(error: unknown): error is BionoirError {
  return error instanceof BionoirError && error.details.status === STATUS.badArgument;
}

export function unsafeSecret(name: string): BionoirError {
  return new BionoirError(
    'UNSAFE_KEY',
    `The set-up secret ${name} is not in [1, r), or delta is 1. Draw it with drawToxicWaste().`,
    { details: { name } },
  );
}

/** Points one after another, each coordinate 32 bytes little-endian. */
export function encodePoints(points: readonly (G1Point | G2Point)[]): Uint8Array {
  return encodeIntegers(points.flat(2) as bigint[]);
}

export function encodeScalars(scalars: readonly bigint[]): Uint8Array {
  return encodeIntegers(scalars);
}

/** The library refuses values that are not below their prime; this refuses those that 32 bytes cannot hold. */
function encodeIntegers(values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(values.length * SCALAR_BYTES);
  values.forEach((value, i) => {
    if (value < 0n || value >> 256n !== 0n) {
      throw new BionoirError(
        'KERNEL_FAILED',
        `Value ${i} handed to the kernel is negative or above 256 bits. Reduce it first.`,
        { details: { index: i } },
      );
    }
    writeBigint(bytes, i * SCALAR_BYTES, value, SCALAR_BYTES);
  });
  return bytes;
}

export function coordinate(bytes: Uint8Array, offset: number): bigint {
  return bytesToBigint(bytes.subarray(offset, offset + SCALAR_BYTES));
}

export function decodeG1(bytes: Uint8Array, offset: number): G1Point {
  return [coordinate(bytes, offset), coordinate(bytes, offset + SCALAR_BYTES)];
}

export function decodeG2(bytes: Uint8Array, offset: number): G2Point {
  return [decodeG1(bytes, offset), decodeG1(bytes, offset + 2 * SCALAR_BYTES)];
}

/** Runs a set-up with the bytes of its secrets, which are wiped whatever happens. */
export async function setUpWith(
  context: Context,
  secrets: Uint8Array,
  options: KernelCallOptions,
  body: Parameters<typeof call<Uint8Array>>[3],
): Promise<Uint8Array> {
  try {
    return await call(context, 'setting up', options, body);
  } catch (error) {
    throw isBadArgument(error) ? translate(context, error.cause, 'setting up', UNSAFE_SECRETS) : error;
  } finally {
    secrets.fill(0);
  }
}

/** The key as this kernel loaded it. @throws BionoirError KERNEL_FAILED for a key of another kernel */
export function ownKey<Key extends object, Own extends Key & { readonly owner: Context }>(
  context: Context,
  key: Key | Own,
): Own {
  if ('owner' in key && key.owner === context) return key as Own; // only this kernel makes keys of itself
  throw new BionoirError(
    'KERNEL_FAILED',
    'This proving key was loaded by another kernel. Load it with the kernel that proves.',
  );
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'status' in error ? (error.status as number) : undefined;
}

function aborted(step: string, cause: unknown): BionoirError {
  return new BionoirError('ABORTED', `Stopped during "${step}", as asked. Nothing was written.`, {
    details: { step },
    cause,
  });
}

/** What each status means to a caller, and what he can do. */
const MEANINGS: Readonly<Record<number, readonly [code: ErrorCode, advice: string]>> = {
  [STATUS.malformedKey]: ['MALFORMED_KEY', 'Is the file corrupt, or not a BN254 Groth16 key?'],
  [STATUS.malformedWitness]: ['MALFORMED_WITNESS', 'Solve the witness for the circuit of this key.'],
  [STATUS.malformedR1cs]: ['MALFORMED_R1CS', 'Write the constraint system (.r1cs) again.'],
  [STATUS.malformedProgram]: ['MALFORMED_PROGRAM', 'Compile the witness program again.'],
  [STATUS.unsupportedPath]: ['MISSING_KERNEL', 'Leave the path out to get the best one.'],
  [STATUS.malformedPoint]: ['MALFORMED_KEY', 'Is the file corrupt?'],
  [STATUS.malformedProof]: ['MALFORMED_PROOF', 'Ask for the proof again; do not trust its sender.'],
};

export function translate(
  { label, memoryAdvice }: KernelWords,
  cause: unknown,
  step: string,
  meaning?: readonly [ErrorCode, string],
): BionoirError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const status = statusOf(cause);
  const [code, advice] = meaning ??
    MEANINGS[status ?? -1] ?? [
      'KERNEL_FAILED',
      status === STATUS.noMemory ? memoryAdvice : 'Try another kernel, and report this.',
    ];
  return new BionoirError(code, `The ${label} kernel failed while ${step}: ${text}. ${advice}`, {
    details: { step, status, ...(status === STATUS.malformedPoint ? { isPoint: true } : {}) },
    cause,
  });
}

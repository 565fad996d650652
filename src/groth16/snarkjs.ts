/**
 * snarkjs, as a guest: started when needed, and its worker threads ended when done.
 *
 * snarkjs keeps its curve in globalThis.curve_bn128 and never ends its workers. Calls wait for one another here, so that
 * none loses its workers to the end of another.
 */
import type { Curve } from 'ffjavascript';
import type { MemoryFile } from 'snarkjs';
import { BionoirError } from '../errors.ts';

type Snarkjs = typeof import('snarkjs');

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a call of snarkjs after the ones before it.
 *
 * @throws BionoirError KERNEL_FAILED, with snarkjs' error as its cause.
 */
export function withSnarkjs<Result>(
  what: string,
  call: (snarkjs: Snarkjs) => Promise<Result>,
): Promise<Result> {
  const result = last.then(() => callAndClean(what, call));
  last = result.catch(() => {});
  return result;
}

async function callAndClean<Result>(
  what: string,
  call: (snarkjs: Snarkjs) => Promise<Result>,
): Promise<Result> {
  // Loading it forgets the curve that was there before, so load first and look then.
  const snarkjs = await import('snarkjs');
  const shared = globalThis as { curve_bn128?: Curve | null };
  const before = shared.curve_bn128;
  try {
    return await call(snarkjs);
  } catch (cause) {
    throw new BionoirError(
      'KERNEL_FAILED',
      `snarkjs could not ${what}: ${String(cause)}. Check that the files are complete.`,
      {
        cause,
      },
    );
  } finally {
    if (!before) await shared.curve_bn128?.terminate();
  }
}

/** A file that snarkjs writes into memory. */
export function memoryFile(): MemoryFile {
  return { type: 'mem' };
}

/** What snarkjs has written. */
export function writtenBytes(file: MemoryFile): Uint8Array {
  if (file.data) return file.data;
  throw new BionoirError('KERNEL_FAILED', 'snarkjs wrote nothing. Check that the files are complete.');
}

/**
 * The WebAssembly kernel: the native kernel's sources compiled to WebAssembly (native/wasm), on workers with shared memory
 * where there is some. Give it a host; {@link wasmKernel} in wasm-node.ts has Node's.
 */
import { BionoirError } from '../errors.ts';
import { kernelOn, type NativeKernel } from './addon-kernel.ts';
import { NATIVE_PATHS } from './native-addon.ts';
import { type Context, type KernelWords, MORE_MEMORY, translate } from './native-call.ts';
import { openAddon } from './wasm/addon.ts';
import type { WasmHost } from './wasm/host.ts';
import { startTeam } from './wasm/team.ts';

/** The paths of this build; both give the same proofs for the same blinding. */
export type WasmPath = 'portable' | 'simd128';

export interface WasmKernelOptions {
  readonly path?: WasmPath;
  /** Threads, each a worker; absent: one for each processor. One where memory cannot be shared. */
  readonly threads?: number;
  /** Bytes of memory that the kernel may take; absent: 4 GiB, which 32 bits can address, or what the host grants of them. */
  readonly memoryMax?: number;
}

const THREADS_MAX = 64;
const MEMORY_MIN = 2 ** 24;
const MEMORY_MAX = 2 ** 32;

/**
 * Starts the WebAssembly kernel on a host.
 *
 * @throws BionoirError USAGE for options that make no sense; MISSING_KERNEL where the module is absent or cannot run;
 * KERNEL_FAILED when the host lacks memory.
 */
export async function wasmKernelOn(host: WasmHost, options: WasmKernelOptions = {}): Promise<NativeKernel> {
  const { path = 'simd128', threads = Math.min(host.processors, THREADS_MAX), memoryMax } = options;
  checkWithin('threads', threads, 1, THREADS_MAX);
  if (memoryMax !== undefined) checkWithin('memoryMax', memoryMax, MEMORY_MIN, MEMORY_MAX);
  const words: KernelWords = {
    label: 'WebAssembly',
    opener: 'wasmKernel',
    memoryAdvice:
      memoryMax === undefined
        ? MORE_MEMORY
        : `Release keys that are not needed, or set memoryMax above ${memoryMax}.`,
  };
  const opening = (cause: unknown): BionoirError =>
    cause instanceof BionoirError ? cause : translate(words, cause, 'opening');
  const team = await startTeam(host, { threads, memoryMax }).catch(cause => {
    throw opening(cause);
  });
  const { addon, handle } = await openAddon(team, NATIVE_PATHS.indexOf(path)).catch(async cause => {
    await team.end();
    throw opening(cause);
  });
  const context: Context = {
    addon,
    handle,
    ...words,
    borrowCell: () => team.borrowCell(),
    pending: new Set(),
    closed: false,
  };
  const [used, count] = addon.describe(handle);
  const description = `WebAssembly (C++, ${NATIVE_PATHS[used]}), ${count} ${count === 1 ? 'thread' : 'threads'}`;
  return kernelOn(context, 'wasm', description);
}

function checkWithin(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new BionoirError(
    'USAGE',
    `The WebAssembly kernel's option ${name} cannot be ${value}. Give a whole number from ${least} to ${most}.`,
    { details: { name, value, least, most } },
  );
}

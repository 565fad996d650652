/** The native kernel: Groth16 and UltraGroth in C++ (native/), with the instruction set of the processor. */
import { BionoirError } from '../errors.ts';
import { kernelOn, type NativeKernel } from './addon-kernel.ts';
import { type KernelHandle, NATIVE_PATHS, type NativeAddon, type NativePath } from './native-addon.ts';
import { type Context, type KernelWords, MORE_MEMORY, translate } from './native-call.ts';
import { loadAddon } from './native-loader.ts';

export interface NativeKernelOptions {
  /** Instruction set; absent: the fastest that the processor has. All give the same proofs for the same blinding. */
  readonly path?: NativePath;
  /** Threads, the calling one included; absent: one for each processor. */
  readonly threads?: number;
}

const WORDS: KernelWords = { label: 'native', opener: 'nativeKernel', memoryAdvice: MORE_MEMORY };

/**
 * Opens the native kernel.
 *
 * @throws BionoirError MISSING_KERNEL when it is not built or the processor lacks `path`; USAGE for a wrong thread count.
 */
export async function nativeKernel(options: NativeKernelOptions = {}): Promise<NativeKernel> {
  const addon = loadAddon();
  const handle = open(addon, options);
  const context: Context = {
    addon,
    handle,
    ...WORDS,
    borrowCell: () => ({ cell: new Int32Array(1), giveBack: () => undefined }),
    pending: new Set(),
    closed: false,
  };
  const [path, threads] = addon.describe(handle);
  const description = `native (C++, ${NATIVE_PATHS[path]}), ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return kernelOn(context, 'native', description);
}

function open(addon: NativeAddon, options: NativeKernelOptions): KernelHandle {
  const { path, threads = 0 } = options;
  if (!Number.isInteger(threads) || threads < 0 || threads > 1024) {
    throw new BionoirError(
      'USAGE',
      `The native kernel cannot have ${threads} threads. Give a whole number from 1 to 1024, or none for one a processor.`,
      { details: { threads } },
    );
  }
  try {
    return addon.open(NATIVE_PATHS.indexOf(path ?? 'best'), threads);
  } catch (cause) {
    throw translate(WORDS, cause, 'opening');
  }
}

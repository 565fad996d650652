/** The kernel that a ceremony's step runs on. */
import { BionoirError } from '../errors.ts';
import { type CeremonyKernel, type Kernel, type KernelCallOptions, openKernel } from '../kernel/index.ts';

/** How a ceremony's step runs. */
export interface CeremonyOptions extends KernelCallOptions {
  /** Absent: the best one is opened for the call. */
  readonly kernel?: Kernel;
}

/** Runs `body` with the kernel's ceremony functions. @throws BionoirError MISSING_KERNEL where it has none. */
export async function withCeremony<T>(
  { kernel }: CeremonyOptions,
  body: (kernel: CeremonyKernel) => Promise<T>,
): Promise<T> {
  if (kernel) return body(ceremonyOf(kernel));
  const own = await openKernel();
  try {
    return await body(ceremonyOf(own));
  } finally {
    await own.close();
  }
}

function ceremonyOf({ ceremony, description }: Kernel): CeremonyKernel {
  if (ceremony) return ceremony;
  throw new BionoirError(
    'MISSING_KERNEL',
    `The kernel ${description} has no ceremony functions. Use the native or the WebAssembly kernel.`,
    { details: { kernel: description } },
  );
}

/** What every command gets: where to report to, and when to stop. */
import {
  type CompileCache,
  defaultCacheFolder,
  type FileSource,
  folderCache,
  type Kernel,
  type KernelChoice,
  openFileSource,
  openKernel,
  type StageListener,
} from '../index.ts';
import { formatMillis, type Reporter } from './reporter.ts';

export interface Context {
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly kernel: KernelChoice;
  /** Folder of compiled layers; none with --no-cache. */
  readonly cacheFolder?: string | undefined;
}

/** Runs `action` with the chosen kernel and closes the kernel whatever happens. */
export async function withKernel<T>(context: Context, action: (kernel: Kernel) => Promise<T>): Promise<T> {
  const kernel = await openKernel(context.kernel);
  try {
    return await action(kernel);
  } finally {
    await kernel.close();
  }
}

/** Opens powers of tau, which may be larger than memory, for `action`, and closes them whatever happens. */
export async function withPtau<T>(path: string, action: (ptau: FileSource) => Promise<T>): Promise<T> {
  const ptau = await openFileSource(path);
  try {
    return await action(ptau);
  } finally {
    await ptau.close();
  }
}

const TITLES: Readonly<Record<string, string>> = {
  import: 'Import the model',
  quantize: 'Quantise to integers',
  generate: 'Generate Noir',
  compile: 'Compile Noir',
  lower: 'Lower ACIR to R1CS',
  setup: 'Set up keys',
  execute: 'Execute',
  witness: 'Solve the witness',
  prove: 'Prove',
  verify: 'Verify',
};

/** Prints each stage of the pipeline as it happens. `facts` says what to tell when one ends. */
export function listenerFor({ reporter }: Context): StageListener {
  return {
    onStart: stage => reporter.stage(TITLES[stage] ?? stage),
    onProgress: (_stage, step, fraction) => reporter.progress(step, fraction),
    onNotice: (_stage, text) => reporter.warn(text),
    onEnd: (_stage, millis) => reporter.fact('time', Math.round(millis), formatMillis(millis)),
  };
}

/** What commands that compile hand to the pipeline. */
export function compilingOptions(context: Context): {
  readonly listener: StageListener;
  readonly signal: AbortSignal;
  readonly compileCache?: CompileCache;
} {
  const { cacheFolder } = context;
  return {
    listener: listenerFor(context),
    signal: context.signal,
    ...(cacheFolder === undefined ? {} : { compileCache: folderCache(cacheFolder) }),
  };
}

/** The folder of compiled layers: the one that is named, or the user's. */
export function cacheFolderOf({
  cache,
  cacheDir,
}: {
  readonly cache: boolean;
  readonly cacheDir?: string;
}): string | undefined {
  return cache ? (cacheDir ?? defaultCacheFolder()) : undefined;
}

/**
 * Engine: a private instance of ffjavascript's BN254 module with its worker threads, and a way to run tasks on them that
 * reports progress and stops when told to.
 */
import { buildBn128, type Curve, type WorkerCommand, type WorkerParameter } from 'ffjavascript';
import { BionoirError } from '../../errors.ts';
import type { KernelCallOptions } from '../types.ts';
import { addFunctions } from './wasm-functions.ts';

/** A task for one worker, built when a worker is free so that only the running ones hold copies of their input. */
export interface Task {
  /** Share of the work, for progress. */
  readonly weight: number;
  readonly build: () => TaskBuilder;
}

export interface Engine {
  readonly curve: Curve;
  readonly threads: number;
  /** Runs tasks, as many at a time as there are threads; results in the order of the tasks. */
  run(tasks: readonly Task[], step: string, options?: KernelCallOptions): Promise<Uint8Array[][]>;
  close(): Promise<void>;
}

/** Starts the workers. */
export async function startEngine(): Promise<Engine> {
  const curve = await buildPrivateCurve();
  let rejectFailed: (error: BionoirError) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    rejectFailed = reject;
  });
  failed.catch(() => {});
  for (const worker of curve.tm.workers) {
    worker.addEventListener('error', event => rejectFailed(workerFailed(event.message)));
  }
  let closed = false;
  return {
    curve,
    threads: curve.tm.concurrency,
    run: (tasks, step, options) => {
      if (closed) throw kernelClosed();
      return Promise.race([failed, runTasks(curve, tasks, step, options ?? {})]);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      rejectFailed(kernelClosed());
      await curve.terminate();
    },
  };
}

/**
 * ffjavascript keeps the curve it built last in globalThis.curve_bn128, and hands it to all callers, snarkjs among them.
 * Ours has functions and a life of its own, so the global is put back as it was.
 */
async function buildPrivateCurve(): Promise<Curve> {
  const shared = globalThis as { curve_bn128?: Curve | null };
  const before = shared.curve_bn128 ?? null;
  shared.curve_bn128 = null;
  try {
    const curve = await buildBn128(false, addFunctions);
    return { ...curve, terminate: () => terminatePrivately(curve) };
  } finally {
    shared.curve_bn128 = before;
  }
}

async function terminatePrivately(curve: Curve): Promise<void> {
  const shared = globalThis as { curve_bn128?: Curve | null };
  const before = shared.curve_bn128 ?? null;
  const ended = curve.terminate();
  shared.curve_bn128 = before;
  await ended;
}

async function runTasks(
  curve: Curve,
  tasks: readonly Task[],
  step: string,
  options: KernelCallOptions,
): Promise<Uint8Array[][]> {
  const results: Uint8Array[][] = new Array(tasks.length);
  const total = tasks.reduce((sum, task) => sum + task.weight, 0);
  let next = 0;
  let done = 0;
  let finished = 0;
  const lane = async (): Promise<void> => {
    while (next < tasks.length) {
      throwIfAborted(options.signal, step);
      const index = next++;
      const task = tasks[index] as Task;
      const { commands, transfers } = task.build();
      results[index] = await curve.tm.queueAction(commands, transfers);
      done += task.weight;
      // Weights are fractions that need not add up to their sum exactly.
      options.onProgress?.(step, ++finished === tasks.length ? 1 : Math.min(1, done / total));
    }
  };
  await Promise.all(Array.from({ length: Math.min(curve.tm.concurrency, tasks.length) }, lane));
  throwIfAborted(options.signal, step);
  return results;
}

/** @throws BionoirError ABORTED once the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined, step: string): void {
  if (!signal?.aborted) return;
  throw new BionoirError('ABORTED', `Stopped during "${step}", as asked. Nothing was written.`, {
    details: { step },
    cause: signal.reason,
  });
}

/** Puts together the commands of one task. Variables are numbered in the order of declaration. */
export class TaskBuilder {
  readonly commands: WorkerCommand[] = [];
  readonly transfers: ArrayBufferLike[] = [];
  #variables = 0;
  #outputs = 0;

  /** Copies bytes into the worker. */
  input(bytes: Uint8Array): number {
    const copy = bytes.slice();
    this.transfers.push(copy.buffer);
    this.commands.push({ cmd: 'ALLOCSET', var: this.#variables, buff: copy });
    return this.#variables++;
  }

  /**
   * Reserves memory in the worker. ffjavascript's functions take scratch memory without growing it; its allocator leaves
   * as much free after an allocation as that allocation took, so the last one must be as large as their scratch.
   */
  reserve(bytes: number): number {
    this.commands.push({ cmd: 'ALLOC', var: this.#variables, len: bytes });
    return this.#variables++;
  }

  call(fnName: string, ...params: readonly (number | WorkerParameter)[]): void {
    this.commands.push({
      cmd: 'CALL',
      fnName,
      params: params.map(param => (typeof param === 'number' ? { val: param } : param)),
    });
  }

  output(variable: number, bytes: number): void {
    this.commands.push({ cmd: 'GET', out: this.#outputs++, var: variable, len: bytes });
  }
}

/** A variable as a parameter, at a byte offset. */
export function at(variable: number, offset = 0): WorkerParameter {
  return { var: variable, offset };
}

function workerFailed(message: string | undefined): BionoirError {
  return new BionoirError(
    'KERNEL_FAILED',
    `A worker thread of the WebAssembly kernel failed: ${message ?? 'no reason given'}. It may have run out of memory; close the kernel and retry with a smaller circuit or the native kernel.`,
    { details: { message } },
  );
}

function kernelClosed(): BionoirError {
  return new BionoirError('KERNEL_FAILED', 'The kernel has been closed. Create a new one.');
}

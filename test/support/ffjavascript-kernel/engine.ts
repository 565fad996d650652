/**
 * Engine: ffjavascript's BN254 module with our functions, on the main thread for single operations and in worker threads
 * for bulk; runs tasks, reports progress and stops when told to.
 *
 * The curve is built single-threaded: with workers, ffjavascript would share it with every other user in the process
 * through globalThis.curve_bn128, and lose errors in them.
 */
import { availableParallelism } from 'node:os';
import { buildBn128, type Curve } from 'ffjavascript';
import { BionoirError } from '../../../src/errors.ts';
import type { KernelCallOptions } from '../../../src/kernel/types.ts';
import { type Pool, startPool } from './pool.ts';
import { addFunctions } from './wasm-functions.ts';
import type { Parameter, TaskMessage } from './worker-source.ts';

/** More threads cost memory and win little: the main thread hands out the work. */
const THREADS_MAX = 16;

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

/**
 * Starts the workers, one a core unless told otherwise.
 *
 * @throws BionoirError USAGE.
 */
export async function startEngine(options: { readonly threads?: number } = {}): Promise<Engine> {
  const threads = options.threads ?? Math.min(availableParallelism(), THREADS_MAX);
  if (!Number.isInteger(threads) || threads < 1) {
    throw new BionoirError(
      'USAGE',
      `The WebAssembly kernel was asked for ${threads} threads; give 1 or more.`,
    );
  }
  const curve = await buildBn128(true, addFunctions);
  const pool = startPool(await WebAssembly.compile(curve.tm.code), threads);
  return {
    curve,
    threads,
    run: (tasks, step, callOptions = {}) => runTasks(pool, tasks, step, callOptions),
    close: () => pool.close(),
  };
}

async function runTasks(
  pool: Pool,
  tasks: readonly Task[],
  step: string,
  options: KernelCallOptions,
): Promise<Uint8Array[][]> {
  const results: Uint8Array[][] = new Array(tasks.length);
  const total = tasks.reduce((sum, task) => sum + task.weight, 0);
  let next = 0;
  let done = 0;
  let finished = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < tasks.length && !failed) {
      throwIfAborted(options.signal, step);
      const index = next++;
      const task = tasks[index] as Task;
      results[index] = await pool.run(() => task.build().finish());
      done += task.weight;
      // Weights are fractions that need not add up to their sum exactly.
      options.onProgress?.(step, ++finished === tasks.length ? 1 : Math.min(1, done / total));
    }
  };
  const lanes = Array.from({ length: Math.min(pool.threads, tasks.length) }, () =>
    lane().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  // All lanes end before a failure is reported: nothing runs on after the call.
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
  throwIfAborted(options.signal, step);
  return results;
}

/** @throws BionoirError ABORTED once the signal has fired. */
function throwIfAborted(signal: AbortSignal | undefined, step: string): void {
  if (!signal?.aborted) return;
  throw new BionoirError('ABORTED', `Stopped during "${step}", as asked. Nothing was written.`, {
    details: { step },
    cause: signal.reason,
  });
}

/** Puts together one task: variables in the worker's memory, calls, outputs. */
export class TaskBuilder {
  readonly #sizes: number[] = [];
  readonly #inputs: { variable: number; bytes: Uint8Array }[] = [];
  readonly #calls: { name: string; parameters: Parameter[] }[] = [];
  readonly #outputs: { variable: number; bytes: number }[] = [];
  #scratchBytes = 0;

  /** Copies bytes into the worker. */
  input(bytes: Uint8Array): number {
    const variable = this.reserve(bytes.length);
    this.#inputs.push({ variable, bytes: bytes.slice() });
    return variable;
  }

  /** Reserves memory, with whatever it held before. */
  reserve(bytes: number): number {
    return this.#sizes.push(bytes) - 1;
  }

  /** Calls an exported function of the module, with numbers and addresses (see {@link at}). */
  call(name: string, ...parameters: Parameter[]): void {
    this.#calls.push({ name, parameters });
  }

  /** Says how much memory the functions called may take for themselves (batch inversions do). */
  scratch(bytes: number): void {
    this.#scratchBytes = Math.max(this.#scratchBytes, bytes);
  }

  output(variable: number, bytes: number): void {
    this.#outputs.push({ variable, bytes });
  }

  finish(): { readonly message: TaskMessage; readonly transfers: readonly ArrayBuffer[] } {
    return {
      message: {
        sizes: this.#sizes,
        inputs: this.#inputs,
        calls: this.#calls,
        outputs: this.#outputs,
        scratchBytes: this.#scratchBytes,
      },
      transfers: this.#inputs.map(({ bytes }) => bytes.buffer as ArrayBuffer),
    };
  }
}

/** The address of a variable, plus a byte offset. */
export function at(variable: number, offset = 0): Parameter {
  return { variable, offset };
}

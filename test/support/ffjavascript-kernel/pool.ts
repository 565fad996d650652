/**
 * Pool: worker threads that run one task at a time each, first come, first served.
 *
 * Idle workers do not keep the process alive; a running task does.
 */
import { Worker } from 'node:worker_threads';
import { BionoirError } from '../../../src/errors.ts';
import { type TaskAnswer, type TaskMessage, WORKER_SOURCE } from './worker-source.ts';

export interface Pool {
  readonly threads: number;
  /**
   * Runs the task that `build` makes once a thread is free.
   *
   * @throws BionoirError KERNEL_FAILED.
   */
  run(
    build: () => { readonly message: TaskMessage; readonly transfers: readonly ArrayBuffer[] },
  ): Promise<Uint8Array[]>;
  close(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  /** Ends the present task. */
  settle?: (answer: TaskAnswer) => void;
}

/** Starts `threads` workers with an instance of the module each. */
export function startPool(module: WebAssembly.Module, threads: number): Pool {
  const waiting: { resolve: (thread: Thread) => void; reject: (error: BionoirError) => void }[] = [];
  const idle: Thread[] = [];
  const all: Thread[] = [];
  let broken: BionoirError | undefined;

  const breakDown = (error: BionoirError): void => {
    broken ??= error;
    for (const { reject } of waiting.splice(0)) reject(broken);
    for (const thread of all) thread.settle?.({ error: '' });
  };
  const release = (thread: Thread): void => {
    const next = waiting.shift();
    if (next) {
      next.resolve(thread);
    } else {
      thread.worker.unref();
      idle.push(thread);
    }
  };
  const acquire = (): Promise<Thread> => {
    const thread = idle.pop();
    if (thread) return Promise.resolve(thread);
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };

  for (let i = 0; i < threads; i++) {
    const thread: Thread = { worker: new Worker(WORKER_SOURCE, { eval: true, workerData: { module } }) };
    thread.worker.on('message', (answer: TaskAnswer) => thread.settle?.(answer));
    thread.worker.on('error', error => breakDown(threadFailed(String(error))));
    thread.worker.unref();
    all.push(thread);
    idle.push(thread);
  }
  return {
    threads,
    run: async build => {
      if (broken) throw broken;
      const thread = await acquire();
      try {
        if (broken) throw broken;
        return await runOn(thread, build(), () => broken);
      } finally {
        release(thread);
      }
    },
    close: async () => {
      breakDown(new BionoirError('KERNEL_FAILED', 'The kernel has been closed. Create a new one.'));
      await Promise.all(all.map(({ worker }) => worker.terminate()));
    },
  };
}

async function runOn(
  thread: Thread,
  { message, transfers }: { readonly message: TaskMessage; readonly transfers: readonly ArrayBuffer[] },
  brokenBy: () => BionoirError | undefined,
): Promise<Uint8Array[]> {
  const answer = await new Promise<TaskAnswer>(resolve => {
    thread.settle = resolve;
    thread.worker.ref();
    thread.worker.postMessage(message, [...transfers]);
  });
  delete thread.settle;
  const broken = brokenBy();
  if (broken) throw broken;
  if ('error' in answer) throw threadFailed(answer.error);
  return answer.outputs;
}

function threadFailed(reason: string): BionoirError {
  return new BionoirError(
    'KERNEL_FAILED',
    `A worker thread of the WebAssembly kernel failed: ${reason}. If it ran out of memory, retry with fewer threads, a smaller circuit or the native kernel.`,
    { details: { reason } },
  );
}

/**
 * The kernel's side of a worker: the first one ("leader") makes the calls, the others ("threads") lend it their hands.
 * node-worker.ts and web-worker.ts connect it to their hosts.
 */
import {
  type Argument,
  type KernelInstance,
  type Result,
  runThread,
  StatusError,
  startInstance,
  type ThreadPlace,
} from './instance.ts';

/** From the main thread to a worker. */
export type Request =
  | {
      readonly kind: 'lead';
      readonly module: WebAssembly.Module;
      readonly memory: WebAssembly.Memory | undefined;
      /** Of unshared memory, which cannot be posted, only the size. */
      readonly pages: number;
      readonly threads: number;
    }
  | {
      readonly kind: 'thread';
      readonly module: WebAssembly.Module;
      readonly memory: WebAssembly.Memory;
      readonly place: ThreadPlace;
    }
  | { readonly kind: 'allocate'; readonly id: number; readonly size: number }
  | { readonly kind: 'fill'; readonly address: number; readonly bytes: Uint8Array }
  | { readonly kind: 'release'; readonly address: number }
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly name: string;
      readonly values: readonly Argument[];
    };

/** From a worker to the main thread. */
export type Reply =
  | { readonly kind: 'leading'; readonly places: readonly ThreadPlace[]; readonly cells: number }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | { readonly kind: 'done'; readonly id: number; readonly results: readonly Result[] }
  | { readonly kind: 'failed'; readonly id: number; readonly status: number; readonly message: string }
  | { readonly kind: 'progress'; readonly id: number; readonly step: string; readonly fraction: number };

/** Words by which calls are cancelled. */
export const CELL_COUNT = 64;
const NO_MEMORY = 5;
const INTERNAL = 9;
const PROGRESS_STEP = 0.01;
const INITIAL_PAGES = 256;

/** Answers requests, one after another. */
export function serve(post: (reply: Reply) => void): (request: Request) => void {
  let instance: KernelInstance | undefined;
  return request => {
    switch (request.kind) {
      case 'lead': {
        try {
          instance = lead(request, post);
        } catch (error) {
          post({ kind: 'refused', ...statusOf(error) });
        }
        return;
      }
      case 'thread':
        return runThread(request.module, request.memory, request.place);
      case 'fill':
        return instance?.write(request.address, request.bytes);
      case 'release':
        return instance?.release(request.address);
      case 'allocate':
        return answer(post, request.id, () => [leader(instance).allocate(request.size)]);
      case 'call': {
        const { id, name, values } = request;
        return answer(post, id, () => leader(instance).call(name, values, throttled(post, id)));
      }
      default:
        request satisfies never;
    }
  };
}

function lead(
  { module, memory, pages, threads }: Extract<Request, { kind: 'lead' }>,
  post: (reply: Reply) => void,
): KernelInstance {
  const own = memory ?? new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: pages });
  const instance = startInstance(module, own);
  const cells = instance.allocate(4 * CELL_COUNT);
  instance.words(cells, CELL_COUNT).fill(0);
  post({ kind: 'leading', places: instance.threadPlaces(threads - 1), cells });
  return instance;
}

function leader(instance: KernelInstance | undefined): KernelInstance {
  if (instance === undefined) throw new StatusError(INTERNAL, 'the worker was not told to lead');
  return instance;
}

function answer(post: (reply: Reply) => void, id: number, body: () => readonly Result[]): void {
  try {
    post({ kind: 'done', id, results: body() });
  } catch (error) {
    post({ kind: 'failed', id, ...statusOf(error) });
  }
}

/** A RangeError is how a host says that it has no memory for an array, or for the kernel's own. */
function statusOf(error: unknown): { readonly status: number; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError) return { status: NO_MEMORY, message: `not enough memory: ${message}` };
  return { status: error instanceof StatusError ? error.status : INTERNAL, message };
}

/** Passes on what is news: a hundredth more, a new step, the end. */
function throttled(post: (reply: Reply) => void, id: number): (step: string, fraction: number) => void {
  let [lastStep, last] = ['', -1];
  return (step, fraction) => {
    if (step === lastStep && fraction - last < PROGRESS_STEP && fraction < 1) return;
    [lastStep, last] = [step, fraction];
    post({ kind: 'progress', id, step, fraction });
  };
}

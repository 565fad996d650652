/** Node as the WebAssembly kernel's host: the module from the package, workers of node:worker_threads. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BionoirError } from '../../errors.ts';
import type { WasmHost } from './host.ts';
import type { Reply } from './worker.ts';

const MODULE_FILE = join('native', 'wasm', 'bionoir_kernel.wasm');

export const NODE_HOST: WasmHost = {
  load: async () => new Uint8Array(await readFile(findModule())),
  processors: availableParallelism(),
  shares: true,
  startWorker: (onReply, onEnd) => {
    const worker = startWorker();
    worker.on('message', (reply: Reply) => onReply(reply));
    worker.on('error', onEnd);
    worker.on('exit', () => onEnd(new Error('it ended')));
    worker.unref();
    return {
      setBusy: busy => (busy ? worker.ref() : worker.unref()),
      post: request => worker.postMessage(request),
      end: async () => {
        await worker.terminate();
      },
    };
  },
};

function startWorker(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./node-worker.js', import.meta.url));
  // From sources, in development: the loader of TypeScript does not reach workers by itself.
  const entry = new URL('./node-worker.ts', import.meta.url).href;
  const source = `import('tsx/esm/api').then(tsx => { tsx.register(); return import('${entry}'); });`;
  return new Worker(source, { eval: true });
}

/** src/kernel/wasm and dist/src/kernel/wasm lie at different depths below the package's root. */
function findModule(): string {
  let folder = import.meta.dirname;
  for (let up = 0; up < 5; up++) {
    folder = dirname(folder);
    const candidate = join(folder, MODULE_FILE);
    if (existsSync(candidate)) return candidate;
  }
  throw new BionoirError(
    'MISSING_KERNEL',
    `The package has no ${MODULE_FILE}. Install it again, or build it with "npm run build:wasm".`,
  );
}

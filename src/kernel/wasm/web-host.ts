/**
 * A browser as the WebAssembly kernel's host: the module by URL, module workers. Memory is shared, and threads are used,
 * where the page is cross-origin isolated.
 */
import { BionoirError } from '../../errors.ts';
import type { WasmHost } from './host.ts';
import type { Reply } from './worker.ts';

/**
 * @param moduleUrl Where the page serves native/wasm/bionoir_kernel.wasm.
 * @param workerUrl Where it serves web-worker.js, if a bundler has not seen to that.
 */
export function webHost(moduleUrl: string | URL, workerUrl?: string | URL): WasmHost {
  return {
    load: () => loadModule(moduleUrl),
    processors: globalThis.navigator?.hardwareConcurrency ?? 1,
    shares: (globalThis as { readonly crossOriginIsolated?: boolean }).crossOriginIsolated === true,
    startWorker: (onReply, onEnd) => {
      const worker = workerUrl
        ? new Worker(workerUrl, { type: 'module' })
        : new Worker(new URL('./web-worker.js', import.meta.url), { type: 'module' }); // as bundlers look for it
      worker.onmessage = (event: MessageEvent<Reply>) => onReply(event.data);
      // A script that does not load, or that the page's policy forbids, gives an event without a message.
      worker.onerror = event =>
        onEnd(new Error(event.message ?? 'its script did not load; is web-worker.js served?'));
      return {
        post: request => worker.postMessage(request),
        setBusy: () => undefined,
        end: async () => worker.terminate(),
      };
    },
  };
}

async function loadModule(url: string | URL): Promise<Uint8Array> {
  const unserved = (what: string, options: { status?: number; cause?: unknown }): BionoirError =>
    new BionoirError(
      'MISSING_KERNEL',
      `The kernel's module at ${url} ${what}. Serve the package's native/wasm/bionoir_kernel.wasm there.`,
      { details: { url: String(url), status: options.status }, cause: options.cause },
    );
  const response = await fetch(url).catch(cause => {
    throw unserved('cannot be fetched', { cause });
  });
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  throw unserved(`answers ${response.status}`, { status: response.status });
}

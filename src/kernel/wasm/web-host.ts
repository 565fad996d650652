/**
 * A browser as the WebAssembly kernel's host: the module by URL, module workers. Memory is shared, and threads are used,
 * where the page is cross-origin isolated.
 */
import { BionoirError } from '../../errors.ts';
import type { WasmHost } from './host.ts';
import type { Reply } from './worker.ts';

/** @param moduleUrl Where the page serves native/wasm/bionoir_kernel.wasm. */
export function webHost(moduleUrl: string | URL): WasmHost {
  return {
    load: async () => {
      const response = await fetch(moduleUrl);
      if (response.ok) return new Uint8Array(await response.arrayBuffer());
      throw new BionoirError(
        'MISSING_KERNEL',
        `The kernel's module at ${moduleUrl} answers ${response.status}. Serve the package's native/wasm/bionoir_kernel.wasm there.`,
        { details: { url: String(moduleUrl), status: response.status } },
      );
    },
    processors: globalThis.navigator?.hardwareConcurrency ?? 1,
    shares: (globalThis as { readonly crossOriginIsolated?: boolean }).crossOriginIsolated === true,
    startWorker: (onReply, onEnd) => {
      const worker = new Worker(new URL('./web-worker.js', import.meta.url), { type: 'module' });
      worker.onmessage = (event: MessageEvent<Reply>) => onReply(event.data);
      worker.onerror = event => onEnd(new Error(event.message));
      return {
        post: request => worker.postMessage(request),
        setBusy: () => undefined,
        end: async () => worker.terminate(),
      };
    },
  };
}

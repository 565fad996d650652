/** The entry of a kernel worker in browsers: a module worker. */
import { type Request, serve } from './worker.ts';

const scope = globalThis as unknown as {
  postMessage(reply: unknown): void;
  onmessage: ((event: { readonly data: Request }) => void) | null;
};
const handle = serve(reply => scope.postMessage(reply));
scope.onmessage = event => handle(event.data);

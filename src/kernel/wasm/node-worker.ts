/** The entry of a kernel worker in Node. */
import { parentPort } from 'node:worker_threads';
import { type Request, serve } from './worker.ts';

const port = parentPort;
if (port !== null) {
  const handle = serve(reply => port.postMessage(reply));
  port.on('message', (request: Request) => handle(request));
}

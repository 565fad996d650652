/**
 * Builds the page and serves it on this machine, with the headers that a server of yours should send.
 *
 * Run: npm run demo:browser   (-- --port 8080; -- --plain leaves out COOP and COEP, so that the prover has one thread)
 */
import { createReadStream, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { buildSite } from './build.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/** No other server is ever connected to, from the page or from its workers. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob:",
  "style-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** With these two a page is cross-origin isolated, and may share memory with its workers: threads. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export interface ServeOptions {
  readonly isolated: boolean;
  /** 0: any that is free. */
  readonly port?: number;
}

/** Serves a folder on this machine only; gives the server and its address. */
export async function serve(
  site: string,
  { isolated, port = 0 }: ServeOptions,
): Promise<{ server: Server; url: string }> {
  const headers = {
    'Content-Security-Policy': POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-cache',
    ...(isolated ? ISOLATION : {}),
  };
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://page').pathname));
    const file = join(site, path.endsWith('/') ? join(path, 'index.html') : path);
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404, headers).end('There is no such file.');
      return;
    }
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { ...headers, 'Content-Type': type, 'Content-Length': statSync(file).size });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '8080' }, plain: { type: 'boolean', default: false } },
  });
  const site = await buildSite(join(import.meta.dirname, '../../out/browser'));
  const { url } = await serve(site, { isolated: !values.plain, port: Number(values.port) });
  console.log(`${url}  (ends with Ctrl-C)`);
}

if (process.argv[1] === import.meta.filename) void run();

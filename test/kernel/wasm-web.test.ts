/** The browser's way to the WebAssembly kernel, as far as Node can go it: what it loads, and what it says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, normalize } from 'node:path';
import { webKernel } from '../../src/kernel/index.ts';
import { assertRejectsCode } from '../support/errors.ts';

/** Every file that `file` imports, with itself; types leave no import. */
function filesFrom(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, clause = '', specifier = ''] of text.matchAll(
    /^(import|export) [^;]*? ?from '([^']+)';/gms,
  )) {
    const statement = text.slice(text.lastIndexOf(`${clause} `, text.indexOf(`from '${specifier}'`)));
    if (/^(import|export) type /.test(statement)) continue;
    assert.ok(specifier.startsWith('.'), `${file} imports ${specifier}`);
    filesFrom(normalize(join(dirname(file), specifier)), seen);
  }
  return seen;
}

describe('webKernel', () => {
  const kernel = join(import.meta.dirname, '..', '..', 'src', 'kernel');

  for (const entry of ['wasm-web.ts', join('wasm', 'web-worker.ts')]) {
    it(`loads nothing that needs Node: ${entry}`, () => {
      const files = filesFrom(join(kernel, entry));
      assert.ok(files.has(join(kernel, 'wasm', 'instance.ts')));
    });
  }

  it('would find what needs Node', () => {
    assert.throws(() => filesFrom(join(kernel, 'wasm-node.ts')), /imports node:/);
  });

  it('says when what it is served is no module it can run', async () => {
    await assertRejectsCode(
      () => webKernel('data:text/plain,x'),
      'MISSING_KERNEL',
      'This host cannot run the WebAssembly kernel: it needs 128-bit vectors, atomics and exceptions. Use a newer one.',
    );
  });

  it('says where the module should be served', async () => {
    const server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/kernel.wasm`;
    await assertRejectsCode(
      () => webKernel(url),
      'MISSING_KERNEL',
      `The kernel's module at ${url} answers 404. Serve the package's native/wasm/bionoir_kernel.wasm there.`,
    );
    server.close();
    server.closeAllConnections();
  });
});

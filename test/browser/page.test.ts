/**
 * The page of examples/browser in Chromium: drawn and chosen pictures are proved in it, with threads and without; the proofs
 * hold for verifiers elsewhere; it speaks to no other server; what goes wrong is told.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import * as snarkjs from 'snarkjs';
import { buildSite } from '../../examples/browser/build.ts';
import { serve } from '../../examples/browser/serve.ts';
import {
  type Kernel,
  openKernel,
  parseProof,
  parsePublicSignals,
  parseUltraGrothKey,
  parseUltraGrothProof,
  parseVerificationKey,
  verify,
  verifyUltraGroth,
} from '../../src/index.ts';
import { openChromium } from './support/chromium.ts';
import { proofOf } from './support/same-proof.ts';

const ALICE = 0xa11cen;
/** The digit of sample.png. */
const SAMPLE_LABEL = '3';

/** As on phones: no shared memory of up to 4 GiB. */
const SMALL_MEMORY = `
const { Memory } = WebAssembly;
WebAssembly.Memory = new Proxy(Memory, {
  construct(target, [descriptor]) {
    if (descriptor.shared && descriptor.maximum > 16384) throw new RangeError('out of memory');
    return new target(descriptor);
  },
});`;

describe('the browser example', function () {
  this.timeout(400_000);
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-page-'));
  const servers: Server[] = [];
  const requests: string[] = [];
  let browser: Browser;
  let kernel: Kernel;
  let site: string;
  let [isolatedUrl, plainUrl] = ['', ''];

  before(async function () {
    const opened = await openChromium();
    if ('missing' in opened) {
      process.stderr.write(`\n  SKIPPED: the browser example. ${opened.missing}\n\n`);
      return this.skip();
    }
    browser = opened.browser;
    kernel = await openKernel();
    site = await buildSite(folder);
    for (const isolated of [true, false]) {
      const { server, url } = await serve(site, { isolated });
      servers.push(server);
      if (isolated) isolatedUrl = url;
      else plainUrl = url;
    }
  });
  after(async () => {
    await browser?.close();
    await kernel?.close();
    await (globalThis as { curve_bn128?: { terminate(): Promise<void> } }).curve_bn128?.terminate(); // of snarkjs
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  let context: BrowserContext;
  let page: Page;
  const problems: string[] = [];

  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    page.on('request', request => requests.push(request.url()));
    page.on('pageerror', error => problems.push(String(error)));
    page.setDefaultTimeout(60_000);
  });
  afterEach(async () => {
    await context.close();
    assert.deepEqual(problems.splice(0), []);
  });

  const settled = '#result:not([hidden]), #failure:not([hidden])';
  const sample = async (): Promise<void> => {
    await page.click('#sample');
    await page.getByText('What the network sees').waitFor();
  };
  const proveIt = async (): Promise<void> => {
    await page.click('#prove');
    await page.waitForSelector(settled);
    assert.equal(await page.textContent('#failure'), '');
  };
  const failure = async (): Promise<string> => {
    await page.waitForSelector('#failure:not([hidden])');
    return (await page.textContent('#failure')) ?? '';
  };
  const output = async (title: string): Promise<string> =>
    page.getByLabel(title, { exact: true }).inputValue();
  const figures = (): Promise<string | null> => page.textContent('#figures');
  const file = (path: string): string => readFileSync(join(site, path), 'utf8');
  const keyOf = (system: string): string =>
    JSON.stringify(JSON.parse(file(`circuits/${system}/circuit.json`)).verificationKey);

  it('proves with threads where it is isolated, and with Groth16 what snarkjs verifies', async () => {
    await page.goto(isolatedUrl);
    await page.selectOption('#system', 'groth16');
    await page.fill('#nonce', '5');
    await sample();
    await proveIt();
    assert.equal(await page.textContent('#label'), SAMPLE_LABEL);
    assert.match((await figures()) ?? '', /WebAssembly \(C\+\+, simd128\), ([2-9]|\d\d) threads/);

    const [proof, signals] = [await output('Proof'), await output('Public signals')];
    const publicSignals = parsePublicSignals(signals);
    assert.deepEqual(publicSignals, [ALICE, 5n, BigInt(SAMPLE_LABEL)]);
    const statement = { proof: parseProof(proof), publicSignals };
    assert.equal(await verify(kernel, parseVerificationKey(keyOf('groth16')), statement), true);
    assert.equal(
      await snarkjs.groth16.verify(JSON.parse(keyOf('groth16')), JSON.parse(signals), JSON.parse(proof)),
      true,
    );
    const other = { ...statement, publicSignals: [ALICE, 6n, BigInt(SAMPLE_LABEL)] };
    assert.equal(await verify(kernel, parseVerificationKey(keyOf('groth16')), other), false);
  });

  it('proves what was drawn, on one thread where it is not isolated', async () => {
    await page.goto(plainUrl);
    const box = await page.locator('#pad').boundingBox();
    assert.ok(box);
    const to = (x: number, y: number) =>
      page.mouse.move(box.x + box.width * x, box.y + box.height * y, { steps: 6 });
    await to(0.3, 0.25);
    await page.mouse.down();
    await to(0.7, 0.25);
    await to(0.45, 0.8);
    await page.mouse.up();
    await proveIt();
    assert.equal(await page.textContent('#label'), '7');
    assert.match((await figures()) ?? '', /WebAssembly \(C\+\+, simd128\), 1 thread/);
    const statement = {
      proof: parseUltraGrothProof(await output('Proof')),
      publicSignals: parsePublicSignals(await output('Public signals')),
    };
    assert.deepEqual(statement.publicSignals, [ALICE, 0n, 7n]);
    assert.equal(await verifyUltraGroth(kernel, parseUltraGrothKey(keyOf('ultragroth')), statement), true);
  });

  it('makes the proof that Node makes, byte for byte, when both are given the same randomness', async () => {
    const inputs = [...Array.from({ length: 784 }, (_, i) => BigInt((i * 37) % 256)), ALICE, 1n];
    const folderOf = (name: string): Uint8Array =>
      new Uint8Array(readFileSync(join(site, 'circuits/ultragroth', name)));
    const files = { witnessProgram: folderOf('circuit.bwp'), provingKey: folderOf('circuit.zkey') };
    const wasm = await openKernel('wasm');
    const expected = await proofOf(wasm, files, inputs);
    await wasm.close();

    await build({
      entryPoints: [join(import.meta.dirname, 'support/same-proof.ts')],
      ...{ outfile: join(site, 'same-proof.js'), bundle: true, format: 'esm', platform: 'browser' },
    });
    await page.goto(isolatedUrl);
    const found = await page.evaluate(async numbers => {
      const { proofInPage } = await import(`${location.origin}/same-proof.js`);
      return proofInPage(numbers.map(BigInt)) as Promise<string>;
    }, inputs.map(String));
    assert.equal(found, expected);
  });

  it('keeps the key between visits, and takes less memory where there is no more', async () => {
    await page.addInitScript({ content: SMALL_MEMORY });
    await page.goto(isolatedUrl);
    await sample();
    await proveIt();
    assert.match((await figures()) ?? '', /6\.\d MB fetched/);
    await page.reload();
    await sample();
    requests.length = 0;
    await proveIt();
    assert.match((await figures()) ?? '', /from the browser’s cache/);
    assert.deepEqual(
      requests.filter(url => /zkey|bwp/.test(url)),
      [],
    );
    assert.equal(await page.textContent('#label'), SAMPLE_LABEL);
  });

  it('refuses a key of another set-up, and one that is damaged', async () => {
    await page.goto(isolatedUrl);
    await sample();
    const json = JSON.parse(file('circuits/ultragroth/circuit.json'));
    const { vk_delta_c1_2: one, vk_delta_c2_2: two } = json.verificationKey;
    const swapped = {
      ...json,
      verificationKey: { ...json.verificationKey, vk_delta_c1_2: two, vk_delta_c2_2: one },
    };
    await page.route('**/circuit.json', route => route.fulfill({ json: swapped }));
    await page.click('#prove');
    assert.equal(
      await failure(),
      'The proving key belongs to another circuit or set-up than the verification key. Take all files of one "bionoir bundle". (KEY_MISMATCH)',
    );
    await page.unroute('**/circuit.json');

    const zkey = readFileSync(join(site, 'circuits/groth16/circuit.zkey'));
    zkey[zkey.length >> 1] = (zkey[zkey.length >> 1] ?? 0) ^ 1;
    await page.route('**/circuit.zkey?*', route => route.fulfill({ body: zkey }));
    await page.selectOption('#system', 'groth16');
    await page.click('#prove');
    assert.match(await failure(), /circuit\.zkey\?v=[0-9a-f]{16} has another hash: .*\(MALFORMED_FILE\)$/);
  });

  it('says what is wrong with a server, an account, a picture and a browser', async () => {
    await page.goto(plainUrl);
    await page.click('#prove');
    assert.equal(await failure(), 'Draw a digit first, or choose a picture.');
    const picture = join(folder, 'picture.png');
    for (const [size, expected] of [
      [2, 'cannot read the file as a picture'],
      [30_000_001, '31 MB; at most 30 MB are read'],
    ] as const) {
      writeFileSync(picture, '');
      truncateSync(picture, size);
      await page.setInputFiles('#picture', picture);
      await page.getByText(expected).waitFor();
    }
    await sample();
    await page.route('**/circuit.json', route => route.fulfill({ status: 503 }));
    await page.click('#prove');
    assert.match(await failure(), /The server answers 503 for .*\(FILE_NOT_FOUND\)$/);
    await page.unroute('**/circuit.json');

    await page.route('**/*.wasm', route => route.fulfill({ body: Buffer.from('no module') }));
    await page.reload();
    await sample();
    await page.click('#prove');
    assert.match(await failure(), /^This host cannot run the WebAssembly kernel: .* \(MISSING_KERNEL\)$/);
    await page.unroute('**/*.wasm');

    await page.fill('#address', 'alice');
    await page.click('#prove');
    await page.getByText("'address'").waitFor();
    assert.match(await failure(), /\(MALFORMED_INPUT\)$/);
    await page.fill('#address', '0x0');
    await page.click('#prove');
    await page.getByText('EXECUTION_FAILED').waitFor();
    assert.match(await failure(), /^These inputs cannot be proved: the program stopped/);
  });

  it('can be cancelled, and goes on afterwards', async () => {
    await page.goto(isolatedUrl);
    await sample();
    let release: () => void = () => undefined;
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    await page.route('**/circuit.zkey?*', async route => {
      await held;
      await route.continue().catch(() => undefined); // it was cancelled
    });
    await page.click('#prove');
    await page.getByText('Getting the proving key').waitFor();
    await page.click('#cancel');
    assert.match(await failure(), /^Stopped while fetching .*, as asked\. \(ABORTED\)$/);
    release();
    await page.unroute('**/circuit.zkey?*');
    await proveIt();
    assert.equal(await page.textContent('#label'), SAMPLE_LABEL);
  });

  it('has spoken to its own server only, and could speak to no other', async () => {
    const own = [isolatedUrl, plainUrl, 'blob:', 'data:'];
    assert.ok(requests.length > 0);
    assert.deepEqual(
      requests.filter(url => !own.some(start => url.startsWith(start))),
      [],
    );
    await page.goto(isolatedUrl);
    const refused = await page.evaluate(async other => {
      const violation = new Promise<string>(resolve => {
        document.addEventListener('securitypolicyviolation', event => resolve(event.effectiveDirective));
      });
      await fetch(other).catch(() => undefined);
      return violation;
    }, plainUrl);
    assert.equal(refused, 'connect-src');
  });
});

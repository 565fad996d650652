/**
 * Builds the page into out/browser/site: the circuits by bionoir's command line, the scripts by esbuild.
 *
 * Run: npx tsx examples/browser/build.ts   (--fresh makes circuits and keys again)
 */
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { main } from '../../src/cli/main.ts';

const root = join(import.meta.dirname, '../..');
const MODEL = join(root, 'fixtures/models/mnist-cnn/model.json');
const SAMPLE = join(root, 'examples/classification/digit.png');
const KERNEL = join(root, 'native/wasm/bionoir_kernel.wasm');
const ASSETS = ['index.html', 'style.css', 'icon.svg'];

export const PROOF_SYSTEMS = ['ultragroth', 'groth16'] as const;

/** Builds the page into a folder; circuits that are there stay. Gives the folder that is to be served. */
export async function buildSite(folder: string, systems: readonly string[] = PROOF_SYSTEMS): Promise<string> {
  const site = join(folder, 'site');
  mkdirSync(site, { recursive: true });
  for (const system of systems) await makeCircuit(folder, system);
  for (const name of ASSETS) copyFileSync(join(import.meta.dirname, 'page', name), join(site, name));
  copyFileSync(SAMPLE, join(site, 'sample.png'));
  copyFileSync(KERNEL, join(site, 'bionoir_kernel.wasm'));
  await bundleScripts(site);
  return site;
}

/** What a developer does once a network: compile, set up, bundle. The keys are for development. */
async function makeCircuit(folder: string, system: string): Promise<void> {
  const [work, out] = [join(folder, system), join(folder, 'site/circuits', system)];
  if (existsSync(join(out, 'circuit.zkey'))) return;
  await bionoir('compile', MODEL, '--app', 'classification', '--proof-system', system, '--out', work);
  await bionoir('setup', work);
  await bionoir('bundle', work, '--out', out);
}

async function bionoir(...argv: string[]): Promise<void> {
  const silent = { isTTY: false, write: () => true };
  if ((await main(argv, { stdout: silent })) !== 0) throw new Error(`bionoir ${argv[0]} failed.`);
}

/**
 * In a project of yours 'bionoir/browser' needs no alias. The worker is a script of its own, beside the page's: bundlers
 * that know `new Worker(new URL(...))`, such as Vite, make it by themselves.
 */
async function bundleScripts(site: string): Promise<void> {
  await build({
    entryPoints: {
      page: join(import.meta.dirname, 'page/page.ts'),
      'web-worker': 'bionoir/browser/worker',
    },
    alias: {
      'bionoir/browser/worker': join(root, 'src/kernel/wasm/web-worker.ts'),
      'bionoir/browser': join(root, 'src/browser/index.ts'),
    },
    outdir: site,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    logLevel: 'warning',
  });
}

if (process.argv[1] === import.meta.filename) {
  const folder = join(root, 'out/browser');
  if (process.argv.includes('--fresh')) rmSync(folder, { recursive: true, force: true });
  buildSite(folder).then(site => console.log(`Built ${site}`));
}

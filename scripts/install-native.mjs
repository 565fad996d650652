/**
 * Builds the native proving kernel with node-gyp, which comes with npm. Runs at `npm install`, and by hand to see why a
 * build failed: `node scripts/install-native.mjs --verbose`.
 *
 * It never fails the installation: without a compiler the WebAssembly kernel serves, and one line says so.
 * Set BIONOIR_SKIP_NATIVE=1 to leave the build out.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'native');
const verbose = process.argv.includes('--verbose');

/** node-gyp's script: as npm names it, beside npm, or nowhere. */
function findNodeGyp() {
  const named = process.env.npm_config_node_gyp;
  if (named && existsSync(named)) return named;
  const beside = [
    process.env.npm_execpath,
    join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js'),
  ];
  for (const npm of beside) {
    if (!npm || !existsSync(npm)) continue;
    try {
      return createRequire(npm).resolve('node-gyp/bin/node-gyp.js');
    } catch {
      // An npm without node-gyp: try the next.
    }
  }
  return undefined;
}

/** Node's own headers, where they are installed with it: the build then downloads nothing. */
function localHeaders() {
  const prefix = join(dirname(process.execPath), '..');
  return existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

function build() {
  if (process.env.BIONOIR_SKIP_NATIVE === '1') return 'BIONOIR_SKIP_NATIVE is 1';
  if (!existsSync(join(folder, 'binding.gyp'))) return 'the sources are not in this package';
  const nodeGyp = findNodeGyp();
  if (!nodeGyp) return 'node-gyp was not found beside npm';
  const run = spawnSync(process.execPath, [nodeGyp, 'rebuild', `--directory=${folder}`, ...localHeaders()], {
    stdio: verbose ? 'inherit' : 'pipe',
    encoding: 'utf8',
  });
  if (run.error) return run.error.message;
  if (run.status === 0) return undefined;
  const reasons = `${run.stderr ?? ''}`
    .split('\n')
    .filter(line => /\berror\b|not found|ERR! stack/i.test(line));
  const reason = reasons.find(line => line.includes('ERR! stack')) ?? reasons[0];
  return reason?.replace(/^gyp ERR! stack/, '').trim() || 'node-gyp failed';
}

const problem = build();
process.stdout.write(
  problem === undefined
    ? 'bionoir: the native proving kernel is built and will be used.\n'
    : `bionoir: no native proving kernel (${problem}); the WebAssembly kernel will be used. ` +
        'For the native one install a C++20 compiler, make and Python 3, then run: node scripts/install-native.mjs --verbose\n',
);

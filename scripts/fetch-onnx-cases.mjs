/**
 * Finds ONNX's own test data, and prints the folder that holds them (node/, pytorch-converted/, pytorch-operator/, simple/).
 *
 * They come with Debian's package libonnx-testdata (Apache-2.0): from the system where it is installed, else unpacked
 * into .cache/. Fails with a line that says why where neither works: without apt, without a package archive.
 *
 * Run: node scripts/fetch-onnx-cases.mjs
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = 'libonnx-testdata';
const INSIDE = `usr/share/${PACKAGE}/data`;
const cache = join(import.meta.dirname, '../.cache');
const folders = [join('/', INSIDE), join(cache, PACKAGE, INSIDE)];

function fail(reason) {
  process.stderr.write(`ONNX's test data are not here: ${reason}.\n`);
  process.exit(1);
}

function run(command, args, cwd) {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 180_000 });
  if (result.error) return result.error.message;
  return result.status === 0 ? undefined : (result.stderr.trim().split('\n').at(-1) ?? 'it failed');
}

/** Downloads and unpacks into a folder of its own, then moves it into place: an interrupted run leaves nothing. */
function fetchPackage() {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'onnx-'));
  try {
    // The lists of packages may be missing on a fresh machine: then once more after reading them.
    const first = run('apt-get', ['download', PACKAGE], work);
    const problem =
      first && (run('apt-get', ['update'], work) ?? run('apt-get', ['download', PACKAGE], work));
    if (problem) fail(`apt-get download ${PACKAGE}: ${problem}`);
    const file = readdirSync(work).find(name => name.endsWith('.deb'));
    if (!file) fail('apt-get gave no package file');
    const unpacked = run('dpkg', ['-x', file, 'content'], work);
    if (unpacked) fail(`dpkg -x: ${unpacked}`);
    rmSync(join(cache, PACKAGE), { recursive: true, force: true });
    renameSync(join(work, 'content'), join(cache, PACKAGE));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (!folders.some(folder => existsSync(folder))) fetchPackage();
const folder = folders.find(candidate => existsSync(candidate));
process.stdout.write(`${folder ?? fail('the package has another layout than expected')}\n`);

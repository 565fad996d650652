/**
 * Finds a Chromium to test pages with, and prints its path; where there is none, and this is root on a system with apt, it
 * installs Debian's. Fails with a line that says why where neither works. CHROMIUM names one of your own.
 *
 * Run: node scripts/find-chromium.mjs
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

function find() {
  return PLACES.find(place => place && existsSync(place));
}

function run(...argv) {
  const result = spawnSync('apt-get', argv, {
    encoding: 'utf8',
    timeout: 240_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (result.error) return result.error.message;
  return result.status === 0 ? undefined : (result.stderr.trim().split('\n').at(-1) ?? 'it failed');
}

/** Gives the reason where it does not work. */
function install() {
  if (process.getuid?.() !== 0)
    return 'only root may install one (apt-get install chromium, or set CHROMIUM)';
  const argv = ['install', '-y', '--no-install-recommends', 'chromium'];
  // The lists of packages may be missing on a fresh machine: then once more after reading them.
  return run(...argv) && (run('update') ?? run(...argv));
}

const problem = find() ? undefined : install();
const found = find();
if (found) process.stdout.write(`${found}\n`);
else {
  process.stderr.write(`There is no Chromium here: ${problem ?? 'apt-get put it in an unknown place'}.\n`);
  process.exitCode = 1;
}

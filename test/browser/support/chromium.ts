/** Chromium for tests of pages: found or installed by scripts/find-chromium.mjs, and kept away from every network. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** Starts a browser with a fresh profile, or tells why there is none. */
export async function openChromium(): Promise<{ readonly browser: Browser } | { readonly missing: string }> {
  const script = join(import.meta.dirname, '../../../scripts/find-chromium.mjs');
  const found = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  if (found.status !== 0) return { missing: found.stderr.trim() || `the script ended with ${found.status}` };
  return {
    browser: await chromium.launch({ executablePath: found.stdout.trim(), headless: true, args: FLAGS }),
  };
}

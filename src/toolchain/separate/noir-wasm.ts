/** Separate compilation with npm's noir_wasm. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type NoirWasmOptions, noirWasmSession } from '../noir-wasm.ts';
import type { NoirToolchain } from '../types.ts';
import { type SeparateOptions, separateCompiler } from './separate.ts';

export interface NoirWasmByPartsOptions
  extends NoirWasmOptions,
    Omit<SeparateOptions, 'compiler' | 'startSession'> {}

const require = createRequire(import.meta.url);

/** Returns the compiler of npm's noir_wasm, which compiles large packages module by module, several at once. */
export function noirWasmByParts(options: NoirWasmByPartsOptions): NoirToolchain {
  return separateCompiler({
    ...options,
    compiler: `noir_wasm ${compilerVersion()}`,
    startSession: work => noirWasmSession({ ...options, ...(work === 'parts' ? { expects: 'much' } : {}) }),
  });
}

/** The version of the package, which does not export its package.json. */
function compilerVersion(): string {
  let folder = dirname(require.resolve('@noir-lang/noir_wasm'));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

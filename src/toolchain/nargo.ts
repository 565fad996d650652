/**
 * The native compiler `nargo`, for those who have it: only used when asked for, never found by accident.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { BionoirError } from '../errors.ts';
import type { NoirPackage } from '../noir/types.ts';
import { compileFailed } from './compile-failed.ts';
import { readManifest, unreadable } from './manifest.ts';
import type { CompileOptions, Diagnostic, NoirArtifact, NoirToolchain } from './types.ts';

export interface NargoOptions {
  /** The program to run; `nargo` on the PATH when left out. */
  readonly path?: string;
}

interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

/** Returns the compiler `nargo` of this machine. */
export function nargo(options: NargoOptions = {}): NoirToolchain {
  const tool = options.path ?? 'nargo';
  return {
    name: 'nargo',
    compile: (source, compileOptions = {}) =>
      typeof source === 'string'
        ? compileFolder(tool, resolve(source), compileOptions)
        : compilePackage(tool, source, compileOptions),
  };
}

async function compilePackage(
  tool: string,
  source: NoirPackage,
  options: CompileOptions,
): Promise<NoirArtifact> {
  const folder = await mkdtemp(join(tmpdir(), 'bionoir-'));
  try {
    for (const [path, text] of source.files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return await compileFolder(tool, folder, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compileFolder(tool: string, folder: string, options: CompileOptions): Promise<NoirArtifact> {
  const manifest = readManifest(folder);
  if (manifest.kind === 'workspace') throw unreadable(folder, 'it is a workspace, not a package');
  const { name } = manifest;
  const finished = await run(tool, ['compile', '--program-dir', folder], options.signal);
  if (finished.code !== 0) throw failure(name, finished);
  for (const warning of diagnostics(finished.output, 'warning')) options.onWarning?.(warning);
  const path = join(folder, 'target', `${name}.json`);
  try {
    return JSON.parse(await readFile(path, 'utf8')) as NoirArtifact;
  } catch (cause) {
    throw new BionoirError(
      'COMPILE_FAILED',
      `nargo left no readable artifact for package '${name}' at ${path}. Is the package of type "bin"?`,
      { details: { name, path }, cause },
    );
  }
}

function run(tool: string, args: readonly string[], signal?: AbortSignal): Promise<Finished> {
  return new Promise((resolveRun, reject) => {
    const child = spawn(tool, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(signal ? { signal } : {}) });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', error => reject(spawnError(tool, error as NodeJS.ErrnoException)));
    child.once('close', (code, killer) =>
      resolveRun({ code, signal: killer, output: Buffer.concat(chunks).toString('utf8') }),
    );
  });
}

function spawnError(tool: string, cause: NodeJS.ErrnoException): BionoirError {
  if (cause.name === 'AbortError') {
    return new BionoirError('ABORTED', `Compiling with '${tool}' was stopped on request.`, {
      details: { tool },
      cause,
    });
  }
  return new BionoirError(
    'MISSING_TOOL',
    `The Noir compiler '${tool}' cannot be started (${cause.code}). Install Noir from noir-lang.org, give its path, or use the built-in noir_wasm.`,
    { details: { tool, reason: cause.code }, cause },
  );
}

function failure(name: string, finished: Finished): BionoirError {
  const errors = diagnostics(finished.output, 'error');
  if (errors.length > 0) return compileFailed(name, errors);
  const ending = finished.signal === null ? `exit code ${finished.code}` : `signal ${finished.signal}`;
  return new BionoirError(
    'COMPILER_CRASHED',
    `nargo ended with ${ending} on package '${name}': ${finished.output.slice(-2000).trim()}. Simplify the source near the place it names.`,
    { details: { name, ending, output: finished.output } },
  );
}

/** Finds `error: text` followed by `┌─ file:line:column` in nargo's report. */
function diagnostics(output: string, severity: 'error' | 'warning'): Diagnostic[] {
  const found: Diagnostic[] = [];
  const report = new RegExp(`^${severity}(?:\\[[^\\]]*\\])?: (.*)\\n\\s*┌─ (.*):(\\d+):(\\d+)`, 'gm');
  for (const [, message, file, line, column] of output.matchAll(report)) {
    found.push({
      message: message as string,
      file: file as string,
      line: Number(line),
      column: Number(column),
    });
  }
  return found;
}

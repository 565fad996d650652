/**
 * The Noir compiler as WebAssembly (npm @noir-lang/noir_wasm), run in a process of its own that is thrown away after each
 * compilation, or kept for small packages until it crashes: see noir-wasm-child.ts for why.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BionoirError } from '../errors.ts';
import type { NoirPackage } from '../noir/types.ts';
import type { CompileReply, CompileRequest } from './child-protocol.ts';
import { compileFailed } from './compile-failed.ts';
import { readPackage } from './read-package.ts';
import type { CompileOptions, NoirArtifact, NoirToolchain } from './types.ts';

export interface NoirWasmOptions {
  /** Megabytes of JavaScript heap for the compiler's process; its WebAssembly memory has its own limit of 4 GB. */
  readonly heapMegabytes?: number;
  /** 'much': the process will compile more than one small package, so that fast code is worth its making. */
  readonly expects?: 'much';
}

/** A compiler whose process is kept: a small package takes half a second instead of two. Close it when done. */
export interface NoirWasmSession extends NoirToolchain {
  close(): void;
}

/** Below this many characters of source, starting quickly matters more than compiling quickly. */
const SMALL_SOURCE = 800_000;
/** About the bytes of code that a function executes before V8 optimises it. */
const TIERING_BUDGET = 200_000_000;
/** Kilobytes of stack: most of the 8 MB that the main thread has on Linux and macOS. */
const STACK_KILOBYTES = 6_500;

/** Returns the compiler of npm's noir_wasm: needs nothing but this package's dependencies. */
export function noirWasm(options: NoirWasmOptions = {}): NoirToolchain {
  return {
    name: 'noir_wasm',
    compile: (source, compileOptions = {}) => compileInChild(source, options, compileOptions),
  };
}

/** Starts a compiler for many small packages. They wait for one another; a process that crashes is replaced. */
export function noirWasmSession(options: NoirWasmOptions = {}): NoirWasmSession {
  let child: ChildProcess | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const close = (): void => {
    child?.kill('SIGKILL');
    child = undefined;
  };
  const compile = async (
    source: NoirPackage | string,
    compileOptions: CompileOptions,
  ): Promise<NoirArtifact> => {
    const request = requestFor(source);
    child ??= startChild(request, options);
    try {
      return await compileWith(child, request, compileOptions);
    } catch (error) {
      if ((error as BionoirError).code !== 'COMPILE_FAILED') close();
      throw error;
    }
  };
  return {
    name: 'noir_wasm',
    compile: (source, compileOptions = {}) => {
      const compiled = last.then(() => compile(source, compileOptions));
      last = compiled.catch(() => undefined);
      return compiled;
    },
    close,
  };
}

async function compileInChild(
  source: NoirPackage | string,
  options: NoirWasmOptions,
  compileOptions: CompileOptions,
): Promise<NoirArtifact> {
  const request = requestFor(source);
  if (compileOptions.signal?.aborted) throw aborted(request.name);
  const child = startChild(request, options);
  try {
    return await compileWith(child, request, compileOptions);
  } finally {
    child.kill('SIGKILL');
  }
}

function requestFor(source: NoirPackage | string): CompileRequest {
  const { name, files } = typeof source === 'string' ? readPackage(source) : source;
  return { name, files };
}

async function compileWith(
  child: ChildProcess,
  request: CompileRequest,
  { onWarning, signal }: CompileOptions,
): Promise<NoirArtifact> {
  const name = request.name;
  if (signal?.aborted) throw aborted(name);
  const stop = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', stop);
  try {
    const reply = await ask(child, request);
    if (signal?.aborted) throw aborted(name);
    if (reply.kind !== 'compiled') throw failureOf(reply, name);
    for (const warning of reply.warnings) onWarning?.(warning);
    return reply.artifact;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function startChild(request: CompileRequest, options: NoirWasmOptions): ChildProcess {
  const size = [...request.files.values()].reduce((sum, text) => sum + text.length, 0);
  const flags = [`--max-old-space-size=${options.heapMegabytes ?? 4096}`];
  // Windows gives the main thread a stack of fixed, smaller size.
  if (process.platform !== 'win32') flags.push(`--stack-size=${STACK_KILOBYTES}`);
  // V8's baseline compiler makes the 11 MB module ready in a third of the time of the optimising one, whose work is worth
  // its while for functions that run for long only: more of them than V8 thinks, by measurement.
  if (size < SMALL_SOURCE && options.expects !== 'much') flags.push('--liftoff-only');
  else flags.push(`--wasm-tiering-budget=${TIERING_BUDGET}`);
  const file = fileURLToPath(import.meta.url).replace(/noir-wasm(\.[jt]s)$/, 'noir-wasm-child$1');
  return fork(file, [], {
    execArgv: [...process.execArgv, ...flags],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

/** Sends the request; resolves to the reply, or to a crash when the process ends without one. */
function ask(child: ChildProcess, request: CompileRequest): Promise<CompileReply> {
  return new Promise(resolveReply => {
    let stderr = '';
    const listen = (chunk: Buffer): void => {
      stderr = (stderr + chunk.toString('utf8')).slice(-4000);
    };
    const answer = (reply: unknown): void => {
      child.stderr?.off('data', listen);
      child.off('message', answer).off('error', fail).off('close', end);
      resolveReply(reply as CompileReply);
    };
    const crash = (message: string): void => answer({ kind: 'crashed', message });
    const fail = (error: Error): void => crash(error.message);
    const end = (code: number | null, killer: string | null): void => {
      const ending = killer === null ? `exit code ${code}` : `signal ${killer}`;
      crash(`the process ended with ${ending}\n${stderr}`.trim());
    };
    child.stderr?.on('data', listen);
    child.on('message', answer).on('error', fail).on('close', end);
    child.send(request, () => {});
  });
}

function failureOf(reply: Exclude<CompileReply, { kind: 'compiled' }>, name: string): BionoirError {
  switch (reply.kind) {
    case 'rejected':
      return compileFailed(name, reply.diagnostics);
    case 'unreadable':
      return new BionoirError(
        'COMPILE_FAILED',
        `The Noir package '${name}' cannot be read: ${reply.message}. A package is a folder with Nargo.toml and src/main.nr.`,
        { details: { name, message: reply.message } },
      );
    case 'crashed':
      return new BionoirError('COMPILER_CRASHED', crashMessage(name, reply.message), {
        details: { name, message: reply.message },
      });
    default:
      return reply satisfies never;
  }
}

function crashMessage(name: string, message: string): string {
  const first = message.split('\n')[0] as string;
  if (/out of memory|memory allocation|Array buffer allocation|heap limit/i.test(message)) {
    return (
      `The Noir compiler ran out of memory on package '${name}' (${first}). ` +
      'WebAssembly can address 4 GB: mark large functions #[fold], split the package, or compile with nargo.'
    );
  }
  // "memory access out of bounds" is what Rust's stack inside WebAssembly gives when it runs into the heap.
  if (/call stack|stack overflow|memory access out of bounds/i.test(message)) {
    return (
      `The Noir compiler ran out of stack on package '${name}' (${first}). ` +
      'Break up very long or deeply nested expressions, or compile with nargo.'
    );
  }
  if (/range end index \d+ out of range for slice/.test(message)) {
    return (
      `The Noir compiler crashed on package '${name}': ${message}. ` +
      'It numbers #[fold] functions in two ways, which agree only for those that main names: name them all in main, as generated packages do in circuits.nr.'
    );
  }
  return (
    `The Noir compiler crashed on package '${name}': ${message}. ` +
    'This is a fault of the compiler: simplify the source near the place it names, or compile with nargo.'
  );
}

function aborted(name: string): BionoirError {
  return new BionoirError('ABORTED', `Compiling the Noir package '${name}' was stopped on request.`, {
    details: { name },
  });
}

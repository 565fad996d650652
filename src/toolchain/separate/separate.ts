/**
 * Separate compilation: a compiler that takes a large package apart (plan.ts), compiles the parts at once and apart from one
 * another, keeps each in a cache, and links them. A change of one layer compiles that layer alone.
 *
 * The result is the program of the whole package: the same constraints, from the same sources. Large packages that cannot
 * be taken apart are compiled whole, and kept as well; small ones, which take seconds, are neither taken apart nor kept.
 */
import { availableParallelism, totalmem } from 'node:os';
import { BionoirError } from '../../errors.ts';
import type { NoirPackage } from '../../noir/types.ts';
import { MANIFEST, normalManifest } from '../manifest.ts';
import { readPackage } from '../read-package.ts';
import type { CompileOptions, Diagnostic, NoirArtifact, NoirToolchain } from '../types.ts';
import { type CompileCache, type Compiled, cacheKey } from './cache.ts';
import { errorOfSource, warningsOf } from './diagnostics.ts';
import { type Plan, planUnits, type Unit, type UnitExport } from './plan.ts';
import { originalOffset } from './stub.ts';

/** A part of a package for a linker; see `linkArtifacts` of converters/nargo-to-acir. */
export interface LinkerPart {
  readonly artifact: NoirArtifact;
  readonly exports: readonly UnitExport[];
  readonly sources: ReadonlyMap<
    string,
    { readonly source: string; readonly originalOffset: (offset: number) => number }
  >;
}

/** Makes one artifact of the parts of a package. */
export type Linker = (parts: readonly [LinkerPart, ...LinkerPart[]]) => NoirArtifact;

/** A compiler whose processes are kept for several packages. */
export interface CompilerSession extends NoirToolchain {
  close(): void;
}

export interface SeparateOptions {
  /** Compiler and version: what cached results depend on besides sources. */
  readonly compiler: string;
  /** Starts a compiler for one package, or for many parts of one. */
  readonly startSession: (work: 'whole' | 'parts') => CompilerSession;
  readonly link: Linker;
  readonly cache?: CompileCache;
  /** 'auto': packages with more source than a process compiles in about ten seconds are taken apart. */
  readonly parts?: 'auto' | 'always' | 'never';
  /** Compilers at once; as many as processors and memory allow when left out. */
  readonly compilerCount?: number;
}

/** Characters of source from which on taking apart pays. */
const LARGE_SOURCE = 400_000;
/** What a compiler's process takes at most with the largest parts that the generator makes. */
const COMPILER_BYTES = 1.5e9;
const MAX_COMPILERS = 8;
/** Characters that a process compiles before another one takes its place: WebAssembly gives no memory back. */
const SESSION_SOURCE = 4_000_000;

/** Returns the compiler. */
export function separateCompiler(options: SeparateOptions): NoirToolchain {
  return {
    name: 'noir_wasm',
    compile: (source, compileOptions = {}) =>
      compile(
        { options, compileOptions },
        typeof source === 'string' ? readPackage(source) : normalPackage(source),
      ),
  };
}

/** The package as it would be read from a folder, so that the cache knows it again. */
function normalPackage({ name, files }: NoirPackage): NoirPackage {
  const normal = [...files].map(([path, text]): [string, string] => [
    path,
    path.endsWith(MANIFEST) ? normalManifest(path, text, name) : text,
  ]);
  return { name, files: new Map(normal) };
}

interface Run {
  readonly options: SeparateOptions;
  readonly compileOptions: CompileOptions;
}

async function compile(run: Run, source: NoirPackage): Promise<NoirArtifact> {
  const { options, compileOptions } = run;
  if (options.parts !== 'always' && ownSize(source) < LARGE_SOURCE)
    return tell(compileOptions, await compileWhole(run, source));
  const key = cacheKey(options.compiler, source);
  const known = await options.cache?.get(key);
  if (known !== undefined) {
    compileOptions.onProgress?.('everything as in an earlier run', 1);
    return tell(compileOptions, known);
  }
  const compiled = (await compileParts(run, source)) ?? (await compileWhole(run, source));
  await options.cache?.put(key, compiled);
  return tell(compileOptions, compiled);
}

function tell({ onWarning }: CompileOptions, { artifact, warnings }: Compiled): NoirArtifact {
  for (const warning of warnings) onWarning?.(warning);
  return artifact;
}

async function compileWhole({ options, compileOptions }: Run, source: NoirPackage): Promise<Compiled> {
  const session = options.startSession('whole');
  try {
    return await compileIn(session, source, compileOptions);
  } finally {
    session.close();
  }
}

async function compileIn(
  session: CompilerSession,
  source: NoirPackage,
  { signal }: CompileOptions,
): Promise<Compiled> {
  const warnings: Diagnostic[] = [];
  const artifact = await session.compile(source, {
    onWarning: warning => warnings.push(warning),
    ...(signal === undefined ? {} : { signal }),
  });
  return { artifact, warnings };
}

/** Undefined when the package is better compiled whole. */
async function compileParts(run: Run, source: NoirPackage): Promise<Compiled | undefined> {
  const { options, compileOptions } = run;
  const { parts = 'auto' } = options;
  const plan = parts === 'never' ? undefined : planUnits(source);
  if (plan === undefined || (parts === 'auto' && plan.length < 3)) return undefined;
  try {
    const compiled = await compileUnits(run, plan);
    const linked = plan.map((unit, index) =>
      linkerPart(source, unit, (compiled[index] as Compiled).artifact),
    );
    return {
      artifact: options.link(linked as [LinkerPart, ...LinkerPart[]]),
      warnings: plan.flatMap((unit, index) => warningsOf(unit, compiled[index] as Compiled)),
    };
  } catch (error) {
    if (!(error instanceof BionoirError) || !isOfParts(error)) throw error;
    compileOptions.onNotice?.(
      `The package cannot be compiled layer by layer (${error.message.split('\n').slice(0, 2).join(' ').trim()}); it is compiled as a whole, which takes longer.`,
    );
    return undefined;
  }
}

function ownSize({ files }: NoirPackage): number {
  return [...files].reduce((sum, [path, text]) => sum + (path.startsWith('src/') ? text.length : 0), 0);
}

/** An error of a part that compiling the whole package may not have. */
class UnitError extends BionoirError {
  constructor({ code, message, details }: BionoirError) {
    super(code, message, { details });
  }
}

function isOfParts(error: BionoirError): boolean {
  return (
    error instanceof UnitError || error.code === 'MALFORMED_ARTIFACT' || error.code === 'MALFORMED_PROGRAM'
  );
}

/** Compiles what the cache does not hold, several at once. */
async function compileUnits(run: Run, plan: Plan): Promise<Compiled[]> {
  const { options, compileOptions } = run;
  const keys = plan.map(unit => cacheKey(options.compiler, unit.noirPackage));
  const results: (Compiled | undefined)[] = [];
  const progress = startProgress(plan, compileOptions);
  for (const [index, key] of keys.entries()) {
    results[index] = await options.cache?.get(key);
    if (results[index] !== undefined) progress(index, 'as in an earlier run');
  }
  // the largest first, so that none is left alone at the end
  const queue = plan
    .map((_, index) => index)
    .filter(index => results[index] === undefined)
    .sort((left, right) => (plan[right]?.size ?? 0) - (plan[left]?.size ?? 0));
  const stop = new AbortController();
  const signal =
    compileOptions.signal === undefined ? stop.signal : AbortSignal.any([compileOptions.signal, stop.signal]);
  const work = async (): Promise<void> => {
    const workshop = startWorkshop(() => options.startSession('parts'));
    try {
      for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
        const unit = plan[index] as Unit;
        const compiled = await compileUnit(workshop(unit.size), unit, signal);
        await options.cache?.put(keys[index] as string, compiled);
        results[index] = compiled;
        progress(index, 'compiled');
      }
    } catch (error) {
      stop.abort();
      throw error;
    } finally {
      workshop('close');
    }
  };
  const workers = Array.from({ length: Math.min(queue.length, compilerCount(options)) }, work);
  const outcomes = await Promise.allSettled(workers);
  const reasons = outcomes.flatMap(outcome =>
    outcome.status === 'rejected' ? [outcome.reason as Error] : [],
  );
  // the others were stopped because of the one that failed
  const failure = reasons.find(reason => (reason as BionoirError).code !== 'ABORTED') ?? reasons[0];
  if (failure !== undefined) throw failure;
  return results as Compiled[];
}

/** Gives the session for the next unit, a new one now and then; 'close' ends the last one. */
function startWorkshop(startSession: () => CompilerSession): (next: number | 'close') => CompilerSession {
  let session: CompilerSession | undefined;
  let compiled = 0;
  return next => {
    if (next === 'close' || compiled > SESSION_SOURCE) {
      session?.close();
      session = undefined;
      compiled = 0;
    }
    if (next !== 'close') compiled += next;
    session ??= startSession();
    return session;
  };
}

function compilerCount({ compilerCount: chosen }: SeparateOptions): number {
  return (
    chosen ??
    Math.max(1, Math.min(MAX_COMPILERS, availableParallelism(), Math.floor(totalmem() / 2 / COMPILER_BYTES)))
  );
}

/** Tells how far compiling is, by the sizes of the units. */
function startProgress(plan: Plan, { onProgress }: CompileOptions): (index: number, how: string) => void {
  const total = plan.reduce((sum, { size }) => sum + size, 0);
  let [done, count] = [0, 0];
  return (index, how) => {
    const { name, size } = plan[index] as Unit;
    done += size;
    count += 1;
    onProgress?.(`${name} ${how} (${count} of ${plan.length})`, done / total);
  };
}

async function compileUnit(session: CompilerSession, unit: Unit, signal: AbortSignal): Promise<Compiled> {
  try {
    return await compileIn(session, unit.noirPackage, { signal });
  } catch (error) {
    const isCompilers = error instanceof BionoirError && /^COMPILE/.test(error.code);
    throw isCompilers ? (errorOfSource(unit, error) ?? new UnitError(error)) : error;
  }
}

function linkerPart({ name }: NoirPackage, { rewritten, exports }: Unit, artifact: NoirArtifact): LinkerPart {
  const sources = [...rewritten].flatMap(([path, text]) =>
    text === undefined
      ? []
      : [
          [
            `/${name}/${path}`,
            { source: text.original, originalOffset: (offset: number) => originalOffset(text, offset) },
          ] as const,
        ],
  );
  return { artifact, exports, sources: new Map(sources) };
}

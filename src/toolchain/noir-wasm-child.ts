/**
 * The process that runs noir_wasm for noir-wasm.ts: reads a request, compiles, replies; ends with its parent's channel.
 *
 * It is a process because a panic or a stack overflow leaves the WebAssembly instance broken for good, because WebAssembly
 * memory is never given back, and because compiling blocks its thread for as long as a minute.
 */
import { createRequire } from 'node:module';
import type { CompileReply, CompileRequest } from './child-protocol.ts';
import { lineAndColumn } from './positions.ts';
import type { Diagnostic, NoirArtifact } from './types.ts';

/** What noir_wasm asks of its file manager when it compiles. */
interface FileManager {
  getDataDir(): string;
  readFile(path: string, encoding?: 'utf-8'): Promise<Uint8Array | string>;
  readdir(path: string, options?: { recursive: boolean }): Promise<string[]>;
  hasFileSync(path: string): boolean;
}

interface RawDiagnostic {
  readonly message: string;
  /** Absent for errors of a whole crate. */
  readonly file?: string;
  readonly secondaries: readonly { readonly message: string; readonly start: number; readonly end: number }[];
}

/** A remark of the circuit generator: the name of its kind, and source spans, innermost last. */
type RawRemark = Readonly<
  Record<
    string,
    {
      readonly call_stack?: readonly { readonly file: number; readonly span: { readonly start: number } }[];
    }
  >
>;

/** A warning, or a "bug": something of the program that cannot be meant, such as an assertion that always fails. */
type RawWarning = { readonly Warning: RawRemark } | { readonly Bug: RawRemark };

interface NoirWasm {
  compile_program(
    files: FileManager,
    projectPath: string | undefined,
    log: (text: string) => void,
    debugLog: (text: string) => void,
  ): Promise<{ readonly program: NoirArtifact; readonly warnings: readonly (RawDiagnostic | RawWarning)[] }>;
}

/** Texts that the compiler wrote to the console: a panic's message and place are among them. */
const consoleErrors: string[] = [];
/** Every source text that the compiler was given, by path: diagnostics are located in it. */
const sources = new Map<string, string>();

captureConsole();
process.once('disconnect', () => process.exit());
process.on('message', (request: CompileRequest) => {
  sources.clear();
  consoleErrors.length = 0;
  compile(request).then(reply => process.send?.(reply));
});

function captureConsole(): void {
  console.log = () => {};
  console.info = () => {};
  console.debug = () => {};
  console.warn = () => {};
  console.error = (...values: unknown[]) => void consoleErrors.push(values.map(String).join(' '));
}

async function compile(request: CompileRequest): Promise<CompileReply> {
  const noir = createRequire(import.meta.url)('@noir-lang/noir_wasm') as NoirWasm;
  const files = packageFiles(request);
  const root = `${files.getDataDir()}/`;
  try {
    const silent = (): void => {};
    const { program, warnings } = await noir.compile_program(recording(files), undefined, silent, silent);
    const diagnostics = warnings.map(raw =>
      'secondaries' in raw ? located(raw, root) : circuitWarning(raw, program, root),
    );
    return { kind: 'compiled', artifact: program, warnings: diagnostics };
  } catch (error) {
    return failure(error, root);
  }
}

function failure(error: unknown, root: string): CompileReply {
  const diagnostics = (error as { cause?: { diagnostics?: RawDiagnostic[] } }).cause?.diagnostics;
  if (diagnostics) return { kind: 'rejected', diagnostics: diagnostics.map(raw => located(raw, root)) };
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
    return { kind: 'crashed', message: [message, ...consoleErrors.map(panicText)].join('\n') };
  }
  return { kind: 'unreadable', message };
}

/** A panic's text without the JavaScript stack that wasm-bindgen appends. */
function panicText(text: string): string {
  return (text.split('\n\nStack:')[0] as string).trim();
}

/** Serves a package in memory under the folder /<name>, so that no path of this machine gets into the artifact. */
function packageFiles(request: CompileRequest): FileManager {
  const root = `/${request.name}`;
  const files = new Map([...request.files].map(([path, text]) => [`${root}/${path}`, text]));
  const absolute = (path: string): string => (path.startsWith('/') ? path : `${root}/${path}`);
  return {
    getDataDir: () => root,
    hasFileSync: path => files.has(absolute(path)),
    readFile: async path => {
      const text = files.get(absolute(path));
      if (text === undefined)
        throw new Error(`the package has no file ${absolute(path).slice(root.length + 1)}`);
      return text;
    },
    readdir: async path => [...files.keys()].filter(file => file.startsWith(`${absolute(path)}/`)),
  };
}

/** The same files; remembers each Noir source that was read. */
function recording(files: FileManager): FileManager {
  return {
    getDataDir: () => files.getDataDir(),
    hasFileSync: path => files.hasFileSync(path),
    readdir: (path, options) => files.readdir(path, options),
    readFile: async (path, encoding) => {
      const text = await files.readFile(path, encoding);
      if (path.endsWith('.nr')) sources.set(path, String(text));
      return text;
    },
  };
}

function located(raw: RawDiagnostic, root: string): Diagnostic {
  const place = raw.secondaries[0];
  const note = place && place.message !== '' && place.message !== raw.message ? ` (${place.message})` : '';
  const message = raw.message + note;
  if (raw.file === undefined) return { message, file: root.slice(1, -1) };
  const path = sourcePath(raw.file, root);
  const shown = path ?? raw.file;
  const file = shown.startsWith(root) ? shown.slice(root.length) : shown;
  const text = path === undefined ? undefined : sources.get(path);
  return place && text !== undefined
    ? { message, file, ...lineAndColumn(text, place.start) }
    : { message, file };
}

/** "ConstantReturn" and a span become "constant return" and a line. */
function circuitWarning(raw: RawWarning, artifact: NoirArtifact, root: string): Diagnostic {
  const warning = 'Warning' in raw ? raw.Warning : raw.Bug;
  const [[kind, { call_stack: callStack }] = ['unknown', {}]] = Object.entries(warning);
  const message = kind.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  const place = callStack?.at(-1);
  const source = place && artifact.file_map[String(place.file)];
  if (!source) return { message, file: root.slice(1, -1) };
  const file = source.path.startsWith(root) ? source.path.slice(root.length) : source.path;
  return { message, file, ...lineAndColumn(source.source, place.span.start) };
}

/** The compiler names a library's file <alias>/<path inside src>; finds the file that was read for it. */
function sourcePath(file: string, root: string): string | undefined {
  if (sources.has(file)) return file;
  const insideSrc = `/src${file.slice(file.indexOf('/'))}`;
  const main = `${root.slice(0, -1)}${insideSrc}`;
  return [...sources.keys()].find(path => path.endsWith(insideSrc) && path !== main);
}

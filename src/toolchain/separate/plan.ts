/**
 * How a package is taken apart: its root, in which every folded function of a separable module is a stub, and a small
 * package for each such module, whose main calls its folded functions, all of them, once.
 *
 * A package is taken apart by its texts alone. What is not as plain as generated packages are (macros, folded functions
 * with generics or structs, modules that name their parents) stays in the root, which is always right.
 */
import type { NoirPackage } from '../../noir/types.ts';
import {
  elementsOf,
  type FoldedFunction,
  looksOutside,
  namesUsed,
  type RewrittenText,
  type SeparableModule,
  separableModule,
  stubModule,
  withoutComments,
} from './stub.ts';

/** One compilation. */
export interface Unit {
  /** The module as people know it: `main`, `conv_1`, `dense_2/units_0_to_63`. */
  readonly name: string;
  readonly noirPackage: NoirPackage;
  /** Folded functions that main calls, in the order of its parameters; none in the root. */
  readonly exports: readonly UnitExport[];
  /** Files that are not the package's own text, by path; without an original where there is none. */
  readonly rewritten: ReadonlyMap<string, RewrittenText | undefined>;
  /** Characters of source outside libraries: how long it takes. */
  readonly size: number;
}

export interface UnitExport {
  readonly tag: bigint;
  /** The first witness of its first parameter in the unit's main. */
  readonly firstInput: number;
}

/** The compilations of a package; the root comes first. */
export type Plan = readonly [root: Unit, ...units: Unit[]];

/** Takes a package apart; undefined when nothing of it can be compiled apart. */
export function planUnits(source: NoirPackage): Plan | undefined {
  const modules = separableModules(source.files);
  if (modules.size === 0 || hasEqualTags(modules)) return undefined;
  const parts: Parts = { source, modules };
  return [rootUnit(parts), ...[...modules.keys()].map(path => moduleUnit(parts, path))];
}

interface Parts {
  readonly source: NoirPackage;
  /** By path. */
  readonly modules: ReadonlyMap<string, SeparableModule>;
}

const MAIN = 'src/main.nr';

function isModule(path: string): boolean {
  return path.startsWith('src/') && path.endsWith('.nr') && path !== MAIN;
}

function separableModules(files: ReadonlyMap<string, string>): Map<string, SeparableModule> {
  const reached = reachedModules(files); // others may be left from an earlier package in the same folder
  const paths = [...files.keys()].filter(path => isModule(path) && reached.has(path));
  const modules = new Map<string, SeparableModule>();
  for (const path of paths) {
    if (!haveModules(files, path)) continue;
    const inside = paths.filter(other => other === path || isInside(other, path));
    if (inside.some(other => looksOutside(files.get(other) ?? ''))) continue;
    const module = separableModule(path, files.get(path) ?? '');
    if (module !== undefined) modules.set(path, module);
  }
  return modules;
}

/** Whether all modules around a file are files named after them. */
function haveModules(files: ReadonlyMap<string, string>, path: string): boolean {
  return ancestorsOf(path).every(ancestor => files.has(ancestor)) && !path.endsWith('/mod.nr');
}

function hasEqualTags(modules: ReadonlyMap<string, SeparableModule>): boolean {
  const tags = [...modules.values()].flatMap(({ folded }) => folded.map(({ tag }) => tag));
  return new Set(tags).size !== tags.length;
}

/** src/a/b.nr is inside src/a.nr. */
function isInside(path: string, module: string): boolean {
  return path.startsWith(`${module.slice(0, -'.nr'.length)}/`);
}

/** src/a/b/c.nr has the ancestors src/a.nr and src/a/b.nr. */
function ancestorsOf(path: string): string[] {
  const names = moduleNames(path);
  return names.slice(1).map((_, depth) => `src/${names.slice(0, depth + 1).join('/')}.nr`);
}

function moduleNames(path: string): string[] {
  return path.slice('src/'.length, -'.nr'.length).split('/');
}

function rootUnit(parts: Parts): Unit {
  const own = [...parts.source.files.keys()].filter(path => isModule(path) || path === MAIN);
  return unitOf(parts, { name: 'main', own, made: new Map(), exports: [] });
}

function moduleUnit(parts: Parts, path: string): Unit {
  const own = [...parts.source.files.keys()].filter(
    other => other === path || (isModule(other) && isInside(other, path)),
  );
  const names = moduleNames(path);
  const { folded } = parts.modules.get(path) as SeparableModule; // a key of the map
  const made = new Map<string, string>([[MAIN, unitMain(names, folded)]]);
  for (const [depth, ancestor] of ancestorsOf(path).entries())
    made.set(ancestor, `pub(crate) mod ${names[depth + 1]};\n`);
  let firstInput = 0;
  const exports = folded.map(({ tag, parameters }) => {
    const entry = { tag, firstInput };
    firstInput += parameters.reduce((sum, { type }) => sum + elementsOf(type), 0);
    return entry;
  });
  return unitOf(parts, { name: names.join('/'), own, made, exports, verbatim: path });
}

function unitMain(names: readonly string[], folded: readonly FoldedFunction[]): string {
  const parameters = folded.flatMap((each, index) =>
    each.parameters.map(({ type }, position) => `x${index}_${position}: ${type}`),
  );
  const calls = folded.map(
    (each, index) =>
      `${names.join('::')}::${each.name}(${each.parameters.map((_, position) => `x${index}_${position}`).join(', ')})`,
  );
  const types = folded.map(({ returns }) => returns);
  const [returns, result] =
    folded.length === 1 ? [types[0], calls[0]] : [`(${types.join(', ')})`, `(${calls.join(', ')})`];
  return `mod ${names[0]};\n\nfn main(${parameters.join(', ')}) -> pub ${returns} {\n    ${result}\n}\n`;
}

interface UnitDraft {
  readonly name: string;
  /** Paths of the package's modules that belong to the unit. */
  readonly own: readonly string[];
  /** Texts of the unit's own making. */
  readonly made: ReadonlyMap<string, string>;
  readonly exports: readonly UnitExport[];
  /** The separable module that is compiled; all others are stubs. */
  readonly verbatim?: string;
}

function unitOf({ source, modules }: Parts, { name, own, made, exports, verbatim }: UnitDraft): Unit {
  const textOf = (path: string): string => source.files.get(path) ?? '';
  const stubbed = own
    .filter(path => modules.has(path) && path !== verbatim)
    .sort((a, b) => a.length - b.length);
  const outside = own
    .filter(path => !stubbed.some(stub => path === stub || isInside(path, stub)))
    .map(textOf);
  const texts = new Map<string, string>(made);
  const rewritten = new Map<string, RewrittenText | undefined>(
    [...made.keys()].map(path => [path, undefined]),
  );
  const add = (path: string, text: RewrittenText): void => {
    texts.set(path, text.text);
    rewritten.set(path, text);
  };
  for (const path of stubbed) {
    const module = moduleNames(path).at(-1) ?? '';
    const wanted = new Set(outside.flatMap(text => [...namesUsed(text, module)]));
    const stub = stubModule(textOf(path), modules.get(path) as SeparableModule, wanted);
    outside.push(stub.text);
    add(path, stub);
  }
  for (const path of own) if (!texts.has(path)) add(path, withoutComments(textOf(path)));
  const dropped = new Set(stubbed.flatMap(path => own.filter(other => isInside(other, path))));
  for (const path of reachedModules(texts)) dropped.delete(path);
  const library = [...source.files].filter(([path]) => !isModule(path) && path !== MAIN);
  const modulesKept = [...texts].filter(([path]) => !dropped.has(path));
  const size = modulesKept.reduce((sum, [, text]) => sum + text.length, 0);
  return {
    name,
    noirPackage: { name: source.name, files: new Map([...library, ...modulesKept]) },
    exports,
    rewritten,
    size,
  };
}

/** Files that `mod` items lead to from main. */
function reachedModules(texts: ReadonlyMap<string, string>): Set<string> {
  const reached = new Set([MAIN]);
  for (const path of reached) {
    const folder = path === MAIN ? 'src' : path.slice(0, -'.nr'.length);
    for (const [, name] of (texts.get(path) ?? '').matchAll(/\bmod\s+(\w+)\s*;/g)) {
      const child = `${folder}/${name}.nr`;
      if (texts.has(child)) reached.add(child);
    }
  }
  return reached;
}

/**
 * Stubs: a module without the bodies of its folded functions, so that what calls them compiles in no time, and without
 * whatever only those bodies needed, weights above all.
 *
 * A stub asserts that its first input is its tag, a number of its own: in the compiled program that names the function it
 * stands for, whatever the compiler makes of names. Like what it stands for, it constrains its inputs, so the compiler
 * treats calls of both alike.
 */
import { createHash } from 'node:crypto';
import { type Item, itemsOf, maskText, silentStretches, wordsOf } from './noir-items.ts';

/** A folded function that can be compiled apart from its callers: field elements in, field elements out. */
export interface FoldedFunction {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
  readonly returns: string;
  /** What its stub asserts of its first input. */
  readonly tag: bigint;
}

/** A module whose folded functions can be compiled apart. */
export interface SeparableModule {
  readonly items: readonly Item[];
  readonly folded: readonly FoldedFunction[];
}

/** A text that stands for another one in a compilation. */
export interface RewrittenText {
  readonly text: string;
  readonly original: string;
  /** Whether more than comments is missing. */
  readonly isStub: boolean;
  /** Names of the items that are missing. */
  readonly dropped: readonly string[];
  /** Runs of bytes that both have, in order. */
  readonly runs: readonly { readonly at: number; readonly originalAt: number; readonly length: number }[];
}

/** Takes a module apart; undefined when it has no folded function, or cannot be taken apart by looking at it alone. */
export function separableModule(path: string, text: string): SeparableModule | undefined {
  if (!text.includes('#[fold]')) return undefined;
  const items = itemsOf(text);
  const folded = items?.filter(item => item.attributes.includes('fold')) ?? [];
  if (items === undefined || folded.length === 0) return undefined;
  if (
    items.some(
      ({ attributes, head }) =>
        (attributes.join() > '' && attributes.join() !== 'fold') || /\bcomptime\b/.test(head),
    )
  )
    return undefined;
  const functions = folded.map(item => foldedFunction(path, item));
  const plain = functions.filter(each => each !== undefined);
  return plain.length === functions.length ? { items, folded: plain } : undefined;
}

/** Whether a text names modules beyond its own: those that contain it, or the package's root. */
export function looksOutside(text: string): boolean {
  return /\b(crate|super)\b/.test(maskText(text).replace(/\bpub\s*\(\s*crate\s*\)/g, ''));
}

function foldedFunction(
  path: string,
  { name, head, attributes, bodyStart }: Item,
): FoldedFunction | undefined {
  const match = /^pub(?:\(crate\))?\s+fn\s+\w+\s*\(([^()]*)\)\s*->\s*([^{}]*?)\s*$/.exec(head);
  if (!match || bodyStart < 0 || attributes.length !== 1) return undefined;
  const parameters = (match[1] as string)
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(part => {
      const [parameter = '', type = ''] = part.split(':').map(piece => piece.trim());
      return { name: parameter, type };
    });
  const returns = match[2] as string;
  const isPlain = parameters.every(each => /^\w+$/.test(each.name) && isFieldTensor(each.type));
  if (!isPlain || parameters.length === 0 || !isFieldTensor(returns)) return undefined;
  return { name, parameters, returns, tag: tagOf(path, name) };
}

/** `Field`, or nested arrays of it whose lengths are written out. */
function isFieldTensor(type: string): boolean {
  const inner = /^\[(.*);\s*[1-9]\d*\]$/.exec(type)?.[1];
  return inner === undefined ? type === 'Field' : isFieldTensor(inner.trim());
}

/** Field elements of a tensor type. */
export function elementsOf(type: string): number {
  return (type.match(/\d+/g) ?? []).reduce((product, size) => product * Number(size), 1);
}

/** 60 bits of a hash: no two functions of a package share them but by a miracle, and then linking refuses. */
function tagOf(path: string, name: string): bigint {
  return BigInt(`0x${createHash('sha256').update(`${path}:${name}`).digest('hex').slice(0, 15)}`);
}

/**
 * The module with stubs, and with just those other items that are still reachable from `wanted`, the names that other files
 * use of it.
 */
export function stubModule(
  text: string,
  { items, folded }: SeparableModule,
  wanted: ReadonlySet<string>,
): RewrittenText {
  const kept = keptItems(text, items, wanted);
  const edits = items.flatMap(item => {
    const stub = folded.find(each => each.name === item.name && item.attributes.includes('fold'));
    if (stub !== undefined) return [{ start: item.bodyStart, end: item.end, text: stubBody(stub) }];
    return kept.has(item) ? [] : [{ start: item.start, end: item.end, text: '' }];
  });
  const comments = commentEdits(text).filter(
    ({ start }) => !edits.some(edit => edit.start <= start && start < edit.end),
  );
  const all = [...edits, ...comments].sort((left, right) => left.start - right.start);
  const dropped = items
    .filter(item => !kept.has(item))
    .flatMap(({ kind, name, head }) => (kind === 'use' ? importedNames(head) : name));
  return { ...rewrite(text, all), isStub: true, dropped };
}

/** The text without comments, so that a change of comments alone compiles nothing again. */
export function withoutComments(text: string): RewrittenText {
  return { ...rewrite(text, commentEdits(text)), isStub: false, dropped: [] };
}

/** Comments, but for those that the compiler demands. One that has its lines to itself goes with them. */
function commentEdits(text: string): Edit[] {
  return silentStretches(text)
    .filter(({ isComment, start, end }) => isComment && !/safety:/i.test(text.slice(start, end)))
    .map(({ start, end }) => {
      const lineStart = text.lastIndexOf('\n', start - 1) + 1;
      const isAlone =
        text.slice(lineStart, start).trim() === '' && (text[end] === '\n' || end === text.length);
      return isAlone
        ? { start: lineStart, end: Math.min(end + 1, text.length), text: '' }
        : { start, end, text: '' };
    });
}

function stubBody({ parameters, returns, tag }: FoldedFunction): string {
  const [first] = parameters;
  const index = (first?.type.match(/;/g) ?? []).map(() => '[0]').join('');
  return `{ assert_eq(${first?.name}${index}, ${tag}); ${returns.replace('Field', '0')} }`;
}

/** Items that are reachable when folded functions have no bodies. Only functions, imports and modules are ever dropped. */
function keptItems(text: string, items: readonly Item[], wanted: ReadonlySet<string>): ReadonlySet<Item> {
  const mask = maskText(text);
  const kept = new Set<Item>();
  const words = new Set(wanted);
  const isNeeded = (item: Item): boolean => {
    if (item.attributes.includes('fold') || item.kind === 'other') return true;
    if (item.kind === 'use')
      return item.head.includes('*') || importedNames(item.head).some(name => words.has(name));
    return words.has(item.name);
  };
  for (let size = -1; size !== kept.size; ) {
    size = kept.size;
    for (const item of items) {
      if (kept.has(item) || !isNeeded(item)) continue;
      kept.add(item);
      const source = item.attributes.includes('fold') ? item.head : mask.slice(item.start, item.end);
      for (const word of wordsOf(source)) words.add(word);
    }
  }
  return kept;
}

/** What an import brings in: last names of its paths, or what they are called here. */
function importedNames(head: string): string[] {
  return [...head.matchAll(/(\w+)\s*(?=[,;}])/g)].map(([, name = '']) => name);
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Replaces parts of a text, which are in order and do not overlap. */
function rewrite(original: string, edits: readonly Edit[]): Omit<RewrittenText, 'isStub' | 'dropped'> {
  const pieces: string[] = [];
  const runs: { at: number; originalAt: number; length: number }[] = [];
  let [at, originalAt, from] = [0, 0, 0];
  const keep = (to: number): void => {
    const piece = original.slice(from, to);
    const length = Buffer.byteLength(piece);
    runs.push({ at, originalAt, length });
    pieces.push(piece);
    at += length;
    originalAt += length;
    from = to;
  };
  for (const { start, end, text } of edits) {
    keep(start);
    pieces.push(text);
    at += Buffer.byteLength(text);
    originalAt += Buffer.byteLength(original.slice(start, end));
    from = end;
  }
  keep(original.length);
  return { text: pieces.join(''), original, runs };
}

/** The byte of the original that a byte of the rewritten text stands for. */
export function originalOffset({ runs }: Pick<RewrittenText, 'runs'>, offset: number): number {
  const run = runs.findLast(({ at }) => at <= offset) ?? { at: 0, originalAt: 0, length: 0 };
  return run.originalAt + Math.min(offset - run.at, run.length);
}

/** Names that a text uses of a module: behind its own name, and in imports. */
export function namesUsed(source: string, module: string): Set<string> {
  const text = maskText(source);
  const names = new Set<string>();
  for (const [, name = ''] of text.matchAll(new RegExp(`\\b${module}\\s*::\\s*(\\w+)`, 'g'))) names.add(name);
  for (const [statement] of text.matchAll(/\buse\s[^;]*;/g)) {
    if (!wordsOf(statement).has(module)) continue;
    for (const word of wordsOf(statement)) names.add(word);
    // the module may have got another name
    if (/\*|\bas\b/.test(statement))
      for (const [, name = ''] of text.matchAll(/::\s*(\w+)/g)) names.add(name);
  }
  return names;
}

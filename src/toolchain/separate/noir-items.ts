/**
 * Top-level items of a Noir source text: as much of the grammar as taking a module apart needs. It is not a parser: what it
 * does not know is an item of kind 'other', which nobody takes apart.
 */

export type ItemKind = 'function' | 'module' | 'use' | 'global' | 'other';

export interface Item {
  readonly kind: ItemKind;
  /** Name of a function, module or global; empty for others. */
  readonly name: string;
  /** From the first attribute or doc comment on. */
  readonly start: number;
  /** Behind the closing brace or semicolon. */
  readonly end: number;
  /** The opening brace of a function's body; -1 for others. */
  readonly bodyStart: number;
  /** Attributes without their brackets, such as `fold`. */
  readonly attributes: readonly string[];
  /** What stands between attributes and body (or end), without comments. */
  readonly head: string;
}

/** A stretch of text. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Comments and strings of a text, in order. */
export function silentStretches(text: string): (Stretch & { readonly isComment: boolean })[] {
  const found: (Stretch & { isComment: boolean })[] = [];
  const opening = /\/\/|\/\*|"|\br#*"/g;
  for (let match = opening.exec(text); match; match = opening.exec(text)) {
    const [start, isComment] = [match.index, match[0].startsWith('/')];
    const end = endOfSilent(text, start);
    found.push({ start, end, isComment });
    opening.lastIndex = end;
  }
  return found;
}

/** The text with comments and strings blanked out, position by position. */
export function maskText(text: string): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end } of silentStretches(text)) {
    pieces.push(text.slice(from, start), text.slice(start, end).replace(/[^\n]/g, ' '));
    from = end;
  }
  pieces.push(text.slice(from));
  return pieces.join('');
}

/** Where the comment or string that begins here ends. */
function endOfSilent(text: string, at: number): number {
  if (text.startsWith('//', at)) {
    const end = text.indexOf('\n', at);
    return end < 0 ? text.length : end;
  }
  if (text.startsWith('/*', at)) return endOfBlockComment(text, at);
  if (text[at] === '"') return endOfString(text, at);
  const open = text.indexOf('"', at);
  const close = `"${text.slice(at + 1, open)}`;
  const end = text.indexOf(close, open + 1);
  return end < 0 ? text.length : end + close.length;
}

function endOfBlockComment(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (text.startsWith('/*', i)) depth += 1;
    else if (text.startsWith('*/', i)) depth -= 1;
    else continue;
    i += 1;
    if (depth === 0) return i + 1;
  }
  return text.length;
}

function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '"') return i + 1;
  }
  return text.length;
}

/** Items of a text in order; undefined when its brackets do not pair. */
export function itemsOf(text: string): readonly Item[] | undefined {
  const mask = maskText(text);
  const items: Item[] = [];
  for (let at = skipSpace(mask, 0); at < mask.length; at = skipSpace(mask, at)) {
    const item = itemAt(text, mask, at);
    if (item === undefined) return undefined;
    items.push(item);
    at = item.end;
  }
  return items;
}

function skipSpace(mask: string, at: number): number {
  let end = at;
  while (end < mask.length && /\s/.test(mask[end] as string)) end += 1;
  return end;
}

function itemAt(text: string, mask: string, start: number): Item | undefined {
  const attributes: string[] = [];
  let at = start;
  while (mask[at] === '#') {
    const end = matching(mask, mask.indexOf('[', at));
    if (end === undefined) return undefined;
    attributes.push(text.slice(mask.indexOf('[', at) + 1, end).trim());
    at = skipSpace(mask, end + 1);
  }
  const rest = mask.slice(at);
  const [, keyword = '', name = ''] =
    /^(?:pub(?:\(crate\))?\s+)?(?:comptime\s+)?(?:unconstrained\s+)?(?:mut\s+)?(fn|mod|use|global|\w+)\s+(\w+)?/.exec(
      rest,
    ) ?? [];
  const kind = KINDS[keyword] ?? 'other';
  const span = spanOf(mask, at, kind);
  if (span === undefined) return undefined;
  const head = mask.slice(at, span.body < 0 ? span.end : span.body);
  return {
    kind,
    name: kind === 'use' || kind === 'other' ? '' : name,
    start: withDocComments(text, start),
    end: span.end,
    bodyStart: kind === 'function' ? span.body : -1,
    attributes,
    head,
  };
}

const KINDS: Readonly<Record<string, ItemKind>> = {
  fn: 'function',
  mod: 'module',
  use: 'use',
  global: 'global',
};

/** The end of an item: its semicolon, or its brace (a `use` and a `global` may have braces before their semicolon). */
function spanOf(
  mask: string,
  start: number,
  kind: ItemKind,
): { readonly end: number; readonly body: number } | undefined {
  for (let at = start; at < mask.length; at++) {
    const char = mask[at] as string;
    if (char === ';') return { end: at + 1, body: -1 };
    if (char === ')' || char === ']' || char === '}') return undefined;
    if (char !== '(' && char !== '[' && char !== '{') continue;
    const close = matching(mask, at);
    if (close === undefined) return undefined;
    if (char === '{' && kind !== 'use' && kind !== 'global') return { end: close + 1, body: at };
    at = close;
  }
  return undefined;
}

/** The bracket that closes the one at `open`. */
function matching(mask: string, open: number): number | undefined {
  if (open < 0) return undefined;
  const closers: string[] = [];
  for (let at = open; at < mask.length; at++) {
    const char = mask[at] as string;
    const closer = BRACKETS[char];
    if (closer !== undefined) closers.push(closer);
    else if (char === ')' || char === ']' || char === '}') {
      if (closers.pop() !== char) return undefined;
      if (closers.length === 0) return at;
    }
  }
  return undefined;
}

const BRACKETS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** `///` lines above an item belong to it; `//!` lines to its module. */
function withDocComments(text: string, start: number): number {
  let from = start;
  for (;;) {
    const lineStart = text.lastIndexOf('\n', from - 2) + 1;
    if (from === 0 || text[from - 1] !== '\n' || !/^\s*\/\/\/(?!\/)/.test(text.slice(lineStart, from)))
      return from;
    from = lineStart;
  }
}

/** All words of a text that could be names. */
export function wordsOf(mask: string): Set<string> {
  return new Set(mask.match(/[A-Za-z_]\w*/g) ?? []);
}

/**
 * Debug symbols: base64 of raw deflate of `{ debug_infos: [one per circuit] }`, with spans in bytes of the UTF-8 sources
 * in `file_map`.
 *
 * Two layouts are read. Since call stacks became a tree: `location_tree.locations[i] = { parent, value: { span, file } }`
 * with an empty root, and `acir_locations[opcode] = i`. Before: `locations[opcode] = [{ span, file }, ...]`, outermost
 * first. The data only serves messages, so whatever else is found gives no location, never an error.
 *
 * Function names are not in there: the nearest `fn` above the place, which is wrong only inside nested functions.
 */
import type { SourceLocation } from '../../src/acir/types.ts';
import { decodeBase64 } from './base64.ts';
import { inflate } from './gzip.ts';
import { isRecord } from './json.ts';

/** Where an opcode comes from, outermost call first; empty when unknown. */
export type Locate = (functionIndex: number, opcodeIndex: number) => readonly SourceLocation[];

/** Deepest call stack that is followed. */
const MAX_STACK = 1024;

/**
 * Makes the look-up of source locations, outermost call first. Nothing is unpacked before the first question.
 * @param maxBytes most bytes that the symbols may unpack to; beyond, there are no locations
 */
export function makeLocate(symbols: unknown, fileMap: unknown, maxBytes: number): Locate {
  let infos: readonly unknown[] | undefined;
  const files = new Map<string, SourceFile | undefined>();
  const places = new Map<string, readonly SourceLocation[]>();
  const stacks = new Map<string, readonly SourceLocation[]>();
  const placeOf = ({ file: id, start }: Span): readonly SourceLocation[] =>
    remember(places, `${id}:${start}`, () => {
      const file = fileOf(files, fileMap, id);
      return file === undefined ? [] : [locationOf(file, start)];
    });
  return (functionIndex, opcodeIndex) => {
    infos ??= unpackSymbols(symbols, maxBytes);
    const spans = spansOf(infos[functionIndex], opcodeIndex);
    const key = spans.map(({ file, start }) => `${file}:${start}`).join();
    return remember(stacks, key, () => spans.flatMap(placeOf)); // equal stacks are one array: programs have few
  };
}

function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

/** Symbols of each circuit; none when the text cannot be read or unpacks to more than `maxBytes`. */
export function unpackSymbols(symbols: unknown, maxBytes = 2 ** 29): readonly unknown[] {
  const packed = typeof symbols === 'string' && symbols !== '' ? decodeBase64(symbols) : undefined;
  if (packed === undefined) return [];
  try {
    const bytes = inflate(packed, { what: 'debug symbols', code: 'MALFORMED_ARTIFACT', maxBytes });
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isRecord(json) && Array.isArray(json.debug_infos) ? json.debug_infos : [];
  } catch {
    return []; // unreadable symbols are as good as none
  }
}

interface Span {
  readonly file: string;
  /** Byte offset in the UTF-8 source. */
  readonly start: number;
}

function spansOf(info: unknown, opcodeIndex: number): readonly Span[] {
  if (!isRecord(info)) return [];
  if (isRecord(info.location_tree) && isRecord(info.acir_locations)) {
    return spansOfTree(info.location_tree.locations, info.acir_locations[opcodeIndex]);
  }
  const stack = isRecord(info.locations) ? info.locations[opcodeIndex] : undefined;
  return Array.isArray(stack) ? stack.flatMap(toSpan) : [];
}

function spansOfTree(nodes: unknown, leaf: unknown): readonly Span[] {
  if (!Array.isArray(nodes)) return [];
  const spans: Span[] = [];
  let index: unknown = leaf;
  while (typeof index === 'number' && spans.length < MAX_STACK) {
    const node: unknown = nodes[index];
    // The root stands for the program, not for a place in it.
    if (!isRecord(node) || typeof node.parent !== 'number') break;
    spans.push(...toSpan(node.value));
    index = node.parent;
  }
  return spans.reverse();
}

function toSpan(value: unknown): Span[] {
  if (!isRecord(value) || !isRecord(value.span)) return [];
  const { start } = value.span;
  if (typeof start !== 'number' || typeof value.file !== 'number') return [];
  return [{ file: String(value.file), start }];
}

interface SourceFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Byte offset of each line's first character. */
  readonly lineStarts: readonly number[];
  readonly functions: readonly { readonly name: string; readonly start: number }[];
}

function fileOf(
  files: Map<string, SourceFile | undefined>,
  fileMap: unknown,
  id: string,
): SourceFile | undefined {
  if (!files.has(id)) files.set(id, isRecord(fileMap) ? toFile(fileMap[id]) : undefined);
  return files.get(id);
}

function toFile(entry: unknown): SourceFile | undefined {
  if (!isRecord(entry) || typeof entry.source !== 'string' || typeof entry.path !== 'string')
    return undefined;
  const bytes = new TextEncoder().encode(entry.source);
  const lineStarts = [0];
  bytes.forEach((byte, at) => {
    if (byte === 0x0a) lineStarts.push(at + 1);
  });
  return { path: entry.path, bytes, lineStarts, functions: functionsOf(bytes) };
}

/** Names and byte offsets of the functions in a source, comments left out. */
function functionsOf(bytes: Uint8Array): SourceFile['functions'] {
  const text = new TextDecoder('latin1').decode(bytes); // one character per byte, so that indices are byte offsets
  const code = text.replace(/\/\/[^\n]*/g, comment => ' '.repeat(comment.length));
  return Array.from(code.matchAll(/\bfn\s+([A-Za-z_]\w*)/g), match => ({
    name: match[1] as string,
    start: match.index,
  }));
}

function locationOf(file: SourceFile, start: number): SourceLocation {
  const line = lastAtOrBefore(file.lineStarts, start);
  const lineStart = file.lineStarts[line] as number;
  const before = new TextDecoder().decode(file.bytes.subarray(lineStart, start));
  const place = { file: file.path, line: line + 1, column: [...before].length + 1 };
  const owner = file.functions.findLast(candidate => candidate.start <= start);
  return owner === undefined ? place : { ...place, functionName: owner.name };
}

/** Index of the last entry that is not above `value`; the entries ascend from 0. */
function lastAtOrBefore(entries: readonly number[], value: number): number {
  let [low, high] = [0, entries.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((entries[middle] as number) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

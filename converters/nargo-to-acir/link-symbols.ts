/**
 * Debug symbols and file map of a linked program (link.ts): each circuit keeps its symbols, cut to the places that its
 * opcodes name, with the files and unconstrained functions of all parts numbered together.
 *
 * Only the layout with location trees is written. Of anything else a circuit has no symbols, which is not an error.
 */
import { deflateSync } from 'fflate';
import { encodeBase64 } from './base64.ts';
import { unpackSymbols } from './debug-symbols.ts';
import { isRecord } from './json.ts';
import type { LinkPart } from './link.ts';

/** The text that errors should speak of, for a text that was compiled in its stead. */
export interface LinkSource {
  readonly source: string;
  /** The byte of `source` that a byte of the compiled text stands for. */
  originalOffset(offset: number): number;
}

/** A circuit of the linked program. */
export interface LinkedCircuit {
  readonly part: number;
  readonly index: number;
  /** The linked index of an unconstrained function of its part. */
  unconstrained(id: number): number;
}

interface FileEntry {
  readonly path: string;
  readonly source: string;
}

interface Files {
  readonly entries: Record<string, FileEntry>;
  readonly ids: Map<string, number>;
}

/** The symbols and sources of the circuits, in the order of the linked program. */
export function linkSymbols(
  parts: readonly LinkPart[],
  circuits: readonly LinkedCircuit[],
): { readonly debug_symbols: string; readonly file_map: Readonly<Record<string, FileEntry>> } {
  const infos = parts.map(({ artifact }) => unpackSymbols(artifact.debug_symbols));
  const files: Files = { entries: {}, ids: new Map() };
  const linked = circuits.map(circuit =>
    linkInfo(parts[circuit.part] as LinkPart, infos[circuit.part]?.[circuit.index], circuit, files),
  );
  const json = new TextEncoder().encode(JSON.stringify({ debug_infos: linked }));
  return { debug_symbols: encodeBase64(deflateSync(json)), file_map: files.entries };
}

function linkInfo(part: LinkPart, info: unknown, circuit: LinkedCircuit, files: Files): object {
  const empty = { variables: {}, functions: {}, types: {}, brillig_procedure_locs: {} };
  const tree = isRecord(info) && isRecord(info.location_tree) ? info.location_tree.locations : undefined;
  if (!isRecord(info) || !Array.isArray(tree)) {
    const locations = { brillig_locations: {}, location_tree: { locations: [] }, acir_locations: {} };
    return { ...locations, ...empty };
  }
  const nodes = new TreeCopy(tree, node => linkNode(part, node, files));
  return {
    brillig_locations: mapRecord(
      info.brillig_locations,
      id => String(circuit.unconstrained(Number(id))),
      locations => mapRecord(locations, same, leaf => nodes.copy(leaf)),
    ),
    location_tree: nodes,
    acir_locations: mapRecord(info.acir_locations, same, leaf => nodes.copy(leaf)),
    ...empty,
    brillig_procedure_locs: mapRecord(
      info.brillig_procedure_locs,
      id => String(circuit.unconstrained(Number(id))),
      value => value,
    ),
  };
}

function same(key: string): string {
  return key;
}

function mapRecord(
  record: unknown,
  key: (key: string) => string,
  value: (value: unknown) => unknown,
): Record<string, unknown> {
  if (!isRecord(record)) return {};
  return Object.fromEntries(Object.entries(record).map(([name, each]) => [key(name), value(each)]));
}

/** The part of a tree that some of its nodes need: they and what is above them. */
class TreeCopy {
  readonly locations: unknown[] = [];
  readonly #copies = new Map<number, number>();
  readonly #tree: readonly unknown[];
  readonly #link: (node: Readonly<Record<string, unknown>>) => object;

  constructor(tree: readonly unknown[], link: (node: Readonly<Record<string, unknown>>) => object) {
    this.#tree = tree;
    this.#link = link;
    this.copy(0); // the root, to which nothing but the program belongs
  }

  /** The index that a node has in the copy; the root's for what is no node. */
  copy(index: unknown): number {
    const node = typeof index === 'number' ? this.#tree[index] : undefined;
    if (typeof index !== 'number' || !isRecord(node)) return 0;
    const known = this.#copies.get(index);
    if (known !== undefined) return known;
    // a parent stands before its children
    const parent = typeof node.parent === 'number' && node.parent < index ? this.copy(node.parent) : null;
    const at = this.locations.length;
    this.#copies.set(index, at);
    this.locations.push({ parent, ...this.#link(node) });
    return at;
  }

  toJSON(): object {
    return { locations: this.locations };
  }
}

function linkNode(
  { artifact, sources }: LinkPart,
  { value }: Readonly<Record<string, unknown>>,
  files: Files,
): object {
  const span = isRecord(value) && isRecord(value.span) ? value.span : undefined;
  const file = isRecord(value) ? artifact.file_map[String(value.file)] : undefined;
  if (
    span === undefined ||
    file === undefined ||
    typeof span.start !== 'number' ||
    typeof span.end !== 'number'
  )
    return { value: { span: { start: 0, end: 0 }, file: 0 } };
  const original = sources.get(file.path);
  const move = (offset: number): number => original?.originalOffset(offset) ?? offset;
  return {
    value: { span: { start: move(span.start), end: move(span.end) }, file: fileId(files, file, original) },
  };
}

function fileId({ entries, ids }: Files, file: FileEntry, original: LinkSource | undefined): number {
  const known = ids.get(file.path);
  if (known !== undefined) return known;
  const id = ids.size + 1; // 0 stands in roots of trees, for no file
  ids.set(file.path, id);
  entries[id] = original === undefined ? file : { path: file.path, source: original.source };
  return id;
}

/**
 * Where constraints go, by the Noir code that they come from: counts by any key of a constraint's origin, and a tree of
 * calls with its folded form.
 *
 * The folded form is the one of flame graph tools: one line a stack, frames with semicolons between, then the count.
 *
 *     main;main main.nr:6;square lib.nr:8;assert-zero 12
 *
 * A constraint that packing made of several linear rows counts where the first of them comes from. A function that is
 * called (#[fold]) starts a stack of its own, whoever calls it: constraints do not remember their call.
 */
import { printShare, printTable } from './text-table.ts';
import type { ConstraintSystem, Frame, Provenance } from './types.ts';

/** Constraints that share a key. */
export interface ProfileRow {
  readonly key: string;
  /** With what is called from there. */
  readonly constraintCount: number;
  /** Without. */
  readonly selfCount: number;
}

/**
 * Counts constraints by keys, most constraints first.
 *
 * @param keysOf the keys of an origin, outermost call first: each is counted once, the last one as its own
 */
export function profileBy(
  system: ConstraintSystem,
  keysOf: (origin: Provenance) => readonly string[],
): ProfileRow[] {
  const rows = new Map<string, { constraintCount: number; selfCount: number }>();
  forEachOrigin(system, (origin, count) => {
    const keys = keysOf(origin);
    for (const key of new Set(keys)) {
      const row = rows.get(key) ?? { constraintCount: 0, selfCount: 0 };
      rows.set(key, row);
      row.constraintCount += count;
      if (key === keys.at(-1)) row.selfCount += count;
    }
  });
  return [...rows]
    .map(([key, counts]) => ({ key, ...counts }))
    .sort((left, right) => right.constraintCount - left.constraintCount);
}

/**
 * Prints the table of a profile, for people.
 * @param title names the keys: "function", "line"
 */
export function printProfile(rows: readonly ProfileRow[], title: string, constraintCount: number): string {
  const cells = rows.map(row => [
    row.key,
    `${row.constraintCount}`,
    printShare(row.constraintCount, constraintCount),
    `${row.selfCount}`,
  ]);
  return printTable([[title, 'constraints', 'share', 'own'], ...cells]);
}

/** Keys of {@link profileBy} that count by Noir function: "square (shapes/lib.nr)". */
export function functionKeys(origin: Provenance): readonly string[] {
  const frames = origin.stack ?? [];
  if (frames.length === 0) return [`${origin.functionName ?? `function ${origin.functionIndex}`} (no line)`];
  return frames.map(({ functionName, file }) => `${functionName ?? '?'} (${shortFile(file)})`);
}

/** Keys of {@link profileBy} that count by source line: "main.nr:6". */
export function lineKeys(origin: Provenance): readonly string[] {
  const frames = origin.stack ?? [];
  return frames.length === 0 ? ['(no line)'] : frames.map(lineOf);
}

/** A node of the tree of calls. */
export interface ProfileNode {
  /** "square" for a call, "range" for what emitted the constraints. */
  readonly name: string;
  /** "lib.nr:8", for calls. */
  readonly line?: string;
  readonly constraintCount: number;
  /** Most constraints first. */
  readonly children: readonly ProfileNode[];
}

interface GrowingNode {
  readonly name: string;
  readonly line?: string;
  constraintCount: number;
  readonly children: Map<string, GrowingNode>;
}

/** Builds the tree: the whole, then ACIR functions, calls by line, and the kinds of constraints. */
export function profileTree(system: ConstraintSystem): ProfileNode {
  const root: GrowingNode = { name: 'all', constraintCount: 0, children: new Map() };
  forEachOrigin(system, (origin, count) => {
    root.constraintCount += count;
    let node = root;
    for (const step of pathOf(origin)) {
      const key = `${step.name} ${step.line ?? ''}`;
      const child = node.children.get(key) ?? { ...step, constraintCount: 0, children: new Map() };
      node.children.set(key, child);
      child.constraintCount += count;
      node = child;
    }
  });
  return finish(root);
}

function pathOf(origin: Provenance): { name: string; line?: string }[] {
  const circuit = { name: origin.functionName ?? `function ${origin.functionIndex}` };
  const frames = (origin.stack ?? []).map(frame => ({
    name: frame.functionName ?? '?',
    line: lineOf(frame),
  }));
  return [circuit, ...frames, { name: origin.gadget }];
}

function finish({ children, ...node }: GrowingNode): ProfileNode {
  const sorted = [...children.values()].sort((left, right) => right.constraintCount - left.constraintCount);
  return { ...node, children: sorted.map(finish) };
}

/** Prints the folded form of a tree, deepest stacks as they come. */
export function printFolded(tree: ProfileNode): string {
  const lines: string[] = [];
  const visit = (node: ProfileNode, stack: string): void => {
    const inside = node.children.reduce((sum, child) => sum + child.constraintCount, 0);
    if (node.constraintCount > inside) lines.push(`${stack} ${node.constraintCount - inside}\n`);
    for (const child of node.children)
      visit(child, stack === '' ? frameText(child) : `${stack};${frameText(child)}`);
  };
  visit(tree, '');
  return lines.join('');
}

/** Semicolons part frames, and the last space parts the count. */
function frameText({ name, line }: ProfileNode): string {
  return (line === undefined ? name : `${name} ${line}`).replaceAll(';', ',');
}

function forEachOrigin(
  system: ConstraintSystem,
  action: (origin: Provenance, constraintCount: number) => void,
): void {
  const counts = new Uint32Array(system.provenance.length);
  for (const id of system.provenanceIds) counts[id] = (counts[id] ?? 0) + 1;
  system.provenance.forEach((origin, id) => {
    const count = counts[id] ?? 0;
    if (count > 0) action(origin, count);
  });
}

function lineOf({ file, line }: Frame): string {
  return `${shortFile(file)}:${line}`;
}

/** The path below the package's `src/`; libraries' files have none. */
function shortFile(file: string): string {
  const index = file.lastIndexOf('src/');
  return index < 0 ? file : file.slice(index + 4);
}

/**
 * Finds wires that no input determines: what the prover may choose freely, because a hint was left without the constraint
 * that ties it to an input.
 *
 * Two steps. (1) Peel: a wire that is not an input and occurs in one row alone, there linearly, is *defined* by that row;
 * the row says nothing about the others and is taken away, until no row goes. (2) What is left is connected through its
 * rows; a component without an input (or a constant) holds, whatever the inputs are, for the same values: those wires are
 * free.
 *
 *     private w1 (an input), public w3, private w2 w4
 *     (0) * (0) = (w1 + w2 - w3)     peeled: it defines w3
 *     (w2) * (w2 - 1) = (0)          left: w2 is a bit, and nothing else is said of it: w3 is w1 or w1 + 1
 *
 * This finds some holes, not all: being connected to an input is not being unique. A finding may be meant, too: a program
 * that publishes the hash of a value that an oracle gave determines it by no input.
 *
 * Run it on rows as they are emitted: passes that merge rows (packing) connect what has nothing in common.
 */
import { rootOf } from './reachability.ts';
import { at, atByte } from './sparse.ts';
import type { ConstraintId, ConstraintSystem, WireId } from './types.ts';

/** Free wires that belong together, ascending. */
export interface FreeGroup {
  readonly wires: readonly WireId[];
  /** A row that mentions the first of them. */
  readonly row: ConstraintId;
}

/** What the search found. */
export interface FreeWires {
  /** In the order of their first wires. */
  readonly groups: readonly FreeGroup[];
  /** By wire: one that is defined through it, and so as free as itself; or 0. A range's bits lead to the value in range. */
  readonly users: Uint32Array;
}

/** Which wires the search treats specially, by wire: 1 or 0. */
export interface FreeWireOptions {
  /** Wires that are given from outside. Never free, and everything connected to one counts as determined. */
  readonly isInput: Uint8Array;
  /** Wires that connect nothing and are never free, such as those of a lookup argument's second round. */
  readonly isIgnored?: Uint8Array;
}

/** Finds the wires that no input determines. */
export function findFreeWires(system: ConstraintSystem, options: FreeWireOptions): FreeWires {
  const index = indexRows(system);
  const isInput = withConstants(system, options.isInput);
  const { isPeeled, isGone, users } = peel(system, index, { ...options, isInput });
  const parents = connectRemaining(system, isGone, options.isIgnored);
  const isDetermined = new Uint8Array(system.wireCount);
  for (let wire = 1; wire < system.wireCount; wire++) {
    if (atByte(isInput, wire) === 1) isDetermined[rootOf(parents, wire)] = 1;
  }
  const groups = new Map<number, { wires: WireId[]; row: ConstraintId }>();
  for (let wire = 1; wire < system.wireCount; wire++) {
    const isMentioned = at(index.firstRows, wire) !== 0;
    if (!isMentioned || atByte(isPeeled, wire) === 1 || options.isIgnored?.[wire] === 1) continue;
    const root = rootOf(parents, wire);
    if (atByte(isDetermined, root) === 1) continue;
    const group = groups.get(root);
    if (group !== undefined) group.wires.push(wire as WireId);
    else groups.set(root, { wires: [wire as WireId], row: (at(index.firstRows, wire) - 1) as ConstraintId });
  }
  return { groups: [...groups.values()], users };
}

/** The inputs, and the wires that a linear row of their own makes constant. */
function withConstants(system: ConstraintSystem, isInput: Uint8Array): Uint8Array {
  const isGiven = isInput.slice();
  const { a, b, c } = system;
  for (let row = 0; row < system.constraintCount; row++) {
    if (wireCountOf(a, row) + wireCountOf(b, row) > 0 || wireCountOf(c, row) !== 1) continue;
    isGiven[at(c.wires, at(c.rowStarts, row + 1) - 1)] = 1; // wires ascend: the constant, if any, comes first
  }
  return isGiven;
}

/** Wires of a row, the constant left out. */
function wireCountOf({ rowStarts, wires }: ConstraintSystem['a'], row: number): number {
  const start = at(rowStarts, row);
  const count = at(rowStarts, row + 1) - start;
  return count > 0 && at(wires, start) === 0 ? count - 1 : count;
}

interface RowIndex {
  /** By wire: the number of rows that mention it. */
  readonly counts: Uint32Array;
  /** By wire: the exclusive or of these rows; of a single one, the row itself. */
  readonly rowSums: Uint32Array;
  /** By wire: the first of these rows + 1, or 0. */
  readonly firstRows: Uint32Array;
}

function indexRows(system: ConstraintSystem): RowIndex {
  const [counts, rowSums, firstRows] = [0, 1, 2].map(() => new Uint32Array(system.wireCount)) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ]; // three in, three out
  const visit = eachWire(system);
  for (let row = 0; row < system.constraintCount; row++) {
    visit(row, wire => {
      counts[wire] = at(counts, wire) + 1;
      rowSums[wire] = at(rowSums, wire) ^ row;
      if (at(firstRows, wire) === 0) firstRows[wire] = row + 1;
    });
  }
  return { counts, rowSums, firstRows };
}

interface Peeling {
  /** By wire: whether a row that is gone defines it. */
  readonly isPeeled: Uint8Array;
  readonly isGone: Uint8Array;
  readonly users: Uint32Array;
}

/** Takes rows away that define a wire. Uses up the index. */
function peel(system: ConstraintSystem, { counts, rowSums }: RowIndex, options: FreeWireOptions): Peeling {
  const isPeeled = new Uint8Array(system.wireCount);
  const isGone = new Uint8Array(system.constraintCount);
  const users = new Uint32Array(system.wireCount);
  const visit = eachWire(system);
  const queue: number[] = [];
  // Public wires first: of two wires that one row ties, the hint is to be blamed, not the output.
  for (let wire = system.wireCount - 1; wire > 0; wire--) if (at(counts, wire) === 1) queue.push(wire);
  for (let wire = queue.pop(); wire !== undefined; wire = queue.pop()) {
    if (at(counts, wire) !== 1 || atByte(options.isInput, wire) === 1 || options.isIgnored?.[wire] === 1)
      continue;
    const row = at(rowSums, wire);
    if (mentions(system.a, row, wire) || mentions(system.b, row, wire)) continue;
    const defined = wire;
    isPeeled[defined] = 1;
    isGone[row] = 1;
    visit(row, other => {
      counts[other] = at(counts, other) - 1;
      rowSums[other] = at(rowSums, other) ^ row;
      if (at(counts, other) === 1) queue.push(other);
      if (other !== defined) users[other] = defined;
    });
  }
  return { isPeeled, isGone, users };
}

function connectRemaining(
  system: ConstraintSystem,
  isGone: Uint8Array,
  isIgnored: Uint8Array | undefined,
): Uint32Array {
  const parents = new Uint32Array(system.wireCount).map((_, wire) => wire);
  const visit = eachWire(system);
  for (let row = 0; row < system.constraintCount; row++) {
    if (atByte(isGone, row) === 1) continue;
    let first = 0;
    visit(row, wire => {
      if (isIgnored?.[wire] === 1) return;
      const root = rootOf(parents, wire);
      if (first === 0) first = root;
      else parents[root] = first;
    });
  }
  return parents;
}

/** Makes a visitor of the distinct wires of a row, the constant left out. */
function eachWire({
  a,
  b,
  c,
  wireCount,
}: ConstraintSystem): (row: number, action: (wire: number) => void) => void {
  const seenIn = new Uint32Array(wireCount);
  let stamp = 0;
  return (row, action) => {
    stamp++;
    for (const { rowStarts, wires } of [a, b, c]) {
      const end = at(rowStarts, row + 1);
      for (let k = at(rowStarts, row); k < end; k++) {
        const wire = at(wires, k);
        if (wire === 0 || at(seenIn, wire) === stamp) continue;
        seenIn[wire] = stamp;
        action(wire);
      }
    }
  };
}

function mentions({ rowStarts, wires }: ConstraintSystem['a'], row: number, wire: number): boolean {
  for (let k = at(rowStarts, row); k < at(rowStarts, row + 1); k++) if (at(wires, k) === wire) return true;
  return false;
}

/**
 * The ledger: what gadgets and programs cost, pinned in test/ledger.csv. A count that moves, in either direction, is a
 * line in a diff and needs a reason in the commit message.
 *
 * To pin something, call {@link pinCosts} in the test of its area; each area owns the rows whose names it prefixes.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lowerProgram } from '../../converters/acir-to-r1cs/index.ts';
import type { Program } from '../../src/acir/types.ts';
import type { ConstraintSystem } from '../../src/r1cs/types.ts';
import { program } from './program-text.ts';

const FILE = join(import.meta.dirname, '..', 'ledger.csv');
const HEAD = 'name,constraints,A/B terms,C terms,wires';

/** A program as text (see program-text.ts) or as a value, or its constraints. */
export type LedgerEntry = string | Program | ConstraintSystem;
export type LedgerEntries = Readonly<Record<string, LedgerEntry>>;

/**
 * Asserts that every entry costs what the ledger says, and that the ledger has no further row of this area. With
 * UPDATE_GOLDEN=1 it writes the rows instead.
 */
export function pinCosts(area: string, entries: LedgerEntries): void {
  const rows = Object.entries(entries).map(([name, entry]) => [`${area}: ${name}`, costOf(entry)] as const);
  if (process.env.UPDATE_GOLDEN === '1') {
    update(area, rows);
    return;
  }
  const pinned = new Map([...readLedger()].filter(([name]) => name.startsWith(`${area}: `)));
  assert.deepEqual(
    rows.map(([name, cost]) => `${name},${cost}`),
    [...pinned].map(([name, cost]) => `${name},${cost}`),
    'Costs differ from test/ledger.csv. If that is meant, run the test with UPDATE_GOLDEN=1 and say why in the commit message.',
  );
}

function costOf(entry: LedgerEntry): string {
  const { a, b, c, constraintCount, wireCount } = systemOf(entry);
  return [constraintCount, a.wires.length + b.wires.length, c.wires.length, wireCount].join(',');
}

function systemOf(entry: LedgerEntry): ConstraintSystem {
  if (typeof entry !== 'string' && 'constraintCount' in entry) return entry;
  return lowerProgram(typeof entry === 'string' ? program(entry) : entry).system;
}

function readLedger(): Map<string, string> {
  const lines = readFileSync(FILE, 'utf8').trim().split('\n').slice(1);
  return new Map(lines.map(line => /^([^,]*),(.*)$/.exec(line)?.slice(1) as [string, string])); // name, counts
}

function update(area: string, rows: readonly (readonly [string, string])[]): void {
  const others = [...readLedger()].filter(([name]) => !name.startsWith(`${area}: `));
  const all = [...others, ...rows].map(([name, cost]) => `${name},${cost}`);
  const areas = new Map(all.map(line => [line.slice(0, line.indexOf(':')), [] as string[]] as const));
  for (const line of all) areas.get(line.slice(0, line.indexOf(':')))?.push(line);
  const sorted = [...areas].sort(([x], [y]) => (x < y ? -1 : 1)).flatMap(([, lines]) => lines);
  writeFileSync(FILE, `${[HEAD, ...sorted].join('\n')}\n`);
}

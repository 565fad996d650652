/**
 * Every release's programs, from artifact to checked witness. docs/releases.md is the table of what comes out; programs
 * that take seconds run here for their oldest and newest release, the rest in releases.slow.test.ts, which writes the table.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { artifactNames } from '../support/artifacts.ts';
import { programOf, runArtifact } from '../support/release-runs.ts';

/** A second and more. */
const HEAVY = [
  'aes',
  'blake2s',
  'blake3',
  'keccakf',
  'keccakold',
  'pedersen',
  'schnorr',
  'sha256c',
  'sha256old',
];
/** Twenty seconds. */
const SLOW = ['ecdsak1', 'ecdsapred', 'ecdsar1'];

const table = new Map(
  readFileSync(new URL('../../docs/releases.md', import.meta.url), 'utf8')
    .split('\n')
    .filter(line => line.startsWith('| `'))
    .map(line => {
      const [, program = '', , outcome = ''] = line.split('|').map(cell => cell.trim());
      return [program.replaceAll('`', ''), outcome.split(' or ')] as const;
    }),
);

function isHere(name: string): boolean {
  const program = programOf(name);
  if (SLOW.includes(program)) return false;
  if (!HEAVY.includes(program)) return true;
  const releases = artifactNames().filter(other => programOf(other) === program);
  const newest = releases.find(other => other.includes('1.0.0-beta.26')) ?? releases.at(-1);
  return name === releases[0] || name === newest;
}

describe('programs of every release', () => {
  const programs = [...new Set(artifactNames().map(programOf))];

  it('are all in the table of docs/releases.md', () => {
    assert.deepEqual([...table.keys()], programs);
  });

  for (const program of programs) {
    const names = artifactNames().filter(name => programOf(name) === program && isHere(name));
    if (names.length === 0) continue;
    it(`give witnesses that satisfy their constraints, and no other results: ${program} (${names.length})`, async () => {
      for (const name of names) {
        const outcome = await runArtifact(name);
        const told = typeof outcome === 'number' ? String(outcome) : 'refused';
        assert.ok(table.get(program)?.includes(told), `${name}: ${outcome}`);
      }
    });
  }
});

/**
 * All artifacts of all releases (of ECDSA, which takes long, the oldest, the newest and one between); writes
 * docs/releases.md with UPDATE_GOLDEN=1, else compares it.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { artifactNames } from '../support/artifacts.ts';
import { programOf, runArtifact } from '../support/release-runs.ts';

const PAGE = new URL('../../docs/releases.md', import.meta.url);

const HEAD = `# Noir releases

Every artifact of the fixtures is decoded to its last byte, executed on bionoir's machine with inputs of the right types, lowered,
solved and checked; then each value that main returns is changed, which the constraints must refuse (unless the program
returns hints or its own parameters). \`test/soundness/releases.test.ts\` does it for all but the slowest, \`releases.slow.test.ts\` for
all, and writes this table.

Of ECDSA, whose circuits are large, a few releases stand for all. Where a count differs between releases, the compiler wrote another program. Refused are programs that verify a proof inside
themselves (RecursiveAggregation): what that means is a matter between a proving system and its library.

| program | releases | constraints |
|---|---|---|
`;

const LONG = ['ecdsak1', 'ecdsapred', 'ecdsar1'];
const LONG_RELEASES = ['0.25.0', '0.31.0', '1.0.0-beta.2', '1.0.0-beta.26'];

function isTaken(name: string): boolean {
  const program = programOf(name);
  return !LONG.includes(program) || LONG_RELEASES.some(release => name === `${program}.${release}.json`);
}

describe('all artifacts of all releases', () => {
  const rows = new Map<string, { readonly releases: string[]; readonly outcomes: Set<string> }>();

  for (const name of artifactNames().filter(isTaken)) {
    it(`give witnesses that satisfy their constraints: ${name}`, async () => {
      const outcome = await runArtifact(name);
      const program = programOf(name);
      const row = rows.get(program) ?? { releases: [], outcomes: new Set() };
      rows.set(program, row);
      row.releases.push(name.slice(program.length + 1, -'.json'.length));
      row.outcomes.add(typeof outcome === 'number' ? String(outcome) : 'refused');
    });
  }

  it('are the table of docs/releases.md', () => {
    const lines = [...rows].map(
      ([program, { releases, outcomes }]) =>
        `| \`${program}\` | ${releases.length}: ${releases.join(', ')} | ${[...outcomes].join(' or ')} |`,
    );
    const page = `${HEAD}${lines.join('\n')}\n`;
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(PAGE, page);
    assert.equal(page, readFileSync(PAGE, 'utf8'));
  });
});

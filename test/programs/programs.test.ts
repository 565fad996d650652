/**
 * Every Noir program of fixtures/noir, from source to satisfied constraints. What a program must do stands beside it;
 * what the files mean: support/programs.ts. proofs.test.ts proves some of them, proofs.slow.test.ts all.
 */
import assert from 'node:assert/strict';
import type { ConstraintSystem } from '../../src/r1cs/types.ts';
import { pinCosts } from '../support/ledger.ts';
import { artifactOf } from './support/compiled.ts';
import { assertFails, assertResultsFixed, prepare, solveRun } from './support/judge.ts';
import { readPrograms, type SuiteProgram } from './support/programs.ts';

/** So many programs are compiled while one is judged. */
const AHEAD = 30;

describe('Noir programs', () => {
  const programs = readPrograms();
  const systems: Record<string, ConstraintSystem> = {};

  programs.forEach((program, index) => {
    const name = `${program.group}/${program.name}`;
    it(`${name}: ${subjectOf(program)}`, async () => {
      for (const next of programs.slice(index, index + AHEAD)) void artifactOf(next);
      const prepared = prepare(program, await artifactOf(program));
      systems[name] = prepared.lowered.system;
      for (const run of program.runs) {
        if (run.fails !== undefined) {
          await assertFails(prepared, run);
          continue;
        }
        const wires = await solveRun(prepared, run);
        if (!program.freeResults) assertResultsFixed(prepared, wires);
      }
    });
  });

  it('are at least a hundred, and each has a run that succeeds', () => {
    assert.ok(programs.length >= 100, `${programs.length} programs`);
    const idle = programs.filter(({ runs }) => runs.every(run => run.fails !== undefined));
    assert.deepEqual(
      idle.map(({ name }) => name),
      [],
    );
  });

  it('cost what the ledger says', function () {
    if (Object.keys(systems).length < programs.length) this.skip(); // a selection of tests ran
    pinCosts('programs', systems);
  });
});

/** The first sentence of the program's head. */
function subjectOf({ source }: SuiteProgram): string {
  const [, sentence] = /^\/\/ (.*?)[.:;](\s|$)/.exec(source) ?? [];
  assert.ok(sentence, 'a program begins with a comment that says what it shows');
  return sentence;
}

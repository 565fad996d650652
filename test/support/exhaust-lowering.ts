/** Compares what a lowered program proves with what its ACIR states, over a tiny field. */
import assert from 'node:assert/strict';
import type { LookupOptions } from '../../converters/acir-to-r1cs/lookups/argument.ts';
import type { LookupArgument } from '../../converters/acir-to-r1cs/lookups/building.ts';
import { lowerProgram, lowerToSignals } from '../../converters/acir-to-r1cs/lower-program.ts';
import { BionoirError } from '../../src/errors.ts';
import { applyDefinitions, checkWitness } from '../../src/r1cs/index.ts';
import { solveRounds } from '../../src/witness/index.ts';
import { forEachSolution, satisfyingWitnesses, witnessCount } from './exhaust.ts';
import { type EntriesOf, membershipSystem } from './lookup-rows.ts';
import { program as parseProgram } from './program-text.ts';

export interface Exhausted {
  /** Satisfying assignments of main's witnesses. */
  readonly solutions: readonly string[];
  readonly constraintCount: number;
}

/**
 * Asserts that the witnesses of main that satisfy the program are exactly those that the constraints allow, before and
 * after simplification; and that the solver completes each of them to a witness that the checker accepts. With lookups,
 * each lookup is taken for what it proves, and the solver is asked for a challenge outside of the tables.
 */
export function assertSameWitnesses(text: string, prime: bigint, lookups?: LookupOptions): Exhausted {
  const program = parseProgram(text);
  const main = program.functions[0];
  assert.ok(main);
  const count = witnessCount(main);
  const satisfying = satisfyingWitnesses(program, prime, count);
  const expected = satisfying.map(({ witnesses }) => witnesses.join(' ')).sort();
  try {
    const options = { prime, ...(lookups === undefined ? {} : { lookups }) };
    const lowering = lowerToSignals(program, options);
    const { simplified } = lowering;
    assert.deepEqual(projected(lowering, count, 'rows'), expected, 'rows prove what the program states');
    assert.deepEqual(projected(lowering, count, 'simplified'), expected, 'simplified rows prove the same');
    const { system, recipe } = lowerProgram(program, options);
    const challenges = system.rounds === undefined ? [] : [prime - 1n];
    for (const { witnesses, stack } of satisfying)
      assert.equal(
        checkWitness(system, solveRounds(recipe, stack).finish(challenges)),
        undefined,
        `solves ${witnesses.join(' ')}`,
      );
    return { solutions: expected, constraintCount: simplified.system.constraintCount };
  } catch (error) {
    if (!(error instanceof BionoirError) || error.code !== 'UNSATISFIABLE_PROGRAM') throw error;
    assert.deepEqual([], expected, 'a program that is refused has no solution');
    return { solutions: [], constraintCount: 0 };
  }
}

/** Solutions on main's witnesses: through definitions, classes of equal signals and constants. */
function projected(
  { table, assembly, rows, simplified, argument }: ReturnType<typeof lowerToSignals>,
  count: number,
  stage: 'rows' | 'simplified',
): string[] {
  const emitted = stage === 'rows' ? rows : simplified.system;
  const system = argument === undefined ? emitted : membershipSystem(emitted, entriesOf(argument));
  const definitions = stage === 'rows' ? [] : simplified.definitions;
  const { parents, constants } = assembly.classes;
  const main = assembly.instances[0];
  assert.ok(main);
  const slots = new Map<number, number>();
  for (let signal = 1; signal < main.template.signalCount; signal++) {
    const witness = (main.template.witnessOf.data[signal] ?? 0) - 1;
    if (witness >= 0) slots.set(witness, main.map[signal] ?? 0);
  }
  const root = (signal: number): number =>
    parents.data[signal] === signal ? signal : root(parents.data[signal] ?? 0);
  const used = usedWires(system);
  const defined = new Set(definitions.flatMap(({ wires }) => [...wires]));
  const roots = Array.from({ length: count }, (_, witness) => root(slots.get(witness) ?? 0));
  const isFree = (signal: number): boolean =>
    signal !== 0 && !used.has(signal) && !defined.has(signal) && (constants.data[signal] ?? 0) === 0;
  const fixed = new Set<number>(defined);
  const needed = new Set([...roots, ...definitions.flatMap(({ forms }) => [...forms.wires])]);
  for (let wire = 1; wire < system.wireCount; wire++) {
    if (!used.has(wire) && !(needed.has(wire) && isFree(wire))) fixed.add(wire);
  }
  const found = new Set<string>();
  forEachSolution(
    system,
    wires => {
      const values = [...wires];
      for (const definition of definitions.toReversed()) applyDefinitions(definition, table, values);
      const witnesses = roots.map(signal => {
        const constant = constants.data[signal] ?? 0;
        return constant === 0 ? values[signal] : table.values[constant - 1];
      });
      found.add(witnesses.join(' '));
    },
    fixed,
  );
  return spread(found, roots, count, table.prime);
}

/** Witnesses without a signal (root 0) occur in no opcode that proves anything: they are free. */
function spread(
  found: ReadonlySet<string>,
  roots: readonly number[],
  count: number,
  prime: bigint,
): string[] {
  let texts = [...found].map(text => text.split(' '));
  for (let witness = 0; witness < count; witness++) {
    if (roots[witness] !== 0) continue;
    texts = texts.flatMap(values =>
      Array.from({ length: Number(prime) }, (_, value) => values.with(witness, `${value}`)),
    );
  }
  return [...new Set(texts.map(values => values.join(' ')))].sort();
}

function entriesOf({ tables, tableIds, firstInverse }: LookupArgument): EntriesOf {
  return inverse => {
    const { size = 0, entries } = tables[tableIds.data[inverse - firstInverse] ?? 0] ?? {};
    return entries ?? Array.from({ length: size }, (_, row) => BigInt(row));
  };
}

function usedWires(system: ReturnType<typeof lowerToSignals>['rows']): Set<number> {
  return new Set([system.a, system.b, system.c].flatMap(({ wires }) => [...wires]));
}

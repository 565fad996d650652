/** The tests that every parity case passes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { BionoirError, type ErrorCode } from '../../../src/errors.ts';
import { evaluateQuantGraph, planEvaluation, type QuantGraph } from '../../../src/quantize/index.ts';
import type { CircomOptimisation } from '../../support/circom.ts';
import type { ParityCase } from './cases.ts';
import { circomNetwork } from './circom-network.ts';
import { answerOrRefusal, costOf, type Implementation, toIntegers } from './implementation.ts';
import { drawInputs, type Inputs, outOfRangeInputs } from './inputs.ts';
import { ourNetwork } from './our-network.ts';
import { printRow } from './table.ts';

export interface ParityOptions {
  /** How many inputs are drawn, edges first. */
  readonly inputCount: number;
  /** Further inputs. */
  readonly extraInputs?: (graph: QuantGraph) => readonly Inputs[];
  /** Circom's simplifications to compare with; both by default. */
  readonly levels?: readonly CircomOptimisation[];
}

/** A case in every form. */
interface Prepared {
  readonly graph: QuantGraph;
  readonly ours: Implementation;
  readonly circom: ReadonlyMap<CircomOptimisation, Implementation>;
}

const SEED = 4;
const LEVELS: readonly CircomOptimisation[] = ['O1', 'O2'];

/** Noir is compiled in processes of their own: so many at a time. */
const COMPILER_COUNT = 2;

/** Declares the tests of networks: equal integers, no more constraints than Circom, current rows in the table. */
export function describeParity(cases: readonly ParityCase[], options: ParityOptions): void {
  let prepared: Promise<Prepared>[];

  before(() => {
    prepared = prepareAll(cases, options.levels ?? LEVELS);
  });

  cases.forEach((parityCase, i) => {
    describe(parityCase.name, () => {
      let parity: Prepared;
      before(async () => {
        parity = await (prepared[i] as Promise<Prepared>); // one promise a case
      });
      describeCase(parityCase, options, () => parity);
    });
  });
}

function describeCase(parityCase: ParityCase, options: ParityOptions, parity: () => Prepared): void {
  it(`gives the interpreter's integers in Noir, in our constraints and in Circom (seed ${SEED})`, async () => {
    const { graph } = parity();
    const drawn = drawInputs(graph, options.inputCount, SEED);
    await assertPreparedAnswers(parity(), [...drawn, ...(options.extraInputs?.(graph) ?? [])]);
  });

  it('refuses an input element just outside its range everywhere', async () => {
    const inputs = outOfRangeInputs(parity().graph);
    for (const given of inputs) {
      assert.throws(() => evaluateQuantGraph(parity().graph, given), { code: 'INPUT_RANGE' });
    }
    await assertPreparedAnswers(parity(), inputs);
  });

  const excess = parityCase.excess ?? 0;
  const most = excess === 0 ? 'no more constraints than' : `${excess} more constraints than`;
  it(`takes ${most} Circom`, () => {
    const { ours, circom } = parity();
    for (const [level, { system }] of circom) {
      const difference = ours.system.constraintCount - system.constraintCount;
      const message = `${difference} constraints more than Circom with ${level}`;
      if (excess > 0 && level === 'O2') assert.equal(difference, excess, message);
      else assert.ok(difference <= 0, message);
    }
  });

  it('stands in the table of docs/parity.md as it is measured now', () => {
    const { ours, circom } = parity();
    const [o1, o2] = LEVELS.map(level => circom.get(level)).map(form => form && costOf(form.system));
    assertInTable(printRow({ name: parityCase.name, o1, o2, ours: costOf(ours.system) }));
  });
}

/** Compiles all cases, a few at a time, in their order. */
function prepareAll(
  cases: readonly ParityCase[],
  levels: readonly CircomOptimisation[],
): Promise<Prepared>[] {
  const prepared: Promise<Prepared>[] = [];
  cases.forEach((parityCase, i) => {
    const slot = prepared[i - COMPILER_COUNT] ?? Promise.resolve();
    const mine = slot.catch(() => undefined).then(() => prepare(parityCase, levels));
    mine.catch(() => undefined); // reported by the case that awaits it
    prepared.push(mine);
  });
  return prepared;
}

async function prepare(parityCase: ParityCase, levels: readonly CircomOptimisation[]): Promise<Prepared> {
  const graph = parityCase.graph();
  const ours = await ourNetwork(graph);
  const circom = new Map<CircomOptimisation, Implementation>();
  for (const level of levels) circom.set(level, await circomNetwork(graph, level));
  return { graph, ours, circom };
}

async function assertPreparedAnswers(
  { graph, ours, circom }: Prepared,
  inputs: readonly Inputs[],
): Promise<void> {
  await assertSameAnswers(graph, new Map<string, Implementation>([['ours', ours], ...circom]), inputs);
}

/** Holds implementations equal to the interpreter: the same outputs, or a refusal by all. */
export async function assertSameAnswers(
  graph: QuantGraph,
  implementations: ReadonlyMap<string, Implementation>,
  inputs: readonly Inputs[],
): Promise<void> {
  const plan = planEvaluation(graph);
  for (const given of inputs) {
    const expected = await answerOrRefusal(
      () => evaluateQuantGraph(plan, given).map(toIntegers),
      error => error instanceof BionoirError && REFUSAL_CODES.includes(error.code),
    );
    const shown = given.map(tensor => tensor.data.join(' ')).join('; ');
    for (const [name, implementation] of implementations) {
      assert.deepEqual(await implementation.run(given), expected, `${name} differs on ${shown}`);
    }
  }
}

/** What the interpreter says of inputs that cannot be proved. */
const REFUSAL_CODES: readonly ErrorCode[] = ['INPUT_RANGE', 'BOUND_EXCEEDED'];

/** Asserts that docs/parity.md holds a row word for word. */
export function assertInTable(row: string): void {
  const table = readFileSync(new URL('../../../docs/parity.md', import.meta.url), 'utf8').split('\n');
  const name = row.slice(0, row.indexOf('|', 1) + 1);
  const committed = table.find(line => line.startsWith(name));
  assert.equal(
    row,
    committed,
    'docs/parity.md is out of date; run npx tsx bench/parity.ts and review the difference',
  );
}

/** The results of ONNX's own test cases, as the pinned list (cases.csv) and as the tables of docs/onnx.md. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Outcome, operatorsOf, runCase } from './cases.ts';

const GROUPS = ['node', 'pytorch-converted', 'pytorch-operator', 'simple'] as const;

export interface CaseResult {
  readonly name: string;
  /** The operator that the case is about: its only one, or 'several'. */
  readonly operator: string;
  readonly outcome: Outcome;
}

/** Runs every case. */
export function runCases(folder: string): CaseResult[] {
  return GROUPS.flatMap(group => {
    const names = readdirSync(join(folder, group)).sort();
    const cases = names.filter(name => existsSync(join(folder, group, name, 'model.onnx')));
    return cases.map(name => {
      const operators = operatorsOf(readFileSync(join(folder, group, name, 'model.onnx')));
      const [only = 'none'] = operators;
      const outcome = runCase(join(folder, group), name);
      return { name: `${group}/${name}`, operator: operators.length > 1 ? 'several' : only, outcome };
    });
  });
}

/** The pinned list: a line a case. */
export function formatList(results: readonly CaseResult[]): string {
  const lines = results.map(({ name, outcome }) => {
    const result = outcome.kind === 'refused' ? `refused ${outcome.code}` : outcome.kind;
    return `${name},${result}`;
  });
  return `case,result\n${lines.join('\n')}\n`;
}

/** The part of docs/onnx.md that is generated. */
export function formatTables(results: readonly CaseResult[]): string {
  const passed = results.filter(result => result.outcome.kind === 'pass');
  const wrong = results.filter(result => result.outcome.kind === 'wrong');
  const refused = results.filter(result => result.outcome.kind === 'refused');
  return [
    `${results.length} cases: ${passed.length} pass, ${refused.length} are refused with a reason, ${wrong.length} give other numbers.`,
    '',
    '### Passing, by operator',
    '',
    countByOperator(passed),
    '',
    '### Other numbers',
    '',
    ...wrong.map(
      ({ name, outcome }) =>
        `- \`${name}\`: ${outcome.kind === 'wrong' ? outcome.text : ''}${reasonOf(name)}`,
    ),
    '',
    '### Refused',
    '',
    '| operator | cases | reason |',
    '|---|---|---|',
    ...refusals(refused),
    '',
  ].join('\n');
}

function countByOperator(results: readonly CaseResult[]): string {
  const counts = new Map<string, number>();
  for (const { operator } of results) counts.set(operator, (counts.get(operator) ?? 0) + 1);
  const entries = [...counts].sort(([a], [b]) =>
    a === 'several' ? 1 : b === 'several' ? -1 : a.localeCompare(b),
  );
  return `${entries.map(([operator, count]) => `${operator} ${count}`).join(', ')}.`;
}

/** One row for each operator and reason, names of nodes left out. */
/** Why other numbers are right, by a part of the case's name. */
const REASONS: readonly (readonly [part: string, reason: string])[] = [
  ['to_BFLOAT16', 'the case cuts the lower bits off; ONNX since rounds to the nearest, as is done here'],
  [
    'align_corners',
    'the case divides by the size before it is rounded; ONNX Runtime, PyTorch and this importer by the real one',
  ],
];

function reasonOf(name: string): string {
  const reason = REASONS.find(([part]) => name.includes(part))?.[1];
  return reason === undefined ? '' : `: ${reason}`;
}

function refusals(results: readonly CaseResult[]): string[] {
  const rows = new Map<string, number>();
  for (const { operator, outcome } of results) {
    if (outcome.kind !== 'refused') continue;
    const [first = ''] = outcome.text.split('. ');
    const reason = first.replace(/'[^']*' (is|was|has|takes|gives|works)/, '$1').replaceAll('|', '\\|');
    const short = reason
      .replace(/ is an operator.*/, ' is not imported')
      .replace(/'\/[^']*'/, 'an expected output');
    const key = `| ${operator} | ${short} |`;
    rows.set(key, (rows.get(key) ?? 0) + 1);
  }
  const lines = [...rows].map(([key, count]) =>
    key.replace(/^\| ([^|]*) \| /, (_, name) => `| ${name} | ${count} | `),
  );
  return lines.sort((a, b) => a.localeCompare(b));
}

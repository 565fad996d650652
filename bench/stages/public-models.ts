/**
 * Every model that some packages of npm carry, as a person would try it: imported, and estimated for both proof systems.
 * One line each: what it has, what it would cost, or what is refused and why. Nothing is compiled.
 *
 * Fetch first: node scripts/fetch-models.mjs --all
 * Run:         npx tsx bench/stages/public-models.ts [--check] [--import-only] [--seconds 300] [part of a name ...]
 *                (--check also evaluates each network and compares it with TensorFlow.js or ONNX Runtime)
 *
 * Each model has a process of its own; a line of JSON for each goes to out/public-models.jsonl, a table to standard output.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readModel } from '../../src/cli/inputs.ts';
import {
  BionoirError,
  type CompileOptions,
  estimateModel,
  importModel,
  weightCount,
} from '../../src/index.ts';
import { type Asked, askedOf } from '../support/public-models.ts';
import { checkAgainstRuntime } from '../support/public-oracles.ts';

const ALL = join(import.meta.dirname, '../../.cache/models/all');
const OUT = join(import.meta.dirname, '../../out');
const HEAP = '--max-old-space-size=8000';

/** What became of a model. */
interface Outcome {
  readonly model: string;
  readonly told?: string;
  readonly inputs?: string;
  readonly operatorCount?: number;
  readonly parameterCount?: number;
  readonly importSeconds?: number;
  readonly estimateSeconds?: number;
  readonly activationCount?: number;
  readonly groth16?: number;
  readonly ultraGroth?: number;
  /** The largest difference from the reference runtime, as a part of the largest output. */
  readonly difference?: number;
  readonly refused?: string;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    child: { type: 'string' },
    check: { type: 'boolean', default: false },
    'import-only': { type: 'boolean', default: false },
    seconds: { type: 'string', default: '300' },
  },
});
if (values.child === undefined) runParent();
else process.stdout.write(`${JSON.stringify(await tryModel(values.child))}\n`);

function runParent(): void {
  mkdirSync(OUT, { recursive: true });
  const outcomes: Outcome[] = [];
  for (const model of modelFiles()) {
    const outcome = tryInProcess(model);
    outcomes.push(outcome);
    appendFileSync(join(OUT, 'public-models.jsonl'), `${JSON.stringify(outcome)}\n`);
    process.stdout.write(`${line(outcome)}\n`);
  }
  const estimated = outcomes.filter(({ groth16 }) => groth16 !== undefined).length;
  const imported = outcomes.filter(({ operatorCount }) => operatorCount !== undefined).length;
  process.stdout.write(`\n${outcomes.length} models: ${imported} imported, ${estimated} estimated.\n`);
}

/** Models by path, each content once. */
function modelFiles(): string[] {
  const seen = new Set<string>();
  return readdirSync(ALL, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.(onnx|json)$/.test(name) && !name.endsWith('models.json'))
    .sort()
    .filter(name => positionals.length === 0 || positionals.some(part => name.includes(part)))
    .filter(name => {
      const digest = createHash('sha256')
        .update(readFileSync(join(ALL, name)))
        .digest('hex');
      return !seen.has(digest) && seen.add(digest);
    });
}

function tryInProcess(model: string): Outcome {
  const flags = [...(values.check ? ['--check'] : []), ...(values['import-only'] ? ['--import-only'] : [])];
  const own = ['--child', model, ...flags];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [HEAP, '--import=tsx', import.meta.filename, ...own],
    { encoding: 'utf8', timeout: Number(values.seconds) * 1000, maxBuffer: 2 ** 28 },
  );
  const found = stdout.trim().split('\n').at(-1) ?? '';
  if (status === 0 && found.startsWith('{')) return JSON.parse(found);
  const last = stderr
    .trim()
    .split('\n')
    .filter(text => /error|heap/i.test(text))
    .at(0);
  return { model, refused: last ?? `not done in ${values.seconds} s` };
}

async function tryModel(model: string): Promise<Outcome> {
  const asked = askedOf(model);
  let outcome: Outcome = { model, ...(asked.told === undefined ? {} : { told: asked.told }) };
  try {
    const files = await readModel(join(ALL, model));
    outcome = { ...outcome, ...importing(files, asked) };
    if (values.check) outcome = { ...outcome, ...(await checkAgainstRuntime(files, asked)) };
    return values['import-only'] ? outcome : { ...outcome, ...estimating(files, asked) };
  } catch (error) {
    if (!(error instanceof BionoirError)) throw error;
    return { ...outcome, refused: `${error.code}: ${error.message}` };
  }
}

type Files = Parameters<typeof importModel>[0];

function importing(files: Files, { options }: Asked): Partial<Outcome> {
  const started = performance.now();
  const graph = importModel(files, options);
  const inputs = graph.inputs.map(id => graph.nodes[id]?.shape.join('×'));
  return {
    inputs: inputs.join(', '),
    operatorCount: graph.nodes.length,
    parameterCount: graph.nodes.reduce((sum, { op }) => sum + weightCount(op), 0),
    importSeconds: secondsSince(started),
  };
}

function estimating(files: Files, { options }: { options: CompileOptions }): Partial<Outcome> {
  const started = performance.now();
  const { layers, groth16, ultraGroth } = estimateModel(files, options);
  return {
    activationCount: layers.reduce((sum, layer) => sum + layer.activationCount, 0),
    groth16: groth16.total,
    ultraGroth: ultraGroth.total,
    estimateSeconds: secondsSince(started),
  };
}

function secondsSince(started: number): number {
  return Number(((performance.now() - started) / 1000).toFixed(2));
}

function line(outcome: Outcome): string {
  const { model, inputs, parameterCount, activationCount, groth16, ultraGroth, difference, refused } =
    outcome;
  const cells = [
    model,
    inputs,
    parameterCount,
    activationCount,
    groth16,
    ultraGroth,
    difference?.toExponential(1),
  ];
  return `| ${[...cells, refused].map(cell => cell ?? '').join(' | ')} |`;
}

/**
 * Measures every parity case in Circom and here, and renews the table of docs/parity.md.
 *
 * Run: npx tsx bench/parity.ts (about two minutes). The parity tests hold the committed table against fresh measurements.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  BARE_CASES,
  LAYER_CASES,
  MNIST_CASE,
  type ParityCase,
  TRAINED_CASES,
} from '../test/parity/support/cases.ts';
import { circomNetwork } from '../test/parity/support/circom-network.ts';
import { costOf } from '../test/parity/support/implementation.ts';
import { ourNetwork } from '../test/parity/support/our-network.ts';
import { type ParityRow, printRow, printTableHead } from '../test/parity/support/table.ts';

const PAGE = new URL('../docs/parity.md', import.meta.url);
const BEGIN = '<!-- written by bench/parity.ts -->';
const END = '<!-- end -->';

async function measure(parityCase: ParityCase): Promise<ParityRow> {
  const graph = parityCase.graph();
  const ours = await ourNetwork(graph);
  const o1 = await circomNetwork(graph, 'O1');
  // Circom's elimination grows with the third power of the activations: hours here.
  const o2 = parityCase === MNIST_CASE ? undefined : await circomNetwork(graph, 'O2');
  return {
    name: parityCase.name,
    o1: costOf(o1.system),
    o2: o2 && costOf(o2.system),
    ours: costOf(ours.system),
  };
}

async function measureAll(): Promise<string> {
  const lines = [printTableHead()];
  for (const parityCase of [...LAYER_CASES, ...TRAINED_CASES, MNIST_CASE, ...BARE_CASES]) {
    const line = printRow(await measure(parityCase));
    console.log(line);
    lines.push(line);
  }
  return lines.join('\n');
}

const page = readFileSync(PAGE, 'utf8');
const [before, rest] = page.split(BEGIN);
const after = rest?.split(END)[1];
if (before === undefined || after === undefined)
  throw new Error(`docs/parity.md lacks '${BEGIN}' and '${END}'.`);
writeFileSync(PAGE, `${before}${BEGIN}\n\n${await measureAll()}\n\n${END}${after}`);

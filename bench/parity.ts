/**
 * Measures every parity case in Circom and here, and renews the tables of docs/parity.md.
 *
 * Run: npx tsx bench/parity.ts (about two minutes; with a word, `networks` or `circomlib`, that table only). The parity tests hold the committed table against fresh measurements.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { noirWasmSession } from '../src/toolchain/index.ts';
import {
  BARE_CASES,
  LAYER_CASES,
  MNIST_CASE,
  type ParityCase,
  TRAINED_CASES,
} from '../test/parity/support/cases.ts';
import { circomNetwork } from '../test/parity/support/circom-network.ts';
import { circomForm, noirForm } from '../test/parity/support/circomlib.ts';
import { CIRCOMLIB_CASES } from '../test/parity/support/circomlib-cases.ts';
import { costOf } from '../test/parity/support/implementation.ts';
import { ourNetwork } from '../test/parity/support/our-network.ts';
import { type ParityRow, printRow, printTableHead } from '../test/parity/support/table.ts';

const PAGE = new URL('../docs/parity.md', import.meta.url);
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

async function measureNetworks(): Promise<string> {
  const lines = [printTableHead('network')];
  for (const parityCase of [...LAYER_CASES, ...TRAINED_CASES, MNIST_CASE, ...BARE_CASES]) {
    const line = printRow(await measure(parityCase));
    console.log(line);
    lines.push(line);
  }
  return lines.join('\n');
}

async function measureCircomlib(): Promise<string> {
  const lines = [printTableHead('function')];
  const compiler = noirWasmSession();
  for (const parityCase of CIRCOMLIB_CASES) {
    const [ours, o1, o2] = [
      await noirForm(parityCase, compiler),
      await circomForm(parityCase, 'O1'),
      await circomForm(parityCase, 'O2'),
    ].map(({ system }) => costOf(system));
    if (ours === undefined) throw new Error(`${parityCase.name} has no cost.`);
    const line = printRow({ name: parityCase.name, o1, o2, ours });
    console.log(line);
    lines.push(line);
  }
  compiler.close();
  return lines.join('\n');
}

/** Replaces what stands between `<!-- name, written by bench/parity.ts -->` and `<!-- end -->`. */
async function renew(name: string, measureTable: () => Promise<string>): Promise<void> {
  const chosen = process.argv[2];
  if (chosen !== undefined && chosen !== name) return;
  const table = await measureTable();
  const begin = `<!-- ${name}, written by bench/parity.ts -->`;
  const page = readFileSync(PAGE, 'utf8');
  const start = page.indexOf(begin);
  const end = page.indexOf('<!-- end -->', start);
  if (start < 0 || end < 0)
    throw new Error(`docs/parity.md lacks '${begin}' or the '<!-- end -->' after it.`);
  writeFileSync(PAGE, `${page.slice(0, start)}${begin}\n\n${table}\n\n${page.slice(end)}`);
}

await renew('networks', measureNetworks);
await renew('circomlib', measureCircomlib);

/** `bionoir info`: where do my constraints go? By kind of opcode, by Noir function, by source line; as tables or a flame graph. */
import type { Command } from 'commander';
import {
  type Circuit,
  functionKeys,
  lineKeys,
  type ProfileRow,
  printFlameGraph,
  printFolded,
  profileBy,
  profileTree,
} from '../../index.ts';
import { type CompilerChoice, readCircuit, warnOfUnusedInputs } from '../circuits.ts';
import type { Context } from '../context.ts';
import { writeWhole } from '../files.ts';
import { addWhere, parseWhole, toolchainOption, type WhereOptions } from '../options.ts';
import { findPlace } from '../place.ts';
import { tellSize } from '../tell.ts';

interface InfoOptions extends WhereOptions, CompilerChoice {
  readonly html?: string;
  readonly folded?: string;
  readonly top: number;
}

const DEFAULT_TOP = 20;

export function addInfo(program: Command, contextOf: () => Context): void {
  addWhere(program.command('info'))
    .description('opcodes and constraints by kind, by Noir function and by source line')
    .option('--html <file>', 'write a flame graph: one file, to open in a browser')
    .option('--folded <file>', 'write stacks for flame graph tools: frames;with;semicolons and a count')
    .option('--top <n>', 'functions and lines to list', parseWhole, DEFAULT_TOP)
    .addOption(toolchainOption())
    .action((where: string | undefined, options: InfoOptions) => info(contextOf(), where, options));
}

async function info(context: Context, where: string | undefined, options: InfoOptions): Promise<void> {
  const place = findPlace(where, options.package);
  const circuit = await readCircuit(context, place, options);
  const { reporter } = context;
  const { system } = circuit.lowered;
  reporter.stage('Program');
  tellSize(context, circuit);
  const kinds = countKinds(circuit);
  const functions = profileBy(system, functionKeys);
  const lines = profileBy(system, lineKeys);
  const total = system.constraintCount;
  reporter.block(`\n${kindTable(kinds, total)}`, 'kinds', kinds);
  reporter.block(
    `\n${profileTable('function', functions.slice(0, options.top), total)}`,
    'functions',
    functions,
  );
  reporter.block(`\n${profileTable('line', lines.slice(0, options.top), total)}`, 'lines', lines);
  const tree = profileTree(system);
  if (options.folded !== undefined) write(context, options.folded, printFolded(tree));
  if (options.html !== undefined)
    write(context, options.html, printFlameGraph(tree, `Constraints of ${place.title}`));
  warnOfUnusedInputs(context, circuit);
}

function write({ reporter }: Context, file: string, text: string): void {
  writeWhole(file, text);
  reporter.fact('written', file);
}

interface KindCount {
  readonly kind: string;
  readonly opcodeCount: number;
  readonly constraintCount: number;
}

/** Opcodes by kind, each function once however often it is called, and the constraints that come from them. */
function countKinds({ program, lowered }: Circuit): KindCount[] {
  const opcodeCounts = new Map<string, number>();
  const kinds = program.functions.map(({ opcodes }) =>
    opcodes.map(opcode => {
      const kind = opcode.kind === 'black-box' ? opcode.call.name : opcode.kind;
      opcodeCounts.set(kind, (opcodeCounts.get(kind) ?? 0) + 1);
      return kind;
    }),
  );
  const rows = profileBy(lowered.system, ({ functionIndex, opcodeIndex }) => [
    kinds[functionIndex]?.[opcodeIndex] ?? '(none)',
  ]);
  const constraintCounts = new Map(rows.map(({ key, constraintCount }) => [key, constraintCount] as const));
  return [...new Set([...constraintCounts.keys(), ...opcodeCounts.keys()])].map(kind => ({
    kind,
    opcodeCount: opcodeCounts.get(kind) ?? 0,
    constraintCount: constraintCounts.get(kind) ?? 0,
  }));
}

function kindTable(kinds: readonly KindCount[], total: number): string {
  return textTable([
    ['opcode', 'opcodes', 'constraints', 'share'],
    ...kinds.map(({ kind, opcodeCount, constraintCount }) => [
      kind,
      `${opcodeCount}`,
      `${constraintCount}`,
      shareText(constraintCount, total),
    ]),
  ]);
}

function profileTable(title: string, rows: readonly ProfileRow[], total: number): string {
  return textTable([
    [title, 'constraints', 'share', 'own'],
    ...rows.map(({ key, constraintCount, selfCount }) => [
      key,
      `${constraintCount}`,
      shareText(constraintCount, total),
      `${selfCount}`,
    ]),
  ]);
}

function shareText(count: number, total: number): string {
  return `${((100 * count) / Math.max(1, total)).toFixed(1)} %`;
}

/** Columns: the first to the left, numbers to the right. */
function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  const pad = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return `${rows.map(row => row.map(pad).join('  ').trimEnd()).join('\n')}\n`;
}

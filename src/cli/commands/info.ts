/** `bionoir info`: where do my constraints go? By kind of opcode, by Noir function, by source line; as tables or a flame graph. */
import type { Command } from 'commander';
import {
  functionKeys,
  lineKeys,
  opcodeCosts,
  printFlameGraph,
  printFolded,
  printOpcodeCosts,
  printProfile,
  profileBy,
  profileTree,
} from '../../index.ts';
import { type CompilerChoice, readCircuit, warnOfUnusedInputs } from '../circuits.ts';
import type { Context } from '../context.ts';
import { writeWhole } from '../files.ts';
import { addWhere, toolchainOption, type WhereOptions } from '../options.ts';
import { parseWhole } from '../parse.ts';
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
  const costs = opcodeCosts(circuit.program, system);
  const functions = profileBy(system, functionKeys);
  const lines = profileBy(system, lineKeys);
  const total = system.constraintCount;
  reporter.block(`\n${printOpcodeCosts(costs)}`, 'kinds', costs);
  reporter.block(
    `\n${printProfile(functions.slice(0, options.top), 'function', total)}`,
    'functions',
    functions,
  );
  reporter.block(`\n${printProfile(lines.slice(0, options.top), 'line', total)}`, 'lines', lines);
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

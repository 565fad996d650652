/** `bionoir convert`: any Noir program to iden3's .r1cs and .sym, and with inputs .wtns: for other Groth16 tools. */
import type { Command } from 'commander';
import { costTable, printCostTable } from '../../index.ts';
import { writeConstraints } from '../build-folder.ts';
import { type CompilerChoice, readCircuit, warnOfUnusedInputs } from '../circuits.ts';
import { type Context, withKernel } from '../context.ts';
import { withLock } from '../lock.ts';
import { addWhere, proofSystemOption, toolchainOption, type WhereOptions } from '../options.ts';
import { buildPlace, findPlace, type Place } from '../place.ts';
import { addInputOptions, type InputOptions, solvePlaced, witnessOption } from '../program-inputs.ts';
import { tellSize, tellWitness } from '../tell.ts';
import { writeWitness } from '../write.ts';

interface ConvertOptions extends WhereOptions, CompilerChoice, InputOptions {
  readonly out?: string;
}

export function addConvert(program: Command, contextOf: () => Context): void {
  addInputOptions(addWhere(program.command('convert')))
    .description(
      'any Noir program, 0.25 to 1.0.0-beta.26, to .r1cs and .sym; with --input or --witness to .wtns',
    )
    .option(
      '-o, --out <folder>',
      'where to write circuit.r1cs, circuit.sym, costs.txt (default: beside the artifact)',
    )
    .addOption(witnessOption())
    .addOption(proofSystemOption())
    .addOption(toolchainOption())
    .action((where: string | undefined, options: ConvertOptions) => {
      const [context, place] = [contextOf(), findPlace(where, options.package)];
      const target = options.out === undefined ? place : buildPlace(options.out);
      return withLock(context, target, () => convert(context, { place, target }, options));
    });
}

/** What is converted, and where the files go. */
interface Conversion {
  readonly place: Place;
  readonly target: Place;
}

async function convert(
  context: Context,
  { place, target }: Conversion,
  options: ConvertOptions,
): Promise<void> {
  const circuit = await readCircuit(context, place, options);
  for (const file of writeConstraints(target, circuit)) context.reporter.fact('written', file);
  tellSize(context, circuit);
  const costs = costTable(circuit.lowered.system);
  context.reporter.block(`\n${printCostTable(costs)}`, 'costs', costs);
  warnOfUnusedInputs(context, circuit);
  if (options.input === undefined && options.witness === undefined) return;
  const inputs = { ...place, file: target.file };
  const witness = await withKernel(context, kernel =>
    solvePlaced(context, inputs, { circuit, options, kernel }),
  );
  tellWitness(context, { circuit, witness, file: writeWitness(target, witness) });
}

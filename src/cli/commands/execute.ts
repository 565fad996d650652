/** `bionoir execute | witness`: a program on its inputs, to ACIR witnesses or to every wire. */
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { showValue } from '../../index.ts';
import { type CompilerChoice, compiledFor, readArtifact, readCircuit, readSolvable } from '../circuits.ts';
import { type Context, withKernel } from '../context.ts';
import { withLock } from '../lock.ts';
import { addWhere, toolchainOption, type WhereOptions } from '../options.ts';
import { findPlace, type Place } from '../place.ts';
import {
  addInputOptions,
  executeProgram,
  type InputOptions,
  solvePlaced,
  witnessOption,
} from '../program-inputs.ts';
import { tellStatement, tellWitness } from '../tell.ts';
import { writeOpening, writeWitness } from '../write.ts';

type ExecuteOptions = InputOptions & WhereOptions & Pick<CompilerChoice, 'toolchain'>;

export function addExecute(program: Command, contextOf: () => Context): void {
  addInputOptions(addWhere(program.command('execute')))
    .description('run a program on its inputs: its return value, and target/<name>.gz')
    .option('--witness-name <name>', 'name of the witness file (default: the package)')
    .addOption(toolchainOption())
    .action((where: string | undefined, options: ExecuteOptions & { witnessName?: string }) =>
      executeOne(contextOf(), where, options),
    );
  addInputOptions(addWhere(program.command('witness')))
    .description('solve every wire, check every constraint, and write .wtns')
    .addOption(witnessOption())
    .addOption(toolchainOption())
    .action((where: string | undefined, options: ExecuteOptions) => {
      const [context, place] = [contextOf(), findPlace(where, options.package)];
      return withLock(context, place, () => solveInto(context, place, options));
    });
}

async function executeOne(
  context: Context,
  where: string | undefined,
  options: ExecuteOptions & { witnessName?: string },
): Promise<void> {
  const place = findPlace(where, options.package);
  const folder = dirname(place.file('witnessStack'));
  const file = options.witnessName === undefined ? {} : { file: join(folder, `${options.witnessName}.gz`) };
  await withLock(context, place, async () => {
    const artifact = await readArtifact(context, place, options);
    const { returnValue } = await executeProgram(context, { place, artifact, options, ...file });
    const type = artifact.abi.return_type?.abi_type;
    if (type && returnValue !== null)
      context.reporter.fact('returns', showValue(type, returnValue), showValue(type, returnValue));
  });
}

async function solveInto(context: Context, place: Place, options: ExecuteOptions): Promise<void> {
  const circuit =
    options.witness === undefined
      ? await readSolvable(context, place, { ...options, isProved: false })
      : await readCircuit(context, place, { ...options, proofSystem: compiledFor(place) });
  const witness = await withKernel(context, kernel =>
    solvePlaced(context, place, { circuit, options, kernel }),
  );
  tellWitness(context, { circuit, witness, file: writeWitness(place, witness) });
  tellStatement(context, circuit, { witness, files: writeOpening(place, circuit, witness) });
}

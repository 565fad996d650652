/** `bionoir prove`: a private input, or a solved witness, to a proof. */
import type { Command } from 'commander';
import { BionoirError } from '../../index.ts';
import { type CompilerChoice, readCircuit } from '../circuits.ts';
import { type Context, listenerFor, withKernel } from '../context.ts';
import { addWhere, toolchainOption, type WhereOptions } from '../options.ts';
import { findPlace, requireFile } from '../place.ts';
import { addInputOptions, type InputOptions, solvePlaced, witnessOption } from '../program-inputs.ts';
import { keysOf, proofSystemOf, proveFromFile, readKeyHead, verifyAny } from '../proof-systems.ts';
import { tellProof, tellStatement, tellWitness } from '../tell.ts';
import { writeOpening, writeProof, writeWitness } from '../write.ts';

type ProveOptions = InputOptions & WhereOptions & CompilerChoice;

export function addProve(program: Command, contextOf: () => Context): void {
  addInputOptions(addWhere(program.command('prove')))
    .description('prove what a program or a network says of a private input')
    .addOption(witnessOption())
    .addOption(toolchainOption())
    .action((where: string | undefined, options: ProveOptions) => proveInto(contextOf(), where, options));
}

async function proveInto(context: Context, where: string | undefined, options: ProveOptions): Promise<void> {
  const place = findPlace(where, options.package);
  const keyFile = requireFile(place, 'provingKey', 'setup');
  const keyHead = await readKeyHead(keyFile);
  const circuit = await readCircuit(context, place, { ...options, proofSystem: proofSystemOf(keyHead) });
  const stage = { listener: listenerFor(context), signal: context.signal };
  await withKernel(context, async kernel => {
    const witness = await solvePlaced(context, place, { circuit, options, kernel });
    tellWitness(context, { circuit, witness, file: writeWitness(place, circuit, witness) });
    tellStatement(context, circuit, { witness, files: writeOpening(place, circuit, witness) });
    const result = await proveFromFile(kernel, keyFile, witness, stage);
    // A key of the same size from before the program was changed gives a proof that is false.
    if (!(await verifyAny(kernel, keysOf(keyHead).verificationKey, result, {}))) throw staleKey(place.title);
    tellProof(context, { result, files: writeProof(place, result) });
  });
}

function staleKey(title: string): BionoirError {
  return new BionoirError(
    'KEY_MISMATCH',
    `The proof is false: the proving key of ${title} belongs to another program, perhaps to this one before it was changed. Run 'bionoir setup' again.`,
    { details: { title } },
  );
}

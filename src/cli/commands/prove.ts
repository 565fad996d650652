/** `bionoir prove`: a private input, or a solved witness, to a proof. */
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { BionoirError, type Kernel } from '../../index.ts';
import { type CompilerChoice, type PlacedCircuit, readCircuit, readSolvable } from '../circuits.ts';
import { type Context, listenerFor, withKernel } from '../context.ts';
import { assertWritable } from '../files.ts';
import { withLock } from '../lock.ts';
import { addWhere, toolchainOption, type WhereOptions } from '../options.ts';
import { findPlace, type Place, proofPlace, requireFile } from '../place.ts';
import { addInputOptions, type InputOptions, solvePlaced, witnessOption } from '../program-inputs.ts';
import { keysOf, proofSystemOf, proveFromFile, readKeyHead, verifyAny } from '../proof-systems.ts';
import type { PlacedReady } from '../ready.ts';
import { tellProof, tellStatement, tellWitness } from '../tell.ts';
import { writeOpening, writeProof, writeWitness } from '../write.ts';

interface ProveOptions extends InputOptions, WhereOptions, Pick<CompilerChoice, 'toolchain'> {
  readonly out?: string;
}

export function addProve(program: Command, contextOf: () => Context): void {
  addInputOptions(addWhere(program.command('prove')))
    .description('prove what a program or a network says of a private input')
    .option('-o, --out <folder>', 'where witness and proof go (default: with the key)')
    .addOption(witnessOption())
    .addOption(toolchainOption())
    .action((where: string | undefined, options: ProveOptions) => {
      const context = contextOf();
      const place = proofPlace(findPlace(where, options.package), options.out);
      return withLock(context, place, () => proveInto(context, place, options));
    });
}

async function proveInto(context: Context, place: Place, options: ProveOptions): Promise<void> {
  const keyFile = requireFile(place, 'provingKey', 'setup');
  assertWritable(dirname(place.file('proof')));
  const keyHead = await readKeyHead(keyFile);
  const choice = { ...options, proofSystem: proofSystemOf(keyHead) };
  const lowered = (): Promise<PlacedCircuit> => readCircuit(context, place, choice);
  const circuit =
    options.witness === undefined
      ? await readSolvable(context, place, { ...choice, isProved: true })
      : await lowered();
  const key = { path: keyFile, head: keyHead };
  await withKernel(context, async kernel => {
    const job = { context, place, options, kernel, key };
    if (await proveCircuit(job, circuit)) return;
    // Only constraints can tell whether the witness or the key is wrong.
    if (!('witnessProgram' in circuit)) throw staleKey(place.title);
    context.reporter.warn('The proof is false. The program is lowered again, to check its witness.');
    if (!(await proveCircuit(job, await lowered()))) throw staleKey(place.title);
  });
}

interface ProofJob {
  readonly context: Context;
  readonly place: Place;
  readonly options: ProveOptions;
  readonly kernel: Kernel;
  readonly key: { readonly path: string; readonly head: Uint8Array };
}

/** Solves, proves and verifies; writes and tells all only of a proof that is right, which is returned. */
async function proveCircuit(
  { context, place, options, kernel, key }: ProofJob,
  circuit: PlacedCircuit | PlacedReady,
): Promise<boolean> {
  const stage = { listener: listenerFor(context), signal: context.signal };
  const witness = await solvePlaced(context, place, { circuit, options, kernel });
  tellWitness(context, { circuit, witness, file: writeWitness(place, witness) });
  tellStatement(context, circuit, { witness, files: writeOpening(place, circuit, witness) });
  const result = await proveFromFile(kernel, key.path, witness, stage);
  // A key of the same size from before the program was changed gives a proof that is false.
  if (!(await verifyAny(kernel, keysOf(key.head).verificationKey, result, {}))) return false;
  tellProof(context, { result, files: writeProof(place, result) });
  return true;
}

function staleKey(title: string): BionoirError {
  return new BionoirError(
    'KEY_MISMATCH',
    `The proof is false: the proving key of ${title} belongs to another program, perhaps to this one before it was changed. Run 'bionoir setup' again.`,
    { details: { title } },
  );
}

/** `bionoir witness | prove`: a private input of a compiled network to wires, and to a proof. */
import type { Command } from 'commander';
import { prove, solve } from '../../index.ts';
import { FILES, readCompiled, requireBuild } from '../build-folder.ts';
import { type Context, listenerFor, withKernel } from '../context.ts';
import { readBytes } from '../files.ts';
import { readInput } from '../inputs.ts';
import { setOption } from '../options.ts';
import { tellOutputs, tellProof } from '../tell.ts';
import { writeProof, writeWitness } from '../write.ts';

interface InputOptions {
  readonly input: string;
  readonly set: Readonly<Record<string, string>>;
}

export function addProve(program: Command, contextOf: () => Context): void {
  program
    .command('witness')
    .argument('<folder>', 'build folder')
    .description('solve every wire and check every constraint')
    .requiredOption('-i, --input <input.json>', 'the private input')
    .addOption(setOption())
    .action(
      async (folder: string, options: InputOptions) => void (await solveInto(contextOf(), folder, options)),
    );
  program
    .command('prove')
    .argument('<folder>', 'build folder')
    .description('prove the output of a private input')
    .requiredOption('-i, --input <input.json>', 'the private input')
    .addOption(setOption())
    .action((folder: string, options: InputOptions) => proveInto(contextOf(), folder, options));
}

async function solveInto(context: Context, folder: string, options: InputOptions) {
  const sample = readInput(options.input);
  const circuit = await readCompiled(folder);
  const witness = await solve(circuit, sample, {
    listener: listenerFor(context),
    signal: context.signal,
    values: options.set,
  });
  tellOutputs(context, { circuit, witness, file: writeWitness(folder, circuit, witness) });
  return witness;
}

async function proveInto(context: Context, folder: string, options: InputOptions): Promise<void> {
  const zkey = readBytes(requireBuild(folder, FILES.provingKey, 'setup'), 'proving key');
  const witness = await solveInto(context, folder, options);
  await withKernel(context, async kernel => {
    const key = await kernel.loadProvingKey(zkey);
    const result = await prove(kernel, key, witness, {
      listener: listenerFor(context),
      signal: context.signal,
    });
    key.release();
    tellProof(context, { result, files: writeProof(folder, result) });
  });
}

/** `bionoir verify | solidity`: the verifier's side. */
import { join } from 'node:path';
import type { Command } from 'commander';
import {
  parseProof,
  parsePublicSignals,
  parseVerificationKey,
  verifierContract,
  verify,
} from '../../index.ts';
import { FILES } from '../build-folder.ts';
import { type Context, listenerFor, withKernel } from '../context.ts';
import { isDirectory, readText, writeWhole } from '../files.ts';
import { refuseFalseProof } from '../tell.ts';

interface VerifyOptions {
  readonly key?: string;
  readonly proof?: string;
  readonly public?: string;
}

export function addVerify(program: Command, contextOf: () => Context): void {
  program
    .command('verify')
    .argument('[folder]', 'build folder', '.')
    .description('check a proof; exit code 1 when it is false')
    .option('--key <file>', 'verification key (default: in the folder)')
    .option('--proof <file>', 'proof')
    .option('--public <file>', 'public signals')
    .action((folder: string, options: VerifyOptions) => check(contextOf(), folder, options));
  program
    .command('solidity')
    .argument('<key>', 'verification key, or the build folder that holds it')
    .description('print the Solidity verifier of a verification key')
    .option('-o, --out <file>', 'where to write it (default: the terminal)')
    .option('--name <contract>', 'name of the contract', 'Verifier')
    .action((path: string, options: { out?: string; name: string }) =>
      printContract(contextOf(), path, options),
    );
}

async function check(context: Context, folder: string, options: VerifyOptions): Promise<void> {
  const read = (path: string | undefined, file: string, what: string) =>
    readText(path ?? join(folder, file), what);
  const key = parseVerificationKey(read(options.key, FILES.verificationKey, 'verification key'));
  const proof = parseProof(read(options.proof, FILES.proof, 'proof'));
  const publicSignals = parsePublicSignals(read(options.public, FILES.publicSignals, 'public signals'));
  const stage = { listener: listenerFor(context), signal: context.signal };
  const isValid = await withKernel(context, kernel => verify(kernel, key, { proof, publicSignals }, stage));
  refuseFalseProof(context, isValid);
}

function printContract(context: Context, path: string, options: { out?: string; name: string }): void {
  const file = isDirectory(path) ? join(path, FILES.verificationKey) : path;
  const source = verifierContract(parseVerificationKey(readText(file, 'verification key')), {
    name: options.name,
  });
  if (options.out === undefined) {
    context.reporter.raw(source);
    return;
  }
  writeWhole(options.out, source);
  context.reporter.stage('Solidity verifier');
  context.reporter.fact('written', options.out);
}

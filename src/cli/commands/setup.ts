/** `bionoir setup | contribute | beacon | verify-key`: keys of a build folder. */
import { join } from 'node:path';
import type { Command } from 'commander';
import {
  applyBeacon,
  BionoirError,
  contribute,
  exportVerificationKey,
  readContributions,
  setup,
  verifyCeremony,
} from '../../index.ts';
import { FILES, readCompiled, requireBuild } from '../build-folder.ts';
import { type Context, listenerFor, withKernel } from '../context.ts';
import { readBytes } from '../files.ts';
import { parseWhole } from '../options.ts';
import { tellKeys } from '../tell.ts';
import { writeKeys } from '../write.ts';

const DEFAULT_BEACON_EXPONENT = 10;

export function addSetup(program: Command, contextOf: () => Context): void {
  program
    .command('setup')
    .argument('<folder>', 'build folder')
    .description('proving key, verification key and Solidity verifier')
    .option('--ptau <file>', 'powers of tau; without it a development set-up, never for real value')
    .option('--name <name>', 'public name of the first contribution', 'first')
    .action((folder: string, options: { ptau?: string; name: string }) =>
      makeKeys(contextOf(), folder, options),
    );
  program
    .command('contribute')
    .argument('<folder>', 'build folder')
    .description('add a secret to the proving key')
    .requiredOption('--name <name>', 'public name of the contribution')
    .option('--entropy <text>', 'mixed into the randomness of the platform')
    .action((folder: string, options: { name: string; entropy?: string }) =>
      changeKey(contextOf(), folder, zkey => contribute(zkey, options)),
    );
  program
    .command('beacon')
    .argument('<folder>', 'build folder')
    .description('close the ceremony with a public random value')
    .requiredOption('--beacon <hex>', 'a value that nobody could predict, such as a later block hash')
    .option('--name <name>', 'public name', 'beacon')
    .option('--iterations-exponent <n>', 'the value is hashed 2^n times', parseWhole, DEFAULT_BEACON_EXPONENT)
    .action((folder: string, options: { name: string; beacon: string; iterationsExponent: number }) =>
      changeKey(contextOf(), folder, zkey => applyBeacon(zkey, options)),
    );
  program
    .command('verify-key')
    .argument('<folder>', 'build folder')
    .description('check the proving key against circuit and powers of tau')
    .requiredOption('--ptau <file>', 'the powers of tau it was made from')
    .action((folder: string, options: { ptau: string }) => checkKey(contextOf(), folder, options.ptau));
}

async function makeKeys(
  context: Context,
  folder: string,
  options: { ptau?: string; name: string },
): Promise<void> {
  const circuit = await readCompiled(folder);
  const keys = await withKernel(context, kernel =>
    setup(kernel, circuit, {
      listener: listenerFor(context),
      signal: context.signal,
      contributor: options.name,
      ...(options.ptau === undefined ? {} : { ptau: readBytes(options.ptau, 'powers of tau') }),
    }),
  );
  tellKeys(context, { keys, files: writeKeys(folder, keys), isDevelopment: options.ptau === undefined });
}

async function changeKey(
  context: Context,
  folder: string,
  change: (zkey: Uint8Array) => Promise<Uint8Array>,
): Promise<void> {
  const path = requireBuild(folder, FILES.provingKey, 'setup');
  context.reporter.stage('Change the proving key');
  const provingKey = await change(readBytes(path, 'proving key'));
  const keys = { provingKey, verificationKey: exportVerificationKey(provingKey) };
  tellKeys(context, { keys, files: writeKeys(folder, keys), isDevelopment: false });
  tellContributions(context, provingKey);
  context.reporter.done();
}

async function checkKey(context: Context, folder: string, ptau: string): Promise<void> {
  const zkey = readBytes(requireBuild(folder, FILES.provingKey, 'setup'), 'proving key');
  const r1cs = readBytes(join(folder, FILES.r1cs), 'circuit');
  context.reporter.stage('Check the proving key');
  const isValid = await verifyCeremony(r1cs, readBytes(ptau, 'powers of tau'), zkey);
  tellContributions(context, zkey);
  context.reporter.fact('key', isValid, isValid ? 'valid' : 'NOT VALID');
  context.reporter.done();
  if (isValid) return;
  throw new BionoirError(
    'KEY_MISMATCH',
    `The proving key in ${folder} was not made from this circuit and these powers of tau. Set up again.`,
    { details: { folder } },
  );
}

function tellContributions({ reporter }: Context, zkey: Uint8Array): void {
  readContributions(zkey).forEach((contribution, index) => {
    reporter.fact(`contribution ${index + 1}`, contribution.name ?? '(unnamed)');
  });
}

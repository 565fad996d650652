/** `bionoir setup | contribute | beacon | verify-key`: keys of a program or a network. */
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { BionoirError, type FileSource, type Kernel } from '../../index.ts';
import {
  type CompilerChoice,
  compiledFor,
  type PlacedCircuit,
  readCircuit,
  warnOfUnusedInputs,
  writeLowered,
} from '../circuits.ts';
import { type Context, listenerFor, withKernel, withPtau } from '../context.ts';
import { warnOfOwnSignals } from '../contracts.ts';
import { assertWritable, readBytes } from '../files.ts';
import { withLock } from '../lock.ts';
import {
  addWhere,
  allowOption,
  bareProofSystemOption,
  toolchainOption,
  type WhereOptions,
} from '../options.ts';
import { parseWhole } from '../parse.ts';
import { findPlace, type Place, requireFile } from '../place.ts';
import {
  type AnyKeys,
  applyBeaconAny,
  contributeAny,
  contributorsOf,
  keysOf,
  proofSystemOf,
  setupAny,
  verifyCeremonyAny,
} from '../proof-systems.ts';
import { readReady } from '../ready.ts';
import { tellKeys } from '../tell.ts';
import { writeKeys } from '../write.ts';

const DEFAULT_BEACON_EXPONENT = 10;

interface SetupOptions extends WhereOptions, CompilerChoice {
  readonly ptau?: string;
  readonly name: string;
  readonly allowUnconstrained?: readonly string[];
}

export function addSetup(program: Command, contextOf: () => Context): void {
  addWhere(program.command('setup'))
    .description('proving key, verification key and Solidity verifier')
    .option('--ptau <file>', 'powers of tau; without it a development set-up, never for real value')
    .option('--name <name>', 'public name of the first contribution', 'first')
    .addOption(allowOption())
    .addOption(bareProofSystemOption())
    .addOption(toolchainOption())
    .action((where: string | undefined, options: SetupOptions) => {
      const [context, place] = [contextOf(), findPlace(where, options.package)];
      return withLock(context, place, () => makeKeys(context, place, options));
    });
  addWhere(program.command('contribute'))
    .description('add a secret to the proving key')
    .requiredOption('--name <name>', 'public name of the contribution')
    .option('--entropy <text>', 'mixed into the randomness of the platform')
    .action((where: string | undefined, options: WhereOptions & { name: string; entropy?: string }) =>
      changeKey(contextOf(), findPlace(where, options.package), (kernel, zkey) =>
        contributeAny(kernel, zkey, options),
      ),
    );
  addWhere(program.command('beacon'))
    .description('close the ceremony with a public random value')
    .requiredOption('--beacon <hex>', 'a value that nobody could predict, such as a later block hash')
    .option('--name <name>', 'public name', 'beacon')
    .option('--iterations-exponent <n>', 'the value is hashed 2^n times', parseWhole, DEFAULT_BEACON_EXPONENT)
    .action(
      (
        where: string | undefined,
        options: WhereOptions & { name: string; beacon: string; iterationsExponent: number },
      ) =>
        changeKey(contextOf(), findPlace(where, options.package), (kernel, zkey) =>
          applyBeaconAny(kernel, zkey, options),
        ),
    );
  addWhere(program.command('verify-key'))
    .description('check the proving key against circuit and powers of tau')
    .requiredOption('--ptau <file>', 'the powers of tau it was made from')
    .action((where: string | undefined, options: WhereOptions & { ptau: string }) =>
      checkKey(contextOf(), findPlace(where, options.package), options.ptau),
    );
}

async function makeKeys(context: Context, place: Place, options: SetupOptions): Promise<void> {
  assertWritable(dirname(place.file('provingKey')));
  const proofSystem = options.proofSystem ?? compiledFor(place);
  const circuit = await readCircuit(context, place, { ...options, proofSystem });
  warnOfUnusedInputs(context, circuit);
  prepare(place, circuit);
  const make = (ptau?: FileSource): Promise<AnyKeys> =>
    withKernel(context, kernel =>
      setupAny(kernel, circuit, {
        listener: listenerFor(context),
        signal: context.signal,
        contributor: options.name,
        allowUnconstrained: options.allowUnconstrained ?? [],
        ...(ptau === undefined ? {} : { ptau }),
      }),
    );
  const keys = await (options.ptau === undefined ? make() : withPtau(options.ptau, make));
  const files = writeKeys(place, keys);
  warnOfOwnSignals(context, place, keys.verificationKey);
  tellKeys(context, { keys, files, isDevelopment: options.ptau === undefined });
}

/** Leaves what proving starts from at once, unless compiling did. */
function prepare(place: Place, circuit: PlacedCircuit): void {
  const proofSystem = circuit.lowered.system.rounds === undefined ? 'groth16' : 'ultragroth';
  const ready = readReady(place, circuit.artifact, { proofSystem, withConstraints: false });
  if ('reason' in ready) writeLowered(place, circuit);
}

function changeKey(
  context: Context,
  place: Place,
  change: (kernel: Kernel, zkey: Uint8Array) => Promise<Uint8Array>,
): Promise<void> {
  const path = requireFile(place, 'provingKey', 'setup');
  return withLock(context, place, async () => {
    context.reporter.stage('Change the proving key');
    const provingKey = await withKernel(context, kernel => change(kernel, readBytes(path, 'proving key')));
    const keys = keysOf(provingKey);
    tellKeys(context, { keys, files: writeKeys(place, keys), isDevelopment: false });
    tellContributions(context, provingKey);
    context.reporter.done();
  });
}

async function checkKey(context: Context, place: Place, ptau: string): Promise<void> {
  const zkey = readBytes(requireFile(place, 'provingKey', 'setup'), 'proving key');
  const circuit = await readCircuit(context, place, { proofSystem: proofSystemOf(zkey) });
  context.reporter.stage('Check the proving key');
  const isValid = await withPtau(ptau, powers =>
    withKernel(context, kernel => verifyCeremonyAny(kernel, circuit, { ptau: powers, zkey })),
  );
  tellContributions(context, zkey);
  context.reporter.fact('key', isValid, isValid ? 'valid' : 'NOT VALID');
  context.reporter.done();
  if (isValid) return;
  throw new BionoirError(
    'KEY_MISMATCH',
    `The proving key of ${place.title} was not made from this circuit and these powers of tau. Set up again.`,
    { details: { place: place.title } },
  );
}

function tellContributions({ reporter }: Context, zkey: Uint8Array): void {
  contributorsOf(zkey).forEach((name, index) => {
    reporter.fact(`contribution ${index + 1}`, name);
  });
}

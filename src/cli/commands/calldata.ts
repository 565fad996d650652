/** `bionoir calldata`: a proof as the data of a transaction, for the consumer contract or the verifier. */
import type { Command } from 'commander';
import { BionoirError, parsePublicSignals } from '../../index.ts';
import type { Context } from '../context.ts';
import { consumerOf } from '../contracts.ts';
import { readText } from '../files.ts';
import { addWhere, type WhereOptions } from '../options.ts';
import { findPlace, requireFile } from '../place.ts';
import { encodeAnyCall, parseAnyKey, parseAnyProof, printAnyProof, signalCountOf } from '../proof-systems.ts';

interface CalldataOptions extends WhereOptions {
  readonly function?: string;
  readonly proof?: string;
  readonly public?: string;
  readonly json?: true;
}

const VERIFY = 'verifyProof';

export function addCalldata(program: Command, contextOf: () => Context): void {
  addWhere(program.command('calldata'))
    .description(
      'print a proof as the data of a transaction: to the consumer contract, or else to the verifier',
    )
    .option(
      '--function <name>',
      `the function to call, which takes what ${VERIFY} takes (default: the consumer's, or ${VERIFY})`,
    )
    .option('--proof <file>', 'proof')
    .option('--public <file>', 'public signals')
    .action((where: string | undefined, _options: CalldataOptions, command: Command) =>
      printCall(contextOf(), where, command.optsWithGlobals<CalldataOptions>()),
    );
}

function printCall({ reporter }: Context, where: string | undefined, options: CalldataOptions): void {
  const place = findPlace(where, options.package);
  const file = (own: string | undefined, kind: 'proof' | 'publicSignals', what: string): string =>
    readText(own ?? requireFile(place, kind, 'prove'), what);
  const proof = parseAnyProof(file(options.proof, 'proof', 'proof'));
  const publicSignals = parsePublicSignals(file(options.public, 'publicSignals', 'public signals'));
  const key = parseAnyKey(readText(requireFile(place, 'verificationKey', 'setup'), 'verification key'));
  checkCount(publicSignals.length, signalCountOf(key));
  const consumer = consumerOf(place, key);
  const name = options.function ?? consumer?.entry ?? VERIFY;
  if (!/^[A-Za-z_$][\w$]*$/.test(name))
    throw new BionoirError(
      'USAGE',
      `The option --function is '${name}', which is no name of a Solidity function.`,
    );
  const call = encodeAnyCall({ proof, publicSignals }, name);
  if (options.json !== true) {
    reporter.raw(`${call}\n`);
    return;
  }
  reporter.stage('Calldata');
  reporter.fact('contract', consumer && name === consumer.entry ? consumer.name : 'Verifier');
  reporter.fact('function', name);
  reporter.fact('data', call);
  reporter.fact('arguments', printAnyProof({ proof, publicSignals }).calldata);
}

/** Another number of signals would make the call of a function that the contract does not have. */
function checkCount(found: number, expected: number): void {
  if (found === expected) return;
  throw new BionoirError(
    'MALFORMED_PROOF',
    `There are ${found} public signals; the verification key has ${expected}. Are proof and key from one run?`,
    { details: { found, expected } },
  );
}

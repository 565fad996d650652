/** `bionoir verify | solidity`: the verifier's side. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { parsePublicSignals } from '../../index.ts';
import { type Context, listenerFor, withKernel } from '../context.ts';
import { contractFiles, readApplication, verifierOf } from '../contracts.ts';
import { exists, isDirectory, readJson, readText, writeTogether } from '../files.ts';
import { addWhere, type WhereOptions } from '../options.ts';
import { type FileKind, findPlace, type Place, requireFile } from '../place.ts';
import {
  type AnyKeys,
  anyVerifierContract,
  parseAnyKey,
  parseAnyProof,
  verifyAny,
} from '../proof-systems.ts';
import { refuseFalseProof, tellStatement } from '../tell.ts';

interface SolidityOptions extends WhereOptions {
  readonly out?: string;
  readonly name: string;
}

interface VerifyOptions extends WhereOptions {
  readonly key?: string;
  readonly proof?: string;
  readonly public?: string;
}

export function addVerify(program: Command, contextOf: () => Context): void {
  addWhere(program.command('verify'))
    .description('check a proof; exit code 1 when it is false')
    .option('--key <file>', 'verification key')
    .option('--proof <file>', 'proof')
    .option('--public <file>', 'public signals')
    .action((where: string | undefined, options: VerifyOptions) => check(contextOf(), where, options));
  program
    .command('solidity')
    .argument(
      '[where]',
      'verification key; or the package, artifact or build folder that it belongs to (default: the package around here)',
    )
    .option('--package <name>', 'package of the workspace')
    .description(
      "the Solidity verifier of a verification key; into a folder with an application's consumer contract",
    )
    .option(
      '-o, --out <place>',
      'file of the verifier, or folder for all contracts, such as src/ or contracts/ (default: the terminal)',
    )
    .option('--name <contract>', 'name of the verifier', 'Verifier')
    .action((where: string | undefined, options: SolidityOptions) =>
      printContract(contextOf(), where, options),
    );
}

async function check(context: Context, where: string | undefined, options: VerifyOptions): Promise<void> {
  const read = (path: string | undefined, kind: FileKind, what: string) =>
    readText(path ?? findPlace(where, options.package).file(kind), what);
  const key = parseAnyKey(read(options.key, 'verificationKey', 'verification key'));
  const proof = parseAnyProof(read(options.proof, 'proof', 'proof'));
  const publicSignals = parsePublicSignals(read(options.public, 'publicSignals', 'public signals'));
  const stage = { listener: listenerFor(context), signal: context.signal };
  const isValid = await withKernel(context, kernel =>
    verifyAny(kernel, key, { proof, publicSignals }, stage),
  );
  refuseFalseProof(context, isValid);
  const isPlaced = [options.key, options.proof, options.public].includes(undefined);
  if (isPlaced) tellPlaced(context, findPlace(where, options.package), publicSignals);
}

/** Tells what a right proof says, where the place knows its application. */
function tellPlaced(context: Context, place: Place, publicSignals: readonly bigint[]): void {
  const application = readApplication(place);
  if (application) tellStatement(context, { application }, { witness: { publicSignals }, files: [] });
}

function printContract(context: Context, where: string | undefined, options: SolidityOptions): void {
  const { key, place } = readKey(where, options.package);
  const { name, out } = options;
  const contract = place ? verifierOf(place, key, name) : anyVerifierContract(key, { name });
  if (out === undefined) {
    context.reporter.raw(contract);
    return;
  }
  const isFolder = isDirectory(out) || /[/\\]$/.test(out);
  const files = isFolder && place ? contractFiles(place, key, { folder: out, name }) : [];
  const file = isFolder ? join(out, `${name}.sol`) : out;
  const changes = files.length > 0 ? files : [{ path: file, content: contract }];
  writeTogether(changes);
  context.reporter.stage('Contracts');
  for (const { path } of changes) context.reporter.fact('written', path);
}

/** The verification key itself, or that of a place: a file that is an artifact has its key beside it. */
function readKey(
  where: string | undefined,
  packageName: string | undefined,
): { readonly key: AnyKeys['verificationKey']; readonly place?: Place } {
  const read = (file: string): AnyKeys['verificationKey'] => parseAnyKey(readText(file, 'verification key'));
  const isFile = where !== undefined && exists(where) && !isDirectory(where);
  if (isFile && !isArtifact(where)) return { key: read(where) };
  const place = findPlace(where, packageName);
  return { key: read(requireFile(place, 'verificationKey', 'setup')), place };
}

function isArtifact(path: string): boolean {
  const value = readJson(path, 'verification key');
  return typeof value === 'object' && value !== null && 'bytecode' in value;
}

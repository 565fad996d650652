/** `bionoir verify | solidity`: the verifier's side. */
import type { Command } from 'commander';
import { parsePublicSignals } from '../../index.ts';
import { readNetwork } from '../build-folder.ts';
import { type Context, listenerFor, withKernel } from '../context.ts';
import { exists, isDirectory, readJson, readText, writeWhole } from '../files.ts';
import { addWhere, type WhereOptions } from '../options.ts';
import { type FileKind, findPlace, type Place, requireFile } from '../place.ts';
import { applicationOf, readProject } from '../project.ts';
import { anyVerifierContract, parseAnyKey, parseAnyProof, verifyAny } from '../proof-systems.ts';
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
    .description('print the Solidity verifier of a verification key')
    .option('-o, --out <file>', 'where to write it (default: the terminal)')
    .option('--name <contract>', 'name of the contract', 'Verifier')
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
  const project = readProject(place);
  if (project.application === undefined) return;
  const application = applicationOf(project, readNetwork(place));
  if (application) tellStatement(context, { application }, { witness: { publicSignals }, files: [] });
}

function printContract(context: Context, where: string | undefined, options: SolidityOptions): void {
  const text = readText(keyFile(where, options.package), 'verification key');
  const source = anyVerifierContract(parseAnyKey(text), { name: options.name });
  if (options.out === undefined) {
    context.reporter.raw(source);
    return;
  }
  writeWhole(options.out, source);
  context.reporter.stage('Solidity verifier');
  context.reporter.fact('written', options.out);
}

/** The verification key itself, or that of a place: a file that is an artifact has its key beside it. */
function keyFile(where: string | undefined, packageName: string | undefined): string {
  const isFile = where !== undefined && exists(where) && !isDirectory(where);
  if (isFile && !isArtifact(where)) return where;
  return requireFile(findPlace(where, packageName), 'verificationKey', 'setup');
}

function isArtifact(path: string): boolean {
  const value = readJson(path, 'verification key');
  return typeof value === 'object' && value !== null && 'bytecode' in value;
}

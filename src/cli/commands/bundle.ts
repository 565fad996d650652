/** `bionoir bundle`: what a web page needs to prove, as files for any static server. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { BionoirError, circuitFiles, type NoirArtifact } from '../../index.ts';
import type { Context } from '../context.ts';
import { readBytes, readJson, writeWhole } from '../files.ts';
import { withLock } from '../lock.ts';
import { addWhere, type WhereOptions } from '../options.ts';
import { findPlace, type Place, requireFile } from '../place.ts';
import { proofSystemOf } from '../proof-systems.ts';
import { readReady } from '../ready.ts';

interface BundleOptions extends WhereOptions {
  readonly out: string;
}

type Artifact = { readonly abi: Pick<Parameters<typeof circuitFiles>[0], 'parameters'> };

export function addBundle(program: Command, contextOf: () => Context): void {
  addWhere(program.command('bundle'))
    .description('circuit.json, circuit.bwp, circuit.zkey: what a web page needs to prove (bionoir/browser)')
    .requiredOption('-o, --out <folder>', 'where to write them; a folder that the page is served from')
    .action((where: string | undefined, options: BundleOptions) => {
      const [context, place] = [contextOf(), findPlace(where, options.package)];
      return withLock(context, place, () => bundle(context, place, options));
    });
}

function bundle({ reporter }: Context, place: Place, options: BundleOptions): void {
  const artifact = readJson(requireFile(place, 'artifact', 'compile'), 'Noir artifact');
  const provingKey = readBytes(requireFile(place, 'provingKey', 'setup'), 'proving key');
  requireFile(place, 'witnessProgram', 'convert');
  const ready = readReady(place, artifact as NoirArtifact, {
    proofSystem: proofSystemOf(provingKey),
    withConstraints: false,
  });
  if ('reason' in ready)
    throw new BionoirError(
      'KEY_MISMATCH',
      `The files of ${place.title} do not belong together: ${ready.reason}. Run 'bionoir setup' for it again.`,
      { details: { place: place.title, reason: ready.reason } },
    );
  reporter.stage('Bundle for browsers');
  const files = circuitFiles({
    parameters: (artifact as Artifact).abi.parameters, // written by the compiler
    witnessProgram: ready.witnessProgram,
    provingKey,
  });
  for (const [name, bytes] of files) {
    const path = join(options.out, name);
    writeWhole(path, bytes);
    reporter.fact('written', path, `${path} (${Math.ceil(bytes.length / 1000)} kB)`);
  }
  reporter.done();
}

/** `bionoir enrol`: the features of an input, which later logins are compared with. */
import type { Command } from 'commander';
import { enrol, printEnrolment } from '../../index.ts';
import { readNetwork } from '../build-folder.ts';
import type { Context } from '../context.ts';
import { writePrivate } from '../files.ts';
import { readInput } from '../inputs.ts';
import { findPlace } from '../place.ts';
import { applicationOf, readProject } from '../project.ts';

interface EnrolOptions {
  readonly input: string;
  readonly out?: string;
}

export function addEnrol(program: Command, contextOf: () => Context): void {
  program
    .command('enrol')
    .argument('<folder>', 'build folder of a network compiled with --app proximity')
    .description("the network's features of an input, and a commitment to them: what an account registers")
    .requiredOption('-i, --input <file>', 'the private input: a picture, or a JSON array of numbers')
    .option('-o, --out <file>', 'where to keep the features (default: features.json in the folder)')
    .action((folder: string, options: EnrolOptions) => enrolInto(contextOf(), folder, options));
}

function enrolInto({ reporter }: Context, folder: string, options: EnrolOptions): void {
  const place = findPlace(folder);
  const project = readProject(place);
  const quantGraph = readNetwork(place);
  const application = applicationOf(project, quantGraph);
  const network = { quantGraph, ...(application ? { application } : {}) };
  const sample = readInput(options.input, project)(network);
  const enrolment = enrol(network, sample);
  const path = options.out ?? place.file('features');
  writePrivate(path, printEnrolment(enrolment));
  reporter.stage('Enrol');
  reporter.fact('features', enrolment.features.length);
  reporter.fact('commitment', `0x${enrolment.commitment.toString(16)}`);
  reporter.fact('written (private)', path);
  reporter.done();
}

/** Options of applications and pictures: what a model is compiled for, and what a proof claims. */
import { type Command, Option } from 'commander';
import {
  type Application,
  type ApplicationOptions,
  BionoirError,
  type Claim,
  type Normalization,
  parseEnrolment,
} from '../index.ts';
import { readText } from './files.ts';
import { parseReal, parseWhole } from './parse.ts';
import type { Project } from './project.ts';

/** What a model is compiled for, on the command line. */
export interface ApplicationFlags {
  readonly app?: ApplicationOptions['kind'];
  readonly unbound?: true;
  readonly commitInput?: true;
  readonly commitInputs?: readonly string[];
  readonly commitFeatures?: true;
  readonly scoreIndex?: number;
  readonly resize?: 'stretch' | 'crop';
  readonly grayscale?: true;
  readonly bgr?: true;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

/** Adds what commands that compile a model take of applications and pictures. */
export function addApplicationOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--app <kind>', 'what a proof states about the output, for an account and a nonce').choices([
        'classification',
        'liveness',
        'proximity',
      ]),
    )
    .option('--unbound', 'classification without account and nonce')
    .option('--commit-input', 'make a salted commitment to the input public; to all, where there are several')
    .option('--commit-inputs <names>', 'the same to the inputs named, with commas', parseNames)
    .option(
      '--commit-features',
      'proximity: make a commitment to the features public instead of the features',
    )
    .option('--score-index <n>', 'liveness: which number of the output is the score', parseWhole)
    .addOption(
      new Option('--resize <how>', 'fit pictures of another size: cut out the centre, or stretch').choices([
        'crop',
        'stretch',
      ]),
    )
    .option('--grayscale', 'turn coloured pictures grey')
    .option('--bgr', 'the network takes blue, green, red')
    .option(
      '--mean <reals>',
      'mean of pixels / 255 in training, one or one a channel with commas',
      parseReals,
    )
    .option('--std <reals>', 'deviation of pixels / 255 in training, as --mean', parseReals);
}

/** What the flags say, as the build folder keeps it. @throws BionoirError USAGE for flags of an application without one */
export function projectOf(flags: ApplicationFlags): Project {
  const { app, scoreIndex, resize, grayscale, bgr } = flags;
  const bare = (['unbound', 'commitInput', 'commitInputs', 'commitFeatures', 'scoreIndex'] as const).find(
    name => flags[name] !== undefined,
  );
  if (app === undefined && bare !== undefined) {
    throw new BionoirError(
      'USAGE',
      `The option --${bare.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)} belongs to an application; add --app classification, liveness or proximity.`,
    );
  }
  const images = {
    ...(resize ? { resize } : {}),
    ...(grayscale ? { grayscale } : {}),
    ...(bgr ? { channelOrder: 'bgr' as const } : {}),
  };
  return {
    ...(app === undefined
      ? {}
      : {
          application: {
            kind: app,
            ...(flags.unbound ? { bound: false } : {}),
            ...(flags.commitInput ? { commitInput: true } : {}),
            ...(flags.commitInputs ? { commitInput: flags.commitInputs } : {}),
            ...(flags.commitFeatures ? { commitFeatures: true } : {}),
            ...(scoreIndex === undefined ? {} : { scoreIndex }),
          },
        }),
    ...(Object.keys(images).length === 0 ? {} : { images }),
  };
}

/** How pixels were normalised, if the flags say so. */
export function normalizationOf({ mean, std }: ApplicationFlags): Normalization | undefined {
  if (mean === undefined && std === undefined) return undefined;
  const count = Math.max(mean?.length ?? 0, std?.length ?? 0);
  return {
    mean: mean ?? new Array<number>(count).fill(0),
    deviation: std ?? new Array<number>(count).fill(1),
  };
}

function parseNames(text: string): string[] {
  return text.split(',').map(name => name.trim());
}

function parseReals(text: string): number[] {
  return text.split(',').map(parseReal);
}

/** What a proof claims, on the command line. */
export interface ClaimFlags {
  readonly address?: string;
  readonly nonce?: string;
  readonly threshold?: number;
  readonly features?: string;
  readonly salt?: string;
}

const CLAIM_FLAGS = ['address', 'nonce', 'threshold', 'features', 'salt'] as const;

/** Adds what a proof of an application claims. */
export function addClaimOptions(command: Command): Command {
  return command
    .option('--address <account>', 'application: the account that will send the proof')
    .option('--nonce <n>', "application: the account's next nonce, decimal or 0x..")
    .option(
      '--threshold <real>',
      'application: least score, or largest squared distance, in units of the network',
      parseReal,
    )
    .option('--features <file>', "application: enrolled features, of 'bionoir enrol'")
    .option('--salt <n>', 'application: salt of the commitment to the input (default: drawn at random)');
}

/** The claim that the flags make; reads enrolled features. @throws BionoirError FILE_NOT_FOUND, MALFORMED_FILE */
export function claimOf(flags: ClaimFlags, application: Application | undefined): Claim {
  const { address, nonce, threshold, features, salt } = flags;
  const enrolment =
    features === undefined ? undefined : parseEnrolment(readText(features, 'enrolled features'));
  const isCommitted = application?.kind === 'proximity' && application.commitFeatures;
  return {
    ...(address === undefined ? {} : { address }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(enrolment ? { features: enrolment.features } : {}),
    ...(enrolment && isCommitted ? { featuresSalt: enrolment.salt } : {}),
    ...(salt === undefined ? {} : { inputSalt: salt }),
  };
}

/** Refuses flags of claims where no network takes them. @throws BionoirError USAGE */
export function refuseClaim(flags: ClaimFlags, title: string): void {
  const given = CLAIM_FLAGS.find(name => flags[name] !== undefined);
  if (given === undefined) return;
  throw new BionoirError(
    'USAGE',
    `The option --${given} is a claim of an application; ${title} is a program of its own. Give the values of its parameters with --input or --set.`,
    { details: { option: given } },
  );
}

/** Options that several commands share, declared once. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  BionoirError,
  type CompileOptions,
  type InputDomain,
  type LowerArtifactOptions,
  nargo,
} from '../index.ts';
import {
  type ApplicationFlags,
  addApplicationOptions,
  normalizationOf,
  projectOf,
} from './application-options.ts';
import { readDataSet } from './inputs.ts';
import { parseReal, parseWhole } from './parse.ts';

export interface ModelOptions extends ApplicationFlags {
  readonly out?: string;
  readonly output?: OutputChoice;
  readonly range?: { readonly min: number; readonly max: number };
  readonly scale?: number;
  readonly offset?: number;
  readonly weightBits?: number;
  readonly activationBits?: number;
  readonly calibrate?: string;
  readonly inputShape?: Readonly<Record<string, readonly number[]>>;
  readonly constant?: Readonly<Record<string, number | readonly number[]>>;
  readonly imageLayout?: 'model' | 'channels-last';
  readonly marginBits?: number;
  readonly data?: string;
  readonly maxDrop?: number;
  readonly maxConstraints?: number;
  readonly toolchain: 'noir_wasm' | 'nargo';
  readonly proofSystem: ProofSystemName;
}

/** What --output takes: what is made of the outputs, and which they are. */
interface OutputChoice {
  readonly mode?: 'logits' | 'label';
  readonly names?: readonly string[];
}

/** What --proof-system takes. */
export type ProofSystemName = NonNullable<LowerArtifactOptions['proofSystem']>;

/** Which proof system. */
export function proofSystemOption(): Option {
  return bareProofSystemOption().default('groth16');
}

/** The same where what was compiled before decides unless it is given. */
export function bareProofSystemOption(): Option {
  return new Option(
    '--proof-system <name>',
    'groth16; ultragroth, which looks up ranges and tables: fewer constraints, 64 bytes more a proof; auto',
  ).choices(['groth16', 'ultragroth', 'auto']);
}

/** Adds what every command that compiles a model takes. */
export function addModelOptions(command: Command): Command {
  return addApplicationOptions(command)
    .option('-o, --out <folder>', 'build folder (default: ./<model name>-proof)')
    .option(
      '--output <what>',
      'what the proof makes public: logits (default) or label; and names of outputs, or of layers to end at, with commas',
      parseOutput,
    )
    .option('--range <min..max>', 'whole numbers that the input may hold (default: 0..255)', parseRange)
    .option(
      '--scale <real>',
      'real value of one step of the input (default: 1 / largest magnitude)',
      parseReal,
    )
    .option('--offset <real>', 'real value of the input 0 (default: 0)', parseReal)
    .option(
      '--input-shape <name=sizes>',
      'sizes of an input that the model leaves open, batch included: x=1,3,32,32; may be repeated',
      parseShape,
    )
    .option(
      '--constant <name=number>',
      'ONNX: an input that is this number everywhere, or this list: attention_mask=1; may be repeated',
      parseConstant,
    )
    .addOption(
      new Option(
        '--image-layout <order>',
        'ONNX: order of axes in which images are given (default: model)',
      ).choices(['model', 'channels-last']),
    )
    .option('--weight-bits <n>', 'bits of the largest weight of a layer', parseWhole)
    .option('--activation-bits <n>', 'bits that an activation keeps', parseWhole)
    .option('--calibrate <data.json>', 'prove only the widths seen in this data plus a margin')
    .option('--margin-bits <n>', 'margin of --calibrate', parseWhole)
    .addOption(proofSystemOption())
    .addOption(toolchainOption());
}

/** Adds the search for bits to what a command that compiles or measures a model takes. */
export function addSearchOptions(command: Command): Command {
  return command
    .option('-d, --data <data.json>', 'data not trained on: {"samples": [...], "labels": [...]}')
    .option(
      '--max-drop <share>',
      'with --data: fewest bits that lose at most so much, such as 0.2pp',
      parseDrop,
    )
    .option('--max-constraints <n>', 'with --data: the best bits within so many constraints', parseWhole);
}

/** Values of parameters that were added to main by hand. */
export function setOption(): Option {
  return new Option(
    '--set <name=value>',
    'value of a parameter, instead of or besides the input file; may be repeated',
  )
    .argParser(parseAssignment)
    .default({}, 'none');
}

/** @throws InvalidArgumentError of the parser for anything but name=value. */
export function parseAssignment(
  text: string,
  earlier: Readonly<Record<string, string>>,
): Record<string, string> {
  const match = /^([A-Za-z_]\w*)=(.+)$/.exec(text);
  if (!match) throw new InvalidArgumentError('Write it as name=value, for example nonce=7.');
  return { ...earlier, [match[1] as string]: match[2] as string };
}

/** What most commands work on. */
export const WHERE =
  'Nargo package, artifact.json of a Noir program, or build folder of a network (default: the package around here)';

/** Options of every command that takes such a place. */
export interface WhereOptions {
  readonly package?: string;
}

/** Declares the place that a command works on. */
export function addWhere(command: Command): Command {
  return command.argument('[where]', WHERE).option('--package <name>', 'package of the workspace');
}

/** Values that may stay unconstrained. */
export function allowOption(): Option {
  return new Option(
    '--allow-unconstrained <names>',
    'values that the prover may choose: Noir names, or witnesses as the error names them, with commas between',
  ).argParser(parseNames);
}

function parseNames(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, ...text.split(',').map(name => name.trim())].filter(name => name !== '');
}

/** Which Noir compiler. */
export function toolchainOption(): Option {
  return new Option('--toolchain <name>', 'Noir compiler')
    .choices(['noir_wasm', 'nargo'])
    .default('noir_wasm');
}

/** The command line's options as the API takes them. */
export function toCompileOptions(options: ModelOptions): CompileOptions {
  const { output, range, scale, offset } = options;
  const input: Partial<InputDomain> = {
    ...range,
    ...(scale === undefined ? {} : { scale }),
    ...(offset === undefined ? {} : { offset }),
  };
  const { application } = projectOf(options);
  const normalization = normalizationOf(options);
  return {
    ...(output?.mode === undefined ? {} : { output: output.mode }),
    ...(output?.names === undefined ? {} : { outputs: output.names }),
    ...(application ? { application } : {}),
    ...(normalization ? { normalization } : {}),
    proofSystem: options.proofSystem,
    ...(options.inputShape === undefined ? {} : { inputShapes: options.inputShape }),
    ...(options.constant === undefined ? {} : { constants: options.constant }),
    ...(options.imageLayout === undefined ? {} : { imageLayout: options.imageLayout }),
    ...(Object.keys(input).length === 0 ? {} : { input }),
    quantize: {
      ...(options.weightBits === undefined ? {} : { weightBits: options.weightBits }),
      ...(options.activationBits === undefined ? {} : { activationBits: options.activationBits }),
      ...(options.marginBits === undefined ? {} : { marginBits: options.marginBits }),
      ...(options.calibrate === undefined
        ? {}
        : { widths: 'calibrated' as const, calibration: readDataSet(options.calibrate).samples }),
    },
    ...(options.toolchain === 'nargo' ? { toolchain: nargo() } : {}),
    ...fidelityOf(options),
  };
}

/** The search that --max-drop and --max-constraints ask for. @throws BionoirError USAGE when there is no data for it */
function fidelityOf({ data, maxDrop, maxConstraints }: ModelOptions): Pick<CompileOptions, 'fidelity'> {
  if (maxDrop === undefined && maxConstraints === undefined) return {};
  if (data === undefined)
    throw new BionoirError(
      'USAGE',
      'The options --max-drop and --max-constraints need data that the network was not trained on. Give it with --data.',
    );
  return {
    fidelity: {
      ...readDataSet(data),
      ...(maxDrop === undefined ? {} : { maxDrop }),
      ...(maxConstraints === undefined ? {} : { maxConstraints }),
    },
  };
}

/** 0.2pp, 0.2% and 0.002 are one share. */
function parseDrop(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(pp|%)?$/.exec(text);
  const share = match ? Number(match[1]) / (match[2] === undefined ? 1 : 100) : Number.NaN;
  if (!(share >= 0 && share <= 1))
    throw new InvalidArgumentError('Write percentage points, for example 0.2pp, or a share such as 0.002.');
  return share;
}

function parseOutput(text: string): OutputChoice {
  const parts = text.split(',').map(part => part.trim());
  const isMode = (part: string): part is 'logits' | 'label' => part === 'logits' || part === 'label';
  const modes = parts.filter(isMode);
  const names = parts.filter(part => !isMode(part));
  if (modes.length > 1 || parts.includes(''))
    throw new InvalidArgumentError('Write logits or label, names of outputs, or both: label,scores.');
  const [mode] = modes;
  return { ...(mode === undefined ? {} : { mode }), ...(names.length === 0 ? {} : { names }) };
}

function parseShape(
  text: string,
  earlier: Readonly<Record<string, number[]>> = {},
): Record<string, number[]> {
  const match = /^(.+)=([1-9]\d*(?:,[1-9]\d*)*)$/.exec(text);
  if (!match) throw new InvalidArgumentError('Write it as name=sizes, for example x=1,3,32,32.');
  return { ...earlier, [match[1] as string]: (match[2] as string).split(',').map(Number) };
}

type Constants = Readonly<Record<string, number | readonly number[]>>;

function parseConstant(text: string, earlier: Constants = {}): Constants {
  const [, name = '', list = ''] = /^(.+)=(-?[\d.]+(?:,-?[\d.]+)*)$/.exec(text) ?? [];
  const [first, ...rest] = list.split(',').map(Number);
  if (name === '' || first === undefined || [first, ...rest].some(Number.isNaN))
    throw new InvalidArgumentError('Write it as name=number, for example attention_mask=1.');
  return { ...earlier, [name]: rest.length === 0 ? first : [first, ...rest] };
}

function parseRange(text: string): { min: number; max: number } {
  const match = /^(-?\d+)\.\.(-?\d+)$/.exec(text);
  if (!match) throw new InvalidArgumentError('Write it as min..max, for example 0..255.');
  return { min: Number(match[1]), max: Number(match[2]) };
}

/** Checks a choice of stage. @throws BionoirError USAGE */
export function requireOneOf(value: string, choices: readonly string[], option: string): void {
  if (choices.includes(value)) return;
  throw new BionoirError(
    'USAGE',
    `The option ${option} is '${value}'; it must be one of ${choices.join(', ')}.`,
    {
      details: { option, value, choices },
    },
  );
}

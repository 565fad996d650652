/**
 * Applications in main.nr: the parameters that they add, and the lines that state something about the network's output.
 * Each statement is a call of zkml::application or zkml::commitment, where its argument stands.
 */
import {
  type Application,
  type CommittedInputs,
  commitmentRows,
  distanceBits,
  type Liveness,
  type PackedRange,
  type Proximity,
  type SignalSpan,
  signalSpans,
} from '../applications/index.ts';
import { BionoirError } from '../errors.ts';
import type { QuantNode } from '../quantize/types.ts';
import { callLines, commentLines, count, type Parameter, shapeText, tensorType } from './source.ts';

/** A tensor of main: the variable that holds it, and its node. */
export interface Variable {
  readonly name: string;
  readonly node: QuantNode;
}

/** What an application makes of main. */
export interface ApplicationText {
  /** What main proves, for its doc comment. */
  readonly summary: string;
  /** Behind the network's inputs. */
  readonly parameters: readonly Parameter[];
  /** Lines behind the layers. */
  readonly statements: readonly string[];
  /** What main returns, type and expression, in the order of the public signals. */
  readonly results: readonly { readonly type: string; readonly value: string }[];
  /** The public signals: parameters, then results. */
  readonly signals: readonly SignalSpan[];
}

/** Writes the application of a network with one output. */
export function applicationText(
  application: Application,
  inputs: readonly Variable[],
  output: Variable,
): ApplicationText {
  const commitment = application.input ? inputCommitment(application.input, inputs) : undefined;
  const own = ownText(application, output);
  return {
    summary: `${own.summary}${application.bound ? ' The proof is for one account and one nonce.' : ''}`,
    parameters: [
      ...(application.bound ? [publicField('address'), publicField('nonce')] : []),
      ...own.parameters,
      ...(commitment ? [{ name: 'input_salt', type: 'Field' }] : []),
    ],
    statements: [
      ...(application.bound ? bindLines() : []),
      ...own.statements,
      ...(commitment?.statements ?? []),
    ],
    results: [...own.results, ...(commitment?.results ?? [])],
    signals: signalSpans(application),
  };
}

type Parts = Omit<ApplicationText, 'summary' | 'signals'>;
type OwnText = Omit<ApplicationText, 'signals'>;

function ownText(application: Application, output: Variable): OwnText {
  switch (application.kind) {
    case 'classification':
      return {
        summary: 'classification: makes the label public.',
        parameters: [],
        statements: [],
        results: [{ type: 'Field', value: output.name }],
      };
    case 'liveness':
      return livenessText(application, output);
    case 'proximity':
      return proximityText(application, output);
    default:
      return application satisfies never;
  }
}

function bindLines(): string[] {
  return [
    ...commentLines('    //', 'For this account and this nonce only: 2 constraints'),
    '    zkml::application::bind(address, nonce);',
  ];
}

function livenessText(application: Liveness, output: Variable): OwnText {
  const { excessBits, scaleBits, scoreIndex, isLogit } = application;
  const score = element(output, scoreIndex);
  return {
    summary: `liveness: proves that the score reaches the public threshold, both in units of 2^${-scaleBits}${isLogit ? ' before a sigmoid' : ''}; the score stays private.`,
    parameters: [publicField('threshold')],
    statements: [
      ...commentLines(
        '    //',
        `The score reaches the threshold: about ${count(excessBits, 'constraint')} on Groth16`,
      ),
      `    zkml::application::assert_at_least::<${excessBits}>(${score}, threshold);`,
    ],
    results: [],
  };
}

function element({ name, node: { shape } }: Variable, index: number): string {
  let rest = index;
  const indices: number[] = [];
  for (const size of [...shape].reverse()) {
    indices.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `${name}${indices.map(each => `[${each}]`).join('')}`;
}

function proximityText(application: Proximity, output: Variable): OwnText {
  const { featureCount, features, extraBits, stepBits, scaleBits, commitFeatures } = application;
  const costs = featureCount * (features.bits + 1) + distanceBits(application);
  const sizes = `${features.bits}, ${stepBits}, ${extraBits}, ${featureCount}`;
  const near = [flat(output), 'features', String(features.low), 'threshold'];
  const list = { name: 'features', type: `${commitFeatures ? '' : 'pub '}${tensorType([featureCount])}` };
  const salt = { name: 'features_salt', type: 'Field' };
  const commitment = commitFeatures ? featuresCommitment(application) : { statements: [], results: [] };
  return {
    summary: `biometric proximity: proves that the squared distance of the network's output from ${commitFeatures ? 'features behind a public commitment' : 'public features'} is at most the public threshold; features are in units of 2^${stepBits - scaleBits}, the threshold in units of 2^${-2 * scaleBits}.`,
    parameters: [publicField('threshold'), list, ...(commitFeatures ? [salt] : [])],
    statements: [
      ...commentLines(
        '    //',
        `The output is near to the features: about ${count(costs, 'constraint')} on Groth16`,
      ),
      ...callLines(`    zkml::application::assert_near::<${sizes}>`, near),
      ...commitment.statements,
    ],
    results: commitment.results,
  };
}

function featuresCommitment({ features, featureCount }: Proximity): Pick<Parts, 'statements' | 'results'> {
  return {
    statements: [
      ...commentLines('    //', `A commitment to the features: ${commitCost(features, featureCount)}`),
      ...commitLines('features', features, 'features'),
    ],
    results: [{ type: 'Field', value: 'features_commitment' }],
  };
}

function inputCommitment(
  committed: CommittedInputs,
  inputs: readonly Variable[],
): Pick<Parts, 'statements' | 'results'> {
  const chosen = inputs.filter(({ node }) => committed.names.includes(node.name));
  const names = chosen.map(({ name }) => name).join(', ');
  const [first = '', ...others] = chosen.map(flat);
  const values = first + others.map(other => `.concat(${other})`).join('');
  return {
    statements: [
      ...commentLines('    //', `A commitment to ${names}: ${commitCost(committed, committed.valueCount)}`),
      ...commitLines('input', committed, values),
    ],
    results: [{ type: 'Field', value: 'input_commitment' }],
  };
}

function commitLines(name: 'features' | 'input', { bits, low }: PackedRange, values: string): string[] {
  const call = `    let ${name}_commitment = zkml::commitment::commit::<${bits}, _>`;
  return callLines(call, [values, String(low), `${name}_salt`]);
}

function commitCost(range: PackedRange, valueCount: number): string {
  return `about ${count(commitmentRows(range, valueCount), 'constraint')}`;
}

/** A tensor as the vector of its elements. */
function flat({ name, node }: Variable): string {
  const { shape } = node;
  const text = [
    `[${name}]`,
    name,
    `zkml::shape::flatten_matrix(${name})`,
    `zkml::shape::flatten_image(${name})`,
  ];
  const flattened = text[shape.length];
  if (flattened !== undefined) return flattened;
  throw new BionoirError(
    'UNSUPPORTED_OP',
    `Node '${node.name}' has a tensor of ${shapeText(shape)}; applications take tensors of at most three axes. Flatten it at the end of the model.`,
    { details: { node: node.name, shape }, location: `node '${node.name}'` },
  );
}

function publicField(name: string): Parameter {
  return { name, type: 'pub Field' };
}

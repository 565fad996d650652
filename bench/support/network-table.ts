/** Results of bench/stages/networks.ts, and the table of them beside published figures. */

import { type Figures, PUBLISHED, PUBLISHED_ANEW, type Published } from './published-figures.ts';

export type System = 'groth16' | 'ultragroth';

/** One network under one proof system. */
export interface Result {
  readonly name: string;
  readonly system: System;
  readonly kernel: string;
  readonly trainedParameters: number;
  readonly trainedAccuracy: number;
  readonly floatAccuracy: number | undefined;
  readonly integerAccuracy: number | undefined;
  /** Samples that both were taken on. */
  readonly sampleCount: number | undefined;
  /** Samples among them that the integers refuse: beyond the widths that calibration chose. */
  readonly refusedCount?: number | undefined;
  readonly activations: number;
  readonly products: number;
  readonly constraints: number;
  readonly estimated: Readonly<Record<System, number>>;
  readonly abTerms: number;
  readonly cTerms: number;
  /** Stage by stage. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly proofMillis: number;
  readonly verifyMillis: number;
  /** The machine's load while proving: more than two cores' is not a quiet machine. */
  readonly load?: number;
  /** Of all stages, compiling among them, in one process. */
  readonly peakMegabytes: number;
  /** Of one proof in a process of its own, from reading files to the written proof, witness included. */
  readonly proverMegabytes?: number;
  readonly proverMillis?: number;
  readonly keyBytes: number;
  readonly verificationKeyBytes: number;
  /** Of JSON. */
  readonly proofBytes: number;
  /** Of the bytes that a contract takes, and of a whole call of it with the public values. */
  readonly binaryProofBytes?: number;
  readonly callBytes?: number;
}

/** Prints all results, the last of each network and system, and the published rows, as Markdown. */
export function printResults(results: readonly Result[]): string {
  const latest = [...new Map(results.map(result => [`${result.name} ${result.system}`, result])).values()];
  const head = [
    'network',
    'system',
    'parameters',
    'activations',
    'products',
    'constraints',
    'estimate',
    'accuracy (integers)',
    'compile, s',
    'set-up, s',
    'witness, s',
    'prove, s',
    'verify, ms',
    'load',
    'peak, MB',
    'prover, MB',
    'prover with witness, s',
    'proving key, MB',
    'verification key, kB',
    'proof, bytes',
    'as JSON',
    'whole call',
  ];
  const rows = latest.map(result => [
    result.name,
    result.system,
    `${result.trainedParameters}`,
    `${result.activations}`,
    `${result.products}`,
    `${result.constraints}`,
    `${(100 * (result.estimated[result.system] / result.constraints - 1)).toFixed(1)} %`,
    accuracyText(result),
    secondsOf(result, ['import', 'quantize', 'generate', 'compile', 'lower']),
    secondsOf(result, ['setup']),
    secondsOf(result, ['witness']),
    (result.proofMillis / 1000).toFixed(2),
    result.verifyMillis.toFixed(1),
    result.load?.toFixed(1) ?? '',
    `${result.peakMegabytes}`,
    `${result.proverMegabytes ?? ''}`,
    result.proverMillis === undefined ? '' : (result.proverMillis / 1000).toFixed(2),
    (result.keyBytes / 1e6).toFixed(1),
    (result.verificationKeyBytes / 1e3).toFixed(1),
    `${result.binaryProofBytes ?? ''}`,
    `${result.proofBytes}`,
    `${result.callBytes ?? ''}`,
  ]);
  return [markdown(head, rows), '', publishedTable(latest), '', anewTable(latest)].join('\n');
}

function accuracyText(result: Result): string {
  const { trainedAccuracy, floatAccuracy, integerAccuracy, refusedCount = 0 } = result;
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  if (floatAccuracy === undefined || integerAccuracy === undefined) return percent(trainedAccuracy);
  const refused = refusedCount === 0 ? '' : `; ${refusedCount} of ${result.sampleCount} refused`;
  return `${percent(trainedAccuracy)} (${percent(floatAccuracy)} → ${percent(integerAccuracy)}${refused})`;
}

function secondsOf({ seconds }: Result, stages: readonly string[]): string {
  return stages.reduce((sum, stage) => sum + (seconds[stage] ?? 0), 0).toFixed(1);
}

const PERCEPTRONS = ['mlp1', 'mlp2', 'mlp3', 'mlp4', 'mlp5', 'mlp6'];

type Measure = [title: string, ours: (result: Result) => string, theirs: keyof Published];

const MEASURES: readonly Measure[] = [
  ['prove, s', result => (result.proofMillis / 1000).toFixed(2), 'prove'],
  ['verify, s', result => (result.verifyMillis / 1000).toFixed(4), 'verify'],
  ['proving key, MB', result => (result.keyBytes / 1e6).toFixed(1), 'provingKey'],
  ['verification key, KB', result => (result.verificationKeyBytes / 1e3).toFixed(2), 'verificationKey'],
  ['proof, KB as a file', result => (result.proofBytes / 1e3).toFixed(2), 'proof'],
  [
    'compile and set-up, s',
    result => secondsOf(result, ['import', 'quantize', 'generate', 'compile', 'lower', 'setup']),
    'prepare',
  ],
];

/** All that was published for the perceptrons, ours first. */
function publishedTable(latest: readonly Result[]): string {
  const ours = (system: System, value: (result: Result) => string): string[] =>
    PERCEPTRONS.map(name => {
      const result = latest.find(each => each.name === name && each.system === system);
      return result === undefined ? '' : value(result);
    });
  const rows = MEASURES.flatMap(([title, value, key]) => [
    [title, 'bionoir UltraGroth', ...ours('ultragroth', value)],
    [title, 'bionoir Groth16', ...ours('groth16', value)],
    ...Object.entries(PUBLISHED).map(([name, published]) => [title, name, ...cellsOf(published[key])]),
  ]);
  return markdown(['', '', ...PERCEPTRONS], rows);
}

function cellsOf(figures: Figures): string[] {
  if (typeof figures !== 'string') return figures.map(String);
  return PERCEPTRONS.map((_, i) => (i === 0 && figures !== '' ? `${figures} (all)` : ''));
}

/** What was published for mlp6 with more of its figures, ours first. */
function anewTable(latest: readonly Result[]): string {
  const head = [
    'mlp6',
    'prove, s',
    'verify, s',
    'memory, GB',
    'proving key, GB',
    'verification key, MB',
    'proof, KB',
  ];
  const systems: [System, string][] = [
    ['ultragroth', 'bionoir UltraGroth'],
    ['groth16', 'bionoir Groth16'],
  ];
  const ours = systems.flatMap(([system, title]) => {
    const result = latest.find(each => each.name === 'mlp6' && each.system === system);
    return result === undefined ? [] : [[title, ...anewCells(result)]];
  });
  const theirs = Object.entries(PUBLISHED_ANEW).map(([name, figures]) => [
    name,
    ...[figures.prove, figures.verify, figures.memory].map(String),
    ...[figures.provingKey, figures.verificationKey].map(size => `${size ?? ''}`),
    `${figures.proof}`,
  ]);
  return markdown(head, [...ours, ...theirs]);
}

function anewCells(result: Result): string[] {
  return [
    (result.proofMillis / 1000).toFixed(2),
    (result.verifyMillis / 1000).toFixed(3),
    result.proverMegabytes === undefined ? '' : (result.proverMegabytes / 1000).toFixed(2),
    (result.keyBytes / 1e9).toFixed(3),
    (result.verificationKeyBytes / 1e6).toFixed(3),
    (result.proofBytes / 1e3).toFixed(2),
  ];
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

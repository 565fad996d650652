/** Results of bench/stages/networks.ts, and the table of them beside published figures. */

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
  readonly peakMegabytes: number;
  readonly keyBytes: number;
  readonly verificationKeyBytes: number;
  readonly proofBytes: number;
}

/** What others published for the six perceptrons: seconds of proving; megabytes of keys; seconds of compile and set-up. */
interface Published {
  readonly prove: readonly (string | number)[];
  readonly key: readonly (string | number)[];
  readonly prepare: readonly (string | number)[];
}

/** Bionetta's report, version 1, table 4: on a desktop i5-10400F with 32 GB. Keys in MB (the report's unit, KB, is a slip). */
const PUBLISHED: Readonly<Record<string, Published>> = {
  'Bionetta UltraGroth': {
    prove: [0.57, 0.73, 0.74, 1.08, 0.89, 1.79],
    key: [48.4, 50.6, 80.6, 106.3, 81.9, 156.2],
    prepare: [513, 1735, 857, 1526, 1334, 5414],
  },
  'Bionetta Groth16': {
    prove: [0.12, 0.27, 2.19, 2.2, 2.22, 4.72],
    key: [21.3, 10.2, 396.2, 560.2, 409.3, 1179.6],
    prepare: [86, 1347, 379, 574, 750, 1289],
  },
  EZKL: {
    prove: [21.66, 656.21, 44.88, 163.5, 332.2, 663.93],
    key: [264, 8454, 528, 2115, 4230, 8454],
    prepare: [16, 504, 32, 122, 246, 499],
  },
  'zkml (ddkang)': {
    prove: [25, 232.55, 209.13, 220.84, 222.81, 230.72],
    key: ['480', '4226', '4226', '4226', '4226', '4226'],
    prepare: ['', '', '', '', '', ''],
  },
  'deep-prove': {
    prove: [0.378, 1.989, 0.896, 1.01, 1.557, 2.516],
    key: ['', '', '', '', '', ''],
    prepare: ['0.04–1.4', '', '', '', '', ''],
  },
};

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
    'proving key, MB',
    'verification key, kB',
    'proof, bytes of JSON',
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
    (result.keyBytes / 1e6).toFixed(1),
    (result.verificationKeyBytes / 1e3).toFixed(1),
    `${result.proofBytes}`,
  ]);
  return [markdown(head, rows), '', publishedTable(latest)].join('\n');
}

function accuracyText({ trainedAccuracy, floatAccuracy, integerAccuracy }: Result): string {
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  if (floatAccuracy === undefined || integerAccuracy === undefined) return percent(trainedAccuracy);
  return `${percent(trainedAccuracy)} (${percent(floatAccuracy)} → ${percent(integerAccuracy)})`;
}

function secondsOf({ seconds }: Result, stages: readonly string[]): string {
  return stages.reduce((sum, stage) => sum + (seconds[stage] ?? 0), 0).toFixed(1);
}

const PERCEPTRONS = ['mlp1', 'mlp2', 'mlp3', 'mlp4', 'mlp5', 'mlp6'];

/** Proving times, keys and preparation of the perceptrons, ours first. */
function publishedTable(latest: readonly Result[]): string {
  const ours = (system: System, value: (result: Result) => string): string[] =>
    PERCEPTRONS.map(name => {
      const result = latest.find(each => each.name === name && each.system === system);
      return result === undefined ? '' : value(result);
    });
  const prepare = (result: Result): string =>
    secondsOf(result, ['import', 'quantize', 'generate', 'compile', 'lower', 'setup']);
  const measures: [string, (result: Result) => string, keyof Published][] = [
    ['prove, s', result => (result.proofMillis / 1000).toFixed(2), 'prove'],
    ['proving key, MB', result => (result.keyBytes / 1e6).toFixed(1), 'key'],
    ['compile and set-up, s', prepare, 'prepare'],
  ];
  const rows = measures.flatMap(([title, value, key]) => [
    [title, 'bionoir UltraGroth', ...ours('ultragroth', value)],
    [title, 'bionoir Groth16', ...ours('groth16', value)],
    ...Object.entries(PUBLISHED).map(([name, published]) => [title, name, ...published[key].map(String)]),
  ]);
  return markdown(['', '', ...PERCEPTRONS], rows);
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

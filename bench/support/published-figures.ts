/** What others published for the six perceptrons of fixtures/networks, and for the largest of them anew. */

/** A figure for each perceptron, or one text for all: a range. None where nothing was published. */
export type Figures = readonly (string | number)[] | string;

/** Seconds, megabytes of proving keys, kilobytes of verification keys and of proofs as files (JSON, where it is Groth16). */
export interface Published {
  readonly prove: Figures;
  readonly verify: Figures;
  readonly provingKey: Figures;
  readonly verificationKey: Figures;
  readonly proof: Figures;
  /** Compile and set-up. */
  readonly prepare: Figures;
}

/** Bionetta's report, version 1, table 4: on a desktop i5-10400F with 32 GB. Proving keys in MB (its unit, KB, is a slip). */
export const PUBLISHED: Readonly<Record<string, Published>> = {
  'Bionetta UltraGroth': {
    prove: [0.57, 0.73, 0.74, 1.08, 0.89, 1.79],
    verify: '0.0052–0.0057',
    provingKey: [48.4, 50.6, 80.6, 106.3, 81.9, 156.2],
    verificationKey: '3.78',
    proof: '1.20',
    prepare: [513, 1735, 857, 1526, 1334, 5414],
  },
  'Bionetta Groth16': {
    prove: [0.12, 0.27, 2.19, 2.2, 2.22, 4.72],
    verify: '0.0055–0.0060',
    provingKey: [21.3, 10.2, 396.2, 560.2, 409.3, 1179.6],
    verificationKey: '3.66',
    proof: '0.81',
    prepare: [86, 1347, 379, 574, 750, 1289],
  },
  EZKL: {
    prove: [21.66, 656.21, 44.88, 163.5, 332.2, 663.93],
    verify: [0.072, 1.991, 0.138, 0.492, 0.971, 2.324],
    provingKey: [264, 8454, 528, 2115, 4230, 8454],
    verificationKey: '129–4096',
    proof: '18.9',
    prepare: [16, 504, 32, 122, 246, 499],
  },
  'zkml (ddkang)': {
    prove: [25, 232.55, 209.13, 220.84, 222.81, 230.72],
    verify: '0.008–0.013',
    provingKey: [480, 4226, 4226, 4226, 4226, 4226],
    verificationKey: '81–641',
    proof: '5.0–5.6',
    prepare: '',
  },
  'deep-prove': {
    prove: [0.378, 1.989, 0.896, 1.01, 1.557, 2.516],
    verify: '0.034–0.117',
    provingKey: '',
    verificationKey: '',
    proof: '1585–5042',
    prepare: '0.04–1.4',
  },
};

/** mlp6 once more: prove, s; verify, s; memory, GB; proving key, GB; verification key, MB; proof, KB. */
export interface PublishedAnew {
  readonly prove: number;
  readonly verify: number;
  readonly memory: number;
  readonly provingKey: number | undefined;
  readonly verificationKey: number | undefined;
  readonly proof: number;
}

/** Bionetta's README of December 2025, for mlp6: on a Xeon E5-2665, 16 threads, 350 GB. */
export const PUBLISHED_ANEW: Readonly<Record<string, PublishedAnew>> = {
  'Bionetta UltraGroth': {
    prove: 3.05,
    verify: 0.01,
    memory: 0.27,
    provingKey: 0.2,
    verificationKey: 0.004,
    proof: 0.88,
  },
  EZKL: { prove: 1310, verify: 5.4, memory: 21.15, provingKey: 8.3, verificationKey: 4.1, proof: 127 },
  'zkml (ddkang)': {
    prove: 1100,
    verify: 0.012,
    memory: 39.95,
    provingKey: 16.1,
    verificationKey: 2.6,
    proof: 5.05,
  },
  'deep-prove': { prove: 3.66, verify: 0.522, memory: 1.61, provingKey: 0, verificationKey: 0, proof: 8002 },
  zkCNN: {
    prove: 3.45,
    verify: 1,
    memory: 1,
    provingKey: undefined,
    verificationKey: undefined,
    proof: 23.25,
  },
};

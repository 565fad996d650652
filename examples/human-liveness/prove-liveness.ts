/**
 * A public liveness network, as it is published, on a face of a real photograph: imported from its TensorFlow.js
 * GraphModel, compared with TensorFlow.js, quantised, and one inference proved whole.
 *
 * Run: node scripts/fetch-models.mjs && npx tsx examples/human-liveness/prove-liveness.ts
 *
 *   --proof-system ultragroth | groth16   (default ultragroth)
 *   --face left | middle | right          (default middle)
 *   --compare                             stops after the comparison, without a proof
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { enableProdMode, type Tensor, tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  type CompileOptions,
  compile,
  dequantizeOutput,
  evaluateGraph,
  evaluateQuantGraph,
  importModel,
  loadUltraGrothKey,
  openKernel,
  prove,
  proveUltraGroth,
  quantize,
  quantizeInput,
  setup,
  setupUltraGroth,
  solve,
  verify,
  verifyUltraGroth,
} from '../../src/index.ts';
import { cut, draw, FACES, readPhotograph, squares } from './photograph.ts';

enableProdMode();

const CACHE = join(import.meta.dirname, '../../.cache/models');
const { values } = parseArgs({
  options: {
    'proof-system': { type: 'string', default: 'ultragroth' },
    face: { type: 'string', default: 'middle' },
    compare: { type: 'boolean', default: false },
  },
});
const square = FACES[values.face];
if (square === undefined) throw new Error(`--face is one of ${Object.keys(FACES).join(', ')}.`);
if (!existsSync(join(CACHE, 'liveness.json')) || !existsSync(join(CACHE, 'faces.jpg'))) {
  throw new Error('The network is not here yet. Fetch it first: node scripts/fetch-models.mjs');
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const json = JSON.parse(readFileSync(join(CACHE, 'liveness.json'), 'utf8'));
const weights = new Uint8Array(readFileSync(join(CACHE, 'liveness.bin')));
const model = { model: json, weights: new Map([['liveness.bin', weights]]), name: 'liveness' };
const photograph = readPhotograph(join(CACHE, 'faces.jpg'));
const face = cut(photograph, square);

/** The network's answer: how sure it is that a camera saw a person, and not a picture of one. */
function probability([live = 0, spoof = 0]: ArrayLike<number> & Iterable<number>): number {
  return 1 / (1 + Math.exp(spoof - live));
}

/** TensorFlow.js, which the network was published for. */
async function oracle(): Promise<(pixels: readonly number[]) => number> {
  const network = await loadGraphModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      signature: json.signature,
      weightSpecs: json.weightsManifest[0].weights,
      weightData: weights.slice().buffer,
    }),
  });
  return pixels => {
    const input = tensor(
      Float32Array.from(pixels, pixel => pixel / 255),
      [1, 32, 32, 3],
    );
    return (network.predict(input) as Tensor).dataSync()[0] ?? Number.NaN;
  };
}

/** How far the imported graph, and the integers, are from TensorFlow.js on the faces and everywhere in the photograph. */
async function compare(options: CompileOptions): Promise<void> {
  const graph = importModel(model, options);
  const quantGraph = quantize(graph, options.quantize);
  const ask = await oracle();
  const floatScore = (pixels: readonly number[]): number => {
    const data = Float32Array.from(pixels, pixel => pixel / 255);
    return probability(evaluateGraph(graph, [{ shape: [32, 32, 3], data }])[0]?.data ?? []);
  };
  const integerScore = (pixels: readonly number[]): number => {
    const outputs = evaluateQuantGraph(quantGraph, quantizeInput(quantGraph, [pixels]));
    return probability(Array.from(dequantizeOutput(quantGraph, outputs)[0]?.data ?? []));
  };
  say('                 TensorFlow.js  imported   integers');
  for (const [name, place] of Object.entries(FACES)) {
    const pixels = cut(photograph, place);
    const scores = [ask(pixels), floatScore(pixels), integerScore(pixels)].map(score => score.toFixed(5));
    say(`  ${name.padEnd(16)} ${scores.join('      ')}`);
  }
  const pieces = squares(photograph).map(place => cut(photograph, place));
  const errors = pieces.map(pixels => {
    const expected = ask(pixels);
    const [float, integer] = [floatScore(pixels), integerScore(pixels)];
    const isSame = integer > 0.5 === expected > 0.5;
    return { float: Math.abs(float - expected), integer: Math.abs(integer - expected), isSame };
  });
  const largest = (key: 'float' | 'integer'): number => Math.max(...errors.map(error => error[key]));
  say(
    `  on ${pieces.length} pieces of the photograph: import off by at most ${largest('float').toExponential(1)},`,
  );
  say(
    `  integers by at most ${largest('integer').toFixed(4)}; the same answer for ${errors.filter(({ isSame }) => isSame).length}`,
  );
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  const memory = process.resourceUsage().maxRSS / 1e6;
  say(
    `  ${what.padEnd(12)} ${((performance.now() - start) / 1000).toFixed(1).padStart(7)} s   (peak memory so far ${memory.toFixed(1)} GB)`,
  );
  return result;
}

/** Compile, set up, solve, prove, verify: what a user of the library writes. */
async function proveFace(options: CompileOptions): Promise<void> {
  const network = await timed('compile', () => compile(model, options));
  const { system } = network.lowered;
  say(`  constraints  ${system.constraintCount}, wires ${system.wireCount}`);
  const kernel = await openKernel();
  try {
    if (options.proofSystem === 'ultragroth') {
      const keys = await timed('set-up', () => setupUltraGroth(kernel, network));
      const witness = await timed('witness', () => solve(network, [face], { kernel }));
      const key = await loadUltraGrothKey(kernel, keys.provingKey);
      const result = await timed('proof', () => proveUltraGroth(kernel, key, witness));
      const isValid = await timed('verify', () => verifyUltraGroth(kernel, keys.verificationKey, result));
      tell(keys.provingKey.length, witness.realOutputs[0]?.data ?? [], isValid);
    } else {
      const keys = await timed('set-up', () => setup(kernel, network));
      const witness = await timed('witness', () => solve(network, [face], { kernel }));
      const key = await kernel.loadProvingKey(keys.provingKey);
      const result = await timed('proof', () => prove(kernel, key, witness));
      const isValid = await timed('verify', () => verify(kernel, keys.verificationKey, result));
      tell(keys.provingKey.length, witness.realOutputs[0]?.data ?? [], isValid);
    }
  } finally {
    await kernel.close();
  }
}

function tell(keyBytes: number, logits: ArrayLike<number>, isValid: boolean): void {
  say(`  proving key  ${(keyBytes / 1e6).toFixed(1)} MB`);
  say(`  score        ${probability(Array.from(logits)).toFixed(5)}, proof ${isValid ? 'valid' : 'INVALID'}`);
  if (!isValid) process.exitCode = 1;
}

const proofSystem = values['proof-system'] === 'groth16' ? 'groth16' : 'ultragroth';
say(`The private input: the ${values.face} face, 32 x 32 pixels.\n\n${draw(face)}\n`);
const options: CompileOptions = { proofSystem, quantize: { weightBits: 8 } };
await compare(options);
if (!values.compare) await proveFace(options);

/**
 * Solving witnesses, from encoded inputs to the bytes of all wires: the kernel's engine on one thread and on all, the
 * reference machine, and what others take:
 *
 * - dense networks: Noir's machine (npm @noir-lang/acvm_js), which ends at ACIR's witnesses and decodes the artifact in
 *   every run, as its interface has it;
 * - the digits and the MNIST network: the witness generator that Circom writes, in WebAssembly, for the same integer network.
 *
 * Run: npx tsx bench/stages/witness.ts [inputs x units, digits, mnist ...]     (default: 256x256 1024x1024 digits)
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type * as Acvm from '@noir-lang/acvm_js';
import { lowerProgram } from '../../converters/acir-to-r1cs/index.ts';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import { executeProgram } from '../../src/acvm/index.ts';
import { nativeKernel } from '../../src/kernel/index.ts';
import { generatePackage, proverInputs } from '../../src/noir/index.ts';
import { type QuantGraph, quantize } from '../../src/quantize/index.ts';
import { witnessProgramOf } from '../../src/solving.ts';
import { encodeInputs, type NoirArtifact, noirWasm } from '../../src/toolchain/index.ts';
import { solveRounds } from '../../src/witness/index.ts';
import { MNIST_CASE, TRAINED_CASES } from '../../test/parity/support/cases.ts';
import { circomSignalName, generateCircom } from '../../test/parity/support/generate-circom.ts';
import { compileCircom } from '../../test/support/circom.ts';
import { randomDense } from '../support/dense-network.ts';
import { randomInputs } from '../support/random-inputs.ts';

const RUNS = 9;
const WIRE_BYTES = 32;
const LIBRARY = fileURLToPath(new URL('../../fixtures/circom', import.meta.url));
const acvm = createRequire(import.meta.url)('@noir-lang/acvm_js') as typeof Acvm;
const jobs = process.argv.slice(2);

for (const job of jobs.length > 0 ? jobs : ['256x256', '1024x1024', 'digits']) {
  const [inputs, units] = job.split('x').map(Number);
  if (job === 'digits' || job === 'mnist') await benchTrained(job);
  else if (inputs && units) await benchDense(inputs, units);
  else throw new Error(`Write inputs x units, such as 256x256, or digits or mnist, not ${job}.`);
}

async function benchDense(inputs: number, units: number): Promise<void> {
  const graph = quantize(randomDense(inputs, units));
  const { artifact, values, ...times } = await benchOurs(`dense ${inputs} -> ${units}`, graph);
  const bytecode = Buffer.from(artifact.bytecode, 'base64');
  const texts = new Map(values.map((value, k) => [k, `0x${value.toString(16).padStart(64, '0')}`]));
  const noir = await median(() => acvm.executeProgram(bytecode, texts, async () => []), 3);
  console.log(`  acvm_js ${show(noir)}: ${ratios(noir, times)}`);
}

/** Circom with --O1, which is its default, and for small networks --O2. */
async function benchTrained(name: 'digits' | 'mnist'): Promise<void> {
  const graph = (name === 'digits' ? TRAINED_CASES[0] : MNIST_CASE)?.graph();
  if (graph === undefined) throw new Error(`There is no network '${name}'.`);
  const { inputs, ...times } = await benchOurs(name, graph);
  for (const optimisation of name === 'digits' ? (['O1', 'O2'] as const) : (['O1'] as const)) {
    const circuit = await compileCircom(generateCircom(graph), { optimisation, library: LIBRARY });
    const named = Object.fromEntries(
      graph.inputs.map(
        (id, k) => [circomSignalName(graph, id), Array.from(inputs[k]?.data ?? [], BigInt)] as const,
      ),
    );
    const circom = await median(() => circuit.solveBytes(named), RUNS);
    console.log(`  Circom --${optimisation} ${show(circom)}: ${ratios(circom, times)}`);
  }
}

interface Times {
  readonly single: number;
  readonly all: number;
  readonly reference: number;
}

interface Ours extends Times {
  readonly artifact: NoirArtifact;
  readonly values: readonly bigint[];
  readonly inputs: Parameters<typeof proverInputs>[1];
}

async function benchOurs(name: string, graph: QuantGraph): Promise<Ours> {
  const artifact = await noirWasm().compile(generatePackage(graph));
  const { program } = decodeArtifact(artifact);
  const lowered = lowerProgram(program);
  const made = witnessProgramOf({ program, lowered });
  if (made.kind !== 'compiled') throw new Error(made.reason);
  const inputs = randomInputs(graph);
  const values = encodeInputs(artifact, proverInputs(graph, inputs));
  const engine = async (threads?: number): Promise<readonly [millis: number, working: number]> => {
    const kernel = await nativeKernel(threads === undefined ? {} : { threads });
    const loaded = await kernel.witness?.load(made.bytes);
    if (loaded === undefined) throw new Error('The native kernel has no witness engine. Build it again.');
    const millis = await median(async () => {
      const found = await loaded.solve(values);
      if (found.kind !== 'solved') throw new Error(`The program stopped: ${JSON.stringify(found)}`);
      found.release();
    }, RUNS);
    loaded.release();
    await kernel.close();
    return [millis, loaded.workingBytes];
  };
  const [single, working] = await engine(1);
  const [all] = await engine();
  const initial = new Map(values.entries());
  const reference = await median(
    async () => solveRounds(lowered.recipe, await executeProgram(program, initial)),
    3,
  );
  const wireBytes = lowered.system.wireCount * WIRE_BYTES;
  console.log(
    `${name}: ${lowered.system.wireCount} wires, witness program of ${kilobytes(made.bytes.length)} with ${made.hintCount} hints`,
  );
  console.log(
    `  engine ${show(single)} on one thread, ${show(all)} on all; reference machine ${show(reference)}`,
  );
  console.log(
    `  memory: ${kilobytes(wireBytes)} of wires and ${kilobytes(working)} beside, ${((wireBytes + working) / wireBytes).toFixed(2)} times the witness`,
  );
  return { single, all, reference, artifact, values, inputs };
}

function ratios(theirs: number, { single, all, reference }: Times): string {
  const by = (ours: number): string => `${(theirs / ours).toFixed(1)}x`;
  return `${by(single)} the engine on one thread, ${by(all)} on all, ${by(reference)} the reference machine`;
}

function show(millis: number): string {
  return `${millis.toFixed(millis < 10 ? 2 : 0)} ms`;
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}

async function median(action: () => unknown, runs: number): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const startedAt = performance.now();
    await action();
    times.push(performance.now() - startedAt);
  }
  return times.sort((left, right) => left - right)[Math.floor(runs / 2)] ?? 0;
}

/** What each stage has to say to a person: facts with units, tables, and the paths of what was written. */
import { join } from 'node:path';
import {
  type Application,
  BionoirError,
  type Circuit,
  comparedValue,
  DEVELOPMENT_SETUP_WARNING,
  dequantizeOutput,
  evaluateGraph,
  type Graph,
  InternalError,
  layerCosts,
  type NetworkWitness,
  type PartialNetwork,
  type ProvableNetwork,
  printLayerCosts,
  readStatement,
  type Sample,
  type SearchReport,
  signalNames,
  toRealInput,
  type Witness,
  weightCount,
} from '../index.ts';
import { FILES } from './build-folder.ts';
import type { PlacedCircuit } from './circuits.ts';
import type { Context } from './context.ts';
import { buildPlace, type Place } from './place.ts';
import { type AnyKeys, type AnyProofResult, proofBytesOf } from './proof-systems.ts';
import { formatBytes, formatCount } from './reporter.ts';

/** Tells what compiling gave, and where it is. */
export function tellCompiled(context: Context, folder: string, network: PartialNetwork): void {
  const { reporter } = context;
  const { graph, quantGraph, noirPackage, artifact, program, lowered, proofSystemChoice } = network;
  reporter.stage('Artefacts');
  reporter.fact('folder', folder);
  const weights = graph.nodes.reduce((sum, node) => sum + weightCount(node.op), 0);
  reporter.fact('weights', weights, formatCount(weights));
  reporter.fact('graph', join(folder, FILES.graph));
  if (quantGraph) reporter.fact('quantised', join(folder, FILES.quantized));
  if (noirPackage)
    reporter.fact(
      'Noir package',
      join(folder, FILES.noir),
      `${join(folder, FILES.noir)} (${noirPackage.files.size} files)`,
    );
  if (network.fidelity) {
    tellSearch(context, network.fidelity);
    reporter.fact('page', join(folder, FILES.fidelityPage));
  }
  const place = buildPlace(folder);
  if (artifact) reporter.fact('artifact', place.file('artifact'));
  if (artifact && program && lowered && quantGraph)
    tellNetwork(context, place, {
      ...{ artifact, program, lowered, quantGraph },
      ...(proofSystemChoice ? { proofSystemChoice } : {}),
    });
}

/** Tells where lines went that somebody had written into sources which are generated anew. */
export function warnOfEdits({ reporter }: Context, kept: readonly string[]): void {
  for (const path of kept)
    reporter.warn(
      `Edited by hand, and generated anew: your lines are kept in ${path}. To go on with edited sources, 'bionoir recompile'.`,
    );
}

/** Tells what the search for bits chose, what that costs, and what else there is. */
export function tellSearch({ reporter }: Context, report: SearchReport): void {
  const { chosen, initial, dropKind, sampleCount, points } = report;
  const before = `${formatCount(chosen.constraintCount)} (${formatCount(initial.constraintCount)} without a search)`;
  reporter.fact('constraints, estimated', chosen.constraintCount, before);
  const lost = `${(100 * chosen.drop).toFixed(2)} pp on ${sampleCount} samples`;
  reporter.fact(dropKind === 'error' ? 'mean error' : `drop (${dropKind})`, chosen.drop, lost);
  const bits = Object.entries(chosen.bits).map(([name, value]) => `${name} ${value}`);
  reporter.fact('bits', bits.join(', '));
  const rows = bestOf(points).map(point => {
    const mark = point.constraintCount === chosen.constraintCount ? '  <- chosen' : '';
    return `${formatCount(point.constraintCount).padStart(12)} ${`${(100 * point.drop).toFixed(2)} %`.padStart(10)}${mark}`;
  });
  reporter.block(`\n constraints       drop\n${rows.join('\n')}\n`, 'search', report);
}

/** Choices that no other one beats in both: by constraints, each with less loss than all before it. */
function bestOf(points: SearchReport['points']): SearchReport['points'] {
  let least = Number.POSITIVE_INFINITY;
  return points.filter(({ drop }) => {
    const isBetter = drop < least;
    least = Math.min(least, drop);
    return isBetter;
  });
}

/** Tells the size of a network's constraints, and where they go by layer. */
export function tellNetwork(context: Context, place: Place, circuit: ProvableNetwork): void {
  const { reporter } = context;
  reporter.fact('R1CS', place.file('r1cs'));
  tellSize(context, circuit);
  const costs = layerCosts(circuit.quantGraph, circuit.lowered.system);
  reporter.block(`\n${printLayerCosts(costs)}`, 'layers', costs);
}

/** Tells the size of a program and of its constraints. */
export function tellSize({ reporter }: Context, { program, lowered, proofSystemChoice }: Circuit): void {
  const { system } = lowered;
  if (system.rounds) reporter.fact('proof system', 'ultragroth');
  if (proofSystemChoice) reporter.fact('why', proofSystemChoice.reason);
  const opcodes = program.functions.reduce((sum, each) => sum + each.opcodes.length, 0);
  reporter.fact('ACIR opcodes', opcodes, `${formatCount(opcodes)} in ${program.functions.length} circuits`);
  reporter.fact('constraints', system.constraintCount, formatCount(system.constraintCount));
  reporter.fact('wires', system.wireCount, `${formatCount(system.wireCount)}, ${system.publicCount} public`);
}

/** Tells sizes and paths of keys, and loudly what a development set-up is. */
export function tellKeys(
  { reporter }: Context,
  told: { readonly keys: AnyKeys; readonly files: readonly string[]; readonly isDevelopment: boolean },
): void {
  const { provingKey } = told.keys;
  reporter.fact('proving key bytes', provingKey.length, formatBytes(provingKey.length));
  for (const file of told.files) reporter.fact('written', file);
  if (told.isDevelopment) reporter.warn(DEVELOPMENT_SETUP_WARNING);
}

/** Tells what the float network says of an input: what the integers are to be compared with. */
export function tellFloatOutputs({ reporter }: Context, graph: Graph, sample: Sample): void {
  const inputs = graph.inputs.map((id, index) => {
    const { op, shape } = graph.nodes[id] ?? {};
    if (op?.kind !== 'input' || shape === undefined)
      throw new InternalError(`Node ${id} is listed as an input.`);
    return { shape, data: toRealInput(op.domain, sample[index] ?? []) };
  });
  evaluateGraph(graph, inputs).forEach(({ shape, data }, index) => {
    reporter.block(`float:    ${describeValues(shape, data)}`, `float ${index}`, data);
  });
}

/** Tells what the integer network said of the private input, if it is one, and where the witness is. */
export function tellWitness(
  { reporter }: Context,
  told: {
    readonly circuit: Pick<PlacedCircuit, 'quantGraph' | 'application'>;
    readonly witness: Witness | NetworkWitness;
    readonly file: string;
  },
): void {
  const { quantGraph, application } = told.circuit;
  if (quantGraph && 'outputs' in told.witness) {
    const reals = dequantizeOutput(quantGraph, told.witness.outputs);
    told.witness.outputs.forEach(({ shape, data }, index) => {
      reporter.block(
        `integers: ${describeValues(shape, reals[index]?.data ?? [])}`,
        `integers ${index}`,
        data,
      );
    });
  }
  if (application && 'claim' in told.witness) tellCompared({ reporter }, application, told.witness);
  reporter.fact('wires', told.file);
}

/** Tells what the threshold was compared with, which nobody else learns. */
function tellCompared(
  { reporter }: Pick<Context, 'reporter'>,
  application: Application,
  { claim, outputs: [output] }: NetworkWitness,
): void {
  if (application.kind === 'classification' || claim === undefined || output === undefined) return;
  const value = comparedValue(application, claim, output.data);
  const label = application.kind === 'liveness' ? 'score' : 'squared distance';
  reporter.fact(label, value, `${value} (private)`);
}

/**
 * Tells what the public numbers of an application say. Not when their number is another one, as after main.nr was given
 * more of them by hand.
 */
export function tellStatement(
  { reporter }: Context,
  { application }: Pick<PlacedCircuit, 'application'>,
  told: { readonly witness: Pick<Witness, 'publicSignals'>; readonly files: readonly string[] },
): void {
  const { publicSignals } = told.witness;
  if (application === undefined || signalNames(application).length !== publicSignals.length) return;
  const { features, ...statement } = readStatement(application, publicSignals);
  for (const [name, value] of Object.entries(statement)) {
    const title = name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);
    const rounded = name === 'threshold' ? Number(Number(value).toPrecision(6)) : value;
    const text = name.endsWith('Commitment') ? `0x${BigInt(value).toString(16)}` : String(rounded);
    const index = signalNames(application).indexOf(name);
    reporter.fact(title, text, name === 'threshold' ? `${text} (public as ${publicSignals[index]})` : text);
  }
  if (features) reporter.fact('features', features.length, `${features.length} public integers`);
  for (const file of told.files) reporter.fact('opening (private)', file);
}

const SHOWN_VALUES_MAX = 16;

function describeValues(shape: readonly number[], data: ArrayLike<number>): string {
  if (shape.length === 0) return `label ${data[0]}`;
  const values = Array.from(data);
  const shown = values.slice(0, SHOWN_VALUES_MAX).map(value => value.toFixed(3));
  const rest = values.length > shown.length ? ` … ${values.length - shown.length} more` : '';
  return `[${shown.join(', ')}${rest}], largest at ${values.indexOf(Math.max(...values))}`;
}

/** Tells size, engine and paths of a proof. */
export function tellProof(
  { reporter }: Context,
  told: {
    readonly result: AnyProofResult;
    readonly files: readonly string[];
  },
): void {
  reporter.fact('kernel', told.result.kernel);
  const bytes = proofBytesOf(told.result.proof);
  reporter.fact('proof bytes', bytes, `${bytes} B on chain`);
  reporter.fact('public signals', told.result.publicSignals.length);
  for (const file of told.files) reporter.fact('written', file);
}

/**
 * Tells the verdict.
 *
 * @throws BionoirError MALFORMED_PROOF when it is false, so that a script stops.
 */
export function refuseFalseProof({ reporter }: Context, isValid: boolean): void {
  reporter.fact('proof', isValid, isValid ? 'valid' : 'NOT VALID');
  if (isValid) return;
  throw new BionoirError(
    'MALFORMED_PROOF',
    'The proof is well-formed but false for these public signals under this key. Are the three from one run?',
  );
}

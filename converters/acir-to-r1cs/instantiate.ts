/**
 * Instantiates templates along the call tree: every signal of every call becomes a signal of the whole program, ports are
 * tied, facts (copies, constants, decompositions) are carried over, and hints are written in order of execution.
 *
 * Rows are not copied here: an instance remembers its map of signals, and emit-rows.ts writes them once all classes of
 * equal signals are known.
 */
import { BionoirError } from '../../src/errors.ts';
import { at, createU32List, endRow, push, pushTerm, type U32List } from '../../src/r1cs/index.ts';
import type { CallInstance } from '../../src/witness/types.ts';
import { copyLookupFacts, createLookupFacts, type LookupFacts } from './lookups/facts.ts';
import { copyRomFacts, createRomFacts, type RomFacts } from './lookups/rom-facts.ts';
import { addSignal, createSignalClasses, pin, type SignalClasses, unite } from './signal-classes.ts';
import {
  createDecompositions,
  createStepBuffer,
  type DecompositionColumns,
  type StepBuffer,
  type Template,
  type TemplateCall,
} from './template.ts';

/** One call of a function. */
export interface Instance {
  readonly template: Template;
  /** Program signal by template signal. */
  readonly map: Uint32Array;
}

/** The whole program over its own signals; 0 is one, 1..publicCount are the public wires. */
export interface Assembly {
  readonly classes: SignalClasses;
  readonly instances: Instance[];
  readonly decompositions: DecompositionColumns;
  readonly lookups: LookupFacts;
  readonly roms: RomFacts;
  /** Reads of the program's memories of constants; see lookups/shared-memories.ts. */
  readonly sharedReads: RomFacts;
  /** Signals of challenges: these many, after the public ones. */
  readonly challengeCount: number;
  readonly steps: StepBuffer;
  readonly copies: { readonly slots: U32List; readonly instances: U32List; readonly witnesses: U32List };
  /** Pairs of public signals that are equal, with provenance: they stay rows. */
  readonly publicCopies: U32List;
  /** Pairs (signal, provenance id) of pinned signals: public ones among them stay rows. */
  readonly pins: U32List;
  /** Provenance ids of facts that contradict one another. */
  readonly contradictions: number[];
}

/** The scalar field of BN254 has domains of up to 2^28 constraints. */
const SIGNALS_MAX = 2 ** 28;

/**
 * Instantiates main. `publicWitnesses` are main's, in the order of the public wires. A lookup argument takes challenges.
 *
 * @throws BionoirError UNSUPPORTED_OPCODE when the calls unfold into more than can be proved: a chain of functions that
 *   call the next one twice doubles at each link.
 */
export function instantiate(
  main: Template,
  publicWitnesses: readonly number[],
  challengeCount = 0,
): { readonly assembly: Assembly; readonly calls: CallInstance } {
  assertInstantiable(main);
  const assembly: Assembly = {
    classes: createSignalClasses(publicWitnesses.length),
    instances: [],
    decompositions: createDecompositions(),
    lookups: createLookupFacts(),
    roms: createRomFacts(),
    sharedReads: createRomFacts(),
    challengeCount,
    steps: createStepBuffer(),
    copies: { slots: createU32List(), instances: createU32List(), witnesses: createU32List() },
    publicCopies: createU32List(),
    pins: createU32List(),
    contradictions: [],
  };
  for (let challenge = 0; challenge < challengeCount; challenge++) addSignal(assembly.classes);
  const map = new Uint32Array(main.signalCount);
  const publicSignals = new Map(publicWitnesses.map((witness, index) => [witness, index + 1]));
  for (let signal = 1; signal < main.signalCount; signal++) {
    const witness = at(main.witnessOf.data, signal) - 1;
    map[signal] = publicSignals.get(witness) ?? 0;
  }
  return { assembly, calls: instantiateTemplate(assembly, main, map) };
}

function assertInstantiable(main: Template): void {
  const totals = new Map<Template, number>();
  const totalOf = (template: Template): number => {
    const known = totals.get(template);
    if (known !== undefined) return known;
    const total = template.calls.reduce(
      (sum, call) => sum + totalOf(call.template),
      template.signalCount + 1,
    );
    totals.set(template, total);
    return total;
  };
  const total = totalOf(main);
  if (total <= SIGNALS_MAX) return;
  throw new BionoirError(
    'UNSUPPORTED_OPCODE',
    `The calls of folded functions unfold into ${total} values; at most ${SIGNALS_MAX} (2^28) can be proved. Fold fewer calls into one another.`,
    { details: { signals: total, most: SIGNALS_MAX } },
  );
}

/** `map` holds the ports that are tied already; all other signals are made here. */
function instantiateTemplate(assembly: Assembly, template: Template, map: Uint32Array): CallInstance {
  const instance = assembly.instances.length;
  assembly.instances.push({ template, map });
  const ports = new Set<number>(template.parameters);
  const isMain = instance === 0;
  const results = new Set(template.calls.flatMap(call => (call.gate === undefined ? [] : call.outputs)));
  for (let signal = 1; signal < template.signalCount; signal++) {
    if (results.has(signal)) continue;
    if (map[signal] === 0) map[signal] = addSignal(assembly.classes);
    const witness = at(template.witnessOf.data, signal);
    if (witness === 0 || (!isMain && ports.has(signal))) continue;
    push(assembly.copies.slots, at(map, signal));
    push(assembly.copies.instances, instance);
    push(assembly.copies.witnesses, witness - 1);
  }
  tieFacts(assembly, template, map);
  const children: CallInstance[] = [];
  let step = 0;
  for (const call of template.calls) {
    copySteps(assembly.steps, template.steps, map, step, call.stepPosition);
    step = call.stepPosition;
    children.push(instantiateCall(assembly, call, map));
  }
  copySteps(assembly.steps, template.steps, map, step, template.steps.kinds.length);
  return { instance, functionIndex: template.functionIndex, children };
}

function instantiateCall(assembly: Assembly, call: TemplateCall, caller: Uint32Array): CallInstance {
  const { template, gate } = call;
  const map = new Uint32Array(template.signalCount);
  template.parameters.forEach((parameter, index) => {
    map[parameter] = at(caller, call.inputs[index] ?? 0);
  });
  if (gate !== undefined && template.gate !== undefined) map[template.gate] = at(caller, gate);
  const child = instantiateTemplate(assembly, template, map);
  call.outputs.forEach((output, index) => {
    const result = at(map, template.returns[index] ?? 0);
    if (gate !== undefined) caller[output] = result;
    else tieSignals(assembly, at(caller, output), result, call.provenanceId);
  });
  return call.predicate === undefined ? child : { ...child, predicate: call.predicate };
}

/** Makes two signals equal; public ones by a row. */
export function tieSignals(assembly: Assembly, first: number, second: number, provenanceId: number): void {
  const union = unite(assembly.classes, first, second);
  if (union === 'contradiction') assembly.contradictions.push(provenanceId);
  if (union !== 'both public') return;
  push(assembly.publicCopies, first);
  push(assembly.publicCopies, second);
  push(assembly.publicCopies, provenanceId);
}

/** Makes a signal a constant; a public one by a row. */
export function pinSignal(
  assembly: Assembly,
  signal: number,
  coefficientId: number,
  provenanceId: number,
): void {
  push(assembly.pins, signal);
  push(assembly.pins, provenanceId);
  if (!pin(assembly.classes, signal, coefficientId)) assembly.contradictions.push(provenanceId);
}

function tieFacts(assembly: Assembly, template: Template, map: Uint32Array): void {
  const { copies, constants, copyProvenanceIds, constantProvenanceIds, decompositions } = template;
  copyLookupFacts(assembly.lookups, template.lookups, map);
  copyRomFacts(assembly.roms, template.roms, map);
  copyRomFacts(assembly.sharedReads, template.sharedReads, map);
  for (let k = 0; k < copyProvenanceIds.length; k++) {
    const [first, second] = [at(copies.data, 2 * k), at(copies.data, 2 * k + 1)];
    tieSignals(assembly, at(map, first), at(map, second), at(copyProvenanceIds.data, k));
  }
  for (let k = 0; k < constantProvenanceIds.length; k++) {
    const signal = at(map, at(constants.data, 2 * k));
    pinSignal(assembly, signal, at(constants.data, 2 * k + 1), at(constantProvenanceIds.data, k));
  }
  for (let k = 0; k < decompositions.sources.length; k++) {
    const bits = at(decompositions.firstBits.data, k);
    push(assembly.decompositions.sources, at(map, at(decompositions.sources.data, k)));
    push(assembly.decompositions.widths, at(decompositions.widths.data, k));
    push(assembly.decompositions.firstBits, bits === 0 ? 0 : at(map, bits));
    push(assembly.decompositions.provenanceIds, at(decompositions.provenanceIds.data, k));
  }
}

/** Copies hints [from, to) of a template; outputs of one step stay consecutive, since fresh signals ascend. */
function copySteps(target: StepBuffer, source: StepBuffer, map: Uint32Array, from: number, to: number): void {
  for (let step = from; step < to; step++) {
    push(target.kinds, at(source.kinds.data, step));
    push(target.operands, target.forms.starts.length - 1);
    push(target.firsts, at(map, at(source.firsts.data, step)));
    push(target.sizes, at(source.sizes.data, step));
    push(target.parameters, at(source.parameters.data, step));
    const formEnd =
      step + 1 < source.operands.length ? at(source.operands.data, step + 1) : source.forms.starts.length - 1;
    for (let form = at(source.operands.data, step); form < formEnd; form++) {
      for (let k = at(source.forms.starts.data, form); k < at(source.forms.starts.data, form + 1); k++) {
        pushTerm(
          target.forms,
          at(map, at(source.forms.wires.data, k)),
          at(source.forms.coefficientIds.data, k),
        );
      }
      endRow(target.forms);
    }
  }
}

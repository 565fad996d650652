/**
 * Linking: one artifact of several, each compiled from a part of a package, as `src/toolchain/separate` takes them apart.
 *
 * The first part is the package's root. In every part a function of another part is a stub: a circuit that asserts that its
 * first input is a number of its own, the tag. A part's main calls the functions that it gives to others, and the first
 * input of each call says which is which. So functions are known by what they are, not by names, which compilers change.
 *
 * Stubs and the mains of all parts but the first fall away. Unconstrained functions that are equal become one.
 */

import { checkProgram, printBrilligOpcode } from '../../src/acir/index.ts';
import type { BrilligFunction, Circuit, Opcode, Program } from '../../src/acir/types.ts';
import { BionoirError } from '../../src/errors.ts';
import { BN254_SCALAR_PRIME, mod } from '../../src/field/index.ts';
import { decodeArtifact } from './artifact.ts';
import { encodeBase64 } from './base64.ts';
import { encodeProgram } from './encode.ts';
import { type LinkSource, linkSymbols } from './link-symbols.ts';

/** What linking needs of an artifact, as compilers write it. */
export interface LinkableArtifact {
  readonly noir_version: string;
  readonly hash?: string | number;
  readonly abi: { readonly error_types?: object };
  readonly bytecode: string;
  readonly debug_symbols: string;
  readonly file_map: Readonly<Record<string, { readonly path: string; readonly source: string }>>;
}

/** One compilation of several. */
export interface LinkPart<T extends LinkableArtifact = LinkableArtifact> {
  readonly artifact: T;
  /** What the part's main calls for others to use; none in the first part. */
  readonly exports: readonly {
    readonly tag: bigint;
    /** The witness of main that is the function's first input. */
    readonly firstInput: number;
  }[];
  /** Sources that stand for others, by path of the artifact's file map. */
  readonly sources: ReadonlyMap<string, LinkSource>;
}

/** A circuit of a part, by index. */
interface Place {
  readonly part: number;
  readonly index: number;
}

interface Linking {
  readonly programs: readonly Program[];
  /** Where a tag's function is. */
  readonly targets: ReadonlyMap<bigint, Place>;
  /** Indices of circuits in the linked program, by part and index. */
  readonly indices: Map<string, number>;
  readonly order: Place[];
  readonly unconstrained: BrilligPool;
}

/**
 * Links parts into the artifact of the whole package.
 *
 * @throws BionoirError MALFORMED_ARTIFACT when parts do not fit: a function that no part gives, or that is not found
 */
export function linkArtifacts<T extends LinkableArtifact>(
  parts: readonly [LinkPart<T>, ...LinkPart<T>[]],
): T {
  const programs = parts.map(({ artifact }) => decodeArtifact(artifact).program);
  const targets = findTargets(parts, programs);
  const linking = { programs, targets, indices: new Map(), order: [], unconstrained: new BrilligPool() };
  const functions = linkFunctions(linking);
  const program = { functions, unconstrained: linking.unconstrained.functions };
  checkProgram(program);
  for (const each of program.unconstrained) refuseTagsIn(linking, each);
  const bytecode = encodeBase64(encodeProgram(program, { packing: 'quick' }));
  const circuits = linking.order.map(({ part, index }) => ({
    part,
    index,
    unconstrained: (id: number) => linking.unconstrained.idOf(part, programs[part] as Program, id),
  }));
  const { artifact: root } = parts[0];
  return {
    ...root,
    hash: checksum(bytecode),
    abi: {
      ...root.abi,
      error_types: Object.assign({}, ...parts.map(({ artifact }) => artifact.abi.error_types)),
    },
    bytecode,
    ...linkSymbols(parts, circuits),
  };
}

/** Where the functions are that parts give, by tag. */
function findTargets(parts: readonly LinkPart[], programs: readonly Program[]): Map<bigint, Place> {
  const targets = new Map<bigint, Place>();
  for (const [part, { exports }] of parts.entries()) {
    const calls = programs[part]?.functions[0]?.opcodes.filter(opcode => opcode.kind === 'call') ?? [];
    for (const { tag, firstInput } of exports) {
      const call = calls.find(({ inputs }) => inputs[0] === firstInput);
      if (call === undefined) throw misfit(`part ${part} does not call what takes w${firstInput}`);
      if (targets.has(tag)) throw misfit(`two parts give the function of tag ${tag}`);
      targets.set(tag, { part, index: call.id });
    }
  }
  return targets;
}

/** Circuits that main reaches, in the order in which they are met, with their calls renumbered. */
function linkFunctions(linking: Linking): Circuit[] {
  const stubs = linking.programs.map(program =>
    program.functions.map(circuit => stubTarget(linking, circuit)),
  );
  const indexOf = (place: Place): number => {
    const target = stubs[place.part]?.[place.index] ?? place;
    const key = `${target.part}:${target.index}`;
    const known = linking.indices.get(key);
    if (known !== undefined) return known;
    linking.indices.set(key, linking.order.length);
    linking.order.push(target);
    return linking.order.length - 1;
  };
  indexOf({ part: 0, index: 0 });
  const functions: Circuit[] = [];
  for (let next = linking.order[0]; next !== undefined; next = linking.order[functions.length]) {
    const { part, index } = next;
    const program = linking.programs[part] as Program;
    const circuit = program.functions[index] as Circuit; // checked when it was decoded
    refuseTags(linking, circuit);
    for (const id of calleesOf(circuit)) indexOf({ part, index: id });
    const opcodes = circuit.opcodes.map((opcode): Opcode => {
      if (opcode.kind === 'call') return { ...opcode, id: indexOf({ part, index: opcode.id }) };
      if (opcode.kind !== 'brillig-call') return opcode;
      return { ...opcode, id: linking.unconstrained.idOf(part, program, opcode.id) };
    });
    functions.push({ ...circuit, opcodes });
  }
  return functions;
}

/** Ascending: the order of the compiler, where functions of one part follow one another. */
function calleesOf({ opcodes }: Circuit): number[] {
  const ids = opcodes.flatMap(opcode => (opcode.kind === 'call' ? [opcode.id] : []));
  return [...new Set(ids)].sort((left, right) => left - right);
}

/**
 * The function that a circuit stands for; undefined for circuits that stand for themselves. A stub does nothing but pin
 * witnesses: its first input to the tag, its outputs to zero.
 */
function stubTarget({ targets }: Linking, { opcodes }: Circuit): Place | undefined {
  const pinned = opcodes.map(pinOf);
  if (!pinned.every(pin => pin !== undefined)) return undefined;
  const first = pinned.find(({ witness }) => witness === 0);
  return first && targets.get(first.value);
}

/** No stub may stay, whatever a compiler made of it: one that does more than pin, or was put into its caller. */
function refuseTags({ targets }: Linking, { name, opcodes }: Circuit): void {
  for (const opcode of opcodes) {
    if (opcode.kind !== 'assert-zero') continue;
    const { constant } = opcode.expression;
    if (targets.has(constant) || targets.has(mod(-constant, BN254_SCALAR_PRIME)))
      throw misfit(`circuit '${name}' holds the tag of another part's function`);
  }
}

/** Unconstrained code that calls a folded function has a copy of its stub. */
function refuseTagsIn({ targets }: Linking, { name, opcodes }: BrilligFunction): void {
  for (const opcode of opcodes) {
    if (opcode.kind === 'const' && targets.has(opcode.value))
      throw misfit(`the unconstrained function '${name}' holds the tag of a function`);
  }
}

/** What an opcode pins one witness to; undefined for opcodes that do something else. */
function pinOf(opcode: Opcode): { readonly witness: number; readonly value: bigint } | undefined {
  if (opcode.kind !== 'assert-zero') return undefined;
  const { mulTerms, linear, constant } = opcode.expression;
  const [witness] = linear.witnesses;
  if (mulTerms.length > 0 || linear.witnesses.length !== 1 || witness === undefined) return undefined;
  const [coefficient] = linear.coefficients;
  if (coefficient === 1n) return { witness, value: mod(-constant, BN254_SCALAR_PRIME) };
  return coefficient === BN254_SCALAR_PRIME - 1n ? { witness, value: constant } : undefined;
}

/** Unconstrained functions of the linked program. */
class BrilligPool {
  readonly functions: BrilligFunction[] = [];
  readonly #byText = new Map<string, number>();
  readonly #byPlace = new Map<string, number>();

  /** The index of a part's function in the linked program. */
  idOf(part: number, program: Program, id: number): number {
    const place = `${part}:${id}`;
    const known = this.#byPlace.get(place);
    if (known !== undefined) return known;
    const index = this.#add(program.unconstrained[id] as BrilligFunction); // checked when it was decoded
    this.#byPlace.set(place, index);
    return index;
  }

  #add(fn: BrilligFunction): number {
    const text = [fn.name, ...fn.opcodes.map(printBrilligOpcode)].join('\n');
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    this.#byText.set(text, this.functions.length);
    this.functions.push(fn);
    return this.functions.length - 1;
  }
}

function misfit(how: string): BionoirError {
  return new BionoirError(
    'MALFORMED_ARTIFACT',
    `The parts of the program do not fit together: ${how}. Compile the package as a whole.`,
    { details: { how } },
  );
}

/** FNV-1a of 32 bits: compilers give some number here, which nobody checks. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return String(hash >>> 0);
}

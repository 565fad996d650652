/**
 * Lowers each ACIR function once into a template, whatever the number of its calls.
 *
 * A function is lowered again only for another *variant*: gated (it may be switched off), or with constant arguments
 * where those matter beyond arithmetic (memory indices, predicates, black boxes with constant inputs).
 */
import type { BlackBoxCall, Circuit, Opcode, Program } from '../../src/acir/types.ts';
import { BionoirError, InternalError } from '../../src/errors.ts';
import type { CoefficientTable, Room } from '../../src/r1cs/index.ts';
import { lowerAssertZero } from './assert-zero.ts';
import { blackBoxLowering } from './black-box/index.ts';
import { beginOpcode, createBuilder, type GadgetBuilder, placeOf, witnessSignal } from './builder.ts';
import { lowerCall, type TemplateOf } from './call.ts';
import type { TableRegistry } from './lookups/tables.ts';
import { lowerMemoryInit, lowerMemoryOp } from './memory.ts';
import type { Origins } from './origin.ts';
import { createTemplate, type Template } from './template.ts';

/** What the functions of one program share. */
export interface ProgramContext {
  readonly program: Program;
  readonly table: CoefficientTable;
  readonly origins: Origins;
  /** Present where gadgets may use lookups. */
  readonly tables?: TableRegistry | undefined;
  readonly templates: Map<string, Template>;
  /** Functions whose lowering profits from constant arguments. */
  readonly specialised: readonly boolean[];
  /** Variants that are being lowered, outermost first. */
  readonly active: string[];
}

/** A way to lower a function: see the head of this file. */
export interface Variant {
  readonly gated: boolean;
  readonly constants: readonly (bigint | undefined)[];
}

/** Calls nested deeper than this, of one variant in another, are taken for endless recursion. */
const DEPTH_MAX = 1000;

/** Returns the template of a function's variant, lowering it at the first request. */
export function templateOf(context: ProgramContext, functionIndex: number, variant: Variant): Template {
  const constants = context.specialised[functionIndex] === true ? variant.constants : [];
  const key = `${functionIndex}|${variant.gated}|${constants.map(value => value ?? '').join(',')}`;
  const known = context.templates.get(key);
  if (known !== undefined) return known;
  if (context.active.includes(key) || context.active.length > DEPTH_MAX)
    throw endlessRecursion(context, functionIndex);
  context.active.push(key);
  const template = lowerFunction(context, functionIndex, { gated: variant.gated, constants });
  context.active.pop();
  context.templates.set(key, template);
  return template;
}

function lowerFunction(context: ProgramContext, functionIndex: number, variant: Variant): Template {
  const circuit = circuitOf(context.program, functionIndex);
  const template = createTemplate(context.table, functionIndex, roomFor(circuit));
  const { table, origins, tables } = context;
  const builder = createBuilder({ table, origins, circuit, template, gated: variant.gated, tables });
  const parameters = [...circuit.privateParameters, ...circuit.publicParameters].sort((x, y) => x - y);
  template.parameters = parameters.map(witness => witnessSignal(builder, witness));
  template.parameters.forEach((signal, index) => {
    builder.known.add(signal);
    const constant = variant.constants[index];
    if (constant !== undefined) builder.constants.set(signal, constant);
  });
  const lookUp: TemplateOf = (callee, calleeVariant) => templateOf(context, callee, calleeVariant);
  circuit.opcodes.forEach((opcode, index) => {
    beginOpcode(builder, index, opcode.kind === 'black-box' ? opcode.call.name : opcode.kind);
    lowerOpcode(builder, opcode, lookUp);
  });
  template.returns = circuit.returnValues.map(witness => witnessSignal(builder, witness));
  return template;
}

/** Most opcodes become a row of their own terms. */
function roomFor({ opcodes }: Circuit): Room {
  const room = { rows: 0, a: 0, b: 0, c: 0 };
  for (const opcode of opcodes) {
    if (opcode.kind !== 'assert-zero') continue;
    room.rows++;
    room.a += opcode.expression.mulTerms.length;
    room.b += opcode.expression.mulTerms.length;
    room.c += opcode.expression.linear.witnesses.length + 1;
  }
  return room;
}

function circuitOf(program: Program, functionIndex: number): Circuit {
  const circuit = program.functions[functionIndex];
  if (circuit !== undefined) return circuit;
  throw new BionoirError(
    'MALFORMED_PROGRAM',
    `The program calls function ${functionIndex}, but has only ${program.functions.length}. Compile it again.`,
    { details: { functionIndex, functionCount: program.functions.length } },
  );
}

function lowerOpcode(builder: GadgetBuilder, opcode: Opcode, lookUp: TemplateOf): void {
  switch (opcode.kind) {
    case 'assert-zero':
      lowerAssertZero(builder, opcode.expression);
      break;
    case 'black-box':
      lowerBlackBox(builder, opcode.call);
      break;
    case 'brillig-call':
      for (const output of opcode.outputs)
        freeOutputs(builder, output.kind === 'simple' ? [output.witness] : output.witnesses);
      break;
    case 'to-le-radix':
      freeOutputs(builder, opcode.outputs);
      break;
    case 'call':
      lowerCall(builder, opcode, lookUp);
      break;
    case 'memory-init':
      lowerMemoryInit(builder, opcode);
      break;
    case 'memory-op':
      lowerMemoryOp(builder, opcode);
      break;
    default:
      throw new InternalError(`Unknown opcode ${opcode satisfies never}.`);
  }
}

function lowerBlackBox(builder: GadgetBuilder, call: BlackBoxCall): void {
  const lower = blackBoxLowering(call.name);
  if (lower === undefined) throw unsupported(builder, call.name);
  lower(builder, call);
}

/** Unconstrained code computes these witnesses; nothing is proved of them. */
function freeOutputs(builder: GadgetBuilder, witnesses: readonly number[]): void {
  for (const witness of witnesses) builder.known.add(witnessSignal(builder, witness));
}

function unsupported(builder: GadgetBuilder, name: string): BionoirError {
  const place = placeOf(builder);
  return new BionoirError(
    'UNSUPPORTED_OPCODE',
    `The opcode '${name}' has no constraints yet: ${place}. Write the Noir source without it.`,
    {
      location: place,
      details: {
        opcode: name,
        functionIndex: builder.template.functionIndex,
        opcodeIndex: builder.opcodeIndex,
      },
    },
  );
}

function endlessRecursion(context: ProgramContext, functionIndex: number): BionoirError {
  const name = context.program.functions[functionIndex]?.name || `function ${functionIndex}`;
  return new BionoirError(
    'UNSUPPORTED_OPCODE',
    `The folded function '${name}' calls itself without a bound that is known before running it. Bound the recursion by a constant argument, or write a loop.`,
    { location: name, details: { functionIndex } },
  );
}

/** Finds the functions in which a constant argument may decide more than arithmetic. */
export function findSpecialised(program: Program): boolean[] {
  const direct = program.functions.map(({ opcodes }) => opcodes.some(profitsFromConstants));
  for (let changed = true; changed; ) {
    changed = false;
    program.functions.forEach(({ opcodes }, index) => {
      const inherits = opcodes.some(opcode => opcode.kind === 'call' && direct[opcode.id] === true);
      if (!inherits || direct[index] === true) return;
      direct[index] = true;
      changed = true;
    });
  }
  return direct;
}

function profitsFromConstants(opcode: Opcode): boolean {
  if (opcode.kind === 'memory-op') return opcode.index.linear.witnesses.length > 0;
  if (opcode.kind === 'call') return opcode.predicate.linear.witnesses.length > 0;
  return opcode.kind === 'black-box' && opcode.call.name !== 'range';
}

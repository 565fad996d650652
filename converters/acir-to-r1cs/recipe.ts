/**
 * The recipe of a lowered program: its hints, copies and lookups over slots, which are the signals of the program; and the
 * names of slots.
 */
import type { Program } from '../../src/acir/types.ts';
import { at, type CoefficientTable, coefficientOf, finishRows, finishU32 } from '../../src/r1cs/index.ts';
import type { CallInstance, LookupColumns, Recipe, StepColumns } from '../../src/witness/types.ts';
import type { Assembly } from './instantiate.ts';
import type { LookupArgument } from './lookups/building.ts';
import type { StepBuffer } from './template.ts';

/** What a recipe is made from. */
export interface RecipeSource {
  readonly assembly: Assembly;
  readonly calls: CallInstance;
  readonly argument: LookupArgument | undefined;
}

/** Writes the recipe; `wireSlots` holds the signal of each wire, and signals are slots. */
export function createRecipe(
  { assembly, calls, argument }: RecipeSource,
  table: CoefficientTable,
  wireSlots: Uint32Array,
): Recipe {
  const { copies, steps, classes } = assembly;
  return {
    prime: table.prime,
    slotCount: classes.parents.length,
    wireSlots,
    calls,
    copies: {
      slots: finishU32(copies.slots),
      instances: finishU32(copies.instances),
      witnesses: finishU32(copies.witnesses),
    },
    steps: finishSteps(steps, table),
    ...(argument === undefined ? {} : { lookups: lookupColumns(argument, assembly.challengeCount) }),
  };
}

function lookupColumns(argument: LookupArgument, challengeCount: number): LookupColumns {
  const { challenge, tables, tableIds, operands, firstInverse, products } = argument;
  return {
    challengeSlot: challenge,
    tables: tables.map(({ size, entries, firstCell, firstMultiplicity, firstQuotient }) => ({
      size,
      ...(entries === undefined ? {} : { entries }),
      ...(firstCell === undefined ? {} : { firstCell: argument.firstCellOperand + firstCell }),
      firstMultiplicity,
      firstQuotient,
    })),
    tableIds: finishU32(tableIds),
    operands: finishU32(operands),
    firstInverse,
    ...(challengeCount > 1
      ? {
          products: {
            challengeSlot: challenge + 1,
            first: products.first,
            operands: finishU32(products.operands),
          },
        }
      : {}),
  };
}

/** Keeps the coefficients that steps use: simplification leaves many in the table that nobody needs. */
function finishSteps(steps: StepBuffer, table: CoefficientTable): StepColumns {
  const numbers = new Map<number, number>();
  const renumber = (id: number): number => {
    const known = numbers.get(id);
    if (known !== undefined) return known;
    numbers.set(id, numbers.size);
    return numbers.size - 1;
  };
  const forms = finishRows(steps.forms);
  const parameters = finishU32(steps.parameters).map(renumber);
  const coefficientIds = forms.coefficientIds.map(renumber);
  return {
    kinds: Uint8Array.from(finishU32(steps.kinds)),
    operands: finishU32(steps.operands),
    firsts: finishU32(steps.firsts),
    sizes: finishU32(steps.sizes),
    parameters,
    forms: { ...forms, coefficientIds },
    coefficients: [...numbers.keys()].map(id => coefficientOf(table, id)),
  };
}

/** Names slots, which are signals: "main.w12", "patch#3.w7", "table0.count5", "aux45". */
export function nameSlots(program: Program, recipe: Recipe, assembly: Assembly): (slot: number) => string {
  let rowOfSlot: Map<number, number> | undefined;
  return slot => {
    const { slots, instances, witnesses } = recipe.copies;
    rowOfSlot ??= new Map(Array.from(slots, (each, row) => [each, row] as const));
    const row = rowOfSlot.get(slot);
    if (row === undefined) return nameInLookups(recipe, slot) ?? `aux${slot}`;
    const instance = at(instances, row);
    const functionIndex = assembly.instances[instance]?.template.functionIndex ?? 0;
    const name =
      program.functions[functionIndex]?.name || (functionIndex === 0 ? 'main' : `f${functionIndex}`);
    return `${name}${instance === 0 ? '' : `#${instance}`}.w${at(witnesses, row)}`;
  };
}

/** Names what a lookup argument adds; tables are numbered as the report lists them. */
function nameInLookups({ lookups }: Recipe, slot: number): string | undefined {
  if (lookups === undefined) return undefined;
  const { challengeSlot, products, tables, firstInverse, tableIds } = lookups;
  if (slot === challengeSlot) return 'challenge0';
  if (slot === products?.challengeSlot) return 'challenge1';
  const isWithin = (first: number, count: number): boolean => slot >= first && slot < first + count;
  if (isWithin(firstInverse, tableIds.length)) return `lookup${slot - firstInverse}.inverse`;
  if (products !== undefined && isWithin(products.first, products.operands.length))
    return `product${slot - products.first}`;
  for (const [table, { size, firstMultiplicity, firstQuotient }] of tables.entries()) {
    if (isWithin(firstMultiplicity, size)) return `table${table}.count${slot - firstMultiplicity}`;
    if (isWithin(firstQuotient, size)) return `table${table}.quotient${slot - firstQuotient}`;
  }
  return undefined;
}

/**
 * The passes in order, until nothing changes: share, eliminate; then pack, orient.
 *
 * Each pass states in its file why the set of solutions, projected on the wires it keeps, is unchanged; `definitions`
 * give the others.
 */
import type { CoefficientTable } from '../coefficients.ts';
import type { ConstraintSystem } from '../types.ts';
import { analyzeBounds, type Bounds, type Interval } from './bounds.ts';
import { type CostModel, GROTH16_COSTS } from './cost-model.ts';
import type { Definitions, Simplified } from './definitions.ts';
import { dropTrivial } from './drop-trivial.ts';
import { eliminateLinear } from './eliminate.ts';
import { orientRows } from './orient.ts';
import { type Pack, packLinear, planPacks } from './pack.ts';
import { shareRows } from './share.ts';

/** How to simplify. */
export interface SimplifyOptions {
  readonly costs?: CostModel;
  /** Drops range checks of what nothing uses (drop-trivial.ts). Off by default: it forgets those wires. */
  readonly dropTrivial?: boolean;
  /** Intervals of wires that lookups prove; see bounds.ts. */
  readonly given?: ReadonlyMap<number, Interval>;
  readonly onProgress?: (step: string, fraction: number) => void;
}

/** A simplified system over the wires of the one before; most are unused now. */
export interface SimplifiedSystem {
  readonly system: ConstraintSystem;
  /** In the order of application: earlier ones may use wires that later ones define. */
  readonly definitions: readonly Definitions[];
}

/** Rounds of sharing and elimination; the second one mostly finds nothing. */
const ROUNDS_MAX = 8;

/**
 * Simplifies a system whose coefficients are `table.values`.
 * @throws BionoirError UNSATISFIABLE_PROGRAM when constraints contradict one another.
 */
export function simplifySystem(
  start: ConstraintSystem,
  table: CoefficientTable,
  options: SimplifyOptions = {},
): SimplifiedSystem {
  const costs = options.costs ?? GROTH16_COSTS;
  const definitions: Definitions[] = [];
  let system = start;
  let bounds: Bounds | undefined;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    system = shareRows(system, table);
    bounds = analyzeBounds(system, table, options.given);
    const result = eliminateLinear(system, table, { costs, bounds });
    options.onProgress?.('eliminate', (round + 1) / (ROUNDS_MAX + 1));
    if (result.definitions.wires.length === 0) break;
    definitions.push(result.definitions);
    system = result.system;
    bounds = undefined;
  }
  bounds ??= analyzeBounds(system, table, options.given);
  let plan = planPacks(system, table, bounds);
  const last = eliminateLastPack(system, table, { costs, plan, bounds });
  if (last !== undefined) {
    definitions.push(last.definitions);
    system = last.system;
    plan = planPacks(system, table, analyzeBounds(system, table, options.given));
  }
  const packed = packLinear(system, table, plan);
  const kept = options.dropTrivial === true ? dropTrivial(packed, table) : packed;
  options.onProgress?.('pack', 1);
  return { system: orientRows(kept, table), definitions };
}

/**
 * A pack that few rows share is dear for each: where its rows can be eliminated for less than the constraint, counted
 * rather than weighed, they are. (A program with one comparison has one such row.)
 */
function eliminateLastPack(
  system: ConstraintSystem,
  table: CoefficientTable,
  {
    costs,
    plan,
    bounds,
  }: { readonly costs: CostModel; readonly plan: readonly Pack[]; readonly bounds: Bounds },
): Simplified | undefined {
  const rows = plan.at(-1)?.rows ?? [];
  if (rows.length === 0) return undefined;
  const counted = new Map(rows.map(row => [row, costs.constraint / rows.length] as const));
  const result = eliminateLinear(system, table, { costs, counted, bounds });
  return result.definitions.wires.length === rows.length ? result : undefined;
}

/** How a constraint's origin reads in messages, cost tables and the text form. */
import type { ConstraintSystem, Provenance } from './types.ts';

/** Says where a constraint comes from: "layer conv_2, relu, conv_2.nr:57", or "range, opcode 3 of main" without debug information. */
export function describeProvenance(origin: Provenance): string {
  const layer = origin.layer === undefined ? '' : `layer ${origin.layer}, `;
  return `${layer}${origin.gadget}, ${describePlace(origin)}`;
}

/** Returns the origin of constraint `row`. */
export function provenanceOf(system: ConstraintSystem, row: number): Provenance {
  const origin = system.provenance[system.provenanceIds[row] as number]; // one id a constraint, by construction
  return origin ?? { gadget: 'unknown', functionIndex: 0, opcodeIndex: 0 };
}

function describePlace(origin: Provenance): string {
  if (origin.file !== undefined) return `${origin.file}:${origin.line ?? 0}`;
  return `opcode ${origin.opcodeIndex} of ${origin.functionName ?? `function ${origin.functionIndex}`}`;
}

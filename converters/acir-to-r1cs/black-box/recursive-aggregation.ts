/** RecursiveAggregation: only the backend that makes the inner proofs can say what it means, and bionoir does not yet. */
import type { RecursiveAggregationCall } from '../../../src/acir/types.ts';
import { BionoirError } from '../../../src/errors.ts';
import { type GadgetBuilder, inputForm, placeOf } from '../builder.ts';
import { constantOf } from '../forms.ts';

/**
 * Proves nothing: a call whose predicate is the constant 0 checks nothing and is left out.
 * @throws BionoirError UNSUPPORTED_OPCODE for any other.
 */
export function lowerRecursiveAggregation(builder: GadgetBuilder, call: RecursiveAggregationCall): void {
  if (constantOf(inputForm(builder, call.predicate)) === 0n) return;
  const place = placeOf(builder);
  throw new BionoirError(
    'UNSUPPORTED_OPCODE',
    `The program verifies a proof inside itself (proof type ${call.proofType}), which has no constraints in bionoir: ${place}. Verify the inner proof outside, or join the two programs.`,
    { location: place, details: { opcode: call.name, proofType: call.proofType } },
  );
}

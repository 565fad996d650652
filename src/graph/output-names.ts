/** Outputs by name: what importers say of a name that a model does not have. */
import { BionoirError } from '../errors.ts';

/** Refuses to end a model at a tensor that it does not have, and names its own outputs. */
export function unknownOutput(name: string, outputs: readonly string[]): BionoirError {
  const known = outputs.map(output => `'${output}'`).join(', ');
  return new BionoirError(
    'USAGE',
    `The output '${name}' is asked for, which the model does not have; its outputs are ${known}. Name some of these, or a layer or tensor inside the model to end it there.`,
    { details: { name, outputs } },
  );
}

/** Writes a Grumpkin point to the outputs of a black box: [x, y] or, in older releases, [x, y, infinite]. */
import type { AcirWitness } from '../../../src/acir/types.ts';
import type { GadgetBuilder } from '../builder.ts';
import { assignWitness } from '../gadgets.ts';
import type { PointForms } from './grumpkin.ts';

/** Proves: the outputs are the point's coordinates and, if there are three, its flag. */
export function assignPoint(
  builder: GadgetBuilder,
  outputs: readonly AcirWitness[],
  point: PointForms,
): void {
  const forms = [point.x, point.y, point.infinite];
  outputs.forEach((output, index) => {
    const form = forms[index];
    if (form !== undefined) assignWitness(builder, output, form);
  });
}

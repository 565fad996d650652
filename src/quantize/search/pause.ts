/**
 * Lets others run now and then during long calculations: signals arrive, progress is drawn.
 */
import { BionoirError } from '../../errors.ts';

/** Waits when it is time to. @throws ABORTED when asked to stop */
export type Pause = () => Promise<void>;

/** Milliseconds of calculation without a pause. */
const WORK_MILLIS = 100;

/** A pause that ends the search when the signal says so. */
export function createPause(signal?: AbortSignal): Pause {
  let resumedAt = performance.now();
  return async () => {
    if (performance.now() - resumedAt >= WORK_MILLIS) {
      await new Promise(resolve => setTimeout(resolve, 0));
      resumedAt = performance.now();
    }
    if (!signal?.aborted) return;
    throw new BionoirError(
      'ABORTED',
      'Stopped during the search for bits. Nothing was changed; start again when ready.',
    );
  };
}

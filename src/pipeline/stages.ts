/** The stages of the pipeline: their names, who is told of them, and how one is run. */
import { BionoirError } from '../errors.ts';
import type { Progress } from '../kernel/index.ts';

/** The stages, in order. */
export const STAGES = [
  'import',
  'quantize',
  'generate',
  'compile',
  'lower',
  'setup',
  'witness',
  'prove',
  'verify',
] as const;
export type Stage = (typeof STAGES)[number];
/** What listeners hear of: the stages of a network, and the execution of a program by itself. */
export type ListenedStage = Stage | 'execute';

/** Told of every stage as it begins, moves and ends. */
export interface StageListener {
  onStart?(stage: ListenedStage): void;
  onProgress?(stage: ListenedStage, step: string, fraction: number): void;
  onEnd?(stage: ListenedStage, millis: number): void;
  /** Told why a stage takes another way than usual. */
  onNotice?(stage: ListenedStage, text: string): void;
}

export interface StageOptions {
  readonly listener?: StageListener;
  readonly signal?: AbortSignal;
}

/** Runs one stage: tells the listener, stops between stages when asked to. */
export async function runStage<T>(
  stage: ListenedStage,
  { listener, signal }: StageOptions,
  action: (onProgress: Progress) => T | Promise<T>,
): Promise<T> {
  await nextTurn();
  if (signal?.aborted) {
    throw new BionoirError(
      'ABORTED',
      `Stopped before the stage '${stage}'. Nothing was changed; start again when ready.`,
    );
  }
  listener?.onStart?.(stage);
  const startedAt = performance.now();
  const result = await action((step, fraction) => listener?.onProgress?.(stage, step, fraction));
  listener?.onEnd?.(stage, performance.now() - startedAt);
  return result;
}

/**
 * Lets the event loop look around once, so that an interruption during a stage that did not pause is heard before the next.
 * Two timers: the first may be due at once, before the loop has looked.
 */
async function nextTurn(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise(resolve => setTimeout(resolve, 0));
}

/**
 * What the command line says while it works: one block a stage, a live progress line on a terminal, plain lines in a
 * pipe, or (with --json) nothing until one JSON object at the end.
 */

/** One thing learned in a stage. */
export interface Fact {
  readonly label: string;
  readonly value: string | number | boolean;
  /** How people read it; the value itself goes to --json. */
  readonly text?: string;
}

export interface Reporter {
  /** Whether what is printed reaches a terminal, where colours help. */
  readonly hasColours: boolean;
  /** A heading for what is about to happen. */
  stage(name: string): void;
  progress(step: string, fraction: number): void;
  fact(label: string, value: string | number | boolean, text?: string): void;
  /** Free text, such as a table or a drawing; left out of --json unless `key` is given. */
  block(text: string, key?: string, value?: unknown): void;
  warn(text: string): void;
  /** Text for the standard output as it is, such as a source file. */
  raw(text: string): void;
  /** The command failed. */
  fail(code: string, message: string): void;
  /** Ends the stage and prints its time. */
  done(): void;
  /** Prints the JSON object, if that is the mode. */
  finish(): void;
}

export interface ReporterOptions {
  readonly json: boolean;
  readonly stream: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly errorStream: { readonly isTTY?: boolean; write(text: string): unknown };
}

/** Makes the reporter that fits the terminal and the flags. */
export function createReporter(options: ReporterOptions): Reporter {
  return options.json ? jsonReporter(options) : textReporter(options);
}

const PROGRESS_INTERVAL_MILLIS = 100;
const TICK_MILLIS = 1000;

function textReporter({ stream, errorStream }: ReporterOptions): Reporter {
  const live = errorStream.isTTY === true;
  let startedAt = performance.now();
  let printedAt = 0;
  let clock: NodeJS.Timeout | undefined;
  const clearLine = () => {
    if (live && printedAt > 0) errorStream.write('\r\x1b[K');
    printedAt = 0;
  };
  const line = (text: string) => {
    clearLine();
    stream.write(`${text}\n`);
  };
  /** A stage without progress of its own, such as the compiler's, at least shows that time passes. */
  const tick = () => {
    errorStream.write(`\r\x1b[K  … ${formatMillis(performance.now() - startedAt)}`);
    printedAt = performance.now();
  };
  return {
    hasColours: stream.isTTY === true,
    stage(name) {
      startedAt = performance.now();
      line(`\n▸ ${name}`);
      clearInterval(clock);
      if (live) clock = setInterval(tick, TICK_MILLIS).unref();
    },
    progress(step, fraction) {
      clearInterval(clock);
      if (!live || performance.now() - printedAt < PROGRESS_INTERVAL_MILLIS) return;
      printedAt = performance.now();
      errorStream.write(`\r\x1b[K  ${progressBar(fraction)} ${step}`);
    },
    fact(label, value, text) {
      clearInterval(clock);
      line(`  ${label.padEnd(22)} ${text ?? String(value)}`);
    },
    block: text => line(text.replace(/^(?=.)/gm, '  ')),
    warn(text) {
      clearLine();
      errorStream.write(`  ! ${text}\n`);
    },
    raw: text => void stream.write(text),
    fail(code, message) {
      clearInterval(clock);
      clearLine();
      errorStream.write(`\nerror ${code}: ${message}\n`);
    },
    done: () => line(`  ${'time'.padEnd(22)} ${formatMillis(performance.now() - startedAt)}`),
    finish() {
      clearInterval(clock);
      clearLine();
    },
  };
}

function jsonReporter({ stream, errorStream }: ReporterOptions): Reporter {
  const result: Record<string, Record<string, unknown>> = {};
  let current: Record<string, unknown> = {};
  let startedAt = performance.now();
  return {
    hasColours: false,
    stage(name) {
      startedAt = performance.now();
      current = {};
      result[name] = current;
    },
    progress: () => {},
    fact(label, value) {
      current[label] = value;
    },
    block(_text, key, value) {
      if (key !== undefined) current[key] = value;
    },
    warn(text) {
      errorStream.write(`${text}\n`);
    },
    raw: text => void stream.write(text),
    fail(code, message) {
      stream.write(`${JSON.stringify({ ...result, error: { code, message } }, jsonValue, 2)}\n`);
    },
    done() {
      current.millis = Math.round(performance.now() - startedAt);
    },
    finish() {
      stream.write(`${JSON.stringify(result, jsonValue, 2)}\n`);
    },
  };
}

/** Big integers as decimal text, typed arrays as lists. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  return value;
}

function progressBar(fraction: number): string {
  const width = 24;
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return `[${'█'.repeat(full)}${'·'.repeat(width - full)}] ${String(Math.round(fraction * 100)).padStart(3)} %`;
}

/** 950 ms, 12.3 s, 2 min 05 s. */
export function formatMillis(millis: number): string {
  if (millis < 1000) return `${Math.round(millis)} ms`;
  if (millis < 60_000) return `${(millis / 1000).toFixed(1)} s`;
  const seconds = Math.round(millis / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** 532 B, 12.4 kB, 3.1 MB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** 12 345 678 with thin groups, for tables that people read. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

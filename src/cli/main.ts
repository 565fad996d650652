#!/usr/bin/env node
/**
 * The command line. Exit codes: 0 done; 1 the work failed (the message says what, where, what to do); 2 the command
 * itself was wrong; 130 interrupted.
 */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, Option, type OutputConfiguration } from 'commander';
import { BionoirError, KERNEL_CHOICES, type KernelChoice } from '../index.ts';
import { addBundle } from './commands/bundle.ts';
import { addCalldata } from './commands/calldata.ts';
import { addCompile } from './commands/compile.ts';
import { addConvert } from './commands/convert.ts';
import { addEnrol } from './commands/enrol.ts';
import { addEstimate } from './commands/estimate.ts';
import { addExecute } from './commands/execute.ts';
import { addInfo } from './commands/info.ts';
import { addInspect } from './commands/inspect.ts';
import { addProve } from './commands/prove.ts';
import { addRun } from './commands/run.ts';
import { addSetup } from './commands/setup.ts';
import { addVerify } from './commands/verify.ts';
import { addVerifyPtau } from './commands/verify-ptau.ts';
import { type Context, cacheFolderOf } from './context.ts';
import { removeUnfinishedFiles } from './files.ts';
import { createReporter, type Reporter, type ReporterOptions } from './reporter.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;
const EXIT_TERMINATED = 143;

interface GlobalOptions {
  readonly kernel: KernelChoice;
  readonly cache: boolean;
  readonly cacheDir?: string;
}

/** Where a command line writes, and what stops it. */
export interface Surroundings {
  readonly signal: AbortSignal;
  readonly stdout: ReporterOptions['stream'];
  readonly stderr: ReporterOptions['stream'];
}

/** Runs one command line (without node and script) and gives its exit code. */
export async function main(
  argv: readonly string[],
  surroundings: Partial<Surroundings> = {},
): Promise<number> {
  const {
    signal = new AbortController().signal,
    stdout = process.stdout,
    stderr = process.stderr,
  } = surroundings;
  const isJson = argv.includes('--json');
  const reporter = createReporter({ json: isJson, stream: stdout, errorStream: stderr });
  const contextOf = (): Context => ({
    reporter,
    signal,
    kernel: program.opts<GlobalOptions>().kernel,
    cacheFolder: cacheFolderOf(program.opts<GlobalOptions>()),
  });
  const program = buildProgram(contextOf, {
    writeOut: text => void stdout.write(text),
    writeErr: text => void stderr.write(text),
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    reporter.finish();
    return 0;
  } catch (error) {
    return tellFailure(reporter, error, signal);
  }
}

function buildProgram(contextOf: () => Context, output: OutputConfiguration): Command {
  const program = new Command('bionoir')
    .description("prove a neural network's output, or any Noir program, on a private input")
    .version('0.1.0')
    .option('--json', 'one JSON object instead of text')
    .addOption(new Option('--kernel <engine>', 'proving engine').choices(KERNEL_CHOICES).default('best'))
    .option('--cache-dir <folder>', "folder of compiled layers of large programs (default: the user's cache)")
    .option('--no-cache', 'compile all layers, and keep none')
    .exitOverride()
    .configureOutput(output)
    .configureHelp({ showGlobalOptions: true });
  for (const add of [
    addRun,
    addInspect,
    addEstimate,
    addCompile,
    addExecute,
    addSetup,
    addProve,
    addEnrol,
    addVerify,
    addVerifyPtau,
    addInfo,
    addConvert,
    addBundle,
    addCalldata,
  ])
    add(program, contextOf);
  for (const command of program.commands)
    command.option('--json', 'one JSON object instead of text').exitOverride();
  return program;
}

function tellFailure(reporter: Reporter, error: unknown, signal: AbortSignal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (signal.aborted) {
    reporter.fail('ABORTED', 'Interrupted; files that were complete are untouched.');
    return EXIT_INTERRUPTED;
  }
  if (error instanceof BionoirError) {
    reporter.fail(error.code, error.message);
    return error.code === 'USAGE' ? EXIT_USAGE : EXIT_FAILED;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  reporter.fail(
    'BUG',
    `This is a bug in bionoir; please report it with the command and this text.\n${stack}`,
  );
  return EXIT_FAILED;
}

function isRunDirectly(): boolean {
  const script = process.argv[1];
  return script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url);
}

if (isRunDirectly()) {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    controller.abort();
    process.stderr.write('\n  ! Interrupted: stopping after this step. Once more stops at once.\n');
    process.once('SIGINT', () => process.exit(EXIT_INTERRUPTED));
  });
  process.once('SIGTERM', () => process.exit(EXIT_TERMINATED)); // exiting, so that locks and half-written files go
  process.on('exit', removeUnfinishedFiles);
  process.exitCode = await main(process.argv.slice(2), { signal: controller.signal });
}

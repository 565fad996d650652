/** `bionoir verify-ptau`: whether powers of tau are what a ceremony may be built on. */
import type { Command } from 'commander';
import { BionoirError, verifyPtau } from '../../index.ts';
import { type Context, withKernel, withPtau } from '../context.ts';

export function addVerifyPtau(program: Command, contextOf: () => Context): void {
  program
    .command('verify-ptau')
    .argument('<file>', 'powers of tau (.ptau)')
    .description('check every point and contribution of powers of tau; exit code 1 when they are not valid')
    .action((file: string) => check(contextOf(), file));
}

async function check(context: Context, file: string): Promise<void> {
  const { reporter, signal } = context;
  reporter.stage('Check the powers of tau');
  const report = await withPtau(file, powers =>
    withKernel(context, kernel => verifyPtau(powers, { kernel, signal })),
  );
  reporter.fact('power', report.power, `${report.power}, for up to 2^${report.power} constraints`);
  reporter.fact('prepared', report.isPrepared, report.isPrepared ? 'for phase 2' : 'not for phase 2 yet');
  report.contributors.forEach((name, index) => {
    reporter.fact(`contribution ${index + 1}`, name);
  });
  reporter.fact('powersOfTau', report.isValid, report.isValid ? 'valid' : 'NOT VALID');
  reporter.done();
  if (report.isValid) return;
  throw new BionoirError('MALFORMED_PTAU', `The powers of tau in ${file} are not valid: ${report.problem}.`, {
    details: { file, problem: report.problem },
    location: file,
  });
}

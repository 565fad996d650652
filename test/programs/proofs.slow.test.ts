/** Every program of the suite proved and verified by snarkjs. */
import { type Kernel, openKernel } from '../../src/kernel/index.ts';
import { endSnarkjs } from '../support/snarkjs.ts';
import { readPrograms } from './support/programs.ts';
import { assertSnarkjsVerifies, proveProgram } from './support/prove.ts';

describe('proofs of all Noir programs', () => {
  let kernel: Kernel;

  before(async () => {
    kernel = await openKernel();
  });
  after(async () => {
    await kernel.close();
    await endSnarkjs();
  });

  for (const program of readPrograms()) {
    it(`are accepted by snarkjs: ${program.group}/${program.name}`, async () => {
      await assertSnarkjsVerifies(await proveProgram(kernel, program));
    });
  }
});

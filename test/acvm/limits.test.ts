/** Programs that no compiler writes end in named errors: never in a hang, never in a crash. */
import { parseProgram } from '../../src/acir/index.ts';
import { executeProgram } from '../../src/acvm/index.ts';
import { assertRejectsCode } from '../support/errors.ts';

const CALL = '0: brillig-call id=0 inputs=[w0] outputs=[w1] predicate=1';

function program(opcodes: string, brillig = ''): ReturnType<typeof parseProgram> {
  const unconstrained = brillig === '' ? '' : `\n\nunconstrained "f"\n${brillig}\n`;
  return parseProgram(`circuit "main"\nprivate w0\nreturn w1\n${opcodes}\n${unconstrained}`);
}

const refuses = (text: ReturnType<typeof parseProgram>, message: RegExp, options = {}) =>
  assertRejectsCode(() => executeProgram(text, new Map([[0, 5n]]), options), 'EXECUTION_FAILED', message);

describe('acvm: limits', () => {
  it('ends an endless loop at the step limit', async () => {
    await refuses(program(CALL, '0: jump target=0'), /more than 1000 steps of unconstrained code/, {
      stepLimit: 1000,
    });
  });

  it('ends endless calls and returns that nothing called', async () => {
    await refuses(program(CALL, '0: call target=0'), /nested too deep/);
    await refuses(program(CALL, '0: return'), /returns, and nothing called it/);
    await refuses(program(CALL, '0: jump target=9'), /runs past its last instruction/);
  });

  it('refuses memory beyond the machine, and values of another type', async () => {
    const far = '0: const destination=@0 type=u32 value=4294967295\n1: store pointer=@0 source=@0';
    await refuses(program(CALL, far), /memory cell 4294967295 is beyond/);
    await refuses(
      program(CALL, '0: binary-int destination=@1 operation=add bits=32 left=@0 right=@0'),
      /holds a field element, not an integer of 32 bits/,
    );
  });

  it('refuses functions that do not exist, and circuits that call themselves without end', async () => {
    await refuses(program(CALL), /unconstrained function 0 does not exist/);
    await refuses(program('0: call id=7 inputs=[w0] outputs=[w1] predicate=1'), /circuit 7 does not exist/);
    await refuses(program('0: call id=0 inputs=[w0] outputs=[w1] predicate=1'), /main cannot be called/);
    const loop = '0: call id=1 inputs=[w0] outputs=[w1] predicate=1';
    const endless = `circuit "main"\nprivate w0\nreturn w1\n${loop}\n\ncircuit "loop"\nprivate w0\nreturn w1\n${loop}\n`;
    await refuses(parseProgram(endless), /circuits call circuits more than 1000 deep/);
  });

  it('refuses witnesses that are needed before they are known', async () => {
    await refuses(program('0: range input=w1 bits=8'), /witness 1 is needed before it is known/);
    await refuses(program('0: assert w0 + w1 + w2 = 0'), /more than one witness is unknown/);
    await refuses(program('0: assert w1*w2 - w0 = 0'), /the product of witnesses 1 and 2 is needed/);
  });

  it('stops when it is told to', async () => {
    await assertRejectsCode(
      () =>
        executeProgram(program('0: assert w0 - w1 = 0'), new Map([[0, 5n]]), { signal: AbortSignal.abort() }),
      'ABORTED',
      /was cancelled/,
    );
  });
});

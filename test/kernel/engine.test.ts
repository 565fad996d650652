import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { assertRejectsCode } from '../support/errors.ts';
import { at, type Engine, startEngine, TaskBuilder } from '../support/ffjavascript-kernel/engine.ts';

describe('engine', () => {
  let engine: Engine;

  beforeEach(async () => {
    engine = await startEngine();
  });
  afterEach(() => engine.close());

  const copyTask = (value: number, weight = 1) => ({
    weight,
    build: () => {
      const task = new TaskBuilder();
      const input = task.input(Uint8Array.of(value, 0, 0, 0, 0, 0, 0, 0, ...new Uint8Array(24)));
      const out = task.reserve(32);
      task.call('frm_copy', at(input), at(out));
      task.output(out, 32);
      return task;
    },
  });
  const failing = () => {
    const task = new TaskBuilder();
    task.call('no_such_function', 1);
    return task;
  };

  it('returns results in the order of the tasks', async () => {
    const results = await engine.run(
      Array.from({ length: 20 }, (_, i) => copyTask(i)),
      'copy',
    );
    assert.deepEqual(
      results.map(([bytes]) => bytes?.[0]),
      Array.from({ length: 20 }, (_, i) => i),
    );
  });

  it('builds tasks only when a thread is free', async () => {
    let built = 0;
    const done: number[] = [];
    await engine.run(
      Array.from({ length: 10 }, (_, i) => {
        const task = copyTask(i);
        const build = () => {
          built++;
          return task.build();
        };
        return { weight: 1, build };
      }),
      'copy',
      { onProgress: () => void done.push(built) },
    );
    done.forEach((count, i) => {
      assert.ok(count <= i + 1 + engine.threads, `${count} built after ${i + 1} done`);
    });
  });

  it('reports a task that fails in its worker, and works on', async () => {
    await assertRejectsCode(
      () => engine.run([{ weight: 1, build: failing }, copyTask(1)], 'fail'),
      'KERNEL_FAILED',
      'A worker thread of the WebAssembly kernel failed: TypeError: exports[call.name] is not a function. If it ran out of memory, retry with fewer threads, a smaller circuit or the native kernel.',
    );
    const [result] = await engine.run([copyTask(7)], 'copy');
    assert.equal(result?.[0]?.[0], 7);
  });

  it('reports a task that takes more memory than there is', async () => {
    const build = () => {
      const task = new TaskBuilder();
      task.scratch(2 ** 31);
      return task;
    };
    await assertRejectsCode(() => engine.run([{ weight: 1, build }], 'fail'), 'KERNEL_FAILED', /RangeError/);
  });

  it('shares its threads between calls', async () => {
    const tasks = Array.from({ length: 10 }, (_, i) => copyTask(i));
    const results = await Promise.all([
      engine.run(tasks, 'one'),
      engine.run(tasks, 'two'),
      engine.run([], 'none'),
    ]);
    assert.deepEqual(results[0], results[1]);
    assert.equal(results[2].length, 0);
  });

  it('takes as many threads as asked for', async () => {
    const single = await startEngine({ threads: 1 });
    assert.equal(single.threads, 1);
    await single.run([copyTask(1), copyTask(2)], 'copy');
    await single.close();
    for (const threads of [0, 1.5, -1]) {
      await assertRejectsCode(
        () => startEngine({ threads }),
        'USAGE',
        `The WebAssembly kernel was asked for ${threads} threads; give 1 or more.`,
      );
    }
  });

  it('does not keep the process alive when idle', async () => {
    const script = `
      import { startEngine } from './test/support/ffjavascript-kernel/engine.ts';
      await startEngine();
      process.stdout.write('started');`;
    const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.equal(output, 'started');
  });

  it('ends what is running when closed', async () => {
    const running = engine.run(
      Array.from({ length: 1000 }, (_, i) => copyTask(i % 256)),
      'copy',
    );
    const rejected = assertRejectsCode(
      () => running,
      'KERNEL_FAILED',
      'The kernel has been closed. Create a new one.',
    );
    await engine.close();
    await rejected;
  });
});

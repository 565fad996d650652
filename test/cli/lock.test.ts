/** Two commands in one folder, folders that cannot be written, and sources that people have edited. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertWritable, writeTogether } from '../../src/cli/files.ts';
import { withLock } from '../../src/cli/lock.ts';
import { packageChanges } from '../../src/cli/noir-folder.ts';
import { buildPlace } from '../../src/cli/place.ts';
import { createReporter } from '../../src/cli/reporter.ts';
import { BionoirError } from '../../src/index.ts';
import { assertRejectsCode, assertThrowsCode } from '../support/errors.ts';

describe('the lock of a folder', () => {
  const root = mkdtempSync(join(tmpdir(), 'bionoir-lock-'));
  after(() => rmSync(root, { recursive: true }));

  function contextWith(signal = new AbortController().signal) {
    const told: string[] = [];
    const stream = { write: (text: string) => told.push(text) };
    const reporter = createReporter({ json: false, stream, errorStream: stream });
    return { context: { reporter, signal, kernel: 'best' as const }, told };
  }

  /** A folder with this lock in it. */
  function locked(name: string, content: object | string): ReturnType<typeof buildPlace> {
    const place = buildPlace(join(root, name));
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(place.file('lock'), typeof content === 'string' ? content : JSON.stringify(content));
    return place;
  }

  /** The number of a process that has ended. */
  const endedPid = (): number => spawnSync(process.execPath, ['--version']).pid;

  it('lets commands work one after the other, and goes away', async () => {
    const place = buildPlace(join(root, 'turns'));
    const [first, second] = [contextWith(), contextWith()];
    const order: string[] = [];
    let finish: () => void = () => {};
    const isAtWork = new Promise<void>(start => {
      void withLock(first.context, place, async () => {
        order.push('first begins');
        const end = new Promise<void>(resolve => {
          finish = resolve;
        });
        start();
        await end;
        order.push('first ends');
      });
    });
    await isAtWork;
    const later = withLock(second.context, place, () => order.push('second'));
    finish();
    await later;
    assert.deepEqual(order, ['first begins', 'first ends', 'second']);
    assert.match(
      second.told.join(''),
      /^ {2}! Another bionoir \(process \d+, since .*\) is at work in .*turns; waiting/,
    );
    assert.equal(existsSync(place.file('lock')), false);
  });

  it('goes away when the work fails', async () => {
    const place = buildPlace(join(root, 'failing'));
    const { context } = contextWith();
    const failing = withLock(context, place, () => {
      throw new BionoirError('USAGE', 'This fails.');
    });
    await assertRejectsCode(() => failing, 'USAGE', 'This fails.');
    assert.equal(existsSync(place.file('lock')), false);
  });

  it('of a process that has ended is removed, with what it left half written', async () => {
    const pid = endedPid();
    const place = locked('stale', { pid, host: hostname(), born: '1', since: 'then' });
    const parts = [`.proof.json.${pid}.part`, `.proof.json.${process.pid}.part`, '.notes.part'];
    for (const name of parts) writeFileSync(join(root, 'stale', name), '');
    const { context, told } = contextWith();
    await withLock(context, place, () => {});
    assert.deepEqual(told, []);
    assert.deepEqual(readdirSync(join(root, 'stale')).sort(), parts.slice(1).sort());
  });

  it('of an earlier process with the same number is removed', async () => {
    const place = locked('reused', { pid: process.pid, host: hostname(), born: '1', since: 'then' });
    await withLock(contextWith().context, place, () => {});
    assert.deepEqual(readdirSync(join(root, 'reused')), []);
  });

  it('that was never written to its end is removed, once it is old', async () => {
    const place = locked('empty', '');
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(place.file('lock'), longAgo, longAgo);
    await withLock(contextWith().context, place, () => {});
    assert.deepEqual(readdirSync(join(root, 'empty')), []);
  });

  it('of another machine is waited for until somebody interrupts', async () => {
    const place = locked('elsewhere', { pid: endedPid(), host: 'elsewhere', born: '1', since: 'then' });
    const controller = new AbortController();
    const { context, told } = contextWith(controller.signal);
    const waiting = withLock(context, place, () => assert.fail('it is locked'));
    controller.abort();
    await assertRejectsCode(() => waiting, 'ABORTED', `Interrupted while waiting for ${place.file('lock')}.`);
    assert.match(
      told.join(''),
      / on elsewhere, since then\).*If there is no such process any more, remove \.lock there\./s,
    );
  });
});

describe('files that belong together', () => {
  const root = mkdtempSync(join(tmpdir(), 'bionoir-files-'));
  after(() => rmSync(root, { recursive: true }));

  it('are all written, or none', () => {
    const [good, bad] = [join(root, 'good'), join(root, 'file', 'below')];
    writeFileSync(good, 'old');
    writeFileSync(join(root, 'file'), '');
    const changes = [
      { path: good, content: 'new' },
      { path: bad, content: 'new' },
    ];
    assertThrowsCode(
      () => writeTogether(changes),
      'UNWRITABLE_OUTPUT',
      /^Cannot write .*below: .* Give another place/,
    );
    assert.equal(readFileSync(good, 'utf8'), 'old');
    assert.deepEqual(readdirSync(root).sort(), ['file', 'good']);
    writeTogether([
      { path: good, content: undefined },
      { path: join(root, 'new'), content: 'new' },
    ]);
    assert.deepEqual(readdirSync(root).sort(), ['file', 'new']);
  });

  it('are not worked for where they cannot be written', () => {
    assertWritable(join(root, 'not', 'yet', 'there'));
    const file = join(root, 'file');
    writeFileSync(file, '');
    assertThrowsCode(
      () => assertWritable(join(file, 'below', 'it')),
      'UNWRITABLE_OUTPUT',
      `Cannot write ${join(file, 'below', 'it')}: ${file} is a file. Give another place with --out.`,
    );
  });
});

describe('generated sources that are generated again', () => {
  const root = mkdtempSync(join(tmpdir(), 'bionoir-noir-'));
  after(() => rmSync(root, { recursive: true }));
  const file = (path: string): string => join(root, path);
  const generate = (files: Readonly<Record<string, string>>): readonly string[] => {
    const { changes, kept } = packageChanges(root, { name: 'net', files: new Map(Object.entries(files)) });
    writeTogether(changes);
    return kept;
  };

  it('keep the lines of people, and lose modules of the network before', () => {
    assert.deepEqual(generate({ 'src/main.nr': 'main 1', 'src/old.nr': 'old', 'src/same.nr': 'same' }), []);
    writeFileSync(file('src/main.nr'), 'main 1 and mine');
    writeFileSync(file('src/same.nr'), 'same, but newer');
    writeFileSync(file('src/own.nr'), 'my own');
    const newer = { 'src/main.nr': 'main 2', 'src/same.nr': 'same, but newer' };
    assert.deepEqual(generate(newer), [file('src/main.nr.edited-1')]);
    assert.deepEqual(readdirSync(file('src')).sort(), ['main.nr', 'main.nr.edited-1', 'own.nr', 'same.nr']);
    assert.equal(readFileSync(file('src/main.nr.edited-1'), 'utf8'), 'main 1 and mine');
    writeFileSync(file('src/main.nr'), 'mine again');
    assert.deepEqual(generate(newer), [file('src/main.nr.edited-2')]);
    writeFileSync(file('.generated.json'), '{"format": "another"}');
    assert.deepEqual(generate(newer), []);
  });
});

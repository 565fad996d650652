/** Peak memory of a process tree while something runs, sampled from /proc (Linux); 0 elsewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const SAMPLE_MILLIS = 50;
const PAGE_BYTES = 4096;

export interface Measured<T> {
  readonly result: T;
  readonly millis: number;
  /** Largest sum of resident sets of this process and its descendants. */
  readonly peakBytes: number;
}

/** Runs `action`, timing it and sampling memory. */
export async function measure<T>(action: () => T | Promise<T>): Promise<Measured<T>> {
  let peakBytes = treeBytes();
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, treeBytes());
  }, SAMPLE_MILLIS);
  const startedAt = performance.now();
  try {
    const result = await action();
    const millis = performance.now() - startedAt;
    return { result, millis, peakBytes: Math.max(peakBytes, treeBytes()) };
  } finally {
    clearInterval(timer);
  }
}

interface ProcessFacts {
  readonly id: number;
  readonly parent: number;
  readonly bytes: number;
}

function treeBytes(): number {
  const all = listProcesses();
  const inTree = new Set([process.pid]);
  for (let size = 0; size !== inTree.size; ) {
    size = inTree.size;
    for (const { id, parent } of all) if (inTree.has(parent)) inTree.add(id);
  }
  return all.filter(({ id }) => inTree.has(id)).reduce((sum, { bytes }) => sum + bytes, 0);
}

function listProcesses(): ProcessFacts[] {
  try {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .flatMap(readProcess);
  } catch {
    return []; // no /proc on this system
  }
}

function readProcess(id: string): ProcessFacts[] {
  try {
    // "pid (name) state parent ... rss(24th)"; the name may hold spaces
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return [{ id: Number(id), parent: Number(fields[1]), bytes: Number(fields[21]) * PAGE_BYTES }];
  } catch {
    return []; // it has ended
  }
}

/** Largest resident set of this program alone: what Linux counts for a process begins with what its parent held. */
export function peakMegabytes(): number {
  const own = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(own)?.[1];
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) / 1024;
}

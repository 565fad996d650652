/**
 * Witness stacks: the `target/<name>.gz` of `nargo execute` and what noir_js hands to a backend. Gzip of the frames in
 * completion order, main last; no base64.
 *
 * Payloads: 0.25 a bare map of witnesses; up to 1.0.0-beta.11 bincode with hexadecimal fields, to beta.18 with binary
 * ones; from beta.19 on msgpack behind a format byte. The file does not say its release, but no two payloads share a
 * length of field, so that at most one of them ends where the bytes end.
 */
import type { WitnessFrame, WitnessStack } from '../../src/acir/types.ts';
import { BionoirError } from '../../src/errors.ts';
import { BincodeSource } from './bincode-source.ts';
import { gunzip, gzip } from './gzip.ts';
import { MsgpackSink } from './msgpack-sink.ts';
import { MsgpackSource } from './msgpack-source.ts';
import { list, map, type Read, type Source, type Subject, struct, u32 } from './source.ts';

/** Half a gibibyte: about 14 million witnesses. */
const DEFAULT_MAX_BYTES = 2 ** 29;
const COMPACT_FORMAT = 3;
const FORMATS: readonly (number | undefined)[] = [2, COMPACT_FORMAT, 4];
const STRUCT_OF_ONE: readonly (number | undefined)[] = [0x91, 0x81];

const WITNESS_FILE: Subject = {
  code: 'MALFORMED_WITNESS',
  what: 'witness stack',
  advice: 'Was the file cut or edited? Execute the program again.',
};

/** How far to unpack. */
export interface WitnessStackOptions {
  /** Most bytes that the file may unpack to; 2^29 when absent. */
  readonly maxBytes?: number;
}

/**
 * Reads a witness stack of any release.
 * @throws MALFORMED_WITNESS, FILE_TOO_LARGE
 */
export function readWitnessStack(bytes: Uint8Array, options: WitnessStackOptions = {}): WitnessStack {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const payload = gunzip(bytes, { what: 'witness stack', code: 'MALFORMED_WITNESS', maxBytes });
  if (FORMATS.includes(payload[0]) && STRUCT_OF_ONE.includes(payload[1])) {
    return readToEnd(
      new MsgpackSource(payload, 1, WITNESS_FILE),
      map(struct({ stack: frames }), f => f.stack),
    );
  }
  return readBincode(payload);
}

/** Writes a witness stack as the newest release does. */
export function writeWitnessStack(stack: WitnessStack): Uint8Array {
  const sink = new MsgpackSink('compact');
  sink.mark(COMPACT_FORMAT);
  sink.list(1);
  sink.list(stack.length);
  for (const { functionIndex, witnesses } of stack) {
    sink.list(2);
    sink.integer(functionIndex);
    sink.map(witnesses.size);
    for (const [witness, value] of [...witnesses].sort(([a], [b]) => a - b)) {
      sink.integer(witness);
      sink.field(value);
    }
  }
  return gzip(sink.finish());
}

const witnessMap: Read<ReadonlyMap<number, bigint>> = source => {
  const witnesses = new Map<number, bigint>();
  for (let left = source.entries(); left > 0; left--) {
    const witness = source.u32();
    if (witnesses.has(witness)) throw source.fail(`witness ${witness} twice before its place`);
    witnesses.set(witness, source.field());
  }
  return witnesses;
};

const frames: Read<WitnessFrame[]> = list(
  map(struct({ index: u32, witness: witnessMap }), f => ({ functionIndex: f.index, witnesses: f.witness })),
);

const bareMap: Read<WitnessFrame[]> = map(witnessMap, witnesses => [{ functionIndex: 0, witnesses }]);

function readBincode(payload: Uint8Array): WitnessStack {
  const attempts = [
    ['hex', frames],
    ['bytes', frames],
    ['hex', bareMap],
  ] as const;
  let furthest: BionoirError | undefined;
  for (const [fields, read] of attempts) {
    try {
      return readToEnd(new BincodeSource(payload, { fields, arrayLengths: false }, WITNESS_FILE), read);
    } catch (error) {
      if (!(error instanceof BionoirError)) throw error;
      if (furthest === undefined || offsetOf(error) > offsetOf(furthest)) furthest = error;
    }
  }
  throw furthest;
}

function offsetOf(error: BionoirError): number {
  return Number(error.details.offset);
}

function readToEnd<T>(source: Source, read: Read<T>): T {
  const value = read(source);
  if (source.remaining > 0) throw source.fail(`${source.remaining} bytes too many`);
  return value;
}

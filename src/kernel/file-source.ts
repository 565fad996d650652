/** A file as a source of bytes, for `.ptau` files that do not fit in memory. */
import { open } from 'node:fs/promises';
import type { ByteSource } from '../bytes/index.ts';
import { BionoirError } from '../errors.ts';

export interface FileSource extends ByteSource {
  close(): Promise<void>;
}

/**
 * Opens a file for reading in pieces. Close it when done.
 *
 * @throws BionoirError FILE_NOT_FOUND; a read of a file that became shorter: TRUNCATED_INPUT.
 */
export async function openFileSource(path: string): Promise<FileSource> {
  const file = await open(path, 'r').catch(cause => {
    throw new BionoirError('FILE_NOT_FOUND', `The file ${path} cannot be read. Check its name.`, {
      details: { path },
      cause,
    });
  });
  const { size } = await file.stat();
  return {
    size,
    read: async (offset, length) => {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) throw truncated(path, offset + done);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

function truncated(path: string, offset: number): BionoirError {
  return new BionoirError(
    'TRUNCATED_INPUT',
    `The file ${path} ended at byte ${offset} while it was read. Was it changed meanwhile?`,
    { details: { path, offset } },
  );
}

/** Byte offsets into Noir sources, as compilers give them, to lines and columns, as people read them. */

/** Line and column (both from 1; the column in characters) of a UTF-8 byte offset. */
export function lineAndColumn(source: string, byteOffset: number): { line: number; column: number } {
  const before = new TextDecoder().decode(new TextEncoder().encode(source).subarray(0, byteOffset));
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: [...before.slice(lineStart)].length + 1 };
}

/** The UTF-8 byte offset of a line and column, both from 1. */
export function offsetOf(source: string, line: number, column: number): number {
  const lines = source.split('\n').slice(0, line);
  const last = [...(lines.pop() ?? '')].slice(0, column - 1).join('');
  return new TextEncoder().encode([...lines, last].join('\n')).length;
}

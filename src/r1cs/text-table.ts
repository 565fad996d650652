/** Tables for people: columns of text to the left, of numbers to the right. */

/** Sets rows in columns, two spaces apart; the first `leftCount` columns stand to the left, the others to the right. */
export function printTable(rows: readonly (readonly string[])[], leftCount = 1): string {
  const columnCount = Math.max(0, ...rows.map(row => row.length));
  const widths = Array.from({ length: columnCount }, (_, column) =>
    Math.max(...rows.map(row => row[column]?.length ?? 0)),
  );
  const pad = (text: string, column: number): string =>
    column < leftCount ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return `${rows.map(row => row.map(pad).join('  ').trimEnd()).join('\n')}\n`;
}

/** "12.5 %" */
export function printShare(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
}

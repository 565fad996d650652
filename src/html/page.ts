/**
 * Pages of one file: nothing is fetched, light and dark, readable on a phone. What a page shows stands in it as JSON too.
 */

/** A page's parts; `body`, `style` and `script` are trusted, title and data are any texts and values. */
export interface Page {
  readonly title: string;
  readonly style: string;
  readonly body: string;
  /** Stands in the page as the text of #data. */
  readonly data: unknown;
  readonly script?: string;
}

/** Writes a page. */
export function printPage({ title, style, body, data, script }: Page): string {
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
${BASE_STYLE}${style}</style>
<h1>${escapeHtml(title)}</h1>
${body}
<script type="application/json" id="data">${json}</script>
${script === undefined ? '' : `<script>\n'use strict';\n${script}</script>\n`}</html>
`;
}

/** A text as it stands between tags, or in an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);
}

const BASE_STYLE = `  :root { color-scheme: light dark; --paper: #fcfcfa; --ink: #1c1c1a; --faint: #6b6b66; --edge: #fcfcfa; --light: 78%; --text: #1c1c1a; }
  @media (prefers-color-scheme: dark) {
    :root { --paper: #181816; --ink: #ecece6; --faint: #a0a098; --edge: #181816; --light: 34%; --text: #f6f6f0; }
  }
  body { margin: 0; padding: 16px 20px; background: var(--paper); color: var(--ink); font: 14px/1.4 system-ui, sans-serif; }
  h1 { font-size: 17px; margin: 0 0 2px; }
  p { margin: 0 0 10px; color: var(--faint); }
`;

/**
 * A flame graph of constraints as one HTML file that needs nothing else: no network, no library. Boxes are as wide as the
 * constraints below them; a click zooms in, hovering or focusing tells place, count and share.
 */
import { printPage } from '../html/index.ts';
import type { ProfileNode } from './profile.ts';

/** Writes the page. */
export function printFlameGraph(tree: ProfileNode, title: string): string {
  return printPage({ title, style: STYLE, body: BODY, data: tree, script: SCRIPT });
}

const STYLE = `  #tell { min-height: 1.4em; margin: 8px 0; font-variant-numeric: tabular-nums; }
  #tell b { font-weight: 600; }
  #graph { position: relative; overflow: hidden; }
  #graph button { position: absolute; height: 21px; padding: 0 5px; border: 0; border-right: 1px solid var(--edge); border-radius: 2px;
    background: hsl(var(--hue) 46% var(--light)); color: var(--text); font: 12px/21px ui-monospace, monospace; text-align: left;
    white-space: nowrap; overflow: hidden; text-overflow: ellipsis; cursor: pointer; }
  #graph button.kind { background: hsl(var(--hue) 12% var(--light)); }
  #graph button.parent { opacity: .55; }
  #graph button:hover, #graph button:focus-visible { outline: 2px solid var(--ink); outline-offset: -2px; z-index: 1; }
  noscript { color: var(--ink); }
`;

const BODY = `<p>Width: constraints, with what is called. Click to zoom in; click a box above to go back.</p>
<div id="tell" aria-live="polite"></div>
<div id="graph"></div>
<noscript>The graph needs JavaScript; the text form is that of --folded.</noscript>`;

const SCRIPT = `const ROW = 23;
const root = JSON.parse(document.getElementById('data').textContent);
const graph = document.getElementById('graph');
const tell = document.getElementById('tell');
const parents = new Map();
(function link(node) { for (const child of node.children) { parents.set(child, node); link(child); } })(root);

const count = n => n.toLocaleString('en').replaceAll(',', '\\u2009');
const share = (n, whole) => (100 * n / whole).toFixed(n < whole / 1000 ? 2 : 1) + ' %';
const label = node => node.line ? node.name + '  ' + node.line : node.name;

function describe(node) {
  tell.textContent = '';
  const bold = document.createElement('b');
  bold.textContent = node.name;
  const place = node.line ? ' at ' + node.line : '';
  tell.append(bold, place + ': ' + count(node.constraintCount) + ' constraints, ' + share(node.constraintCount, root.constraintCount) + ' of all');
}

function hueOf(text) {
  let hash = 7;
  for (const character of text) hash = (hash * 31 + character.codePointAt(0)) % 9973;
  return 12 + hash % 190;
}

function box(node, left, width, depth, kind) {
  const button = document.createElement('button');
  button.textContent = label(node);
  button.title = label(node) + '\\n' + count(node.constraintCount) + ' constraints, ' + share(node.constraintCount, root.constraintCount);
  button.className = kind + (node.line || node === root ? '' : ' kind');
  button.style.cssText = 'left:' + left + '%;width:' + width + '%;top:' + depth * ROW + 'px;--hue:' + hueOf((node.line || node.name).split(':')[0]);
  button.onclick = () => show(node);
  button.onmouseenter = button.onfocus = () => describe(node);
  graph.append(button);
}

function show(focus) {
  graph.textContent = '';
  const path = [];
  for (let node = parents.get(focus); node; node = parents.get(node)) path.unshift(node);
  path.forEach((node, depth) => box(node, 0, 100, depth, 'parent'));
  let deepest = path.length;
  (function place(node, left, width, depth) {
    if (width < 0.06) return;
    deepest = Math.max(deepest, depth);
    box(node, left, width, depth, '');
    let at = left;
    for (const child of node.children) {
      const part = width * child.constraintCount / node.constraintCount;
      place(child, at, part, depth + 1);
      at += part;
    }
  })(focus, 0, 100, path.length);
  graph.style.height = (deepest + 1) * ROW + 'px';
  describe(focus);
}
show(root);
`;
